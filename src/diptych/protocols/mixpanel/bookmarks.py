"""Bookmarks as questions: insights, funnels and retention.

Source: how Mixpanel's own clients write bookmarks; docs/mixpanel.md lists what of it is known here.
"""

import itertools
from typing import Any, NamedTuple

from diptych.protocols.mixpanel.asking import BadParameter
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
    Cumulative,
    EventSelector,
    Interval,
    MeasureType,
    Metric,
    PersonAggregate,
    Property,
    RollingDays,
)
from diptych.query.questions import Funnel, Retention, Segmentation
from diptych.query.questions.funnel import AttemptFilter, Entry, FunnelBreakdown, FunnelStep, Order, Window, WindowUnit
from diptych.query.questions.retention import BreakdownOf, Criterion, StartRule, Windows
from diptych.query.questions.segmentation import Formula

_MOST = 10_000
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
_ALIGNMENTS = {"birth": Windows.ROLLING, "interval_start": Windows.CALENDAR}
_CRITERIA = {
    "none": Criterion.ON,
    "carry_back": Criterion.ON_OR_AFTER,
    "carry_forward": Criterion.ON_OR_BEFORE,
    "consecutive_forward": Criterion.STREAK,
}
_RETENTION_UNITS = {one.value: one for one in (Interval.DAY, Interval.WEEK, Interval.MONTH)}
_LINES = ("line", "stacked-line", "retention-curve", "retention-trend", "funnel-trend", "column", "stacked-column")


class Behavior(EventEntry, frozen=True):
    """What is counted: events, or the steps of a funnel or of retention."""

    behaviors: tuple[EventEntry, ...] = ()
    conversion_window_duration: int = 7
    conversion_window_unit: str = "day"
    funnel_order: str = "loose"
    funnel_reentry_mode: str = "default"
    exclusions: tuple[Any, ...] = ()
    aggregate_by: tuple[GroupEntry, ...] = ()
    retention_unit: str = "day"
    retention_alignment_type: str = "birth"
    retention_custom_bucket_sizes: tuple[int, ...] = ()
    retention_unbounded_mode: str = "none"


class Measurement(Part, frozen=True):
    """How it is counted."""

    math: str = "total"
    property: Any = None
    per_user_aggregation: str | None = None
    percentile: float | None = None


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


class DisplayOptions(Part, frozen=True):
    """How the report looks, as far as it changes numbers."""

    chart_type: str = "line"
    analysis: str = "linear"


class Bookmark(Part, frozen=True):
    """A report."""

    sections: Sections
    display_options: DisplayOptions = DisplayOptions()


class Described(NamedTuple):
    """A question; which of its series are not shown; and whether numbers come for the whole range alone."""

    question: Segmentation | Funnel | Retention
    hidden: frozenset[int]
    whole: bool


def described(bookmark: Bookmark, context: Context, limit: int) -> Described:
    """The question of a bookmark. Raises BadParameter for what is not known."""
    sections, display = bookmark.sections, bookmark.display_options
    if not sections.show:
        raise BadParameter("sections.show: expected at least one metric")
    if display.analysis not in ("linear", "logarithmic"):
        raise BadParameter(f"displayOptions.analysis: expected linear or logarithmic, not {display.analysis!r}")
    first, limit = sections.show[0].behavior or Behavior(), min(limit, _MOST)
    whole = display.chart_type not in _LINES
    if first.type == "funnel":
        return Described(_funnel(sections, first, context, limit), frozenset(), whole)
    if first.type == "retention":
        return Described(_retention(sections, first, context, limit), frozenset(), whole)
    return _insights(sections, context, limit, whole)


def _insights(sections: Sections, context: Context, limit: int, whole: bool) -> Described:
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
    return Described(question, hidden, whole)


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
    sent = shown.measurement.property
    entry = sent if isinstance(sent, dict) else {"name": sent}
    of = property_of_entry(
        entry.get("name") or entry.get("value"), entry.get("resourceType", "events"), context, f"{path}.property"
    )
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


def _funnel(sections: Sections, behavior: Behavior, context: Context, limit: int) -> Funnel:
    path, time = "sections.show[0]", sections.time[0] if sections.time else TimeEntry()
    if len(behavior.behaviors) < 2:
        raise BadParameter(f"{path}.behavior.behaviors: expected at least two steps")
    if behavior.exclusions:
        raise BadParameter(f"{path}.behavior.exclusions: expected none; a saved funnel may have them")
    math, mode = sections.show[0].measurement.math, behavior.funnel_reentry_mode
    entry = _known(_FUNNEL_MATH, math, f"{path}.measurement.math")
    entry = _known({"default": entry, "basic": entry, "optimized": Entry.LONGEST}, mode, "funnelReentryMode")
    units = {one.value: one for one in WindowUnit}
    chosen = filter_of_entries(sections.filter, "all", context, "sections.filter")
    return Funnel(
        steps=[
            FunnelStep(selector_of(step, context, f"{path}.behavior.behaviors[{place}]"))
            for place, step in enumerate(behavior.behaviors)
        ],
        range=range_of(time),
        window=Window(
            behavior.conversion_window_duration,
            _known(units, behavior.conversion_window_unit, "conversionWindowUnit"),
        ),
        entry=entry,
        order=_known(_ORDERS, behavior.funnel_order, "funnelOrder"),
        held=[breakdown_of(one, context, "aggregateBy") for one in behavior.aggregate_by],
        filter=AttemptFilter(chosen) if chosen else None,
        breakdowns=[FunnelBreakdown(by=one) for one in _breakdowns(sections, context)],
        limit=limit,
        times=True,
    )


def _retention(sections: Sections, behavior: Behavior, context: Context, limit: int) -> Retention:
    path, time = "sections.show[0].behavior", sections.time[0] if sections.time else TimeEntry()
    if len(behavior.behaviors) != 2:
        raise BadParameter(f"{path}.behaviors: expected two: where people start, and what they return to")
    start, returning = (
        selector_of(one, context, f"{path}.behaviors[{place}]") for place, one in enumerate(behavior.behaviors)
    )
    if sections.filter:
        raise BadParameter("sections.filter: expected none for retention; filter its events instead")
    sizes = behavior.retention_custom_bucket_sizes
    starts = [sum(sizes[:place]) for place in range(len(sizes) + 1)]
    return Retention(
        start=start,
        returning=returning,
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


def _known(choices: dict[str, Any], word: str, path: str) -> Any:
    if word not in choices:
        raise BadParameter(f"{path}: expected one of {', '.join(choices)}, not {word!r}")
    return choices[word]
