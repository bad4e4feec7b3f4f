"""Retention, lifecycle, stickiness, sessions and one person's history over generated events, beside the same by hand.

Reports, as `benchmarks/questions.py`: CPU seconds, median of five after one run for warmth, and the ratio to (a) a
hand's SQL on the same tables with the same guarantees (FINAL, overrides of persons), whose goal is 1.25, and the same
in DuckDB (`benchmarks/duck.py`) with our guarantees, whose goal is 1, and on a clean table. One person's last 100
events are told in milliseconds and rows read; the goals are 30 ms and a million rows, and DuckDB's figure is of its
clean table. What all count is compared before it is measured.
"""

import asyncio
import base64
import json
import resource
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.data import DAYS, START, generated
from benchmarks.duck import opened, rows_of, with_guarantees
from benchmarks.questions import PROJECT, ask, cpu_seconds
from diptych.people.persons import PERSON
from diptych.query.activity import Activity
from diptych.query.person import People
from diptych.query.run import Queries
from diptych.store.engine import Engine
from diptych.store.sql import Sql

_DAY = 86_400_000
# The generated events are as old as they are: the last ones before their end are "the last ones".
_END = [(START + DAYS * 86_400) * 1000, 0, 0, 0]
_NOW = base64.urlsafe_b64encode(json.dumps(_END).encode()).decode().rstrip("=")


class Case(NamedTuple):
    """A question; the same by hand for ClickHouse, with {events} and {p} for the person; and for DuckDB.

    `ours` adds up the counts of our answer, and has to equal the sum of the hand's first column.
    """

    question: dict[str, Any]
    clickhouse: str
    duckdb: str
    ours: Callable[[Any], float]


def _retention(days: int, first: str, end: str, horizon: str, start: str, returning: str) -> Case:
    """People by the day of their first `start` ever, and by the day after it on which they came back."""
    began = f"name = '{start}'" if start else "NOT control"
    back = f"name = '{returning}'" if returning else "NOT control"
    question = {
        "type": "retention",
        "start": {"names": [start] if start else []},
        "returning": {"names": [returning] if returning else []},
        "range": {"type": "between", "from": first, "to": end},
        "windows": days,
    }
    by_hand = f"""
        WITH starts AS (
            SELECT {{p}} AS p, min(time) AS began FROM {{events}}
            WHERE {began} AND time < '{end}' + INTERVAL 1 DAY GROUP BY p HAVING min(time) >= '{first}'
        )
        SELECT people, day, back FROM (
            SELECT count(DISTINCT r.p) AS people, {{date:s.began}} AS day, {{days:r.time:s.began}} AS back
            FROM (SELECT {{p}} AS p, time FROM {{events}} WHERE {back} AND time > '{first}' AND time < '{horizon}') AS r
            JOIN starts AS s ON r.p = s.p WHERE r.time > s.began AND {{days:r.time:s.began}} < {days}
            GROUP BY day, back
        ) AS returned
        UNION ALL SELECT count(*), {{date:began}}, -1 FROM starts GROUP BY 2"""

    def ours(answer: Any) -> float:
        rows = answer.series[0].cohorts
        return float(sum(row.people + sum(row.returned) for row in rows))

    return Case(question, by_hand, by_hand, ours)


