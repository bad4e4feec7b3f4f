"""Projects, service accounts and their keys in the control database."""

import difflib
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from diptych.control import secrets
from diptych.control.accounts import NewAccount, insert_account, new_account
from diptych.control.database import Connection, Database
from diptych.control.schema import MembershipRow, ProjectRow, ServiceAccountRow
from diptych.model import IdentityMode, Project, ProjectSettings, Role
from diptych.model.clock import now_ms

_LONGEST_NAME = 200
_NOT_A_PLACE = {"Factory", "localtime"}


class InvalidProject(Exception):
    """A project cannot be so. The message is a sentence; `field` names what is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class CreatedProject(msgspec.Struct, frozen=True, kw_only=True):
    """A new project, with the secrets that are shown only now."""

    project_id: int
    name: str
    token: str
    secret: str
    service_account: NewAccount
    timezone: str
    identity: IdentityMode


@dataclass(frozen=True)
class Draft:
    """A project to be made, checked."""

    name: str
    timezone: str
    identity: IdentityMode


@dataclass(frozen=True)
class Account:
    """A service account that is not revoked, its role, and the numbers of its projects."""

    secret_hash: str
    role: Role
    projects: list[int]


@dataclass(frozen=True)
class Credentials:
    """All projects and what opens them. With a token comes the hash of the project's secret."""

    projects: dict[int, Project]
    by_token: dict[str, tuple[Project, str]]
    by_secret_hash: dict[str, Project]
    accounts: dict[str, Account]


def checked(name: str, timezone: str, identity: str) -> Draft:
    """A project that can be made. Raises InvalidProject."""
    checked_zone(timezone)
    if identity not in list(IdentityMode):
        modes = ", ".join(IdentityMode)
        raise InvalidProject("identity", f"The identity mode must be one of {modes}, not {identity!r}.")
    return Draft(checked_name(name), timezone, IdentityMode(identity))


def checked_name(name: str) -> str:
    """The name without space around it. Raises InvalidProject."""
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidProject("name", f"The project's name must be 1 to {_LONGEST_NAME} printable characters.")
    return name


def checked_zone(timezone: str) -> str:
    """The name of a time zone that there is. Raises InvalidProject."""
    if timezone not in zoneinfo.available_timezones() - _NOT_A_PLACE:
        raise InvalidProject("timezone", _unknown_zone(timezone))
    return timezone


def checked_weekday(day: int) -> int:
    """An ISO weekday. Raises InvalidProject."""
    if not 1 <= day <= 7:
        raise InvalidProject("week_start", "A week starts on a day from 1 (Monday) to 7 (Sunday).")
    return day


def _unknown_zone(timezone: str) -> str:
    close = difflib.get_close_matches(timezone, zoneinfo.available_timezones(), n=1)
    example = f"did you mean {close[0]}?" if close else "name one such as Europe/Berlin or America/New_York."
    return f"There is no time zone {timezone!r}: {example}"


def create(database: Database, draft: Draft) -> CreatedProject:
    """Make a project and its first service account."""
    token, secret = secrets.new_key(), secrets.new_key()
    account = new_account(draft.name)
    with database.writing() as connection:
        project_id = _insert_project(connection, draft, token, secret)
        insert_account(connection, account, project_id, Role.OWNER)
    return CreatedProject(
        project_id=project_id,
        name=draft.name,
        token=token,
        secret=secret,
        service_account=account,
        timezone=draft.timezone,
        identity=draft.identity,
    )


def _insert_project(connection: Connection, draft: Draft, token: str, secret: str) -> int:
    row = sa.insert(ProjectRow).values(
        name=draft.name,
        token=token,
        secret_hash=secrets.digest(secret),
        timezone=draft.timezone,
        identity=draft.identity.value,
        week_start=1,
        created=now_ms(),
    )
    return int(connection.execute(row.returning(ProjectRow.id)).scalar_one())


def rename(database: Database, project_id: int, name: str) -> Project:
    """Give a project another name. Raises InvalidProject when there is no such project."""
    with database.writing() as connection:
        connection.execute(sa.update(ProjectRow).where(ProjectRow.id == project_id).values(name=name))
        return _found(connection, project_id)


def arrange(database: Database, project_id: int, values: dict[str, Any]) -> Project:
    """Change `name`, `timezone` or `week_start`. Raises InvalidProject."""
    checked = {name: _CHECKS[name](value) for name, value in values.items()}
    with database.writing() as connection:
        if checked:
            connection.execute(sa.update(ProjectRow).where(ProjectRow.id == project_id).values(checked))
        return _found(connection, project_id)


