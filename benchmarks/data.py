"""Generated events for benchmarks, made inside the engine: skewed people and names, 180 days, 12 properties.

    engine = generated(directory, events=10_000_000)

makes them once and opens them again afterwards. Numbers come from hashes of the row's number, so that every run
has the same rows. What is in it:

- people: `events / 20`; the busiest does about 1% of the events. One in ten ids is linked to another person.
- 40 event names, `Event 0` about a fifth of all, each next one rarer; one event in 50 is an unmerged copy.
- properties: price, quantity, rating (numbers), plan, color, size, path (2,000 values), campaign, premium (boolean),
  tags (lists), note (mostly not set), code (number or text); built-in: browser, country, os. Groups: company.
- profiles of all people with `plan` and `color`, and three changes of `plan` in their history.
"""

import time
from pathlib import Path

from diptych.store.engine import Engine, open_embedded
from diptych.store.migrate import migrate
from diptych.store.sql import Bound, Sql, sql

START = 1_767_225_600  # 2026-01-01 UTC
DAYS = 180
PROJECT = 1
_SLICE = 2_000_000

# The hash of the row's number is cut into independent pieces; `u` in [0, 1) to a power makes the skew.
_EVENTS = """
INSERT INTO events (project, name, time, distinct_id, copy_hash, version, session_id, control, received,
    accept_id, protocol, library, properties, context, groups)
SELECT 1, concat('Event ', toString(toUInt8(40 * pow(toFloat64(h % 10007) / 10007, 2.2)))) AS name,
    fromUnixTimestamp64Milli(toInt64({start} + intDiv(h, 7) % ({days} * 86400)) * 1000 + h % 1000) AS time,
    concat('user-', toString(toUInt32({people} * pow(toFloat64(intDiv(h, 11) % 1000003) / 1000003, 2.5)))),
    n, n, toUnixTimestamp(time) - toUnixTimestamp(time) % 1800, false, time, n + {copies}, 'benchmark', 'none 1.0',
    map('price', toString((h % 20000) / 100), 'quantity', toString(intDiv(h, 13) % 9 + 1),
        'rating', toString(intDiv(h, 17) % 5 + 1),
        'plan', ['"free"', '"pro"', '"team"', '"enterprise"'][intDiv(h, 19) % 4 + 1],
        'color', ['"red"', '"green"', '"blue"'][intDiv(h, 23) % 3 + 1],
        'size', ['"s"', '"m"', '"l"', '"xl"'][intDiv(h, 29) % 4 + 1],
        'path', concat('"/page/', toString(toUInt32(2000 * pow(toFloat64(intDiv(h, 31) % 9973) / 9973, 3))), '"'),
        'campaign', concat('"campaign ', toString(intDiv(h, 37) % 50), '"'),
        'premium', if(intDiv(h, 41) % 5 = 0, 'true', 'false'),
        'tags', ['[]', '["a"]', '["a","b"]', '["b","c","d"]'][intDiv(h, 43) % 4 + 1],
        'note', if(intDiv(h, 47) % 20 = 0, concat('"note ', toString(h % 1000), '"'), 'null'),
        'code', if(intDiv(h, 53) % 2 = 0, toString(h % 100), concat('"', toString(h % 100), '"'))),
    map('browser', ['"Chrome"', '"Safari"', '"Firefox"', '"Edge"'][intDiv(h, 59) % 4 + 1],
        'country', ['"US"', '"DE"', '"IN"', '"BR"', '"JP"'][intDiv(h, 61) % 5 + 1],
        'os', ['"iOS"', '"Android"', '"Windows"'][intDiv(h, 67) % 3 + 1]),
    map('company', [concat('company ', toString(intDiv(h, 71) % 1000))])
FROM (SELECT number AS n, sipHash64(number) AS h FROM numbers({first}, {count}) WHERE number % {every} = 0)
"""
_LINKS = """
INSERT INTO identity_links (project, actor, person, accept_id, source, time, received)
SELECT 1, concat('user-', toString(number * 10 + 9)), concat('user-', toString(number * 10)), number, 'benchmark',
    toDateTime64({start}, 3, 'UTC'), toDateTime64({start}, 3, 'UTC') FROM numbers(intDiv({people}, 10))
"""
_PROFILES = """
INSERT INTO profiles (project, group_type, owner, profile_id, properties, updated, version)
SELECT 1, '', cityHash64(toUInt32(1), id), concat('user-', toString(number)) AS id,
    map('plan', ['"free"', '"pro"', '"team"'][sipHash64(number) % 3 + 1],
        'color', ['"red"', '"blue"'][sipHash64(number) % 2 + 1]),
    toDateTime64({start}, 3, 'UTC'), 1
FROM numbers({people})
"""
_HISTORY = """
INSERT INTO profile_history (project, group_type, key, owner, time, value, version)
SELECT 1, '', 'plan', cityHash64(toUInt32(1), concat('user-', toString(number))),
    toDateTime64({start} + step * 60 * 86400 + sipHash64(number) % 5184000, 3, 'UTC'),
    ['"free"', '"pro"', '"team"'][sipHash64(number, step) % 3 + 1], 1
FROM (SELECT number, arrayJoin([0, 1, 2]) AS step FROM numbers({people}))
"""


def generated(directory: Path, events: int) -> Engine:
    """The engine over so many events of project 1, made if `directory` has none yet."""
    engine = open_embedded(directory / f"generated-{events}")
    migrate(engine)
    if not engine.query(Sql("SELECT count() FROM profiles")).rows[0][0]:
        _generate(engine, events)
    return engine


def _generate(engine: Engine, events: int) -> None:
    started = time.perf_counter()
    for first in range(0, events, _SLICE):
        _insert(engine, first, min(_SLICE, events - first), events, every=1)
    for table in ("events",):
        engine.command(f"OPTIMIZE TABLE {table} FINAL")
    # Copies come late, as parts of their own, so that FINAL has to look at them.
    _insert(engine, 0, events, events, every=50)
    parts = {"start": Bound(START, "UInt32"), "people": Bound(events // 20, "UInt32")}
    engine.execute(sql(_LINKS.strip(), **parts))
    engine.execute(sql(_HISTORY.strip(), **parts))
    engine.execute(sql(_PROFILES.strip(), **parts))
    print(f"made {events:,} events in {time.perf_counter() - started:.0f} s", flush=True)


def _insert(engine: Engine, first: int, count: int, events: int, *, every: int) -> None:
    statement = sql(
        _EVENTS.strip(),
        start=Bound(START, "UInt32"),
        days=Bound(DAYS, "UInt32"),
        people=Bound(events // 20, "UInt32"),
        copies=Bound(0 if every == 1 else events, "UInt64"),
        first=Bound(first, "UInt64"),
        count=Bound(count, "UInt64"),
        every=Bound(every, "UInt64"),
    )
    engine.execute(statement)
