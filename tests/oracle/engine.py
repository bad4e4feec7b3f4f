"""A raw log into the engine, and questions to it."""

import asyncio
import json
from itertools import count
from typing import Any

import msgspec
import pyarrow as pa
from tests.oracle.log import NOT_SET, Log, profile_value

from diptych.model import Event, IdentityLink, Project, ProjectSettings, SessionRule
from diptych.model.jsontext import dump
from diptych.people.applying import Identity
from diptych.query.questions import Question
from diptych.query.run import Queries
from diptych.store import tables
from diptych.store.engine import Engine
from diptych.store.sql import Bound, sql

_numbers = count(1)


def project_of(number: int, log: Log) -> Project:
    """The project that a log is stored in."""
    settings = ProjectSettings(session_rule=SessionRule(log.sessions))
    return Project(id=number, name="p", token="t", timezone=log.zone, settings=settings)


def store(engine: Engine, project: int, log: Log) -> list[int]:
    """Write a log down as if it had been received. Returns the accept ids of its events, in their order."""
    rows = [_event(project, event) for event in log.events]
    # Of copies of which the first counts, the inserter drops the others before they are stored.
    seen: set[str] = set()
    kept = [row for row in rows if not (row.first_copy_wins and row.copy_key and _known(row.copy_key, seen))]
    # Two blocks, so that copies also meet across parts.
    tables.insert_events(engine, kept[::2], f"{project}-even")
    tables.insert_events(engine, kept[1::2], f"{project}-odd")
    links = [_link(project, actor, person) for actor, person in log.links]
    Identity(engine).apply(engine, links, f"{project}-links")
    _store_profiles(engine, project, log)
    return [row.accept_id for row in rows]


def _known(key: str, seen: set[str]) -> bool:
    if key in seen:
        return True
    seen.add(key)
    return False


def _event(project: int, event: dict[str, Any]) -> Event:
    return Event(
        project=project,
        name=event["name"],
        time=event["time"],
        received=event.get("received", event["time"]),
        distinct_id=event["id"],
        copy_key=event["copy"],
        first_copy_wins=event["first_wins"],
        control=event["control"],
        session_id=event.get("session"),
        event_id=event.get("event_id"),
        properties={key: dump(value) for key, value in event["properties"].items()},
        context={key: dump(value) for key, value in event.get("context", {}).items()},
        groups=event.get("groups", {}),
        accept_id=next(_numbers),
    )


def _link(project: int, actor: str, person: str) -> IdentityLink:
    return IdentityLink(
        project=project, actor=actor, person=person, source="test", time=0, received=0, accept_id=next(_numbers)
    )


def _store_profiles(engine: Engine, project: int, log: Log) -> None:
    """The fold of the profile updates, as the tables `profiles` and `profile_history` keep it."""
    found = {(u["group_type"], u["id"], u["key"]) for u in log.updates}
    for group_type, owner in sorted({key[:2] for key in found}):
        now = {k: profile_value(log, group_type, owner, k, None) for t, o, k in found if (t, o) == (group_type, owner)}
        values = {key: dump(value) for key, value in now.items() if value is not NOT_SET}
        _insert(engine, "profiles", project, group_type, owner, {"properties": values})
    for group_type, owner, key in sorted(found):
        times = {u["time"] for u in log.updates if (u["group_type"], u["id"], u["key"]) == (group_type, owner, key)}
        for time in sorted(times):
            value = profile_value(log, group_type, owner, key, time)
            text = "" if value is NOT_SET else dump(value)
            _insert(engine, "profile_history", project, group_type, owner, {"key": key, "time": time, "value": text})


def _insert(engine: Engine, table: str, project: int, group_type: str, owner: str, more: dict[str, Any]) -> None:
    hashed = "cityHash64({project}, {id})" if not group_type else "cityHash64({project}, {type}, {id})"
    parts = {"project": Bound(project, "UInt32"), "id": Bound(owner, "String")}
    if group_type:
        parts["type"] = Bound(group_type, "String")
    who = engine.query(sql(f"SELECT {hashed}", **parts)).rows[0][0]
    columns = {
        "project": pa.array([project], pa.uint32()),
        "group_type": pa.array([group_type]),
        "owner": pa.array([who], pa.uint64()),
        "version": pa.array([next(_numbers)], pa.uint64()),
        "deleted": pa.array([0], pa.uint8()),
    }
    if table == "profiles":
        columns["profile_id"] = pa.array([owner])
        columns["properties"] = tables.map_column([more["properties"]], pa.map_(pa.string(), pa.string()))
    else:
        columns["key"] = pa.array([more["key"]])
        columns["time"] = pa.array([more["time"]], pa.timestamp("ms", "UTC"))
        columns["value"] = pa.array([more["value"]])
    engine.insert(table, pa.table(columns), f"{table}-{project}-{group_type}-{owner}-{json.dumps(more)}")


async def _settled() -> bool:
    return True


def ask(engine: Engine, project: Project, question: dict[str, Any], **more: Any) -> Any:
    """The engine's answer to a question in the JSON form of our API."""
    queries = Queries(engine, _settled, **more)
    try:
        asked: Any = msgspec.convert(question, Question, strict=False)
        return asyncio.run(queries.ask(project, asked))
    finally:
        queries.close()


def people(engine: Engine, project: Project, question: dict[str, Any], selection: Any) -> list[int]:
    """Who is behind a part of the answer, as hashes."""
    queries = Queries(engine, _settled)
    try:
        asked: Any = msgspec.convert(question, Question, strict=False)
        return asyncio.run(queries.people(project, asked, selection))
    finally:
        queries.close()
