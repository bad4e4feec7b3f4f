"""Bookmarks as questions: insights, funnels and retention.

Source: how Mixpanel's own clients write bookmarks; docs/mixpanel.md lists what of it is known here.
"""

import itertools
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from diptych.protocols.mixpanel.asking import BadParameter, selector
from diptych.protocols.mixpanel.bookmark_parts import (
    EventEntry,
    FilterEntry,
    GroupEntry,
    Part,
    TimeEntry,
    breakdown_of,
    filter_of_entries,
    interval_of,
    property_of_entry,
    range_of,
    selector_of,
)
from diptych.protocols.mixpanel.selectors import Context
from diptych.query.parts import (
    All,
    Cumulative,
    EventSelector,
    Filter,
    Interval,
    MeasureType,
    Metric,
    PersonAggregate,
    Property,
    RollingDays,
    Timeout,
)
from diptych.query.questions import Funnel, Retention, Segmentation
from diptych.query.questions.funnel import (
    AttemptFilter,
    Entry,
    Exclusion,
    FunnelBreakdown,
    FunnelStep,
    Order,
    OverTime,
    Simultaneity,
    Window,
    WindowUnit,
)
from diptych.query.questions.retention import BreakdownOf, Criterion, RetentionMeasure, StartRule, Windows
from diptych.query.questions.segmentation import Formula

_MOST = 10_000
_MOST_STEPS = 50
_ANALYSES = {one: one for one in ("linear", "logarithmic", "rolling", "cumulative")}
_PLAIN = {
    "total": MeasureType.TOTAL,
    "unique": MeasureType.UNIQUE,
    "sessions": MeasureType.SESSIONS,
    "cumulative_unique": MeasureType.UNIQUE,
    "dau": MeasureType.UNIQUE,
    "wau": MeasureType.UNIQUE,
    "mau": MeasureType.UNIQUE,
}
_WINDOWS: dict[str, RollingDays | Cumulative] = {
    "dau": RollingDays(1),
    "wau": RollingDays(7),
    "mau": RollingDays(30),
    "cumulative_unique": Cumulative(),
}
_OF_PROPERTY: dict[str, tuple[MeasureType, float | None]] = {
    "total": (MeasureType.SUM, None),
    "average": (MeasureType.MEAN, None),
    "median": (MeasureType.MEDIAN, None),
    "min": (MeasureType.MIN, None),
    "max": (MeasureType.MAX, None),
    "unique_values": (MeasureType.DISTINCT, None),
    "p25": (MeasureType.PERCENTILE, 25),
    "p75": (MeasureType.PERCENTILE, 75),
    "p90": (MeasureType.PERCENTILE, 90),
    "p99": (MeasureType.PERCENTILE, 99),
}
_PER_PERSON = {
    "average": PersonAggregate.MEAN,
    "max": PersonAggregate.MAX,
    "min": PersonAggregate.MIN,
    "total": PersonAggregate.SUM,
    "unique_values": PersonAggregate.DISTINCT,
}
_ORDERS = {"loose": Order.LOOSE, "any": Order.ANY}
_FUNNEL_MATH = {
    "conversion_rate_unique": Entry.FIRST,
    "unique": Entry.FIRST,
    "conversion_rate": Entry.FIRST,
    "general": Entry.EVERY,
    "total": Entry.EVERY,
    "conversion_rate_total": Entry.EVERY,
    "session": Entry.SESSION,
    "conversion_rate_session": Entry.SESSION,
}
_RETENTION_MATH = {
    "retention_rate": RetentionMeasure.PEOPLE,
    "unique": RetentionMeasure.PEOPLE,
    "total": RetentionMeasure.SUM,
    "average": RetentionMeasure.AVERAGE,
}
_SESSION = "session"  # as the unit of a window: the session is all the time that there is
_ALIGNMENTS = {"birth": Windows.ROLLING, "interval_start": Windows.CALENDAR}
_CRITERIA = {
    "none": Criterion.ON,
    "carry_back": Criterion.ON_OR_AFTER,
    "carry_forward": Criterion.ON_OR_BEFORE,
    "consecutive_forward": Criterion.STREAK,
}
_RETENTION_UNITS = {one.value: one for one in (Interval.DAY, Interval.WEEK, Interval.MONTH)}
_LINES = ("line", "stacked-line", "retention-curve", "retention-trend", "funnel-trend", "column", "stacked-column")


