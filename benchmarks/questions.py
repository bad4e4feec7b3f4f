"""A dozen segmentation questions over generated events, beside the same by hand.

(a) by hand on the same tables with the same guarantees: FINAL, and a person as links and redirected ids make them; (b)
on a clean table with a stored person and no FINAL; (c) in DuckDB (`benchmarks/duck.py`) with the same guarantees, and
on a clean table. Seconds are CPU seconds of the whole process, the median of five after one run for warmth; the goal of
(a) is 1.25, that of (c) with the same guarantees 1.
"""

import asyncio
import resource
import statistics
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from benchmarks.data import generated
from benchmarks.duck import opened, rows_of, with_guarantees
from diptych.model import Project
from diptych.people.persons import PERSON
from diptych.query.questions import Question
from diptych.query.run import Queries
from diptych.query.sql.properties import ColumnOf
from diptych.store.engine import Engine
from diptych.store.sql import Sql

PROJECT = Project(id=1, name="benchmark", token="")
_MONTH = "time >= '2026-03-01' AND time < '2026-03-31'"
_ALL = "time >= '2026-01-01' AND time < '2026-06-30'"


class Case(NamedTuple):
    """A question, and the same by hand: {events} is the table, {p} the person, {prop:key} a property's text."""

    question: dict[str, Any]
    by_hand: str


def _range(days: int) -> dict[str, str]:
    last = date(2026, 3, 30) if days == 30 else date(2026, 6, 29)
    return {"type": "between", "from": "2026-03-01" if days == 30 else "2026-01-01", "to": last.isoformat()}


def _q(days: int, name: str | None = "Event 0", by: str | None = None, **metric: Any) -> dict[str, Any]:
    event = {"names": [name]} if name else {}
    return {
        "type": "segmentation",
        "metrics": [{"event": event} | metric],
        "range": _range(days),
        "breakdowns": [{"property": {"key": by}, "each_item": False}] if by else [],
    }


def _by_hand(days: int, what: str, where: str = "name = 'Event 0'", by: str = "") -> str:
    """Per day and over the whole range, as our answers have both. Counts of events add up by themselves."""
    span = _MONTH if days == 30 else _ALL
    group, keys = (f", {by} AS b", "b, d") if by else ("", "d")
    keys = keys if what in _ADD_UP else f"ROLLUP({keys})"
    return f"SELECT toDate(time) AS d{group}, {what} FROM {{events}} WHERE {span} AND {where} GROUP BY {keys}"


_ADD_UP = ("count()", "sum({number:price})")


def _plan_filter() -> dict[str, Any]:
    plan = {"type": "compare", "property": {"key": "plan"}, "operator": "equals", "values": ["pro"]}
    return _q(30, measure="unique") | {"filter": plan}


CASES = {
    "total, 30 days": Case(_q(30), _by_hand(30, "count()")),
    "total, 180 days": Case(_q(180), _by_hand(180, "count()")),
    "people, 30 days": Case(_q(30, measure="unique"), _by_hand(30, "{people}")),
    "people, 180 days": Case(_q(180, measure="unique"), _by_hand(180, "{people}")),
    "people of any event, 30 days": Case(_q(30, None, measure="unique"), _by_hand(30, "{people}", "NOT control")),
    "total of a rare event, 180 days": Case(_q(180, "Event 39"), _by_hand(180, "count()", "name = 'Event 39'")),
    "total by plan, 30 days": Case(_q(30, by="plan"), _by_hand(30, "count()", by="{prop:plan}")),
    "people by path (2,000 values), 30 days": Case(
        _q(30, by="path", measure="unique"), _by_hand(30, "{people}", by="{prop:path}")
    ),
    "people with plan pro, 30 days": Case(
        _plan_filter(), _by_hand(30, "{people}", "name = 'Event 0' AND {prop:plan} = '\"pro\"'")
    ),
    "sum of price, 30 days": Case(
        _q(30, measure="sum", property={"key": "price"}), _by_hand(30, "sum({number:price})")
    ),
    "median of price, 30 days": Case(
        _q(30, measure="median", property={"key": "price"}), _by_hand(30, "{median:price}")
    ),
    "events per person, 30 days": Case(_q(30, measure="average"), _by_hand(30, "count() / {people}")),
}


