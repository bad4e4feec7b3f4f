"""The people who can sign in, and their roles in projects."""

import re
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from diptych.control import passwords
from diptych.control.database import Connection, Database, inserting
from diptych.control.schema import MemberRow, ProjectRow, UserRow, WebSessionRow
from diptych.model import Role
from diptych.model.clock import now_ms

FIRST_OWNER = "Owner"
_LONGEST_NAME = 200
_EMAIL = re.compile(r"[^\s@<>\"',;:\\()\[\]\x00-\x20]{1,64}@[^\s@<>\"',;:\\()\[\]\x00-\x20]{1,189}")


class InvalidUser(Exception):
    """Somebody cannot be so. The message is a sentence; `field` names what is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class LastOwner(Exception):
    """Nobody would be left to run the installation."""


class User(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who can sign in. `admin`: runs the installation, and is an owner of every project."""

    id: int
    email: str | None
    name: str
    admin: bool
    has_password: bool


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may open a project, with the time of the last visit (UTC milliseconds)."""

    id: int
    email: str | None
    name: str
    admin: bool
    role: Role
    last_seen: int | None


class Users:
    """Every method waits for the database, and raises ControlUnavailable when it does not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def everybody(self) -> list[User]:
        """Everybody, by number."""
        with self._database.reading() as connection:
            return [user_of(row) for row in connection.execute(sa.select(UserRow.__table__).order_by(UserRow.id))]

    def by_email(self, email: str) -> tuple[User, str | None] | None:
        """The user of that address and what is kept of the password."""
        with self._database.reading() as connection:
            row = connection.execute(_USERS.where(UserRow.email == email.strip().lower())).first()
            return (user_of(row), row.password) if row else None

    def password_of(self, user_id: int) -> str | None:
        """What is kept of a user's password."""
        with self._database.reading() as connection:
            return connection.scalar(sa.select(UserRow.password).where(UserRow.id == user_id))

    def create(self, email: str, name: str, *, admin: bool, password: str | None = None) -> User:
        """Somebody new; `password` is what is to be kept of it. Raises InvalidUser."""
        values = {"email": checked_email(email), "name": checked_name(name), "admin": admin, "password": password}
        with self._database.writing() as connection:
            return insert_user(connection, values)

    def change(self, user_id: int, *, name: str | None = None, email: str | None = None) -> User:
        """Another name or address. Raises InvalidUser."""
        values = {} if name is None else {"name": checked_name(name)}
        values |= {} if email is None else {"email": checked_email(email)}
        with self._database.writing() as connection:
            try:
                if values:
                    connection.execute(sa.update(UserRow).where(UserRow.id == user_id).values(values))
            except IntegrityError:
                raise _taken(email or "") from None
            return user_of(connection.execute(_USERS.where(UserRow.id == user_id)).one())

    def set_password(self, user_id: int, kept: str, *, keep_session: int | None = None) -> None:
        """Keep another password, and end the user's sessions but that one, which then is as one by password."""
        others = (WebSessionRow.user_id == user_id) & (WebSessionRow.id != (keep_session or 0))
        with self._database.writing() as connection:
            connection.execute(sa.update(UserRow).where(UserRow.id == user_id).values(password=kept))
            connection.execute(sa.delete(WebSessionRow).where(others))
            connection.execute(sa.update(WebSessionRow).where(WebSessionRow.id == keep_session).values(by_link=False))

    def remove(self, user_id: int) -> bool:
        """Take somebody out altogether, sessions too; False if there is no such user. Raises LastOwner."""
        with self._database.writing() as connection:
            _keep_an_admin(connection, user_id)
            return bool(connection.execute(sa.delete(UserRow).where(UserRow.id == user_id)).rowcount)

    def set_admin(self, user_id: int, admin: bool) -> None:
        """Let somebody run the installation, or no more. Raises LastOwner."""
        with self._database.writing() as connection:
            if not admin:
                _keep_an_admin(connection, user_id)
            connection.execute(sa.update(UserRow).where(UserRow.id == user_id).values(admin=admin))

    def members(self, project_id: int) -> list[Member]:
        """Who may open a project: first those who run the installation, then by name."""
        with self._database.reading() as connection:
            return [_member(row) for row in connection.execute(_members_of(project_id))]

    def set_role(self, user_id: int, project_id: int, role: Role) -> None:
        """Give somebody a role in a project. Raises InvalidUser."""
        with self._database.writing() as connection:
            put_member(connection, user_id, project_id, role)

    def leave(self, user_id: int, project_id: int) -> bool:
        """End somebody's membership; False if there was none."""
        mine = (MemberRow.user_id == user_id) & (MemberRow.project_id == project_id)
        with self._database.writing() as connection:
            return bool(connection.execute(sa.delete(MemberRow).where(mine)).rowcount)


