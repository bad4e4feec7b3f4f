"""Dashboard REST API: users, sessions, composition, lifetime value, the list of events, real time.

Source: the Dashboard REST API's reference; `seriesLabels` and `seriesMeta` as connectors read them.
"""

import itertools
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from diptych.control.lexicon import Described, Entry
from diptych.model import Project, SessionRule
from diptych.model.clock import now_ms
from diptych.protocols.amplitude.asking import Asked, BadParameter, Fields, endpoint
from diptych.protocols.amplitude.grammar import Grammar, first_events, joined, shown
from diptych.protocols.amplitude.ways import WHOLE_DAYS
from diptych.protocols.services import Services
from diptych.query.answer import SegmentationAnswer
from diptych.query.answers.revenue import CompositionAnswer, LifetimeCohort, LifetimeValueAnswer
from diptych.query.answers.sessions import SessionsAnswer
from diptych.query.parts import (
    Breakdown,
    Calendar,
    Compare,
    EventSelector,
    Field,
    Filter,
    Instants,
    Interval,
    MeasureType,
    Metric,
    Operator,
    Property,
    Scalar,
    Scope,
    ToDate,
)
from diptych.query.questions import Composition, LifetimeValue, Segmentation, Sessions
from diptych.query.questions.segmentation import Segment
from diptych.query.questions.sessions import SessionBreakdown, SessionMeasure, SessionPart, SessionsBy

_SECONDS = {"hours": 3600, "minutes": 60, "seconds": 1, "days": 86_400}
_BINS = ("timeHistogramConfigBinTimeUnit", "timeHistogramConfigBinMin", "timeHistogramConfigBinMax")
_BIN_SIZE = "timeHistogramConfigBinSize"
_MOST_BINS = 199
_LTV_DAYS = 90
_LTV_GROUPS = 20  # each is a question of its own
_MOST_LTV_GROUPS = 100
_MOST_EVENTS = 2_000
_FIVE_MINUTES = timedelta(minutes=5)