def questions(directory: Path, events: int) -> dict[str, Any]:
    """Per question, CPU seconds of ours, and the ratio of ours to each of the others."""
    engine = generated(directory, events)
    _clean(engine)
    duck = opened(engine, directory / f"{events}.duckdb")
    report: dict[str, Any] = {"events": events}
    for name, case in CASES.items():
        ours = cpu_seconds(partial(ask, engine, case.question))
        same = cpu_seconds(partial(engine.query, Sql(_same(case.by_hand))))
        clean = cpu_seconds(partial(engine.query, Sql(_without_final(case.by_hand))))
        other = cpu_seconds(partial(rows_of, duck, with_guarantees(_in_duckdb(case.by_hand))))
        clean_other = cpu_seconds(partial(rows_of, duck, _in_duckdb(case.by_hand)))
        report[name] = {
            "cpu_seconds": round(ours, 3),
            "to_same_guarantees": round(ours / same, 2),
            "to_clean_table": round(ours / clean, 2),
            "to_duckdb": round(ours / other, 2),
            "to_clean_duckdb": round(ours / clean_other, 2),
        }
        print(name, report[name], flush=True)
    report["peak_megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    duck.close()
    engine.close()
    return report


def ask(engine: Engine, question: dict[str, Any], column_of: ColumnOf = lambda scope, key: None) -> Any:
    """The answer to a question; nothing is kept for the next one."""

    async def settled() -> bool:
        return True

    queries = Queries(engine, settled, column_of=column_of)
    answer = asyncio.run(queries.ask(PROJECT, msgspec.convert(question, Question)))
    queries.close()
    return answer


_LONG = 4.0


def cpu_seconds(run: Callable[[], object]) -> float:
    """CPU of the whole process, after one run for warmth: the median of five; of three where one takes long."""
    started = time.process_time()
    run()
    times = []
    for _ in range(5 if time.process_time() - started < _LONG else 3):
        started = time.process_time()
        run()
        times.append(time.process_time() - started)
    return statistics.median(times)


def _filled(text: str, table: str, people: str, prop: str, number: str, median: str) -> str:
    for key in ("plan", "path", "price"):
        for place, form in (("prop", prop), ("number", number), ("median", median)):
            text = text.replace(f"{{{place}:{key}}}", form.format(key=key))
    return text.replace("{events}", table).replace("{people}", people)


def _same(text: str) -> str:
    number = "toFloat64OrNull(properties['{key}'])"
    filled = _filled(
        text,
        "events FINAL",
        f"uniqExactIf({PERSON.text} AS one, one != 0)",
        "properties['{key}']",
        number,
        f"quantileExactInclusive(0.5)({number})",
    )
    return filled.replace("WHERE", "WHERE project = 1 AND", 1)


def _without_final(text: str) -> str:
    number = "toFloat64OrNull(properties['{key}'])"
    return _filled(
        text,
        "clean_events",
        "uniqExact(person)",
        "properties['{key}']",
        number,
        f"quantileExactInclusive(0.5)({number})",
    )


def _in_duckdb(text: str) -> str:
    number = "TRY_CAST({key} AS DOUBLE)"
    filled = _filled(text, "events", "count(DISTINCT person)", "{key}", number, f"quantile_cont({number}, 0.5)")
    return filled.replace("toDate(time)", "CAST(time AS DATE)").replace("NOT control", "true")


def _clean(engine: Engine) -> None:
    engine.command("DROP TABLE IF EXISTS clean_events")
    engine.command(
        "CREATE TABLE clean_events ENGINE = MergeTree ORDER BY (name, toDate(time), person) AS "
        "SELECT name, time, who AS person, control, properties "
        f"FROM (SELECT *, {PERSON.text} AS who FROM events FINAL WHERE project = 1)"
    )
