"""User and group property operations, in the order in which the ingestion server applies them.

Source: the constant list of operations in the official TypeScript SDK, which its comment ties to the server.
"""

from collections.abc import Iterator

import msgspec

from diptych.model import InvalidJSON, Operation, ProfileUpdate, canonical_object

_ORDER = {
    "$clearAll": Operation.CLEAR_ALL,
    "$unset": Operation.UNSET,
    "$set": Operation.SET,
    "$setOnce": Operation.SET_ONCE,
    "$add": Operation.ADD,
    "$append": Operation.APPEND,
    "$prepend": Operation.PREPEND,
    "$preInsert": Operation.PRE_INSERT,
    "$postInsert": Operation.POST_INSERT,
    "$remove": Operation.REMOVE,
}


def operations(properties: dict[str, str]) -> Iterator[tuple[Operation, dict[str, str]]]:
    """(operation, values) in the order of application; plain keys are set last.

    `properties` is property or operation → canonical text, as an event carries them.
    """
    for name, operation in _ORDER.items():
        if name in properties:
            values = {} if operation is Operation.CLEAR_ALL else _values(properties[name])
            if values or operation is Operation.CLEAR_ALL:
                yield operation, values
    plain = {key: text for key, text in properties.items() if key not in _ORDER}
    if plain:
        yield Operation.SET, plain


def updates(
    properties: dict[str, str], *, project: int, profile: str, group_type: str, time: int, received: int, protocol: str
) -> list[ProfileUpdate]:
    """Profile updates for the operations. An update never counts as later than its receipt."""
    return [
        ProfileUpdate(
            project=project,
            group_type=group_type,
            profile_id=profile,
            operation=operation,
            values=values,
            time=min(time, received),
            received=received,
            position=position,
            protocol=protocol,
        )
        for position, (operation, values) in enumerate(operations(properties))
    ]


def _values(text: str) -> dict[str, str]:
    try:
        return canonical_object(msgspec.Raw(text.encode()))
    except InvalidJSON:
        return {}