class Between(Part, frozen=True):
    """Two steps, numbered from 1."""

    first: int = msgspec.field(name="from")
    last: int = msgspec.field(name="to")


class ExclusionEntry(Part, frozen=True):
    """An event that ends an attempt between two steps."""

    event: str
    steps: Between


class Behavior(EventEntry, frozen=True):
    """What is counted: events, or the steps of a funnel or of retention."""

    behaviors: tuple[EventEntry, ...] = ()
    conversion_window_duration: int = 7
    conversion_window_unit: str = "day"
    funnel_order: str = "loose"
    funnel_reentry_mode: str = "default"
    exclusions: tuple[ExclusionEntry, ...] = ()
    aggregate_by: tuple[GroupEntry, ...] = ()
    retention_unit: str = "day"
    retention_alignment_type: str = "birth"
    retention_custom_bucket_sizes: tuple[int, ...] = ()
    retention_unbounded_mode: str = "none"
    filter: Annotated[tuple[Any, ...], msgspec.Meta(max_length=0)] = ()


class Measurement(Part, frozen=True):
    """How it is counted."""

    math: str = "total"
    property: Any = None
    per_user_aggregation: str | None = None
    percentile: float | None = None
    segment_method: Literal["all"] | None = None
    step_index: None = None
    retention_cumulative: bool = False


class Shown(Part, frozen=True):
    """A metric or a formula."""

    type: str = "metric"
    name: str = ""
    behavior: Behavior | None = None
    measurement: Measurement = Measurement()
    definition: str = ""
    is_hidden: bool = False


class Sections(Part, frozen=True):
    """The parts of a report."""

    show: tuple[Shown, ...]
    time: tuple[TimeEntry, ...] = ()
    filter: tuple[FilterEntry, ...] = ()
    group: tuple[GroupEntry, ...] = ()
    formula: tuple[Shown, ...] = ()
    data_group_id: None = None


class DisplayOptions(Part, frozen=True):
    """How the report looks, as far as it changes numbers."""

    chart_type: str = "line"
    analysis: str = "linear"
    rolling_window_size: Annotated[int, msgspec.Meta(ge=1, le=366)] = 7
    time_comparison: None = None


class Bookmark(Part, frozen=True):
    """A report."""

    sections: Sections
    display_options: DisplayOptions = DisplayOptions()


class Described(NamedTuple):
    """A question, and how its answer is shown.

    hidden    series that are not shown
    whole     numbers come for the whole range alone
    summed    each number is the sum of those up to it
    """

    question: Segmentation | Funnel | Retention
    hidden: frozenset[int]
    whole: bool = False
    summed: bool = False


def described(bookmark: Bookmark, context: Context, limit: int) -> Described:
    """The question of a bookmark. Raises BadParameter for what is not known."""
    sections, display = bookmark.sections, bookmark.display_options
    if not sections.show:
        raise BadParameter("sections.show: expected at least one metric")
    first, limit = sections.show[0].behavior or Behavior(), min(limit, _MOST)
    whole = display.chart_type not in _LINES
    if first.type == "funnel":
        return Described(_funnel(sections, first, context, limit, whole), frozenset(), whole)
    if first.type == "retention":
        return Described(_retention(sections, first, context, limit), frozenset(), whole)
    return _insights(sections, display, context, limit, whole)


def _insights(sections: Sections, display: DisplayOptions, context: Context, limit: int, whole: bool) -> Described:
    analysis = _known(_ANALYSES, display.analysis, "displayOptions.analysis")
    metrics = [one for one in sections.show if one.type != "formula"]
    formulas = [*(one for one in sections.show if one.type == "formula"), *sections.formula]
    time = sections.time[0] if sections.time else TimeEntry()
    question = Segmentation(
        metrics=[_metric(one, context, f"sections.show[{place}]") for place, one in enumerate(metrics)],
        formulas=[Formula(one.definition, one.name) for one in formulas],
        range=range_of(time),
        interval=interval_of(time),
        filter=filter_of_entries(sections.filter, "all", context, "sections.filter"),
        breakdowns=_breakdowns(sections, context),
        limit=limit,
    )
    hidden = frozenset(place for place, one in enumerate([*metrics, *formulas]) if one.is_hidden)
    if analysis == "rolling":
        rolled = [replace(one, rolling_average=display.rolling_window_size) for one in question.metrics]
        question = replace(question, metrics=rolled)
    return Described(question, hidden, whole, analysis == "cumulative")


