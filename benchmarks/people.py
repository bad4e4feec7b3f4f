"""What it costs to know who is who, and to ask for a user property as it was at the event.

One id for five events, two ids for each person. The same questions are asked before anything is linked, while the
links are overrides that every query looks up (recent), when they have just been brought into the columns of events
(written), and when the engine has merged what was written (settled). Plans of people change three times in 180
days. Seconds are CPU seconds of the whole process, the median of five; goals are ratios within one run.
"""

import time
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.data import DAYS, START
from benchmarks.questions import ask, cpu_seconds
from diptych.model import IdentityLink, IdentityMode, LinkKind
from diptych.people.applying import Identity
from diptych.people.folding import Folding
from diptych.people.overrides import fold_overrides
from diptych.people.values import fold_values
from diptych.store import identity as store
from diptych.store.engine import Engine, open_embedded
from diptych.store.migrate import migrate
from diptych.store.promotion import Promotions
from diptych.store.sql import Bound, Sql, sql

_SLICE = 2_000_000
_BLOCK = 10_000
_LINKED_ONE_BY_ONE = 50_000

_EVENTS = """
INSERT INTO events (project, name, time, distinct_id, device_id, copy_hash, version, control, received, accept_id,
    protocol, library, properties)
SELECT 1, concat('Event ', toString(h % 10)),
    fromUnixTimestamp64Milli(toInt64({start} + intDiv(h, 7) % ({days} * 86400)) * 1000 + h % 1000) AS time,
    concat('$device:', toString(intDiv(h, 11) % {ids}) AS device), device, n, n, false, time, n, 'benchmark', 'none',
    map('plan', ['"free"', '"pro"', '"team"'][intDiv(h, 19) % 3 + 1], 'price', toString(h % 20000),
        'color', ['"red"', '"green"', '"blue"'][intDiv(h, 23) % 3 + 1],
        'path', concat('"/page/', toString(h % 2000), '"'))
FROM (SELECT number AS n, sipHash64(number) AS h FROM numbers({first}, {count}))
"""
_LINKS = """
INSERT INTO identity_links (project, actor, person, accept_id, source, kind, time, received)
SELECT 1, concat('$device:', toString(number)), concat('user-', toString(intDiv(number, 2))), {after} + number,
    'benchmark', 'stated', toDateTime64({start}, 3, 'UTC'), toDateTime64({start}, 3, 'UTC')
FROM numbers({first}, {count})
"""
_PROFILES = """
INSERT INTO profiles (project, group_type, owner, profile_id, properties, updated, version)
SELECT 1, '', cityHash64(toUInt32(1), id), concat('user-', toString(number)) AS id,
    map('plan', ['"free"', '"pro"', '"team"'][sipHash64(number, 2) % 3 + 1]), toDateTime64({start}, 3, 'UTC'), 1
FROM numbers({people})
"""
_HISTORY = """
INSERT INTO profile_history (project, group_type, key, owner, time, value, version)
SELECT 1, '', 'plan', cityHash64(toUInt32(1), concat('user-', toString(number))),
    toDateTime64({start} + step * 60 * 86400 + sipHash64(number) % 5184000, 3, 'UTC'),
    ['"free"', '"pro"', '"team"'][sipHash64(number, step) % 3 + 1], 1
FROM (SELECT number, arrayJoin([0, 1, 2]) AS step FROM numbers({people}))
"""
_CHANGES = """
INSERT INTO profile_history (project, group_type, key, owner, time, value, version)
SELECT 1, '', 'plan', owner, max(time) + INTERVAL 1 DAY, '"team"', (SELECT max(version) + 1 FROM profile_history)
FROM profile_history WHERE owner % 1000 = 0 GROUP BY owner
"""

_RANGE = {"type": "between", "from": "2026-01-01", "to": "2026-06-29"}
_UNIQUE = {
    "type": "segmentation",
    "metrics": [{"event": {"names": ["Event 0"]}, "measure": "unique"}],
    "range": _RANGE,
}
_FUNNEL = {
    "type": "funnel",
    "steps": [{"event": {"names": [f"Event {number}"]}} for number in range(3)],
    "range": _RANGE,
    "window": {"count": 30, "unit": "day"},
}
_BY_WHO = {"unique users": _UNIQUE, "funnel of 3 steps": _FUNNEL}