@endpoint("/api/2/users")
async def users(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """Active or new users over time."""
    grammar = Grammar(fields)
    groups, segments = grammar.groups("g", most=1), grammar.segments()
    new = fields.choice("m", {"active": False, "new": True}, "active")
    filtered = segments != [None]
    question = Segmentation(
        metrics=[Metric(first_events(filtered=filtered) if new else EventSelector(), MeasureType.UNIQUE)],
        range=fields.range(),
        interval=fields.choice("i", WHOLE_DAYS, "1"),
        segments=[Segment(str(number), one) for number, one in enumerate(segments)],
        breakdowns=groups,
        limit=fields.limit(),
    )
    answer: SegmentationAnswer = await services.queries.ask(project, question)
    labels = ["; ".join(map(shown, one.breakdown)) if groups else one.segment for one in answer.series]
    return {
        "data": {
            "series": [one.values for one in answer.series],
            "seriesMeta": [{"segmentIndex": one.segment} for one in answer.series],
            "seriesLabels": labels,
            "seriesCollapsed": [[{"setId": "", "value": one.overall}] for one in answer.series],
            "xValues": [bucket.date for bucket in answer.buckets],
        }
    }


@endpoint("/api/2/sessions/length")
async def session_lengths(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """Sessions by how long they were."""
    bounds = _bins(fields)
    found = [
        answer.series[0].lengths for answer in await _sessions(project, fields, services, SessionMeasure.COUNT, bounds)
    ]
    names = [f"{_length(low)}-{_length(high)}" for low, high in itertools.pairwise(bounds)]
    return {"data": {"series": found, "xValues": names}}


@endpoint("/api/2/sessions/average")
async def session_average(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """Average length of sessions in seconds."""
    return await _session_series(project, fields, services, SessionMeasure.AVERAGE_LENGTH)


@endpoint("/api/2/sessions/peruser")
async def sessions_per_user(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """Sessions per user who had any."""
    return await _session_series(project, fields, services, SessionMeasure.PER_PERSON)


@endpoint("/api/2/composition")
async def composition(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """Users per value of a property; of several properties one series each."""
    grammar, names = Grammar(fields), fields.all("p")
    if not 1 <= len(names) <= 10:
        raise BadParameter("p: expected a property such as version or gp:plan, and at most 10")
    found: list[dict[str, int]] = []
    for name in names:
        by = Breakdown(grammar.property("user", name, "p"), as_text=True)
        question = Composition(breakdown=by, range=fields.range(), limit=fields.number("limit", 1000, 10_000))
        answer: CompositionAnswer = await services.queries.ask(project, question)
        found.append({shown(one.value): one.people for one in answer.values})
    values = list(dict.fromkeys(value for one in found for value in one))
    series = [[one.get(value, 0) for value in values] for one in found]
    return {"data": {"series": series, "seriesLabels": names, "xValues": values}}


@endpoint("/api/2/revenue/ltv")
async def lifetime_value(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """Revenue of new users over their first days, per segment, or per value of a property at their first event."""
    measure = fields.number("m", 0, 3, least=0)
    grammar = Grammar(fields)
    segments = grammar.segments()
    labels: list[Any] = [""] if len(segments) == 1 else list(range(len(segments)))
    if groups := grammar.groups("g", most=1):
        values = await _values_of_new(project, fields, services, groups[0], segments[0])
        labels = [shown(value) for value in values]
        segments = [joined([_has(groups[0], value), *([segments[0]] if segments[0] else [])]) for value in values]
    series: list[dict[str, Any]] = []
    for segment in segments:
        question = LifetimeValue(
            range=fields.range(),
            interval=fields.choice("i", WHOLE_DAYS, "1"),
            new_where=segment,
            days=list(range(_LTV_DAYS)),
        )
        answer: LifetimeValueAnswer = await services.queries.ask(project, question)
        cohorts = {one.date: _lifetime(one, measure) for one in answer.cohorts}
        series.append({"dates": sorted(cohorts, reverse=True), "values": cohorts})
    return {"data": {"seriesLabels": labels, "series": series}}


async def _values_of_new(
    project: Project, fields: Fields, services: Services, group: Breakdown, segment: Filter | None
) -> list[Scalar]:
    """The values of a property at people's first events ever, by falling number of people."""
    question = Segmentation(
        metrics=[Metric(first_events(segment, filtered=segment is not None), MeasureType.UNIQUE)],
        range=fields.range(),
        breakdowns=[group],
        limit=fields.number("limit", _LTV_GROUPS, _MOST_LTV_GROUPS),
    )
    answer: SegmentationAnswer = await services.queries.ask(project, question)
    return [one.breakdown[0] for one in answer.series]


def _has(group: Breakdown, value: Scalar) -> Filter:
    assert group.property is not None
    if value is None:
        return Compare(group.property, Operator.NOT_SET)
    return Compare(group.property, Operator.EQUALS, [value], as_text=True)


@endpoint("/api/2/events/list")
async def events_list(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """The events in use that are not hidden, with this week's totals."""
    said = await services.control.run(partial(services.control.lexicon.entries, project.id, Described.EVENT))
    names = [one.name for one in await services.stream.names(project) if not one.control]
    question = Segmentation(
        metrics=[Metric()],
        range=ToDate(Calendar.WEEK),
        interval=Interval.WEEK,
        breakdowns=[Breakdown(Property(Field.NAME, Scope.FIELD))],
        limit=_MOST_EVENTS,
    )
    answer: SegmentationAnswer = await services.queries.ask(project, question)
    totals = {one.breakdown[0]: one.overall or 0 for one in answer.series if one.breakdown}
    rows = [_event_row(number, name, said.get(name, Entry()), totals.get(name, 0)) for number, name in enumerate(names)]
    return {"data": [row for row in rows if not row["hidden"]]}


@endpoint("/api/2/realtime")
async def realtime(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """Active users of the last 24 hours, and of the 24 hours before, every five minutes."""
    fields.choice("i", {"5": 5}, "5")
    now = datetime.fromtimestamp(now_ms() / 1000, UTC)
    last = now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0) + _FIVE_MINUTES
    question = Segmentation(
        metrics=[Metric(EventSelector(), MeasureType.UNIQUE)],
        range=Instants(last - timedelta(days=2), last),
        interval=Interval.FIVE_MINUTES,
    )
    answer: SegmentationAnswer = await services.queries.ask(project, question)
    points, half = answer.series[0].values, len(answer.buckets) // 2
    zone = ZoneInfo(project.timezone)
    times = [datetime.fromtimestamp(one.start / 1000, zone).strftime("%H:%M") for one in answer.buckets[half:]]
    labels = ["Today", "Yesterday"]
    return {"data": {"xValues": times, "seriesLabels": labels, "series": [points[half:], points[:half]]}}


HANDLERS = [
    users,
    session_lengths,
    session_average,
    sessions_per_user,
    composition,
    lifetime_value,
    events_list,
    realtime,
]


async def _session_series(project: Project, fields: Fields, services: Services, measure: SessionMeasure) -> Any:
    answers = await _sessions(project, fields, services, measure, None)
    grouped = bool(fields.all("g"))
    found = [(number, series) for number, answer in enumerate(answers) for series in answer.series]
    return {
        "data": {
            "series": [series.values for _, series in found],
            "seriesMeta": [{"segmentIndex": number} for number, _ in found],
            "seriesLabels": [
                "; ".join(map(shown, series.breakdown)) if grouped else number for number, series in found
            ],
            "seriesCollapsed": [[{"setId": "", "value": series.overall}] for _, series in found],
            "xValues": [bucket.date for bucket in answers[0].buckets],
        }
    }


async def _sessions(
    project: Project, fields: Fields, services: Services, measure: SessionMeasure, bins: list[int] | None
) -> list[SessionsAnswer]:
    """One answer per segment, which keeps the sessions with an event of the segment."""
    grammar = Grammar(fields)
    groups = [SessionBreakdown(SessionPart.PROPERTY, by.property) for by in grammar.groups("g", most=1)]
    if bins is not None and groups:
        raise BadParameter("g: expected no group for the lengths of sessions")
    found = []
    for segment in grammar.segments():
        question = Sessions(
            sessions_by=SessionsBy(SessionRule.AMPLITUDE),
            measure=measure,
            containing=_containing(segment),
            range=fields.range(),
            interval=fields.choice("i", WHOLE_DAYS, "1"),
            breakdowns=groups,
            limit=fields.limit(),
            **({"bins": bins} if bins else {}),
        )
        found.append(await services.queries.ask(project, question))
    return found


def _containing(segment: Filter | None) -> EventSelector | None:
    return None if segment is None else EventSelector(filter=joined([segment]))


def _bins(fields: Fields) -> list[int]:
    """Bounds in seconds: the usual ones, unless unit, least and greatest bound are all given."""
    if not all(fields.all(name) for name in _BINS):
        return list(Sessions().bins)
    width = fields.choice(_BINS[0], _SECONDS)
    low, high = (fields.number(name, 0, 86_400, least=0) for name in _BINS[1:])
    if low >= high:
        raise BadParameter(f"{_BINS[2]}: expected a number greater than {_BINS[1]}")
    size = fields.number(_BIN_SIZE, max(1, -(-(high - low) // 10)), 86_400)
    if (high - low) / size > _MOST_BINS:
        raise BadParameter(f"{_BIN_SIZE}: expected at most {_MOST_BINS} bins")
    return [*range(low * width, high * width, size * width), high * width]


def _length(seconds: int) -> str:
    for unit, width in (("h", 3600), ("m", 60)):
        if seconds and seconds % width == 0:
            return f"{seconds // width}{unit}"
    return f"{seconds}s"


def _lifetime(cohort: LifetimeCohort, measure: int) -> dict[str, Any]:
    """`r1d` is what the first 24 hours of each user brought, of the users that are old enough for it."""
    found: dict[str, Any] = {}
    for day, old in enumerate(cohort.old_enough):
        if old:
            found[f"r{day + 1}d"] = _of_day(cohort.revenue[day], old, cohort.paying[day], measure)
    return found | {"count": cohort.people, "paid": cohort.ever_paid, "total_amount": cohort.total}


def _of_day(revenue: int | float, people: int, paying: int, measure: int) -> int | float:
    """Per user, per user who paid, in all; or how many paid."""
    return (revenue / people, revenue / paying if paying else 0, revenue, paying)[measure]


def _event_row(number: int, name: str, said: Entry, total: Any) -> dict[str, Any]:
    return {
        "id": number,
        "name": name,
        "value": name,
        "display": said.display_name or name,
        "totals": total,
        "totals_delta": 0,
        "hidden": said.hidden,
        "deleted": said.dropped,
        "non_active": False,
        "flow_hidden": False,
        "clusters_hidden": False,
        "timeline_hidden": False,
        "autohidden": False,
        "in_waitroom": False,
    }
