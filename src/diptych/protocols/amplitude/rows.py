"""Events as rows of the raw export: one JSON object each, written by the engine.

Source: the Export API's list of fields, and the rows that connectors have recorded.
"""

from diptych.model import Project
from diptych.query.sql.properties import as_json
from diptych.query.sql.snapshots import snapshots
from diptych.store.sql import Bound, Sql, join, sql

_ROWS = """
SELECT {before}concat('{', arrayStringConcat([{fields}], ','), '}') AS line FROM ({events}) {order}
"""
_HOUR = Sql("intDiv(toUnixTimestamp(received), 3600) AS hour, ")
_FIELD = "concat({name}, ':', {value})"
_SENT = "if(envelope[{key}] IN ('', 'null'), if(context[{known}] = '', 'null', context[{known}]), envelope[{key}])"
_AS_SENT = "if(envelope[{key}] = '', {none}, envelope[{key}])"
_TIME = "concat('\"', toString({time}), '000\"')"
_TEXT = "if({text} = '', 'null', {json})"
_OBJECT = """concat('{', arrayStringConcat(
    arrayMap((k, v) -> concat({k}, ':', v), mapKeys({map}), mapValues({map})), ','), '}')"""
_GROUPS = """concat('{', arrayStringConcat(arrayMap((k, ids) -> concat({k}, ':[',
    arrayStringConcat(arrayMap(g -> {g}, ids), ','), ']'), mapKeys(groups), mapValues(groups)), ','), '}')"""
# Integers above 53 bits are not exact in JavaScript.
BITS_LEFT_OUT = 11
# Name in the export → key of an event as sent, and canonical name of the property.
_BUILTINS = {
    "city": ("city", "city"),
    "country": ("country", "country"),
    "device_brand": ("device_brand", "device_brand"),
    "device_carrier": ("carrier", "carrier"),
    "device_family": ("device_model", "device_model"),
    "device_manufacturer": ("device_manufacturer", "manufacturer"),
    "device_model": ("device_model", "device_model"),
    "device_type": ("device_type", "device_type"),
    "dma": ("dma", "dma"),
    "ip_address": ("ip", "ip"),
    "language": ("language", "language"),
    "os_name": ("os_name", "os"),
    "os_version": ("os_version", "os_version"),
    "platform": ("platform", "platform"),
    "region": ("region", "region"),
    "start_version": ("start_version", "start_version"),
    "version_name": ("version_name", "app_version"),
}
_SENT_AS_THEY_ARE = ("adid", "idfa", "location_lat", "location_lng", "partner_id")
_NOT_KNOWN = (
    "$insert_key",
    "$schema",
    "amplitude_attribution_ids",
    "amplitude_event_type",
    "paying",
    "sample_rate",
    "source_id",
    "user_creation_time",
)
_TIMES = {
    "client_event_time": "ifNull(client_time, time)",
    "client_upload_time": "ifNull(upload_time, received)",
    "event_time": "time",
    "processed_time": "received",
    "server_received_time": "received",
    "server_upload_time": "received",
}


def rows(project: Project, scan: Sql, part: tuple[int, int] = (0, 1), order: str = "") -> Sql:
    """Rows as JSON text: column `line`. `scan`: condition on columns of `events`; `part`: of the people."""
    return sql(
        _ROWS.strip(),
        before=Sql(""),
        fields=join(", ", _fields(project)),
        events=snapshots(project, scan, part),
        order=Sql(order),
    )


def rows_by_hour(project: Project, scan: Sql) -> Sql:
    """The hour in which each event was received, numbered from 1970 on, and its row; hour after hour."""
    return sql(
        _ROWS.strip(),
        before=_HOUR,
        fields=join(", ", _fields(project)),
        events=snapshots(project, scan),
        order=Sql("ORDER BY hour"),
    )


def amplitude_id(person: int) -> int:
    """The number by which a person, or any of the person's ids, is known in this API: of 53 bits."""
    return person >> BITS_LEFT_OUT


def hashes_of(number: int) -> tuple[int, int]:
    """The first and the last hash that an `amplitude_id` may stand for."""
    return number << BITS_LEFT_OUT, (number << BITS_LEFT_OUT) + (1 << BITS_LEFT_OUT) - 1


def _fields(project: Project) -> list[Sql]:
    found: dict[str, Sql] = {name: Sql("'null'") for name in _NOT_KNOWN}
    found |= {name: _builtin(*names) for name, names in _BUILTINS.items()}
    found |= {name: _as_sent(name, "null") for name in _SENT_AS_THEY_ARE}
    found |= {name: sql(_TIME, time=Sql(time)) for name, time in _TIMES.items()}
    found |= {
        "$insert_id": _text("insert_id"),
        "amplitude_id": Sql(f"if(person_now = 0, 'null', toString(bitShiftRight(person_now, {BITS_LEFT_OUT})))"),
        "app": sql("toString({project})", project=Bound(project.id, "UInt32")),
        "data": Sql("'{}'"),
        "data_type": Sql("'\"event\"'"),
        "device_id": _text("device_id"),
        "event_id": Sql("ifNull(toString(event_id), 'null')"),
        "event_properties": sql(_OBJECT, k=as_json(Sql("toString(k)")), map=Sql("properties")),
        "event_type": as_json(Sql("toString(name)")),
        "global_user_properties": Sql("'{}'"),
        "group_properties": _as_sent("group_properties", "{}"),
        "groups": sql(_GROUPS, k=as_json(Sql("toString(k)")), g=as_json(Sql("g"))),
        "is_attribution_event": Sql("'false'"),
        "library": _text("toString(library)"),
        "plan": _as_sent("plan", "{}"),
        "session_id": Sql("ifNull(toString(session_id), '-1')"),
        "user_id": _text("user_id"),
        "user_properties": Sql("held_json"),
        "uuid": Sql("concat('\"', UUIDNumToString(sipHash128(project, accept_id)), '\"')"),
    }
    return [sql(_FIELD, name=Bound(f'"{name}"', "String"), value=value) for name, value in sorted(found.items())]


def _builtin(key: str, known: str) -> Sql:
    return sql(_SENT, key=Bound(key, "String"), known=Bound(known, "String"))


def _as_sent(key: str, none: str) -> Sql:
    return sql(_AS_SENT, key=Bound(key, "String"), none=Bound(none, "String"))


def _text(column: str) -> Sql:
    return sql(_TEXT, text=Sql(column), json=as_json(Sql(column)))
