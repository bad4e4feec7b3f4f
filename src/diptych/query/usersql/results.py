"""What users' SQL gives, as others read it: moments as timestamps, and texts that are UTF-8.

The engine writes DateTime as seconds into Arrow, and texts as whatever bytes they have.
"""

import re
from typing import Any

import pyarrow as pa

_WRAPPED = re.compile(r"(?:Nullable|LowCardinality)\((.*)\)")
_LISTED = re.compile(r"Array\((.*)\)")
_MOMENT = re.compile(r"DateTime(?:\('([\w/+-]+)'\))?")


def may_hold_moments(table: pa.Table) -> bool:
    """Whether a column could be one of DateTime, or of lists of it."""
    return any(_innermost(field.type) == pa.uint32() for field in table.schema)


def with_moments(table: pa.Table, types: list[str]) -> pa.Table:
    """The table with columns of DateTime as timestamps; `types` are the engine's types of its columns."""
    for place, kind in enumerate(types):
        field = table.schema.field(place)
        if (wanted := _as_moments(kind, field.type)) is not None:
            signed = table.column(place).cast(_replaced(field.type, pa.int64()))
            table = table.set_column(place, pa.field(field.name, wanted), signed.cast(wanted))
    return table


def readable(table: pa.Table) -> pa.Table:
    """The table with U+FFFD in the place of bytes that are no UTF-8."""
    for place, field in enumerate(table.schema):
        column = table.column(place)
        try:
            column.validate(full=True)
        except pa.ArrowInvalid:
            values = column.cast(_with_bytes(field.type)).to_pylist()
            mended = pa.chunked_array([pa.array(map(_decoded, values), field.type)])
            table = table.set_column(place, field, mended)
    return table


def _innermost(kind: pa.DataType) -> pa.DataType:
    while pa.types.is_list(kind):
        kind = kind.value_type
    return kind


def _replaced(kind: pa.DataType, innermost: pa.DataType) -> pa.DataType:
    return pa.list_(_replaced(kind.value_type, innermost)) if pa.types.is_list(kind) else innermost


def _as_moments(kind: str, stored: pa.DataType) -> pa.DataType | None:
    """The type of a column of DateTime or of lists of it; None for all others."""
    while (inner := _WRAPPED.fullmatch(kind) or _LISTED.fullmatch(kind)) is not None:
        kind = inner[1]
    moment = _MOMENT.fullmatch(kind)
    return _replaced(stored, pa.timestamp("s", tz=moment[1] or "UTC")) if moment else None


def _with_bytes(kind: pa.DataType) -> pa.DataType:
    """The type with bytes in the place of texts."""
    if pa.types.is_string(kind):
        return pa.binary()
    if pa.types.is_list(kind):
        return pa.list_(_with_bytes(kind.value_type))
    if pa.types.is_map(kind):
        return pa.map_(_with_bytes(kind.key_type), _with_bytes(kind.item_type))
    if pa.types.is_struct(kind):
        return pa.struct([(field.name, _with_bytes(field.type)) for field in kind])
    return kind


def _decoded(value: Any) -> Any:
    match value:
        case bytes():
            return value.decode("utf-8", "replace")
        case list():
            return [_decoded(item) for item in value]
        case tuple():
            return tuple(map(_decoded, value))
        case dict():
            return {key: _decoded(item) for key, item in value.items()}
    return value
