"""Funnels and flows over generated events, beside the same by hand; and people with very many events.

As `benchmarks/history.py`: CPU seconds, median of five after one run for warmth, and the ratio to (a) a hand's SQL on
the same tables with the same guarantees (FINAL, overrides of persons, one order of a person's events even where their
times are equal), whose goal is 1.25, (b) the same where events at the same time have no order, which is what hands
write, and (c) the same in DuckDB over a sorted table without copies, with a stored person and without that order.
What all count is compared before it is measured. `windowFunnel` knows no order of events at the same time.

`skewed` asks the same funnels of as many events that a hundred people did, and tells how many times longer it takes.
"""

import contextlib
import re
import resource
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.data import generated
from benchmarks.duck import opened, rows_of, with_guarantees
from benchmarks.questions import ask, cpu_seconds
from diptych.people.persons import PERSON
from diptych.store.engine import Engine, EngineRefused, open_embedded
from diptych.store.migrate import migrate
from diptych.store.sql import Bound, Sql, sql

_DAY = 86_400_000
_RANGES = {30: ("2026-03-01", "2026-03-30", 1_772_323_200_000), 180: ("2026-01-01", "2026-06-29", 1_767_225_600_000)}
_WINDOW = 7

Counts = list[float]


class Case(NamedTuple):
    """A question; the same by hand for ClickHouse and DuckDB; and our answer in the form of the hand's first row.

    In the text for ClickHouse {p} is the person, {order} what orders a person's events, AT(x) the milliseconds of x.
    """

    question: dict[str, Any]
    clickhouse: str
    duckdb: str
    ours: Callable[[Any], Counts]


def _steps(count: int) -> list[dict[str, Any]]:
    return [{"event": {"names": [f"Event {number}"]}} for number in range(count)]


def _question(days: int, count: int, **more: Any) -> dict[str, Any]:
    first, last, _ = _RANGES[days]
    between = {"type": "between", "from": first, "to": last}
    return {"type": "funnel", "steps": _steps(count), "range": between, "window": {"count": _WINDOW}} | more


def _attempts(answer: Any) -> Counts:
    return [float(step.attempts) for step in answer.rows[0].steps]


def _scan(days: int, names: int, also: str = "") -> str:
    """Events of the steps, from the range's start to a window after its end."""
    _, _, start = _RANGES[days]
    listed = ", ".join(f"'Event {number}'" for number in range(names)) + also
    return f"name IN ({listed}) AND {{time}} >= {start} AND {{time}} < {start + (days + _WINDOW) * _DAY}"


def _rows(days: int, names: int, also: str = "", plan: str = "") -> str:
    """Person `p`, place in the order `t` and name of the steps' events, for ClickHouse."""
    where = _scan(days, names, also).replace("{time}", "toUnixTimestamp64Milli(time)")
    return (
        f"(SELECT {{p}} AS p, {{order}} AS t, name{plan} FROM events FINAL WHERE project = 1 AND "
        f"time >= '{_RANGES[days][0]}' AND {where})"
    )


def _entered(days: int) -> str:
    return f"name = 'Event 0' AND AT(t) < {_RANGES[days][2] + days * _DAY}"


def _found(number: int) -> str:
    """The first event of a step after the one before it, inside the window; at 0: none."""
    before = f"t{number - 1}"
    first = f"arrayFirst(x -> x > {before} AND AT(x) <= AT(t0) + {_WINDOW * _DAY}, l{number})"
    return f"{first if number == 1 else f'if(AT({before}) = 0, {before}, {first})'} AS t{number}"


def _chain(days: int, count: int, *, exclusion: bool = False) -> str:
    """Each person's first entry and what follows, with sorted lists of moments."""
    lists = [f"arraySort(groupArrayIf(t, name = 'Event {n}')) AS l{n}" for n in range(1, count)]
    also, reached = "", [f"countIf(AT(t{n}) != 0)" for n in range(1, count)]
    if exclusion:
        also = ", 'Event 30'"
        lists.append("groupArrayIf(t, name = 'Event 30') AS lx")
        free = "NOT arrayExists(x -> x > t0 AND x < t1, lx)"
        reached = [f"countIf(AT(t{n}) != 0 AND {free})" for n in range(1, count)]
    rows = (
        f"SELECT minIf(t, {_entered(days)}) AS t0, {', '.join(lists)} "
        f"FROM {_rows(days, count, also)} GROUP BY p HAVING AT(t0) != 0"
    )
    for number in range(1, count):  # a level for each step: an alias of an alias is written out again and again
        rows = f"SELECT *, {_found(number)} FROM ({rows})"
    return f"SELECT count(), {', '.join(reached)} FROM ({rows})"