def people(directory: Path, events: int) -> dict[str, Any]:
    """CPU seconds and ratios of the questions, links per second, and bytes that identity keeps in memory per id."""
    engine = open_embedded(directory / f"people-{events}")
    migrate(engine)
    identity = Identity(engine, lambda: {1: IdentityMode.SIMPLIFIED})
    if engine.query(Sql("SELECT count() FROM events")).rows[0][0]:
        # Everything is linked by an earlier run.
        return {"events": events, "count by plan": _by_plan(engine, identity)}
    ids = events // 5
    _generate(engine, events, ids)
    report: dict[str, Any] = {"events": events, "ids": ids, "people": ids // 2}
    plain = _by_who(engine)
    report["linking"] = _link(identity, events, ids)
    recent = _by_who(engine)
    started = time.perf_counter()
    fold_overrides(identity)
    report["linking"]["brought_into_events_seconds"] = round(time.perf_counter() - started, 1)
    report["linking"]["memory_after"] = _override_bytes(engine)
    written = _by_who(engine)
    engine.command("OPTIMIZE TABLE events FINAL")
    settled = _by_who(engine)
    for name, alone in plain.items():
        report[name] = {
            "unlinked": round(alone, 3),
            "recent_links_ratio": round(recent[name] / alone, 2),
            "written_links_ratio": round(written[name] / alone, 2),
            "settled_links_ratio": round(settled[name] / alone, 2),
        }
    report["count by plan"] = _by_plan(engine, identity)
    engine.close()
    return report


def _generate(engine: Engine, events: int, ids: int) -> None:
    common = {"start": Bound(START, "UInt32"), "days": Bound(DAYS, "UInt32"), "ids": Bound(ids, "UInt64")}
    for first in range(0, events, _SLICE):
        part = {"first": Bound(first, "UInt64"), "count": Bound(min(_SLICE, events - first), "UInt64")}
        engine.execute(sql(_EVENTS.strip(), **common, **part))
    number = {"start": common["start"], "people": Bound(ids // 2, "UInt64")}
    engine.execute(sql(_PROFILES.strip(), **number))
    engine.execute(sql(_HISTORY.strip(), **number))
    for table in ("events", "profiles", "profile_history"):
        engine.command(f"OPTIMIZE TABLE {table} FINAL")


def _link(identity: Identity, events: int, ids: int) -> dict[str, Any]:
    """The first links as they come with requests; the rest from the log, as a rebuild has them."""
    engine = identity.engine
    report: dict[str, Any] = {}
    single = min(_LINKED_ONE_BY_ONE, ids // 2)
    started = time.perf_counter()
    for first in range(0, single, _BLOCK):
        links = [_said(number, events + number) for number in range(first, min(first + _BLOCK, single))]
        identity.note(engine, links, f"benchmark-{first}")
        identity.apply(engine, links, f"benchmark-{first}")
    report["links_per_second"] = round(single / (time.perf_counter() - started))
    report["memory_of_a_part"] = _override_bytes(engine)
    part = {"first": Bound(single, "UInt64"), "count": Bound(ids - single, "UInt64")}
    whole = {"start": Bound(START, "UInt32"), "after": Bound(events, "UInt64")}
    engine.execute(sql(_LINKS.strip(), **part, **whole))
    started = time.perf_counter()
    for actors in store.every_id(engine, 1):
        identity.write(1, identity.resolve(1, IdentityMode.SIMPLIFIED, actors))
    report["resolved_per_second"] = round(ids / (time.perf_counter() - started))
    report["memory_of_all"] = _override_bytes(engine)
    return report


def _said(number: int, order: int) -> IdentityLink:
    return IdentityLink(
        project=1,
        actor=f"$device:{number}",
        person=f"user-{number // 2}",
        kind=LinkKind.STATED,
        source="benchmark",
        time=START * 1000,
        received=START * 1000,
        accept_id=order,
    )


def _override_bytes(engine: Engine) -> dict[str, int]:
    ((rows, size),) = engine.query(
        Sql("SELECT total_rows, total_bytes FROM system.tables WHERE name = 'person_overrides'")
    ).rows
    return {"ids": rows, "bytes": size, "bytes_per_id": round(size / rows) if rows else 0}


def _by_who(engine: Engine) -> dict[str, float]:
    return {name: cpu_seconds(partial(ask, engine, question)) for name, question in _BY_WHO.items()}


def _by_plan(engine: Engine, identity: Identity) -> dict[str, float]:
    """Of all columns of plans: the seconds, and how often those of an ordinary and of a promoted property."""
    now, event = ({"key": "plan", "scope": "user", "at": at} for at in ("now", "event"))
    report: dict[str, float] = {"ordinary": cpu_seconds(partial(ask, engine, _plan({"key": "plan"})))}
    for name, reference in (("now", now), ("event", event)):
        report[name] = cpu_seconds(partial(ask, engine, _plan(reference)))
    promotions = Promotions(engine)
    promotions.promote("event", "plan")
    promotions.promote("user", "plan")
    started = time.perf_counter()
    count = fold_values(identity, Folding(engine), promotions)
    report |= {"events_filled": count, "fill_seconds": time.perf_counter() - started}
    _until_written(engine)
    report["written_seconds"] = time.perf_counter() - started
    report["promoted"] = cpu_seconds(partial(ask, engine, _plan({"key": "plan"}), promotions.column_of))
    report["event_filled"] = cpu_seconds(partial(ask, engine, _plan(event), promotions.column_of))
    _news(engine)
    report["promoted_with_news"] = cpu_seconds(partial(ask, engine, _plan({"key": "plan"}), promotions.column_of))
    report["event_with_news"] = cpu_seconds(partial(ask, engine, _plan(event), promotions.column_of))
    for name in ("now", "event", "event_filled"):
        report[f"{name}_to_ordinary"] = report[name] / report["ordinary"]
        report[f"{name}_to_promoted"] = report[name] / report["promoted"]
    # New events are not merged yet, which both have to bear.
    report["event_with_news_to_promoted"] = report["event_with_news"] / report["promoted_with_news"]
    return {name: round(number, 3) for name, number in report.items()}


def _until_written(engine: Engine) -> None:
    """Wait until parts are written anew with the columns that were added or changed."""
    while engine.query(Sql("SELECT count() FROM system.mutations WHERE NOT is_done")).rows[0][0]:
        time.sleep(0.2)


def _news(engine: Engine) -> None:
    """One event in a thousand more, and a change of plan of one person in a thousand, since the columns were filled:
    what four hours bring."""
    ((last, ids),) = engine.query(Sql("SELECT max(accept_id), uniq(distinct_id) FROM events")).rows
    parts = {"first": Bound(last + 1, "UInt64"), "count": Bound(last // 1000, "UInt64"), "ids": Bound(ids, "UInt64")}
    engine.execute(sql(_EVENTS.strip(), start=Bound(START, "UInt32"), days=Bound(DAYS, "UInt32"), **parts))
    engine.command(_CHANGES.strip())


def _plan(reference: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "segmentation",
        "metrics": [{"event": {"names": ["Event 0"]}}],
        "range": _RANGE,
        "breakdowns": [{"property": reference, "each_item": False}],
    }
