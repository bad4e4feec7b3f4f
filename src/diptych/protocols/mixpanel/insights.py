"""Answers of reports, saved ones or such as the request describes, in the shapes of the insights API.

Source: Mixpanel's query OpenAPI document; names of series as its clients read them.
"""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import accumulate
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response

from diptych.control.saved import Kind
from diptych.model import Project
from diptych.protocols.mixpanel.asking import BadParameter, Fields, Refused, computed_at, context_of, endpoint
from diptych.protocols.mixpanel.bookmarks import Bookmark, Described, described
from diptych.protocols.mixpanel.query import key_of
from diptych.protocols.mixpanel.saved import question_of, step_name
from diptych.protocols.services import Services
from diptych.query.answer import SegmentationAnswer
from diptych.query.answers.funnel import FunnelAnswer, FunnelPoint, FunnelRow
from diptych.query.answers.retention import RetentionAnswer, RetentionSeries
from diptych.query.parts import Breakdown, MeasureType, Metric
from diptych.query.questions import Funnel, Retention, Segmentation
from diptych.query.resolve import span

_MEASURES = {
    MeasureType.TOTAL: "Total Events",
    MeasureType.UNIQUE: "Unique Users",
    MeasureType.SESSIONS: "Total Sessions",
    MeasureType.AVERAGE: "Events per User",
}


@endpoint("insights")
async def insights(project: Project, fields: Fields, services: Services) -> Any:
    """The answer of a saved report, or of the one that the request describes."""
    asked = await _asked(project, fields, services)
    answer = await services.queries.ask(project, asked.question)
    if isinstance(asked.question, Retention) and asked.question.breakdowns:
        whole = msgspec.structs.replace(asked.question, breakdowns=[])
        answer = msgspec.structs.replace(
            answer, series=[*(await services.queries.ask(project, whole)).series, *answer.series]
        )
    zone = ZoneInfo(project.timezone)
    headers, series = _shaped(asked, answer, zone)
    if fields.choice("format", {"json": False, "csv": True}, "json"):
        return Response(_csv(headers, series), media_type="text/csv")
    computed = answer.explanation.computed_at
    start, end = span(asked.question.range, project, computed)
    return {
        "computed_at": computed_at(computed),
        "date_range": {"from_date": _iso(start, zone), "to_date": _iso(end - 1, zone)},
        "headers": headers,
        "series": series,
        "meta": {
            "min_sampling_factor": 1,
            "is_segmentation_limit_hit": _combinations(answer) >= asked.question.limit,
            "sub_query_count": 1,
        },
    }


def _combinations(answer: Any) -> int:
    """How many combinations of values an answer has, of all that there may be."""
    found = answer.rows if isinstance(answer, FunnelAnswer) else answer.series
    return len({tuple(one.breakdown) for one in found if one.breakdown})


class _Limits(msgspec.Struct):
    limit: Annotated[int, msgspec.Meta(ge=1, le=50_000)] = 3_000


async def _asked(project: Project, fields: Fields, services: Services) -> Described:
    if bookmark := fields.json("bookmark", Bookmark):
        limits = fields.json("queryLimits", _Limits) or _Limits()
        return described(bookmark, context_of(project), limits.limit)
    question = await saved_question(project, fields, services, Segmentation, Funnel, Retention)
    return Described(question, frozenset(), whole=False)


async def saved_question(project: Project, fields: Fields, services: Services, *kinds: Any) -> Any:
    """The question of the saved report that `bookmark_id` names, of one of some kinds."""
    if not fields.get("bookmark_id"):
        raise BadParameter("bookmark_id: expected the number of a saved report; or a report as bookmark")
    number = fields.number("bookmark_id", 0, 2**31 - 1)
    saved = await services.control.run(partial(services.control.saved.get, project.id, Kind.REPORT, number))
    question = question_of(saved) if saved and not saved.deleted else None
    if not isinstance(question, kinds):
        raise Refused(404, f"bookmark_id: there is no saved report {number} of a kind that is answered here")
    return question


def _shaped(asked: Described, answer: Any, zone: ZoneInfo) -> tuple[list[str], dict[str, Any]]:
    """Headers, and the series."""
    question = asked.question
    if isinstance(question, Funnel):
        names = [step_name(step.event) for step in question.steps]
        return ["$funnel", "$metric"], {" through ".join([names[0], names[-1]]): _funnel(answer, names, zone)}
    if isinstance(question, Retention):
        name = f"{step_name(question.start)} and then {step_name(question.returning)}"
        return ["$retention"], {name: _retention(answer, zone, bool(question.breakdowns))}
    headers = ["$event", *(_breakdown_name(one) for one in question.breakdowns)]
    return headers, _segmentation(asked, question, answer, zone)


def _segmentation(asked: Described, question: Segmentation, answer: SegmentationAnswer, zone: ZoneInfo) -> Any:
    """Name → values of the breakdowns → day, or `all` → number."""
    found: dict[str, Any] = {}
    names = _series_names(question)
    for series in answer.series:
        if series.metric in asked.hidden:
            continue
        inner = found.setdefault(names[series.metric], {})
        for value in series.breakdown:
            inner = inner.setdefault(key_of(value), {})
        values = [*accumulate(value or 0 for value in series.values)] if asked.summed else series.values
        pairs = zip(answer.buckets, values, strict=True)
        inner |= (
            {"all": series.overall} if asked.whole else {_iso(bucket.start, zone): value for bucket, value in pairs}
        )
    return found


