"""The tables that users' SQL sees: views of one project. docs/sql.md describes every column."""

from collections.abc import Iterable
from dataclasses import dataclass

from diptych.model import Project
from diptych.query.parts import At, Property, Scope
from diptych.query.sql.filters import TRUE
from diptych.query.sql.rows import Rows
from diptych.store.sql import Bound, Sql, join, sql

AT_EVENT, NOW = "user_at_event", "user_now"

_PLAIN_COLUMNS = """name time received client_time upload_time distinct_id user_id device_id insert_id session_id
event_id control protocol library properties user_properties groups""".split()

_EVENTS = "(SELECT {columns} FROM {source})"
_PEOPLE = """(
    SELECT owner AS person, profile_id AS id, properties, updated
    FROM profiles FINAL WHERE project = {project} AND group_type = ''
)"""
_GROUPS = """(
    SELECT group_type, owner AS group_hash, profile_id AS group_id, properties, updated
    FROM profiles FINAL WHERE project = {project} AND group_type != ''
)"""
_HISTORY = """(
    SELECT group_type, owner, key, time, value
    FROM profile_history FINAL WHERE project = {project}
)"""
_LINKS = """(
    SELECT actor AS id, person AS linked_to, source, time, received
    FROM identity_links FINAL WHERE project = {project}
)"""


@dataclass(frozen=True)
class Column:
    """A column of a view: its name, and its type as the engine writes it."""

    name: str
    type: str


_MAP = "Map(String, String)"
_TIME = "DateTime64(3, 'UTC')"

VIEWS: dict[str, list[Column]] = {
    "events": [
        Column("name", "String"),
        Column("time", _TIME),
        Column("person", "UInt64"),
        Column("distinct_id", "String"),
        Column("user_id", "String"),
        Column("device_id", "String"),
        Column("properties", _MAP),
        Column("builtin", _MAP),
        Column("user_properties", _MAP),
        Column(NOW, _MAP),
        Column(AT_EVENT, _MAP),
        Column("groups", "Map(String, Array(String))"),
        Column("session_id", "Nullable(Int64)"),
        Column("event_id", "Nullable(Int64)"),
        Column("insert_id", "String"),
        Column("control", "Bool"),
        Column("received", _TIME),
        Column("client_time", f"Nullable({_TIME})"),
        Column("upload_time", f"Nullable({_TIME})"),
        Column("protocol", "String"),
        Column("library", "String"),
    ],
    "people": [
        Column("person", "UInt64"),
        Column("id", "String"),
        Column("properties", _MAP),
        Column("updated", _TIME),
    ],
    "groups": [
        Column("group_type", "String"),
        Column("group_hash", "UInt64"),
        Column("group_id", "String"),
        Column("properties", _MAP),
        Column("updated", _TIME),
    ],
    "property_history": [
        Column("group_type", "String"),
        Column("owner", "UInt64"),
        Column("key", "String"),
        Column("time", _TIME),
        Column("value", "String"),
    ],
    "identity_links": [
        Column("id", "String"),
        Column("linked_to", "String"),
        Column("source", "String"),
        Column("time", _TIME),
        Column("received", _TIME),
    ],
}
"""View → its columns."""

_STATEMENTS = {"people": _PEOPLE, "groups": _GROUPS, "property_history": _HISTORY, "identity_links": _LINKS}


def view(name: str, project: Project, keys: dict[str, set[str]], prefix: str) -> Sql:
    """A view as a subquery. Raises KeyError for an unknown name.

    `keys`: which keys of `user_now` and `user_at_event` the query reads: those two maps hold just these. `prefix`
    tells several uses in one statement apart.
    """
    if name == "events":
        return _events(project, keys, prefix)
    return sql(_STATEMENTS[name], project=Bound(project.id, "UInt32"))


def _events(project: Project, keys: dict[str, set[str]], prefix: str) -> Sql:
    rows = Rows(project, prefix=prefix)
    columns = [Sql(name) for name in _PLAIN_COLUMNS]
    columns += [Sql("context AS builtin"), Sql("person_now AS person")]
    columns += [_map(rows, column, sorted(keys.get(column, ()))) for column in (NOW, AT_EVENT)]
    return sql(_EVENTS, columns=join(", ", columns), source=rows.source(TRUE))


def _map(rows: Rows, column: str, keys: Iterable[str]) -> Sql:
    at = At.EVENT if column == AT_EVENT else At.NOW
    pairs = [
        sql("{key}, {value}", key=Bound(key, "String"), value=rows.value(Property(key, Scope.USER, at))) for key in keys
    ]
    template = "CAST(map({pairs}), 'Map(String, String)') AS {column}"
    return sql(template, pairs=join(", ", pairs), column=Sql(column))