def _with_plan(days: int, outer: str, within: str) -> str:
    """Three steps with the plan of each event: x.1 is its time, x.2 its plan."""
    lists = [f"arraySort(groupArrayIf((t, plan), name = 'Event {n}')) AS l{n}" for n in (1, 2)]
    second, third = (
        f"arrayFirst(x -> x.1 > {after} AND AT(x.1) <= AT(t0) + {_WINDOW * _DAY}{within}, l{n})"
        for n, after in ((1, "t0"), (2, "s1.1"))
    )
    found = f"{second} AS s1, if(AT(s1.1) = 0, s1, {third}) AS s2"
    plan = ", properties['plan'] AS plan"
    return (
        f"SELECT {outer} FROM (SELECT *, {found} FROM ("
        f"SELECT minIf(t, {_entered(days)}) AS t0, argMinIf(plan, t, {_entered(days)}) AS plan0, {', '.join(lists)} "
        f"FROM {_rows(days, 3, plan=plan)} GROUP BY p HAVING AT(t0) != 0))"
    )


def _in_duckdb(days: int, count: int, outer: str, *, held: bool = False, exclusion: bool = False) -> str:
    """A chain of ASOF joins: DuckDB's own way from each event to the next one after it."""
    start = _RANGES[days][2]
    ctes = [
        "s0 AS (SELECT person AS p, min(epoch_ms(time)) AS t0, arg_min(plan, time) AS plan0, 1 AS a FROM events "
        f"WHERE name = 'Event 0' AND {_at(start)} <= time AND time < {_at(start + days * _DAY)} GROUP BY 1)"
    ]
    for n in range(1, count):
        ctes.append(
            f"e{n} AS (SELECT person AS p, epoch_ms(time) AS t, plan FROM events WHERE name = 'Event {n}' AND "
            f"{_at(start)} <= time AND time < {_at(start + (days + _WINDOW) * _DAY)})"
        )
        same = " AND e.plan = s.plan0" if held else ""
        ctes.append(
            f"s{n} AS (SELECT s.*, e.t AS t{n}, e.plan AS plan{n} FROM s{n - 1} AS s ASOF JOIN e{n} AS e "
            f"ON s.p = e.p{same} AND s.t{n - 1} < e.t WHERE e.t <= s.t0 + {_WINDOW * _DAY})"
        )
    if exclusion:
        ctes.append("x AS (SELECT person AS p, epoch_ms(time) AS t FROM events WHERE name = 'Event 30')")
        ctes[2] = ctes[2].replace("s1 AS (", "c1 AS (")
        ctes.insert(3, ctes.pop())
        ctes.insert(
            4, "s1 AS (SELECT * FROM c1 WHERE NOT EXISTS (SELECT 1 FROM x WHERE x.p = c1.p AND x.t > t0 AND x.t < t1))"
        )
    return f"WITH {', '.join(ctes)} SELECT {outer}"


def _at(milliseconds: int) -> str:
    """A time for DuckDB in a form by which it leaves out rows unread."""
    return f"make_timestamp({milliseconds * 1000})"


def _counts(count: int) -> str:
    return ", ".join(f"(SELECT count(*) FROM s{n})" for n in range(count))


def _plain(days: int, count: int) -> Case:
    return Case(_question(days, count), _chain(days, count), _in_duckdb(days, count, _counts(count)), _attempts)