def _csv(headers: list[str], series: dict[str, Any]) -> str:
    """A row for each number: the keys that lead to it, and the number."""
    rows = [*_rows(series)]
    keys = max([len(row) - 1 for row in rows], default=len(headers))
    names = [*headers, "date"][:keys]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*names, *[""] * (keys - len(names)), "value"])
    writer.writerows(rows)
    return out.getvalue()


def _rows(value: Any) -> Iterator[list[Any]]:
    if not isinstance(value, dict):
        yield [value if not isinstance(value, list) else " ".join(map(str, value))]
        return
    for key, inner in value.items():
        for row in _rows(inner):
            yield [key, *row]


def _series_names(question: Segmentation) -> list[str]:
    """Names of metrics and formulas; equal ones have their letter in front, as formulas call them."""
    names = [_metric_name(metric) for metric in question.metrics]
    names += [formula.name or formula.expression for formula in question.formulas]
    return [f"{_letters(place)}. {name}" if names.count(name) > 1 else name for place, name in enumerate(names)]


def _metric_name(metric: Metric) -> str:
    measure = _MEASURES.get(metric.measure, metric.measure.value.capitalize())
    return metric.name or f"{step_name(metric.event)} [{measure}]"


def _letters(place: int) -> str:
    """A to Z, then AA, AB …"""
    return (_letters(place // 26 - 1) if place >= 26 else "") + chr(ord("A") + place % 26)


def _breakdown_name(breakdown: Breakdown) -> str:
    return breakdown.property.key if breakdown.property else "$cohorts"


def _retention(answer: RetentionAnswer, zone: ZoneInfo, split: bool) -> dict[str, Any]:
    """Day → cohort; with breakdowns that below each value, and below `$overall`, which is the series without one."""
    if not split:
        return _cohorts(answer, answer.series[0], zone)
    return {
        " / ".join(map(key_of, series.breakdown)) or "$overall": _cohorts(answer, series, zone)
        for series in answer.series
    }


def _cohorts(answer: RetentionAnswer, series: RetentionSeries, zone: ZoneInfo) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for bucket, row in zip(answer.cohorts, series.cohorts, strict=True):
        rates = [round(value / row.people, 4) if row.people else 0 for value in row.values]
        found[_iso(bucket.start, zone)] = {"first": row.people, "counts": row.values, "rates": rates}
    people, values = series.weighted.people, series.weighted.values
    rates = [round(value / count, 4) if count else 0 for value, count in zip(values, people, strict=True)]
    return found | {"$average": {"first": people[0] if people else 0, "counts": values, "rates": rates}}


def _funnel(answer: FunnelAnswer, names: list[str], zone: ZoneInfo) -> dict[str, Any]:
    """Measures of the steps; with an interval below each day, with breakdowns below each value and `$overall`."""
    labels = [f"{place}. {name}" for place, name in enumerate(names, 1)]

    def shown(row: FunnelRow) -> dict[str, Any]:
        if not answer.buckets:
            return _measures(labels, _of_row(row))
        pairs = zip(answer.buckets, row.over_time, strict=True)
        return {_iso(day.start, zone): _measures(labels, _of_point(point)) for day, point in pairs}

    if len(answer.rows) == 1 and answer.rows[0].breakdown is None:
        return shown(answer.rows[0])
    return {
        "$overall" if row.breakdown is None else " / ".join(map(key_of, row.breakdown)): shown(row)
        for row in answer.rows
    }


def _measures(labels: list[str], numbers: dict[str, list[float | int | None]]) -> dict[str, Any]:
    """Measure → step → number."""
    return {
        measure: {label: {"all": number} for label, number in zip(labels, values, strict=True)}
        for measure, values in numbers.items()
    }


def _of_row(row: FunnelRow) -> dict[str, list[float | int | None]]:
    return {
        "count": [step.attempts for step in row.steps],
        "step_conv_ratio": [round(step.of_previous, 4) for step in row.steps],
        "overall_conv_ratio": [round(step.of_first, 4) for step in row.steps],
        "avg_time": [step.from_previous.mean / 1000 if step.from_previous else None for step in row.steps],
        "avg_time_from_start": [step.from_start.mean / 1000 if step.from_start else None for step in row.steps],
    }


def _of_point(point: FunnelPoint) -> dict[str, list[float | int | None]]:
    counts = point.attempts
    before = [counts[0], *counts[:-1]]
    return {
        "count": [*counts],
        "step_conv_ratio": [_share(count, of) for count, of in zip(counts, before, strict=True)],
        "overall_conv_ratio": [_share(count, counts[0]) for count in counts],
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0


def _iso(instant: int, zone: ZoneInfo) -> str:
    moment = datetime.fromtimestamp(instant / 1000, UTC).astimezone(zone)
    return moment.isoformat(timespec="milliseconds" if instant % 1000 else "seconds")


HANDLERS = [insights]
