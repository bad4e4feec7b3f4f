"""One-time sign-in links, and the sessions of browsers that signed in."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
import sqlalchemy as sa

from diptych.control import secrets
from diptych.control.database import Connection, Database
from diptych.control.schema import MemberRow, SignInLinkRow, UserRow, WebSessionRow
from diptych.control.users import User, first_owner, user_of
from diptych.model import Role
from diptych.model.clock import now_ms

LINK_HOURS = 24
SESSION_DAYS = 30
_HOUR = 3_600_000
_SEEN_STEP = 60_000
_LONGEST_AGENT = 255


@dataclass(frozen=True)
class Visitor:
    """Who uses a session. `by_link`: signed in with a link, so that no password is needed to set one."""

    session: int
    by_link: bool
    user: User
    roles: dict[int, Role]

    def role_in(self, project_id: int) -> Role | None:
        """What the visitor may do in a project; None if it is not there for the visitor."""
        return Role.OWNER if self.user.admin else self.roles.get(project_id)


class OpenSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session as its user sees it. Times are UTC milliseconds, `agent` is the browser's name for itself."""

    id: int
    agent: str
    created: int
    last_seen: int
    expires: int


class SignIns:
    """Links and sessions are 256 random bits each, so guessing one is hopeless and needs no counting.

    Every method raises ControlUnavailable when the database does not answer. What is not `async` waits for it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def new_link(self, user_id: int | None = None) -> str:
        """What a new link carries. It works once, for a day, for that user or else for the first owner."""
        return _new_link(self._database, user_id)

    async def is_open(self, link: str) -> bool:
        """Whether the link would still work."""
        return await self._database.run(partial(_is_open, self._database, link))

    async def use(self, link: str, agent: str = "") -> str | None:
        """Spend a link for a session; None if it is unknown, spent or too old."""
        return await self._database.run(partial(_use, self._database, link, agent))

    async def start(self, user_id: int, agent: str) -> str:
        """A session for somebody whose password was right."""
        return await self._database.run(partial(_start, self._database, user_id, agent))

    async def visitor(self, session: str) -> Visitor | None:
        """Who uses that session; None if it is not good."""
        return await self._database.run(partial(_visitor, self._database, session))

    async def is_signed_in(self, session: str) -> bool:
        """Whether that session is good."""
        return await self.visitor(session) is not None

    def sessions(self, user_id: int) -> list[OpenSession]:
        """A user's sessions, the one seen last first."""
        return _sessions(self._database, user_id)

    def end(self, user_id: int, session: int) -> bool:
        """End a session of that user; False if there is none."""
        return _end(self._database, user_id, session)

    def nobody_yet(self) -> bool:
        """Whether nobody has ever signed in, or been made."""
        with self._database.reading() as connection:
            return not connection.scalar(sa.select(sa.exists(sa.select(UserRow.id))))


def new_session(connection: Connection, user_id: int, agent: str, *, by_link: bool) -> str:
    """The token of a new session."""
    token, now = secrets.new_bearer(), now_ms()
    connection.execute(sa.delete(WebSessionRow).where(WebSessionRow.expires <= now))
    row = {
        "hash": secrets.digest(token),
        "user_id": user_id,
        "by_link": by_link,
        "agent": agent[:_LONGEST_AGENT],
        "created": now,
        "last_seen": now,
        "expires": now + SESSION_DAYS * 24 * _HOUR,
    }
    connection.execute(sa.insert(WebSessionRow).values(row))
    return token


def _new_link(database: Database, user_id: int | None) -> str:
    link, now = secrets.new_bearer(), now_ms()
    row = {"hash": secrets.digest(link), "user_id": user_id, "created": now, "expires": now + LINK_HOURS * _HOUR}
    with database.writing() as connection:
        connection.execute(sa.insert(SignInLinkRow).values(row))
    return link


def _works(link: str, now: int) -> sa.ColumnElement[bool]:
    row = SignInLinkRow
    return (row.hash == secrets.digest(link)) & row.used.is_(None) & (row.expires > now)


def _is_open(database: Database, link: str) -> bool:
    with database.reading() as connection:
        return bool(connection.scalar(sa.select(sa.exists().where(_works(link, now_ms())))))


def _use(database: Database, link: str, agent: str) -> str | None:
    now = now_ms()
    spent = sa.update(SignInLinkRow).where(_works(link, now)).values(used=now).returning(SignInLinkRow.user_id)
    with database.writing() as connection:
        row = connection.execute(spent).first()
        if row is None:
            return None
        user_id = first_owner(connection) if row.user_id is None else row.user_id
        return new_session(connection, user_id, agent, by_link=True)


def _start(database: Database, user_id: int, agent: str) -> str:
    with database.writing() as connection:
        return new_session(connection, user_id, agent, by_link=False)


def _visitor(database: Database, token: str) -> Visitor | None:
    now = now_ms()
    good = (WebSessionRow.hash == secrets.digest(token)) & (WebSessionRow.expires > now)
    with database.reading() as connection:
        row = connection.execute(_SESSIONS.where(good)).first()
        if row is None:
            return None
        found = Visitor(row.session, row.by_link, user_of(row), _roles(connection, row.id))
    if now - row.last_seen > _SEEN_STEP:
        with database.writing() as connection:
            connection.execute(sa.update(WebSessionRow).where(good).values(last_seen=now))
    return found


def _roles(connection: Connection, user_id: int) -> dict[int, Role]:
    mine = sa.select(MemberRow.project_id, MemberRow.role).where(MemberRow.user_id == user_id)
    return {project: Role(role) for project, role in connection.execute(mine)}


def _sessions(database: Database, user_id: int) -> list[OpenSession]:
    columns = [getattr(WebSessionRow, name) for name in OpenSession.__struct_fields__]
    good = (WebSessionRow.user_id == user_id) & (WebSessionRow.expires > now_ms())
    with database.reading() as connection:
        rows = connection.execute(sa.select(*columns).where(good).order_by(WebSessionRow.last_seen.desc()))
        return [OpenSession(**row) for row in rows.mappings()]


def _end(database: Database, user_id: int, session: int) -> bool:
    mine = (WebSessionRow.user_id == user_id) & (WebSessionRow.id == session)
    with database.writing() as connection:
        return bool(connection.execute(sa.delete(WebSessionRow).where(mine)).rowcount)


_SESSIONS: Any = sa.select(
    *UserRow.__table__.columns,
    WebSessionRow.id.label("session"),
    WebSessionRow.by_link,
    WebSessionRow.last_seen,
).join(WebSessionRow, WebSessionRow.user_id == UserRow.id)