def _breakdowns(sections: Sections, context: Context) -> list[Any]:
    return [breakdown_of(entry, context, f"sections.group[{place}]") for place, entry in enumerate(sections.group)]


def _metric(shown: Shown, context: Context, path: str) -> Metric:
    if shown.behavior is None:
        raise BadParameter(f"{path}.behavior: expected an event")
    event = selector_of(shown.behavior, context, f"{path}.behavior")
    measurement = shown.measurement
    if measurement.property is not None:
        return _metric_of_property(shown, event, context, f"{path}.measurement")
    if measurement.per_user_aggregation:
        return _metric_of_people(shown, event, f"{path}.measurement")
    if measurement.math == "average":
        return Metric(event, MeasureType.AVERAGE, name=shown.name)
    measure = _known(_PLAIN, measurement.math, f"{path}.measurement.math")
    return Metric(event, measure, window=_WINDOWS.get(measurement.math), name=shown.name)


def _metric_of_people(shown: Shown, event: EventSelector, path: str) -> Metric:
    """The measure over how often each person did it."""
    _known({"total": True}, shown.measurement.per_user_aggregation or "", f"{path}.perUserAggregation")
    measure, percentile = _of_numbers(shown.measurement, path)
    return Metric(event, measure, percentile=percentile, per_person=PersonAggregate.TOTAL, name=shown.name)


def _metric_of_property(shown: Shown, event: EventSelector, context: Context, path: str) -> Metric:
    of = _measured(shown.measurement.property, context, f"{path}.property")
    aggregation = shown.measurement.per_user_aggregation
    per_person = _known(_PER_PERSON, aggregation, f"{path}.perUserAggregation") if aggregation else None
    return _checked(path, event, of, _of_numbers(shown.measurement, path), per_person, shown.name)


def _checked(
    path: str,
    event: EventSelector,
    of: Property,
    numbers: tuple[MeasureType, float | None],
    per_person: PersonAggregate | None,
    name: str,
) -> Metric:
    measure, percentile = numbers
    try:
        return Metric(event, measure, of, percentile, per_person, name=name)
    except ValueError as error:
        raise BadParameter(f"{path}: {error}") from None


def _of_numbers(measurement: Measurement, path: str) -> tuple[MeasureType, float | None]:
    if measurement.math == "custom_percentile":
        if measurement.percentile is None or not 0 <= measurement.percentile <= 100:
            raise BadParameter(f"{path}.percentile: expected a number from 0 to 100")
        return MeasureType.PERCENTILE, measurement.percentile
    found: tuple[MeasureType, float | None] = _known(_OF_PROPERTY, measurement.math, f"{path}.math")
    return found


def _funnel(sections: Sections, behavior: Behavior, context: Context, limit: int, whole: bool) -> Funnel:
    path, time = "sections.show[0]", sections.time[0] if sections.time else TimeEntry()
    if len(behavior.behaviors) < 2:
        raise BadParameter(f"{path}.behavior.behaviors: expected at least two steps")
    entry = _entry(sections.show[0].measurement, behavior.funnel_reentry_mode, f"{path}.measurement")
    chosen = filter_of_entries(sections.filter, "all", context, "sections.filter")
    steps = [
        FunnelStep(
            selector_of(step, context, f"{path}.behavior.behaviors[{place}]"),
            anchored=_order(step, behavior) is Order.LOOSE,
        )
        for place, step in enumerate(behavior.behaviors)
    ]
    free = not all(step.anchored for step in steps)
    return Funnel(
        steps=steps if free else [replace(step, anchored=False) for step in steps],
        range=range_of(time),
        window=_window(behavior, entry),
        entry=entry,
        order=Order.ANY if free else Order.LOOSE,
        simultaneity=Simultaneity.TWO_SECONDS,
        sessions=Timeout(),
        exclusions=[_exclusion(one, place) for place, one in enumerate(behavior.exclusions)],
        held=[breakdown_of(one, context, "aggregateBy") for one in behavior.aggregate_by],
        filter=AttemptFilter(chosen) if chosen else None,
        breakdowns=[FunnelBreakdown(by=one) for one in _breakdowns(sections, context)],
        interval=None if whole else interval_of(time),
        over_time=OverTime.INDEPENDENT if entry in (Entry.FIRST, Entry.LONGEST) else OverTime.ENTRY,
        limit=limit,
        times=True,
    )