_HELD = Case(
    _question(180, 3, held=[{"property": {"key": "plan"}}]),
    _with_plan(180, "count(), countIf(AT(s1.1) != 0), countIf(AT(s2.1) != 0)", " AND x.2 = plan0"),
    _in_duckdb(180, 3, _counts(3), held=True),
    _attempts,
)
_EXCLUDED = Case(
    _question(180, 3, exclusions=[{"event": {"names": ["Event 30"]}, "after": 1, "before": 2}]),
    _chain(180, 3, exclusion=True),
    _in_duckdb(180, 3, _counts(3), exclusion=True),
    _attempts,
)
# Of each second step's plan: how many attempts came to the third.
_BY_STEP = Case(
    _question(180, 3, breakdowns=[{"by": {"property": {"key": "plan"}}, "attribution": "step", "step": 2}]),
    "SELECT count(), sum(third) FROM ("
    + _with_plan(180, "s1.2 AS plan1, count(), countIf(AT(s2.1) != 0) AS third", "")
    + " GROUP BY plan1)",
    _in_duckdb(
        180,
        3,
        "count(*), sum(third) FROM (SELECT plan1, count(t2) AS third FROM "
        "(SELECT s0.p, s1.plan1, s2.t2 FROM s0 LEFT JOIN s1 USING (p) LEFT JOIN s2 USING (p)) GROUP BY plan1)",
    ),
    lambda answer: [float(len(answer.rows) - 1), float(sum(row.steps[2].attempts for row in answer.rows[1:]))],
)
_TIMES = Case(
    _question(180, 3, times=True),
    _chain(180, 3).replace(
        "SELECT count(), countIf(AT(t1) != 0)",
        "SELECT quantileExactInclusiveIf(0.5)(AT(t2) - AT(t0), AT(t2) != 0)",
        1,
    ),
    _in_duckdb(180, 3, "median(t2 - t0), count(*) FROM s2"),
    lambda answer: [answer.rows[0].steps[2].from_start.median, float(answer.rows[0].steps[2].attempts)],
)
_LONGEST = Case(
    _question(180, 3, entry="longest"),
    f"SELECT countIf(n >= 1), countIf(n >= 2), countIf(n >= 3) FROM (SELECT windowFunnel({_WINDOW * _DAY}, "
    f"'strict_increase')(toUInt64(AT(t)), {_entered(180)}, name = 'Event 1', name = 'Event 2') AS n "
    f"FROM {_rows(180, 3)} GROUP BY p)",
    "",
    _attempts,
)


def _flows(days: int) -> Case:
    """Each person's first anchor and the three events after it: paths, and how often the most frequent one comes."""
    first, last, start = _RANGES[days]
    question = {
        "type": "flows",
        "anchor": {"names": ["Event 3"]},
        "after": 3,
        "range": {"type": "between", "from": first, "to": last},
        "top": 100,
    }
    end = start + days * _DAY
    clickhouse = f"""
        SELECT sum(n), max(n) FROM (
            SELECT arrayMap(x -> x.2, arraySlice(arraySort(later), 1, 3)) AS path, count() AS n
            FROM (
                SELECT minIf(t, name = 'Event 3' AND AT(t) < {end}) AS t0,
                    arrayFilter(x -> x.1 > t0 AND AT(x.1) <= AT(t0) + {30 * _DAY}, groupArray((t, name))) AS later
                FROM (
                    SELECT {{p}} AS p, {{order}} AS t, name FROM events FINAL
                    WHERE project = 1 AND NOT control AND time >= '{first}' AND AT(t) < {end + 30 * _DAY}
                )
                GROUP BY p HAVING AT(t0) != 0
            ) GROUP BY path
        )"""
    duckdb = f"""
        WITH e AS (SELECT person AS p, epoch_ms(time) AS t, name FROM events
                WHERE {_at(start)} <= time AND time < {_at(end + 30 * _DAY)}),
            s AS (SELECT p, min(t) AS t0 FROM e WHERE name = 'Event 3' AND t < {end} GROUP BY p),
            o AS (SELECT e.p, e.t, e.name, t0, row_number() OVER (PARTITION BY e.p ORDER BY e.t) AS place
                FROM e JOIN s ON e.p = s.p WHERE e.t > t0 AND e.t <= t0 + {30 * _DAY}),
            paths AS (SELECT s.p, string_agg(o.name, ',' ORDER BY place) AS path
                FROM s LEFT JOIN o ON s.p = o.p AND place <= 3 GROUP BY s.p)
        SELECT sum(n), max(n) FROM (SELECT count(*) AS n FROM paths GROUP BY path)"""
    return Case(question, clickhouse, duckdb, lambda answer: [float(answer.total), float(answer.paths[0].count)])


CASES = {
    "3 steps, 30 days": _plain(30, 3),
    "3 steps, 180 days": _plain(180, 3),
    "6 steps, 180 days": _plain(180, 6),
    "20 steps, 180 days": _plain(180, 20),
    "3 steps, every entry tried, 180 days": _LONGEST,
    "3 steps with one plan, 180 days": _HELD,
    "3 steps without an event between, 180 days": _EXCLUDED,
    "3 steps by the second one's plan, 180 days": _BY_STEP,
    "3 steps and how long they took, 180 days": _TIMES,
    "flows, 30 days": _flows(30),
    "flows, 180 days": _flows(180),
}


