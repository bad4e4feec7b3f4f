"""What profiles hold, in plain Python over the raw log of updates.

An update is {owner, time, arrival, operation, values} with values as Python's json module reads them. This file
shares nothing with the engine: it is the definition that the engine's tables are compared with.
"""

from typing import Any

Update = dict[str, Any]


def profile_after(updates: list[Update]) -> dict[str, Any] | None:
    """The properties after all updates of one owner; None when there is no profile (any more)."""
    profile: dict[str, Any] | None = None
    for update in sorted(updates, key=lambda u: (u["time"], u["arrival"])):
        if update["operation"] == "delete":
            profile = None
            continue
        profile = {} if profile is None or update["operation"] == "clear_all" else profile
        for key, value in update["values"].items():
            change(profile, update["operation"], key, value)
    return profile


def profile_at(updates: list[Update], time: int) -> dict[str, Any]:
    """The properties at that time, with what was updated in this very millisecond."""
    return profile_after([update for update in updates if update["time"] <= time]) or {}


def change(profile: dict[str, Any], operation: str, key: str, value: Any) -> None:
    old = profile.get(key)
    as_list = old if isinstance(old, list) else [] if old is None else [old]
    values = value if isinstance(value, list) else [] if value is None else [value]
    list_or_nothing = old is None or isinstance(old, list)
    if operation == "set":
        profile[key] = value
    elif operation == "set_once":
        if old is None:
            profile[key] = value
    elif operation == "unset":
        profile.pop(key, None)
    elif operation == "add":
        value = int(value) if isinstance(value, str) and value.isdigit() else value
        if is_number(value) and (old is None or is_number(old)):
            total = (old or 0) + value
            profile[key] = int(total) if total == int(total) else total
    elif operation == "push":
        if list_or_nothing:
            profile[key] = [*as_list, value]
    elif operation == "append":
        profile[key] = as_list + values
    elif operation == "prepend":
        profile[key] = values + as_list
    elif operation == "union":
        if list_or_nothing:
            profile[key] = as_list + new_items(as_list, values)
    elif operation == "post_insert":
        profile[key] = as_list + new_items(as_list, values)
    elif operation == "pre_insert":
        profile[key] = new_items(as_list, values) + as_list
    elif operation == "remove" and isinstance(old, list):
        profile[key] = [item for item in old if not contains(values, item)]


def new_items(old: list[Any], values: list[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if not contains(old, value) and not contains(found, value):
            found.append(value)
    return found


def contains(items: list[Any], value: Any) -> bool:
    return any(isinstance(item, bool) == isinstance(value, bool) and item == value for item in items)


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
