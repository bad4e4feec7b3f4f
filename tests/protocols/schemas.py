"""Values of every JSON type, and those that a documented type allows: what the tests of fields are made from."""

from typing import Any

VALUES: dict[str, list[Any]] = {
    "null": [None],
    "boolean": [True],
    "integer": [0, -1, 10**30],
    "number": [0.5, 1e300],
    "string": ["", "12", "Ä😀", "a" * 2_000, "'; DROP TABLE events; --"],
    "list": [[], [1, "a", None]],
    "object": [{}, {"a": {"b": []}}, {"": None}],
}


def all_values() -> list[tuple[str, Any]]:
    """(type, value)"""
    return [(kind, value) for kind, values in VALUES.items() for value in values]
