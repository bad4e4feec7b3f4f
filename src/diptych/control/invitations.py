"""Invitations: links with which somebody joins a project, once, for a week."""

from typing import Any

import msgspec
import sqlalchemy as sa

from diptych.control import secrets
from diptych.control.database import Connection, Database
from diptych.control.schema import InvitationRow, ProjectRow, UserRow
from diptych.control.sign_ins import new_session
from diptych.control.users import InvalidUser, checked_email, checked_name, insert_user, put_member
from diptych.model import Role
from diptych.model.clock import now_ms

DAYS = 7
_DAY = 86_400_000


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation that is not used yet. Times are UTC milliseconds."""

    id: int
    email: str
    project_id: int | None
    role: Role
    created: int
    expires: int


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody with the link is told. `known`: there is an account of that e-mail address."""

    email: str
    project: str | None
    role: Role
    known: bool


class Invitations:
    """Every method waits for the database, and raises ControlUnavailable when it does not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, email: str, project_id: int | None, role: Role, by: int | None) -> tuple[Invitation, str]:
        """A new invitation and what its link carries; one before for the same goes. Raises InvalidUser.

        Without a project it makes somebody run the installation.
        """
        link, now = secrets.new_bearer(), now_ms()
        row = {
            "email": checked_email(email),
            "project_id": project_id,
            "role": role.value,
            "created": now,
            "expires": now + DAYS * _DAY,
        }
        same = (InvitationRow.email == row["email"]) & InvitationRow.project_id.is_not_distinct_from(project_id)
        statement = sa.insert(InvitationRow).values(row | {"hash": secrets.digest(link), "invited_by": by})
        with self._database.writing() as connection:
            connection.execute(sa.delete(InvitationRow).where(same & InvitationRow.used.is_(None)))
            number = connection.execute(statement.returning(InvitationRow.id)).scalar_one()
        return _invitation(row | {"id": number}), link

    def list(self, project_id: int | None) -> list[Invitation]:
        """Those of a project that can still be accepted."""
        mine = InvitationRow.project_id.is_not_distinct_from(project_id)
        columns = [getattr(InvitationRow, name) for name in Invitation.__struct_fields__]
        query = sa.select(*columns).where(mine & _open(now_ms())).order_by(InvitationRow.id)
        with self._database.reading() as connection:
            return [_invitation(row) for row in connection.execute(query).mappings()]

    def withdraw(self, project_id: int | None, invitation: int) -> bool:
        """Let a link of that project's work no more; False if there is none that does."""
        mine = (InvitationRow.id == invitation) & InvitationRow.project_id.is_not_distinct_from(project_id)
        with self._database.writing() as connection:
            return bool(connection.execute(sa.delete(InvitationRow).where(mine & _open(now_ms()))).rowcount)

    def offer(self, link: str) -> Offer | None:
        """What a link offers; None if it is unknown, used, withdrawn or too old."""
        known = sa.exists().where(UserRow.email == InvitationRow.email)
        query = (
            sa.select(InvitationRow.email, ProjectRow.name.label("project"), InvitationRow.role, known.label("known"))
            .outerjoin(ProjectRow, ProjectRow.id == InvitationRow.project_id)
            .where((InvitationRow.hash == secrets.digest(link)) & _open(now_ms()))
        )
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().first()
        return msgspec.convert(dict(row), Offer) if row else None

    def accept_as_new(self, link: str, name: str, password: str, agent: str) -> str | None:
        """Make somebody of the invitation, and a session; None if the link does not work.

        `password` is what is to be kept of it. Raises InvalidUser, also when the address has an account.
        """
        name = checked_name(name)
        with self._database.writing() as connection:
            row = _spend(connection, link)
            if row is None:
                return None
            values = {"email": row.email, "name": name, "password": password, "admin": False}
            user = insert_user(connection, values)
            _join(connection, row, user.id)
            return new_session(connection, user.id, agent, by_link=False)

    def accept_as(self, link: str, user_id: int, email: str | None) -> bool:
        """Let somebody who is signed in join; False if the link does not work. Raises InvalidUser."""
        with self._database.writing() as connection:
            row = _spend(connection, link)
            if row is None:
                return False
            if row.email != email:
                raise InvalidUser("email", f"This invitation is for {row.email}: sign in as that person.")
            _join(connection, row, user_id)
            return True


def _open(now: int) -> sa.ColumnElement[bool]:
    return InvitationRow.used.is_(None) & (InvitationRow.expires > now)


def _spend(connection: Connection, link: str) -> Any:
    now = now_ms()
    mine = (InvitationRow.hash == secrets.digest(link)) & _open(now)
    row = InvitationRow
    statement = sa.update(row).where(mine).values(used=now).returning(row.email, row.project_id, row.role)
    return connection.execute(statement).first()


def _join(connection: Connection, row: Any, user_id: int) -> None:
    if row.project_id is None:
        connection.execute(sa.update(UserRow).where(UserRow.id == user_id).values(admin=True))
    else:
        put_member(connection, user_id, row.project_id, Role(row.role))


def _invitation(row: Any) -> Invitation:
    return msgspec.convert({name: row[name] for name in Invitation.__struct_fields__}, Invitation)