def insert_user(connection: Connection, values: dict[str, Any]) -> User:
    """Somebody new. Raises InvalidUser."""
    statement = sa.insert(UserRow).values(values | {"created": now_ms()})
    try:
        row = connection.execute(statement.returning(*UserRow.__table__.columns)).one()
    except IntegrityError:
        raise _taken(values["email"]) from None
    return user_of(row)


def put_member(connection: Connection, user_id: int, project_id: int, role: Role) -> None:
    """Give a role, whether or not there was one. Raises InvalidUser."""
    for name, row, number in (("user_id", UserRow, user_id), ("project_id", ProjectRow, project_id)):
        if not connection.scalar(sa.select(sa.exists().where(row.id == number))):
            raise InvalidUser(name, f"There is no {name.removesuffix('_id')} {number}.")
    member = inserting(connection, MemberRow).values(user_id=user_id, project_id=project_id, role=role.value)
    connection.execute(
        member.on_conflict_do_update(index_elements=["user_id", "project_id"], set_={"role": role.value})
    )


def first_owner(connection: Connection) -> int:
    """The number of the user whom a link without a user signs in: the first who runs the installation."""
    found = connection.scalar(sa.select(sa.func.min(UserRow.id)).where(UserRow.admin))
    if found is not None:
        return int(found)
    return insert_user(connection, {"email": None, "name": FIRST_OWNER, "admin": True}).id


def checked_email(email: str) -> str:
    """The address in lower case. Raises InvalidUser."""
    email = email.strip().lower()
    if not _EMAIL.fullmatch(email) or not email.isprintable():
        raise InvalidUser("email", "The e-mail address must look like name@example.com.")
    return email


def checked_name(name: str) -> str:
    """The name without space around it. Raises InvalidUser."""
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidUser("name", f"The name must be 1 to {_LONGEST_NAME} printable characters.")
    return name


def checked_password(password: str, email: str | None) -> str:
    """The password, if it may be chosen. Raises InvalidUser."""
    if sentence := passwords.problem(password, email):
        raise InvalidUser("password", sentence)
    return password


def user_of(row: Any) -> User:
    """A user from a row of the table."""
    return User(id=row.id, email=row.email, name=row.name, admin=row.admin, has_password=row.password is not None)


def _taken(email: str) -> InvalidUser:
    return InvalidUser("email", f"There is somebody with the e-mail address {email} already.")


def _keep_an_admin(connection: Connection, leaving: int) -> None:
    admins = connection.scalars(sa.select(UserRow.id).where(UserRow.admin).with_for_update()).all()
    if list(admins) == [leaving]:
        raise LastOwner("Somebody has to run the installation: make another person its owner first.")


def _members_of(project_id: int) -> Any:
    seen = sa.select(sa.func.max(WebSessionRow.last_seen)).where(WebSessionRow.user_id == UserRow.id)
    mine = (MemberRow.user_id == UserRow.id) & (MemberRow.project_id == project_id)
    return (
        sa.select(*UserRow.__table__.columns, MemberRow.role, seen.scalar_subquery().label("last_seen"))
        .outerjoin(MemberRow, mine)
        .where(UserRow.admin | MemberRow.role.is_not(None))
        .order_by(UserRow.admin.desc(), sa.func.lower(UserRow.name), UserRow.id)
    )


def _member(row: Any) -> Member:
    role = Role.OWNER if row.admin else Role(row.role)
    return Member(id=row.id, email=row.email, name=row.name, admin=row.admin, role=role, last_seen=row.last_seen)


_USERS = sa.select(*UserRow.__table__.columns)
