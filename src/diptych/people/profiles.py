"""Profiles: the fold of their updates, in the order of the updates' own time."""

import asyncio
from collections.abc import Iterable
from typing import Any

import msgspec

from diptych.model import Operation, Project
from diptych.model.jsontext import dump
from diptych.store.engine import Engine
from diptych.store.sql import Bound, sql

Update = tuple[Operation, dict[str, str]]

_UPDATES = """
SELECT operation, values FROM profile_updates FINAL
WHERE project = {project} AND group_type = {group_type} AND profile_id = {profile}
ORDER BY time, accept_id, position
"""


class Profiles:
    """Reads profiles of people and groups."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def get(self, project: Project, profile_id: str, group_type: str = "") -> dict[str, Any] | None:
        """Current properties of a profile; None when there is none. An empty group type means a person."""
        statement = sql(
            _UPDATES.strip(),
            project=Bound(project.id, "UInt32"),
            group_type=Bound(group_type, "String"),
            profile=Bound(profile_id, "String"),
        )
        rows = (await asyncio.to_thread(self._engine.query, statement, name="profile")).rows
        folded = fold((Operation(operation), values) for operation, values in rows)
        return None if folded is None else {key: msgspec.json.decode(text) for key, text in folded.items()}


def fold(updates: Iterable[Update]) -> dict[str, str] | None:
    """Property → canonical JSON text after all updates; None when no profile exists (any more).

    Sources: Mixpanel's profile operations; Amplitude's identify operations.
    """
    profile: dict[str, str] | None = None
    for operation, values in updates:
        if operation is Operation.DELETE:
            profile = None
            continue
        profile = {} if profile is None or operation is Operation.CLEAR_ALL else profile
        for key, text in values.items():
            _apply(profile, operation, key, text)
    return profile


def _apply(profile: dict[str, str], operation: Operation, key: str, text: str) -> None:
    match operation:
        case Operation.SET:
            profile[key] = text
        case Operation.SET_ONCE:
            profile.setdefault(key, text)
        case Operation.UNSET:
            profile.pop(key, None)
        case Operation.ADD:
            _add(profile, key, text)
        case Operation.REMOVE:
            _remove(profile, key, text)
        case Operation.APPEND | Operation.PREPEND | Operation.PRE_INSERT | Operation.POST_INSERT | Operation.UNION:
            profile[key] = _listed(operation, _items(profile.get(key)), text)
        case Operation.CLEAR_ALL | Operation.DELETE:
            pass


def _add(profile: dict[str, str], key: str, text: str) -> None:
    """Add a number; an absent property counts as 0, and what is no number stays as it is."""
    old, new = _number(profile.get(key, "0")), _number(text)
    if old is not None and new is not None:
        profile[key] = dump(old + new)


def _remove(profile: dict[str, str], key: str, text: str) -> None:
    """Take every occurrence of the value, or of the values of a list, out of a list."""
    if (old := profile.get(key, "")).startswith("["):
        gone = _items(text)
        profile[key] = _list(item for item in _items(old) if item not in gone)


def _listed(operation: Operation, old: list[str], text: str) -> str:
    match operation:
        case Operation.APPEND:
            return _list([*old, *_items(text)])
        case Operation.PREPEND:
            return _list([*_items(text), *old])
        case Operation.PRE_INSERT:
            return _list([*_missing(old, text), *old])
        case _:
            return _list([*old, *_missing(old, text)])


def _missing(old: list[str], text: str) -> list[str]:
    return [item for item in dict.fromkeys(_items(text)) if item not in old]


def _items(text: str | None) -> list[str]:
    if text is None or text == "null":
        return []
    if text.startswith("["):
        return [bytes(item).decode() for item in msgspec.json.decode(text, type=list[msgspec.Raw])]
    return [text]


def _list(items: Iterable[str]) -> str:
    return f"[{','.join(items)}]"


def _number(text: str) -> int | float | None:
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None
    if isinstance(value, str):  # Amplitude's SDKs send numbers as text too
        return _number(value) if value[:1] in "-0123456789" and value else None
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
