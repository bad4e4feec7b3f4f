"""Service accounts: what programs sign in with."""

import msgspec
import sqlalchemy as sa

from diptych.control import secrets
from diptych.control.database import Connection, Database
from diptych.control.schema import MembershipRow, ServiceAccountRow
from diptych.model import Role
from diptych.model.clock import now_ms


class NewAccount(msgspec.Struct, frozen=True):
    """A service account, with the secret that is shown only now."""

    username: str
    secret: str


class ServiceAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A service account that works. `created` is UTC milliseconds."""

    username: str
    role: Role
    created: int


class ServiceAccounts:
    """Every method waits for the database, and raises ControlUnavailable when it does not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, project_id: int) -> list[ServiceAccount]:
        """Those of a project that work, the oldest first."""
        columns = [getattr(ServiceAccountRow, name) for name in ServiceAccount.__struct_fields__]
        query = sa.select(*columns).where(_works_in(project_id)).order_by(ServiceAccountRow.created, columns[0])
        with self._database.reading() as connection:
            return [msgspec.convert(dict(row), ServiceAccount) for row in connection.execute(query).mappings()]

    def create(self, project_id: int, name: str, role: Role) -> NewAccount:
        """A new one for an existing project; the name is the readable part of its user name."""
        account = new_account(name)
        with self._database.writing() as connection:
            insert_account(connection, account, project_id, role)
        return account

    def revoke(self, project_id: int, username: str) -> bool:
        """Let the secret of a project's account open nothing any more; False if there is no such account."""
        mine = (ServiceAccountRow.username == username) & _works_in(project_id)
        with self._database.writing() as connection:
            revoked = sa.update(ServiceAccountRow).where(mine).values(revoked=now_ms())
            return bool(connection.execute(revoked).rowcount)


def new_account(name: str) -> NewAccount:
    """A user name with that readable part, and a secret."""
    return NewAccount(secrets.new_username(name), secrets.new_key())


def insert_account(connection: Connection, account: NewAccount, project_id: int, role: Role) -> None:
    """Keep a new account."""
    row = {
        "username": account.username,
        "secret_hash": secrets.digest(account.secret),
        "role": role.value,
        "created": now_ms(),
    }
    connection.execute(sa.insert(ServiceAccountRow).values(row))
    connection.execute(sa.insert(MembershipRow).values(username=account.username, project_id=project_id))


def _works_in(project_id: int) -> sa.ColumnElement[bool]:
    member = sa.exists().where(
        MembershipRow.username == ServiceAccountRow.username, MembershipRow.project_id == project_id
    )
    return ServiceAccountRow.revoked.is_(None) & member
