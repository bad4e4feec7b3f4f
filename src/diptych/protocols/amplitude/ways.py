"""Dashboard REST API: funnels and retention.

Source: the Dashboard REST API's reference; the elements of a funnel from recorded answers.
"""

import itertools
from datetime import date
from typing import Any

from diptych.model import Project
from diptych.protocols.amplitude.asking import Asked, BadParameter, Fields, decoded, endpoint
from diptych.protocols.amplitude.dashboard import INTERVALS
from diptych.protocols.amplitude.grammar import EventObject, Grammar, shown
from diptych.protocols.services import Services
from diptych.query.answers.funnel import FunnelAnswer, FunnelPoint, FunnelRow, Span
from diptych.query.answers.retention import RetentionAnswer, RetentionOverall, RetentionSeries
from diptych.query.parts import (
    Between,
    Breakdown,
    Cohort,
    Did,
    EventSelector,
    Filter,
    InCohort,
    Interval,
)
from diptych.query.questions import Funnel, Retention
from diptych.query.questions.funnel import (
    Attribution,
    Entry,
    FunnelBreakdown,
    FunnelStep,
    Order,
    OverTime,
    Simultaneity,
    Window,
    WindowUnit,
)
from diptych.query.questions.retention import MOST_WINDOWS, Criterion, StartRule, Windows
from diptych.query.sql.funnel import BINS

WHOLE_DAYS = {"1": Interval.DAY, "7": Interval.WEEK, "30": Interval.MONTH}
_ORDERS = {"ordered": Order.LOOSE, "unordered": Order.ANY, "sequential": Order.STRICT}
_THIRTY_DAYS = 2_592_000
_DAY = 86_400
_DAYS = {Interval.DAY: 1, Interval.WEEK: 7, Interval.MONTH: 30}
_MOST_SECONDS = 366 * _DAY
# The API calls n-day retention `n-day` in its reference and takes `nday`.
_CRITERIA = {
    "n-day": Criterion.ON,
    "nday": Criterion.ON,
    "rolling": Criterion.ON_OR_AFTER,
    "bracket": Criterion.ON,
}


