"""What people say about the events and properties of a project. The names in use come from the events themselves.

Categories of events and tags of annotations are names that people keep in the same way.
"""

from enum import StrEnum
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa

from diptych.control import secrets
from diptych.control.database import Connection, Database, inserting
from diptych.control.schema import LexiconRow
from diptych.model.clock import now_ms

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=1_024)]
_Tag = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class Described(StrEnum):
    """What is described: an event, or a property of one of the scopes that filters know."""

    EVENT = "event"
    EVENT_PROPERTY = "event_property"
    BUILTIN_PROPERTY = "builtin_property"
    USER_PROPERTY = "user_property"
    GROUP_PROPERTY = "group_property"
    EVENT_CATEGORY = "event_category"
    ANNOTATION_TAG = "annotation_tag"


DICTIONARY = (
    Described.EVENT,
    Described.EVENT_PROPERTY,
    Described.BUILTIN_PROPERTY,
    Described.USER_PROPERTY,
    Described.GROUP_PROPERTY,
)


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is said about one name.

    hidden       left out of menus
    dropped      not to be sent any more
    category     of an event
    properties   those that an event should have, by their names
    type         of a property's values, in the words of JSON Schema
    """

    display_name: Annotated[str, msgspec.Meta(max_length=255)] = ""
    description: Annotated[str, msgspec.Meta(max_length=10_000)] = ""
    tags: Annotated[list[_Tag], msgspec.Meta(max_length=50)] = []
    hidden: bool = False
    dropped: bool = False
    owner: Annotated[str, msgspec.Meta(max_length=255)] = ""
    category: Annotated[str, msgspec.Meta(max_length=255)] = ""
    properties: Annotated[list[_Name], msgspec.Meta(max_length=2_000)] = []
    type: Annotated[str, msgspec.Meta(max_length=16)] = ""


class Lexicon:
    """Every method waits for the database, and raises ControlUnavailable when it does not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(self, project_id: int, kind: Described) -> dict[str, Entry]:
        """What is said, by name."""
        mine = (LexiconRow.project_id == project_id) & (LexiconRow.kind == kind.value)
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(LexiconRow.name, LexiconRow.entry).where(mine))
            return {name: msgspec.json.decode(entry, type=Entry) for name, entry in rows}

    def change(self, project_id: int, changes: dict[Described, dict[str, dict[str, Any]]], author: str) -> int:
        """Change fields of the entries of names, by kind; all of them or none. How many entries there were."""
        wanted = [(kind, name, fields) for kind, names in changes.items() for name, fields in names.items()]
        with self._database.writing() as connection:
            for kind, name, fields in wanted:
                _change(connection, (project_id, kind, name), fields, author)
        return len(wanted)

    def remove(self, project_id: int, kind: Described, name: str | None = None) -> int:
        """Forget what is said about a name, or about all of a kind. How many entries there were."""
        mine = (LexiconRow.project_id == project_id) & (LexiconRow.kind == kind.value)
        if name is not None:
            mine &= LexiconRow.hash == secrets.digest(name)
        with self._database.writing() as connection:
            return int(connection.execute(sa.delete(LexiconRow).where(mine)).rowcount)


def number_of(name: str) -> int:
    """A number for a name, for protocols that have numbers: the same one always, and other names have others."""
    return int(secrets.digest(name)[:13], 16)


def _change(connection: Connection, key: tuple[int, Described, str], fields: dict[str, Any], author: str) -> None:
    project_id, kind, name = key
    hashed = secrets.digest(name)
    mine = (LexiconRow.project_id == project_id) & (LexiconRow.kind == kind.value) & (LexiconRow.hash == hashed)
    before = connection.scalar(sa.select(LexiconRow.entry).where(mine)) or "{}"
    entry = msgspec.convert(msgspec.json.decode(before) | fields, Entry)
    changing = {"entry": msgspec.json.encode(entry).decode(), "updated": now_ms(), "updated_by": author}
    row = {"project_id": project_id, "kind": kind.value, "hash": hashed, "name": name} | changing
    statement = inserting(connection, LexiconRow).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=["project_id", "kind", "hash"], set_=changing))