_LIFECYCLE = Case(
    {
        "type": "lifecycle",
        "event": {"names": []},
        "range": {"type": "between", "from": "2026-04-06", "to": "2026-06-28"},
        "interval": "week",
    },
    """
    SELECT count(), countIf(i = 1), countIf(i > 1 AND ws[i - 1] = w - 7), countIf(i > 1 AND ws[i - 1] != w - 7),
        countIf(i = length(ws) OR ws[i + 1] != w + 7), w
    FROM (
        SELECT i, ws, ws[i] AS w FROM (
            SELECT {p} AS p, arraySort(groupUniqArray(toMonday(time))) AS ws FROM {events}
            WHERE NOT control AND time < '2026-06-29' GROUP BY p
        ) ARRAY JOIN arrayEnumerate(ws) AS i
    )
    WHERE w >= '2026-04-06' GROUP BY w""",
    """
    SELECT count(*), count(*) FILTER (w = first), count(*) FILTER (before = w - 7),
        count(*) FILTER (w != first AND before != w - 7), count(*) FILTER (after IS NULL OR after != w + 7), w
    FROM (
        SELECT p, w, min(w) OVER one AS first, lag(w) OVER one AS before, lead(w) OVER one AS after
        FROM (SELECT DISTINCT person AS p, CAST(date_trunc('week', time) AS DATE) AS w FROM events
            WHERE time < '2026-06-29')
        WINDOW one AS (PARTITION BY p ORDER BY w)
    )
    WHERE w >= '2026-04-06' GROUP BY w""",
    lambda answer: float(sum(answer.new + answer.current + answer.resurrected)),
)
_STICKINESS = Case(
    {
        "type": "frequency",
        "range": {"type": "between", "from": "2026-03-01", "to": "2026-05-31"},
        "period": "month",
        "at_least": False,
    },
    """
    SELECT count(), m, d FROM (
        SELECT {p} AS p, toStartOfMonth(time) AS m, uniqExact(toDate(time)) AS d FROM {events}
        WHERE NOT control AND time >= '2026-03-01' AND time < '2026-06-01' GROUP BY p, m
    ) GROUP BY m, d""",
    """
    SELECT count(*), m, d FROM (
        SELECT person AS p, date_trunc('month', time) AS m, count(DISTINCT CAST(time AS DATE)) AS d FROM events
        WHERE time >= '2026-03-01' AND time < '2026-06-01' GROUP BY p, m
    ) GROUP BY m, d""",
    lambda answer: float(sum(map(sum, answer.people))),
)
_SESSIONS = Case(
    {"type": "sessions", "range": {"type": "between", "from": "2026-03-01", "to": "2026-03-30"}},
    """
    SELECT count(), avg(s[-1] - s[1]), toDate(intDiv(s[1], 1000)) AS day FROM (
        SELECT arrayJoin(arraySplit((at, gap) -> gap > 1800000, times, arrayDifference(times))) AS s FROM (
            SELECT {p} AS p, arraySort(groupArray(toUnixTimestamp64Milli(time))) AS times FROM {events}
            WHERE NOT control AND time >= '2026-02-28 23:30:00' AND time < '2026-04-01' GROUP BY p
        )
    )
    WHERE s[1] >= 1772323200000 AND s[1] < 1774915200000 GROUP BY day""",
    """
    SELECT count(*), avg(ended - began), CAST(make_timestamp(began * 1000) AS DATE) AS day FROM (
        SELECT p, session, min(ms) AS began, max(ms) AS ended FROM (
            SELECT p, ms, sum(CASE WHEN pause THEN 1 ELSE 0 END) OVER (PARTITION BY p ORDER BY ms) AS session FROM (
                SELECT person AS p, epoch_ms(time) AS ms,
                    epoch_ms(time) - lag(epoch_ms(time)) OVER (PARTITION BY person ORDER BY time) > 1800000 AS pause
                FROM events WHERE time >= '2026-02-28 23:30:00' AND time < '2026-04-01'
            )
        ) GROUP BY p, session
    )
    WHERE began >= 1772323200000 AND began < 1774915200000 GROUP BY day""",
    lambda answer: float(answer.series[0].sessions),
)

CASES = {
    "retention, 30 by 30 days": _retention(30, "2026-03-01", "2026-03-30", "2026-04-30", "Event 3", "Event 0"),
    "retention, 60 by 60 days": _retention(60, "2026-02-01", "2026-04-01", "2026-06-01", "Event 3", "Event 0"),
    "retention of any event, 30 by 30 days": _retention(30, "2026-01-01", "2026-01-30", "2026-03-02", "", ""),
    "lifecycle, 12 weeks": _LIFECYCLE,
    "stickiness, 3 months": _STICKINESS,
    "sessions, 30 days": _SESSIONS,
}


