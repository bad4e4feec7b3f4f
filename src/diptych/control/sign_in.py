"""Who is signed in to the web app: one-time owner links and browser sessions."""

from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.orm import Session

from diptych.control.secrets import hashed, random_token
from diptych.control.tables import SessionRow, SignInLinkRow
from diptych.model.clock import now_ms

_HOUR = 3_600_000
LINK_LIFE = 24 * _HOUR
SESSION_LIFE = 30 * 24 * _HOUR


class SignIn:
    """Links and sessions. All tokens have 256 random bits, and only their hashes are kept."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def new_link(self) -> str:
        """The token of a new link, good once and for a day."""
        token, now = random_token(), now_ms()
        with Session(self._engine) as session, session.begin():
            session.execute(delete(SignInLinkRow).where(SignInLinkRow.expires < now))
            session.add(SignInLinkRow(token_hash=hashed(token), created=now, expires=now + LINK_LIFE, used=False))
        return token

    def usable(self, link: str) -> bool:
        """Whether a link would still sign in."""
        with Session(self._engine) as session:
            row = session.get(SignInLinkRow, hashed(link))
            return row is not None and not row.used and row.expires > now_ms()

    def redeem(self, link: str) -> str | None:
        """Use a link up; the token of the new session, or None when the link is used, old or unknown."""
        now = now_ms()
        fresh = (SignInLinkRow.token_hash == hashed(link)) & ~SignInLinkRow.used & (SignInLinkRow.expires > now)
        with Session(self._engine) as session, session.begin():
            # One statement decides, so that of two that come together one wins.
            used = session.execute(update(SignInLinkRow).where(fresh).values(used=True))
            if used.rowcount != 1:  # type: ignore[attr-defined]
                return None
            token = random_token()
            session.add(SessionRow(token_hash=hashed(token), created=now, expires=now + SESSION_LIFE))
        return token

    def signed_in(self, token: str) -> bool:
        """Whether this is the token of a session that has not ended."""
        with Session(self._engine) as session:
            row = session.get(SessionRow, hashed(token))
            return row is not None and row.expires > now_ms()

    def anyone(self) -> bool:
        """Whether anybody has ever signed in."""
        with Session(self._engine) as session:
            return bool(session.scalar(select(func.count()).select_from(SessionRow)))