def funnels(directory: Path, events: int) -> dict[str, Any]:
    """Per question CPU seconds and ratios; seconds on the clock, and the peak of memory after it."""
    engine = generated(directory, events)
    duck = opened(engine, directory / f"{events}.duckdb")
    report: dict[str, Any] = {"events": events}
    for name, case in CASES.items():
        in_time = _require_equal(name, engine, duck, case)
        ours = cpu_seconds(partial(ask, engine, case.question))
        report[name] = {
            "cpu_seconds": round(ours, 3),
            "seconds": round(_seconds(partial(ask, engine, case.question)), 3),
            "to_same_guarantees": "by hand it is not done within the limit of a minute",
        }
        for which, ordered in (("to_same_guarantees", True), ("to_times_only", False)) if in_time else ():
            # Near the limit one run may be in time and the next one not.
            with contextlib.suppress(EngineRefused):
                by_hand = cpu_seconds(partial(engine.query, Sql(_by_hand(case, ordered=ordered))))
                report[name][which] = round(ours / by_hand, 2)
        if case.duckdb:
            other = cpu_seconds(partial(rows_of, duck, with_guarantees(case.duckdb)))
            clean = cpu_seconds(partial(rows_of, duck, case.duckdb))
            report[name] |= {"to_duckdb": round(ours / other, 2), "to_clean_duckdb": round(ours / clean, 2)}
        report[name]["peak_megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(name, report[name], flush=True)
    duck.close()
    engine.close()
    return report


def _by_hand(case: Case, *, ordered: bool = True) -> str:
    order = "(toUnixTimestamp64Milli(time), ifNull(event_id, -1), received, accept_id)"
    if not ordered or "windowFunnel" in case.clickhouse:
        ordered, order = False, "toUnixTimestamp64Milli(time)"
    text = re.sub(r"AT\(([\w.]+)\)", r"\1.1" if ordered else r"\1", case.clickhouse)
    return text.replace("{p}", PERSON.text).replace("{order}", order)


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def _require_equal(name: str, engine: Engine, duck: Any, case: Case) -> bool:
    """Whether the hand's SQL is done within the engine's limit of time, if all that are count the same."""
    ours = case.ours(ask(engine, case.question))
    hands: list[Counts] = []
    with contextlib.suppress(EngineRefused):
        hands.append([float(value) for value in engine.query(Sql(_by_hand(case))).rows[0]])
    forms = [case.duckdb, with_guarantees(case.duckdb)] if case.duckdb else []
    others = [[float(value) for value in rows_of(duck, text)[0]] for text in forms]
    if any(counts != ours for counts in [*hands, *others]):
        raise AssertionError(f"{name}: we count {ours}, by hand it is {hands}, in DuckDB {others}")
    return bool(hands)


_SKEWED = """
INSERT INTO events (project, name, time, distinct_id, copy_hash, version, received, accept_id, protocol, library)
SELECT 1, concat('Event ', toString(h % 5)), fromUnixTimestamp64Milli(toInt64({start}) + intDiv(h, 7) % {span}) AS time,
    concat('user-', toString(intDiv(h, 11) % {people})), n, n, time, n, 'benchmark', 'none 1.0'
FROM (SELECT number AS n, sipHash64(number) AS h FROM numbers({first}, {count}))
"""
_SLICE = 2_000_000


def skewed(directory: Path, events: int) -> dict[str, Any]:
    """CPU seconds of a funnel of five steps over events of so many people; many of them make an ordinary log."""
    report: dict[str, Any] = {"events": events}
    for people in (events // 20, events // 100_000 or 1, 1):
        engine = open_embedded(directory / f"skewed-{events}-{people}")
        migrate(engine)
        for first in range(0, events, _SLICE):
            numbers = {"people": people, "first": first, "count": min(_SLICE, events - first), "span": 30 * _DAY}
            parts = {key: Bound(value, "UInt64") for key, value in (numbers | {"start": _RANGES[30][2]}).items()}
            engine.execute(sql(_SKEWED.strip(), **parts))
        for entry in ("first", "every", "longest"):
            asked = _question(30, 5, entry=entry)
            report[f"{people} people, entry {entry}"] = round(cpu_seconds(partial(ask, engine, asked)), 3)
            print(people, entry, report[f"{people} people, entry {entry}"], flush=True)
        engine.close()
    report["peak_megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return report