@endpoint("/api/2/funnels")
async def funnels(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """A funnel, once per segment or group."""
    grammar = Grammar(fields)
    events = [grammar.event(text, "e") for text in fields.all("e")]
    if not 2 <= len(events) <= 50:
        raise BadParameter("e: expected an event object for each of 2 to 50 steps")
    found = []
    for number, segment in enumerate(grammar.segments()):
        question = _funnel(fields, grammar, events, segment)
        answer: FunnelAnswer = await services.queries.ask(project, question)
        labels = [_step_label(event) for event in events]
        found += funnel_data(answer, labels, grouped=bool(question.breakdowns), segment=number)
    return {"data": found}


@endpoint("/api/2/retention")
async def retention(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """Of those who started, who came back."""
    grammar = Grammar(fields)
    groups = grammar.groups("g", most=1)
    data: dict[str, list[Any]] = {"series": [], "seriesMeta": [], "seriesLabels": []}
    for number, segment in enumerate(grammar.segments()):
        question = _retention(fields, grammar, segment, groups)
        answer: RetentionAnswer = await services.queries.ask(project, question)
        for name, part in retention_data(answer, grouped=bool(groups), segment=number).items():
            data[name] += part
    return {"data": data}


def funnel_data(answer: FunnelAnswer, labels: list[str], *, grouped: bool, segment: int = 0) -> list[Any]:
    """The elements of a funnel: of all users, or one per group; those that nobody entered are left out."""
    rows = answer.rows[1:] if grouped else answer.rows[:1]
    return [_element(row, answer, labels, segment) for row in rows if row.steps[0].people]


def step_labels(question: Funnel) -> list[str]:
    """What the steps of a saved funnel are called."""
    return [
        step.event.label
        or step.event.custom
        or " or ".join([*step.event.names, *(one.name for one in step.event.alternatives)])
        or "_all"
        for step in question.steps
    ]


def retention_data(answer: RetentionAnswer, *, grouped: bool, segment: int = 0) -> dict[str, list[Any]]:
    """The series of retention, with their labels."""
    return {
        "series": [_cohorts(answer, series) for series in answer.series],
        "seriesMeta": [{"segmentIndex": segment, "eventIndex": 0} for _ in answer.series],
        "seriesLabels": ["; ".join(map(shown, series.breakdown)) if grouped else segment for series in answer.series],
    }


HANDLERS = [funnels, retention]


def _funnel(fields: Fields, grammar: Grammar, events: list[EventObject], segment: Filter | None) -> Funnel:
    order = fields.choice("mode", _ORDERS, "ordered")
    whole = fields.range()
    return Funnel(
        steps=[
            FunnelStep(grammar.selector(event, segment if number == 0 else None)) for number, event in enumerate(events)
        ],
        range=whole,
        window=_window(fields, order),
        entry=Entry.LONGEST,
        order=order,
        simultaneity=Simultaneity.SAME_SECOND,
        population=_new(whole) if fields.choice("n", {"active": False, "new": True}, "active") else None,
        breakdowns=_funnel_groups(grammar, events),
        limit=fields.limit(),
        interval=fields.choice("i", INTERVALS, "1"),
        over_time=OverTime.INDEPENDENT,
        times=True,
    )


def _new(whole: Between) -> Filter:
    """People whose first event ever lies in the range."""
    return InCohort(cohort=Cohort(Did(EventSelector(first_time=True), when=whole)))


def _window(fields: Fields, order: Order) -> Window:
    seconds = fields.number("cs", _THIRTY_DAYS, _MOST_SECONDS)
    if order is not Order.ANY:
        return Window(seconds, WindowUnit.SECOND)
    # Rounded down to whole days; of less than a day nothing remains but the same moment.
    return Window(seconds // _DAY, WindowUnit.DAY) if seconds >= _DAY else Window(1, WindowUnit.SECOND)


def _funnel_groups(grammar: Grammar, events: list[EventObject]) -> list[FunnelBreakdown]:
    """Groups of the segment are of the first step, those of an event of its own step."""
    found = [FunnelBreakdown(by, Attribution.STEP, 1) for by in grammar.groups("g", most=1)]
    for number, event in enumerate(events, 1):
        found += [FunnelBreakdown(grammar.breakdown(group), Attribution.STEP, number) for group in event.group_by]
    if len(found) > 1:
        raise BadParameter("group_by: expected one property in all to group a funnel by")
    return found


def _element(row: FunnelRow, answer: FunnelAnswer, labels: list[str], segment: int) -> dict[str, Any]:
    """One funnel. Index 0 of the times is the whole funnel, index i from step i - 1 to step i; in milliseconds."""
    times = [row.steps[-1].from_start, *(step.from_previous for step in row.steps[1:])]
    days = [_times_of(point, len(row.steps)) for point in row.over_time]
    people = [step.people for step in row.steps]
    return {
        "meta": {"segmentIndex": segment},
        "groupValue": "; ".join(map(shown, row.breakdown)) if row.breakdown else "",
        "events": labels,
        "stepByStep": [1.0, *(b / a if a else 0.0 for a, b in itertools.pairwise(people))],
        "cumulative": [count / people[0] for count in people],
        "cumulativeRaw": people,
        "convertedCounts": _numbered(people),
        "dropoffCounts": _numbered([0, *(a - b for a, b in itertools.pairwise(people))]),
        "medianTransTimes": _medians(times),
        "avgTransTimes": _means(times),
        "dayFunnels": _by_day(answer, [point.people for point in row.over_time]),
        "dayMedianTransTimes": _by_day(answer, [_medians(one) for one in days]),
        "dayAvgTransTimes": _by_day(answer, [_means(one) for one in days]),
        "stepTransTimeDistribution": {
            "segment_index": segment,
            "step_bins": [
                {"bins": _bins(found)} for found in ([(0, people[0])], *map(_spread, [*times[1:], times[0]]))
            ],
        },
        "novaSegmentIndex": segment,
    }


def _times_of(point: FunnelPoint, steps: int) -> list[Span | None]:
    """As of the whole range: the whole funnel, then each step from the one before."""
    padded = [*point.from_previous, *[None] * (steps - 1 - len(point.from_previous))]
    return [point.from_start[-1] if len(point.from_start) == steps - 1 else None, *padded]


def _medians(times: list[Span | None]) -> list[int]:
    return [round(one.median) if one else 0 for one in times]


def _means(times: list[Span | None]) -> list[int]:
    return [round(one.mean) if one else 0 for one in times]


def _by_day(answer: FunnelAnswer, series: list[list[int]]) -> dict[str, Any]:
    """One list of numbers per interval in which users entered."""
    return {
        "xValues": [bucket.date for bucket in answer.buckets],
        "formattedXValues": [_month_and_day(bucket.date) for bucket in answer.buckets],
        "series": series,
        "isComplete": [bucket.complete for bucket in answer.buckets],
    }


def _spread(span: Span | None) -> list[tuple[int, int]]:
    return span.bins if span else []


def _bins(found: list[tuple[int, int]]) -> list[dict[str, Any]]:
    """Bins of milliseconds up to the last one that has somebody; who is in one is counted once."""
    counts = dict(found)
    ends = [*BINS[1:], _MOST_SECONDS * 1000]
    return [
        {"start": start, "end": end, "bin_dist": {"tempKey": [], "uniques": users, "sums": 0.0, "totals": users}}
        for start, end in zip(BINS, ends, strict=True)
        if start <= max(counts, default=-1)
        for users in (counts.get(start, 0),)
    ]


def _numbered(counts: list[int]) -> dict[str, int]:
    """By the number of the step."""
    return {str(step): count for step, count in enumerate(counts)}


def _step_label(event: EventObject) -> str:
    """`Buy`, with filters `Buy (a, b)`."""
    values = [str(value) for one in event.filters for value in one.subprop_value]
    return f"{event.event_type} ({', '.join(values)})" if values else event.event_type


def _retention(fields: Fields, grammar: Grammar, segment: Filter | None, groups: list[Breakdown]) -> Retention:
    start = grammar.event(fields.required("se"), "se")
    interval, whole = fields.choice("i", WHOLE_DAYS, "1"), fields.range()
    return Retention(
        start=grammar.selector(start, segment),
        returning=grammar.selector(grammar.event(fields.required("re"), "re")),
        rule=StartRule.FIRST_EVER if start.event_type == "_new" else StartRule.EVERY,
        range=whole,
        interval=interval,
        measured_by=Windows.ROLLING_HOURS,
        windows=min(MOST_WINDOWS, -(-((whole.last - whole.first).days + 1) // _DAYS[interval])),
        brackets=_brackets(fields),
        criterion=fields.choice("rm", _CRITERIA, "n-day"),
        start_counts=True,
        breakdowns=groups,
        limit=fields.limit(),
    )


def _brackets(fields: Fields) -> list[tuple[int, int]]:
    """`[[0,1],[1,4]]`, or as a client writes it, `[0,1,1,4]` or `[0,1]`: [from, to) in units of the interval."""
    if fields.text("rm") != "bracket":
        return []
    sent = decoded(fields.required("rb"), list[int | list[int]], "rb")
    flat = [number for part in sent for number in (part if isinstance(part, list) else [part])]
    found = list(zip(flat[::2], flat[1::2], strict=False))
    ends = [0, *flat]
    if not found or len(flat) % 2 or any(a > b for a, b in zip(ends, flat, strict=False)):
        raise BadParameter("rb: expected rising brackets such as [[0,1],[1,4]], each with its end excluded")
    if any(first >= last for first, last in found):
        raise BadParameter("rb: expected each bracket to end behind its beginning")
    return found


def _cohorts(answer: RetentionAnswer, series: RetentionSeries) -> dict[str, Any]:
    """Index 0 is the size of the cohort, index 1 the first window."""
    values: dict[str, Any] = {}
    for bucket, cohort, complete in zip(answer.cohorts, series.cohorts, answer.complete, strict=True):
        cells = [_cell(count, cohort.people, window >= complete) for window, count in enumerate(cohort.returned)]
        values[_month_and_day(bucket.date)] = [_cell(cohort.people, cohort.people, False), *cells]
    overall: RetentionOverall = series.distinct or series.summed
    everybody = sum(cohort.people for cohort in series.cohorts)
    cells = [
        _cell(count, people, any(window >= complete for complete in answer.complete)) | {"retainedSetId": None}
        for window, (count, people) in enumerate(zip(overall.values, overall.people, strict=True))
    ]
    combined = [_cell(everybody, everybody, False) | {"retainedSetId": None}, *cells]
    return {"dates": list(reversed(values)), "values": values, "combined": combined}


def _cell(count: float | None, people: float | None, incomplete: bool) -> dict[str, Any]:
    return {"count": count or 0, "outof": people or 0, "incomplete": incomplete}


def _month_and_day(text: str) -> str:
    """`Jan 02`, with the clock time of intervals that are shorter than a day."""
    return f"{date.fromisoformat(text[:10]):%b %d}{text[10:16].replace('T', ' ')}"