def history(directory: Path, events: int) -> dict[str, Any]:
    """Per report CPU seconds and ratios; for one person's events milliseconds and rows."""
    engine = generated(directory, events)
    duck = opened(engine, directory / f"{events}.duckdb")
    report: dict[str, Any] = {"events": events}
    for name, case in CASES.items():
        _require_equal(name, engine, duck, case)
        ours = cpu_seconds(partial(ask, engine, case.question))
        same = cpu_seconds(partial(engine.query, Sql(_by_hand(case.clickhouse))))
        clean = cpu_seconds(partial(rows_of, duck, _in_duckdb(case.duckdb)))
        other = cpu_seconds(partial(rows_of, duck, with_guarantees(_in_duckdb(case.duckdb))))
        report[name] = {
            "cpu_seconds": round(ours, 3),
            "to_same_guarantees": round(ours / same, 2),
            "to_duckdb": round(ours / other, 2),
            "to_clean_duckdb": round(ours / clean, 2),
        }
        print(name, report[name], flush=True)
    for name, rank in (("busiest person", 0), ("ordinary person", 2000)):
        report[f"last 100 events of the {name}"] = _last_events(engine, duck, rank)
        print(name, report[f"last 100 events of the {name}"], flush=True)
    report["peak_megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    duck.close()
    engine.close()
    return report


def _require_equal(name: str, engine: Engine, duck: Any, case: Case) -> None:
    ours = case.ours(ask(engine, case.question))
    hand = float(sum(row[0] for row in engine.query(Sql(_by_hand(case.clickhouse))).rows))
    clean = float(sum(row[0] for row in rows_of(duck, _in_duckdb(case.duckdb))))
    other = float(sum(row[0] for row in rows_of(duck, with_guarantees(_in_duckdb(case.duckdb)))))
    if not ours == hand == clean == other:
        raise AssertionError(f"{name}: we count {ours:,.0f}, by hand it is {hand:,.0f}, in DuckDB {clean}, {other}")


def _filled(text: str, events: str, person: str, date: str, days: str) -> str:
    filled = text.replace("{events}", events).replace("{p}", person)
    for one in ("s.began", "began"):
        filled = filled.replace(f"{{date:{one}}}", date.format(one))
    return filled.replace("{days:r.time:s.began}", days)


def _by_hand(text: str) -> str:
    days = f"intDiv(toUnixTimestamp64Milli(r.time) - toUnixTimestamp64Milli(s.began), {_DAY})"
    filled = _filled(text, "events FINAL", PERSON.text, "toDate({})", days)
    for day in ("2026-03-30", "2026-04-01", "2026-01-30"):
        filled = filled.replace(f"'{day}' + INTERVAL 1 DAY", f"toDate('{day}') + 1")
    return filled.replace("WHERE name", "WHERE project = 1 AND name").replace("WHERE NOT", "WHERE project = 1 AND NOT")


def _in_duckdb(text: str) -> str:
    days = f"(epoch_ms(r.time) - epoch_ms(s.began)) // {_DAY}"
    filled = _filled(text, "events", "person", "CAST({} AS DATE)", days)
    for day in ("2026-03-30", "2026-04-01", "2026-01-30"):
        filled = filled.replace(f"'{day}' + INTERVAL 1 DAY", f"DATE '{day}' + INTERVAL 1 DAY")
    return filled.replace("NOT control", "true")


def _last_events(engine: Engine, duck: Any, rank: int) -> dict[str, Any]:
    person, one, count = engine.query(
        Sql(
            f"SELECT {PERSON.text} AS p, any(distinct_id), count() AS n FROM events FINAL WHERE project = 1 "
            f"GROUP BY p ORDER BY n DESC, p LIMIT 1 OFFSET {rank}"
        )
    ).rows[0]
    read = _rows_read(engine, partial(_page, engine, one))
    hand = (
        f"SELECT * FROM events FINAL WHERE project = 1 AND {PERSON.text} = {person} "
        "ORDER BY time DESC, accept_id DESC LIMIT 100"
    )
    other = f"SELECT * FROM events WHERE person = {person} ORDER BY time DESC LIMIT 100"
    return {
        "events_of_the_person": count,
        "ms": _milliseconds(partial(_page, engine, one)),
        "rows_read": read,
        "ms_by_hand": _milliseconds(partial(engine.query, Sql(hand))),
        "ms_in_duckdb": _milliseconds(partial(rows_of, duck, other)),
    }


def _page(engine: Engine, one: str) -> None:
    async def settled() -> bool:
        return True

    queries = Queries(engine, settled)
    hashes = People(engine, queries).hashes(PROJECT, one)
    page = asyncio.run(Activity(queries).page(PROJECT, hashes[0], hashes, before=_NOW))
    assert page.events
    queries.close()


def _rows_read(engine: Engine, run: Callable[[], object]) -> int:
    """What all statements of a run read together."""
    plain, read = engine.query, 0

    def counted(*arguments: Any, **named: Any) -> Any:
        nonlocal read
        found = plain(*arguments, **named)
        read += found.rows_read
        return found

    engine.query = counted  # type: ignore[method-assign]
    run()
    del engine.query  # type: ignore[method-assign]
    return read


def _milliseconds(run: Callable[[], object]) -> float:
    run()
    times = []
    for _ in range(11):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return round(statistics.median(times) * 1000, 1)
