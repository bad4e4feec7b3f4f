"""What people save: reports, cohorts, dashboards, annotations and custom events, each with all its versions.

The content is JSON that this package does not look into.
"""

from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa

from diptych.control.database import Connection, Database
from diptych.control.schema import SavedRow, SavedVersionRow
from diptych.model.clock import now_ms


class Kind(StrEnum):
    """What it is."""

    REPORT = "report"
    COHORT = "cohort"
    DASHBOARD = "dashboard"
    ANNOTATION = "annotation"
    CUSTOM_EVENT = "custom_event"


class StaleVersion(Exception):
    """Somebody else has changed it since."""

    def __init__(self, current: int) -> None:
        super().__init__(f"it was changed by somebody else: the version is {current} now; read it again")


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be saved. `content` is JSON."""

    name: str
    description: str
    content: bytes


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """Something saved. Numbers are unique per installation, over all kinds; times are UTC milliseconds.

    `version` begins at 1 and rises with every change. `deleted` is set while it can only be restored.
    """

    id: int
    project_id: int
    kind: Kind
    name: str
    description: str
    version: int
    content: msgspec.Raw
    created: int
    created_by: str
    updated: int
    updated_by: str
    deleted: int | None


class SavedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version of something saved."""

    version: int
    name: str
    description: str
    content: msgspec.Raw
    created: int
    created_by: str


class SavedObjects:
    """Every method waits for the database, and raises ControlUnavailable when it does not answer.

    Each is asked within a project and a kind; None or an empty list: there is no such thing there.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, project_id: int, kind: Kind, draft: Draft, author: str) -> Saved:
        """Save something new."""
        now = now_ms()
        row = _columns(draft) | {"project_id": project_id, "kind": kind.value, "version": 1}
        row |= {"created": now, "created_by": author, "updated": now, "updated_by": author}
        with self._database.writing() as connection:
            statement = sa.insert(SavedRow).values(row).returning(*_COLUMNS)
            saved = _saved(connection.execute(statement).one())
            _keep_version(connection, saved)
            return saved

    def get(self, project_id: int, kind: Kind, number: int) -> Saved | None:
        """The thing of that number, deleted or not."""
        with self._database.reading() as connection:
            row = connection.execute(sa.select(*_COLUMNS).where(_one(project_id, kind, number))).first()
            return _saved(row) if row else None

    def all(self, project_id: int, kind: Kind, *, deleted: bool = False) -> list[Saved]:
        """What is there, or what could be restored; the one changed last first."""
        there = SavedRow.deleted.is_not(None) if deleted else SavedRow.deleted.is_(None)
        mine = (SavedRow.project_id == project_id) & (SavedRow.kind == kind.value) & there
        query = sa.select(*_COLUMNS).where(mine).order_by(SavedRow.updated.desc(), SavedRow.id.desc())
        with self._database.reading() as connection:
            return [_saved(row) for row in connection.execute(query)]

    def change(
        self, project_id: int, kind: Kind, number: int, version: int, changes: dict[str, Any], author: str
    ) -> Saved | None:
        """Save another version with some of the fields of `Draft` changed. Raises StaleVersion."""
        now = now_ms()
        values: dict[str, Any] = {name: _text(value) for name, value in changes.items()}
        values |= {"version": version + 1, "updated": now, "updated_by": author}
        mine = _one(project_id, kind, number) & SavedRow.deleted.is_(None)
        with self._database.writing() as connection:
            statement = sa.update(SavedRow).where(mine & (SavedRow.version == version)).values(values)
            row = connection.execute(statement.returning(*_COLUMNS)).first()
            if row is None:
                if current := connection.scalar(sa.select(SavedRow.version).where(mine)):
                    raise StaleVersion(current)
                return None
            saved = _saved(row)
            _keep_version(connection, saved)
            return saved

    def set_deleted(self, project_id: int, kind: Kind, number: int, deleted: bool, author: str) -> Saved | None:
        """Delete something so that it can be restored, or restore it."""
        now = now_ms()
        values = {"deleted": now if deleted else None, "updated": now, "updated_by": author}
        with self._database.writing() as connection:
            statement = sa.update(SavedRow).where(_one(project_id, kind, number)).values(values)
            row = connection.execute(statement.returning(*_COLUMNS)).first()
            return _saved(row) if row else None

    def versions(self, project_id: int, kind: Kind, number: int) -> list[SavedVersion]:
        """All versions, the newest first."""
        columns = [getattr(SavedVersionRow, name) for name in SavedVersion.__struct_fields__]
        query = (
            sa.select(*columns)
            .join(SavedRow, SavedRow.id == SavedVersionRow.saved_id)
            .where(_one(project_id, kind, number))
            .order_by(SavedVersionRow.version.desc())
        )
        with self._database.reading() as connection:
            return [SavedVersion(**_decoded(row)) for row in connection.execute(query)]


_COLUMNS = [getattr(SavedRow, name) for name in Saved.__struct_fields__]


def _one(project_id: int, kind: Kind, number: int) -> sa.ColumnElement[bool]:
    return (SavedRow.id == number) & (SavedRow.project_id == project_id) & (SavedRow.kind == kind.value)


def _columns(draft: Draft) -> dict[str, Any]:
    return {name: _text(getattr(draft, name)) for name in Draft.__struct_fields__}


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _keep_version(connection: Connection, saved: Saved) -> None:
    row = {
        "saved_id": saved.id,
        "version": saved.version,
        "name": saved.name,
        "description": saved.description,
        "content": bytes(saved.content).decode(),
        "created": saved.updated,
        "created_by": saved.updated_by,
    }
    connection.execute(sa.insert(SavedVersionRow).values(row))


def _saved(row: Any) -> Saved:
    return Saved(**_decoded(row) | {"kind": Kind(row.kind)})


def _decoded(row: Any) -> dict[str, Any]:
    return {**row._mapping, "content": msgspec.Raw(row.content.encode())}
