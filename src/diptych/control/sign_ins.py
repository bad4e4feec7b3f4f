"""One-time sign-in links, and the sessions of browsers that used one."""

from functools import partial

import sqlalchemy as sa

from diptych.control import secrets
from diptych.control.database import Database
from diptych.control.schema import SignInLinkRow, WebSessionRow
from diptych.model.clock import now_ms

LINK_HOURS = 24
SESSION_DAYS = 30
_HOUR = 3_600_000
_SEEN_STEP = 60_000


class SignIns:
    """Links and sessions are 256 random bits each, so guessing one is hopeless and needs no counting.

    Every method raises ControlUnavailable when the database does not answer. What is not `async` waits for it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def new_link(self) -> str:
        """What a new link carries. It works once, for a day."""
        return _new_link(self._database)

    async def is_open(self, link: str) -> bool:
        """Whether the link would still work."""
        return await self._database.run(partial(_is_open, self._database, link))

    async def use(self, link: str) -> str | None:
        """Spend a link for a session; None if it is unknown, spent or too old."""
        return await self._database.run(partial(_use, self._database, link))

    async def is_signed_in(self, session: str) -> bool:
        """Whether that session is good."""
        return await self._database.run(partial(_is_signed_in, self._database, session))

    def nobody_yet(self) -> bool:
        """Whether no link was ever used."""
        return _nobody_yet(self._database)


def _new_link(database: Database) -> str:
    link, now = secrets.new_bearer(), now_ms()
    values = {"hash": secrets.digest(link), "created": now, "expires": now + LINK_HOURS * _HOUR}
    with database.writing() as connection:
        connection.execute(sa.insert(SignInLinkRow).values(values))
    return link


def _works(link: str, now: int) -> sa.ColumnElement[bool]:
    row = SignInLinkRow
    return (row.hash == secrets.digest(link)) & row.used.is_(None) & (row.expires > now)


def _is_open(database: Database, link: str) -> bool:
    with database.reading() as connection:
        return bool(connection.scalar(sa.select(sa.exists().where(_works(link, now_ms())))))


def _use(database: Database, link: str) -> str | None:
    session, now = secrets.new_bearer(), now_ms()
    expires = now + SESSION_DAYS * 24 * _HOUR
    with database.writing() as connection:
        if not connection.execute(sa.update(SignInLinkRow).where(_works(link, now)).values(used=now)).rowcount:
            return None
        connection.execute(sa.delete(WebSessionRow).where(WebSessionRow.expires <= now))
        values = {"hash": secrets.digest(session), "created": now, "last_seen": now, "expires": expires}
        connection.execute(sa.insert(WebSessionRow).values(values))
    return session


def _is_signed_in(database: Database, session: str) -> bool:
    now = now_ms()
    good = (WebSessionRow.hash == secrets.digest(session)) & (WebSessionRow.expires > now)
    with database.reading() as connection:
        last_seen = connection.scalar(sa.select(WebSessionRow.last_seen).where(good))
    if last_seen is not None and now - last_seen > _SEEN_STEP:
        with database.writing() as connection:
            connection.execute(sa.update(WebSessionRow).where(good).values(last_seen=now))
    return last_seen is not None


def _nobody_yet(database: Database) -> bool:
    with database.reading() as connection:
        return not connection.scalar(sa.select(sa.exists().where(SignInLinkRow.used.is_not(None))))