def replace_secret(database: Database, project_id: int) -> str:
    """A new secret in place of the project's, which opens nothing any more. Raises InvalidProject."""
    secret = secrets.new_key()
    with database.writing() as connection:
        _found(connection, project_id)
        hashed = secrets.digest(secret)
        connection.execute(sa.update(ProjectRow).where(ProjectRow.id == project_id).values(secret_hash=hashed))
    return secret


def change(database: Database, project_id: int, changes: dict[str, Any]) -> Project:
    """Change settings of a project, by the names of `ProjectSettings`. Raises InvalidProject."""
    with database.writing() as connection:
        kept = msgspec.to_builtins(_found(connection, project_id).settings)
        try:
            settings = msgspec.convert(kept | changes, ProjectSettings)
        except msgspec.ValidationError as error:
            raise InvalidProject(*_wrong_setting(str(error), changes)) from None
        text = msgspec.json.encode(settings).decode()
        connection.execute(sa.update(ProjectRow).where(ProjectRow.id == project_id).values(settings=text))
        return _found(connection, project_id)


def _wrong_setting(error: str, changes: dict[str, Any]) -> tuple[str, str]:
    """(field, sentence) of what msgspec says about wrong settings."""
    known = list(ProjectSettings.__struct_fields__)
    for name in changes:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            example = f"did you mean {close[0]}?" if close else f"the settings are {', '.join(known)}."
            return name, f"There is no setting {name!r}: {example}"
    message, _, path = error.partition(" - at `$.")
    field = path.rstrip("`").partition("[")[0]
    return field, f"The setting {field} cannot be so: {message[:1].lower()}{message[1:]}."


def _found(connection: Connection, project_id: int) -> Project:
    row = connection.execute(_PROJECTS.where(ProjectRow.id == project_id)).first()
    if row is None:
        raise InvalidProject("project_id", f"There is no project {project_id}.")
    return _project(row)


def revoke_service_account(database: Database, username: str) -> bool:
    """Mark a service account as revoked; False if there is none of that name that works."""
    valid = (ServiceAccountRow.username == username) & ServiceAccountRow.revoked.is_(None)
    with database.writing() as connection:
        done = connection.execute(sa.update(ServiceAccountRow).where(valid).values(revoked=now_ms()))
        return bool(done.rowcount)


def set_identity(database: Database, project_id: int, mode: IdentityMode) -> None:
    """Store another identity mode. Raises InvalidProject when there is no such project."""
    with database.writing() as connection:
        connection.execute(sa.update(ProjectRow).where(ProjectRow.id == project_id).values(identity=mode.value))
        _found(connection, project_id)


def modes(database: Database) -> dict[int, IdentityMode]:
    """Project → its identity mode."""
    with database.reading() as connection:
        rows = connection.execute(sa.select(ProjectRow.id, ProjectRow.identity)).all()
    return {number: IdentityMode(mode) for number, mode in rows}


def load(database: Database) -> Credentials:
    """Everything that opens something now."""
    with database.reading() as connection:
        rows = connection.execute(_PROJECTS).all()
        members = connection.execute(_MEMBERS).all()
    known = Credentials({}, {}, {}, {})
    for row in rows:
        project = _project(row)
        known.projects[project.id] = project
        known.by_token[project.token] = project, row.secret_hash
        known.by_secret_hash[row.secret_hash] = project
    for username, secret_hash, role, number in members:
        known.accounts.setdefault(username, Account(secret_hash, Role(role), [])).projects.append(number)
    return known


def _project(row: Any) -> Project:
    return Project(
        id=row.id,
        name=row.name,
        token=row.token,
        timezone=row.timezone,
        identity=IdentityMode(row.identity),
        week_start=row.week_start,
        settings=msgspec.json.decode(row.settings, type=ProjectSettings),
    )


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": checked_name,
    "timezone": checked_zone,
    "week_start": checked_weekday,
}
_PROJECTS = sa.select(*ProjectRow.__table__.columns)
_MEMBERS = (
    sa.select(
        ServiceAccountRow.username, ServiceAccountRow.secret_hash, ServiceAccountRow.role, MembershipRow.project_id
    )
    .join(MembershipRow, MembershipRow.username == ServiceAccountRow.username)
    .where(ServiceAccountRow.revoked.is_(None))
)
