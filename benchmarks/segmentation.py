"""Segmentation over the demo data: our statement, and the best that a hand could write on the same tables."""

import asyncio
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from diptych import demo
from diptych.demo.load import load
from diptych.model import Project
from diptych.query.parts import Between, Breakdown, EventSelector, MeasureType, Metric, Property
from diptych.query.questions import Segmentation
from diptych.query.run import Queries
from diptych.store.engine import Engine, open_embedded
from diptych.store.migrate import migrate
from diptych.store.sql import Sql

UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
_WINDOW = "project = 1 AND time >= '2026-10-01' AND time < '2026-10-31'"
_P = "if(joinGet('person_overrides', 'person', id_hash) AS o = 0, person, o)"

# (question, the same by hand with the same guarantees)
CASES: dict[str, tuple[Metric, str | None, str]] = {
    "total of one event by day": (
        Metric(EventSelector(["Page Viewed"])),
        None,
        f"SELECT toDate(time) d, count() FROM events FINAL WHERE {_WINDOW} AND name = 'Page Viewed' GROUP BY d",
    ),
    "people of one event by day": (
        Metric(EventSelector(["Page Viewed"]), MeasureType.UNIQUE),
        None,
        f"SELECT toDate(time) d, uniqExact({_P}) FROM events FINAL WHERE {_WINDOW} AND name = 'Page Viewed' GROUP BY d",
    ),
    "people of any event by day": (
        Metric(EventSelector(), MeasureType.UNIQUE),
        None,
        f"SELECT toDate(time) d, uniqExact({_P}) FROM events FINAL WHERE {_WINDOW} AND control = 0 GROUP BY d",
    ),
    "total of one event by property": (
        Metric(EventSelector(["Page Viewed"])),
        "path",
        "SELECT toDate(time) d, properties['path'] p, count() FROM events FINAL "
        f"WHERE {_WINDOW} AND name = 'Page Viewed' GROUP BY d, p",
    ),
}


def segmentation(directory: Path, events: int) -> dict[str, Any]:
    """Seconds to load, memory, and per question milliseconds (median of five) with the ratio to the hand's SQL."""
    engine = open_embedded(directory)
    migrate(engine)
    started = time.perf_counter()
    loaded = sum(load(engine, demo.generate(1, until=UNTIL, events=events), 1))
    report: dict[str, Any] = {"events": loaded, "load_seconds": round(time.perf_counter() - started, 1)}
    report["megabytes_after_load"] = _peak()
    for name, (metric, key, by_hand) in CASES.items():
        ours = _median(lambda m=metric, k=key: _ask(engine, m, k))
        hand = _median(lambda text=by_hand: engine.query(Sql(text)))
        report[name] = {"ms": round(ours, 1), "by_hand_ms": round(hand, 1), "ratio": round(ours / hand, 2)}
    engine.close()
    return report


def _ask(engine: Engine, metric: Metric, key: str | None) -> None:
    async def settled() -> bool:
        return True

    queries = Queries(engine, settled)
    period = Between(datetime(2026, 10, 1).date(), datetime(2026, 10, 30).date())
    breakdowns = [Breakdown(Property(key))] if key else []
    question = Segmentation(metrics=[metric], range=period, breakdowns=breakdowns)
    asyncio.run(queries.ask(Project(id=1, name="demo", token=""), question))
    queries.close()


def _median(run: Callable[[], object]) -> float:
    run()
    times = []
    for _ in range(5):
        started = time.perf_counter()
        run()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def _peak() -> float:
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return round(int(status["VmRSS"].split()[0]) / 1024, 1)