def _entry(measurement: Measurement, mode: str, path: str) -> Entry:
    if measurement.property is not None:
        raise BadParameter(f"{path}.property: expected none for a funnel")
    entry: Entry = _known(_FUNNEL_MATH, measurement.math, f"{path}.math")
    modes = {"default": entry, "basic": entry, "optimized": Entry.LONGEST}
    if entry is not Entry.FIRST:
        del modes["optimized"]
    found: Entry = _known(modes, mode, "funnelReentryMode")
    return found


def _order(step: EventEntry, behavior: Behavior) -> Order:
    """A step that comes in order among others that need not is anchored."""
    found: Order = _known(_ORDERS, step.funnel_order or behavior.funnel_order, "funnelOrder")
    return found


def _window(behavior: Behavior, entry: Entry) -> Window:
    count, unit = behavior.conversion_window_duration, behavior.conversion_window_unit
    if unit == _SESSION:
        if count != 1 or entry is not Entry.SESSION:
            raise BadParameter("conversionWindowUnit: expected session only for one session, counting sessions")
        return Window(366, WindowUnit.DAY)
    units = {one.value: one for one in WindowUnit}
    return Window(count, _known(units, unit, "conversionWindowUnit"))


def _exclusion(entry: ExclusionEntry, place: int) -> Exclusion:
    if not 1 <= entry.steps.first < entry.steps.last <= _MOST_STEPS:
        raise BadParameter(f"exclusions[{place}].steps: expected from and to as two steps in order")
    return Exclusion(selector([entry.event]), entry.steps.first, entry.steps.last)


def _retention(sections: Sections, behavior: Behavior, context: Context, limit: int) -> Retention:
    path, time = "sections.show[0].behavior", sections.time[0] if sections.time else TimeEntry()
    if len(behavior.behaviors) != 2:
        raise BadParameter(f"{path}.behaviors: expected two: where people start, and what they return to")
    start, returning = (
        selector_of(one, context, f"{path}.behaviors[{place}]") for place, one in enumerate(behavior.behaviors)
    )
    everywhere = filter_of_entries(sections.filter, "all", context, "sections.filter")
    measure, of = _returned(sections.show[0].measurement, context)
    sizes = behavior.retention_custom_bucket_sizes
    starts = [sum(sizes[:place]) for place in range(len(sizes) + 1)]
    return Retention(
        start=_narrowed(start, everywhere),
        returning=_narrowed(returning, everywhere),
        measure=measure,
        property=of,
        rule=StartRule.FIRST_OF_INTERVAL,
        range=range_of(time),
        interval=_known(_RETENTION_UNITS, behavior.retention_unit, f"{path}.retentionUnit"),
        measured_by=_known(_ALIGNMENTS, behavior.retention_alignment_type, f"{path}.retentionAlignmentType"),
        criterion=_known(_CRITERIA, behavior.retention_unbounded_mode, f"{path}.retentionUnboundedMode"),
        brackets=[*itertools.pairwise(starts)],
        breakdowns=_breakdowns(sections, context),
        breakdown_of=BreakdownOf.START,
        limit=limit,
    )


def _narrowed(event: EventSelector, everywhere: Filter | None) -> EventSelector:
    """A filter of the whole report is one of both events."""
    both = [one for one in (event.filter, everywhere) if one]
    return replace(event, filter=All(both) if len(both) > 1 else both[0] if both else None)


def _returned(measurement: Measurement, context: Context) -> tuple[RetentionMeasure, Property | None]:
    """What the cells of retention hold: people, or numbers of a property."""
    path = "sections.show[0].measurement"
    if measurement.retention_cumulative:
        raise BadParameter(f"{path}.retentionCumulative: expected false; retentionUnboundedMode may be carry_forward")
    measure: RetentionMeasure = _known(_RETENTION_MATH, measurement.math, f"{path}.math")
    if (measure is RetentionMeasure.PEOPLE) != (measurement.property is None):
        raise BadParameter(f"{path}.property: expected one for total and average, and for no other")
    if measurement.property is None:
        return measure, None
    return measure, _measured(measurement.property, context, f"{path}.property")


def _measured(sent: Any, context: Context, path: str) -> Property:
    entry = sent if isinstance(sent, dict) else {"name": sent}
    name, source = entry.get("name") or entry.get("value"), entry.get("resourceType", "events")
    return property_of_entry(name, source, context, path)


def _known(choices: dict[str, Any], word: str, path: str) -> Any:
    if word not in choices:
        raise BadParameter(f"{path}: expected one of {', '.join(choices)}, not {word!r}")
    return choices[word]
