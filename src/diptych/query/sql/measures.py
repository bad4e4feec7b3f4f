"""Measures as SQL: a state per cell of time and combination, and how states become numbers."""

from typing import NamedTuple

from diptych.query.parts import MeasureType, Metric, PersonAggregate
from diptych.store.sql import Sql

HAS_NO_NUMBER = {MeasureType.MEAN, MeasureType.MIN, MeasureType.MAX, MeasureType.MEDIAN, MeasureType.PERCENTILE}
"""Measures that have no number where there is nothing to measure; the others are 0."""


class Measure(NamedTuple):
    """What a measure needs of each row, and what is made of it.

    who       whether it counts people (or groups), so that rows tell who
    states    aggregates of a cell's rows: columns s0, s1
    single    the number of one cell
    merged    the number of several cells
    """

    who: bool
    states: Sql
    single: Sql
    merged: Sql


def _events(who: bool = False) -> Measure:
    return Measure(who, Sql("count() AS s0"), Sql("s0"), Sql("sum(s0)"))


def _state(function: str, arguments: str, *, who: bool = False, none: str = "NULL", condition: str = "") -> Measure:
    """An aggregate function; `none` is the number of nothing."""
    name, _, parameters = function.partition("(")
    parameters = f"({parameters}" if parameters else ""
    suffix = "If" if condition else ""
    given = f"{arguments}, {condition}" if condition else arguments
    return Measure(
        who,
        Sql(f"{name}State{suffix}{parameters}({given}) AS s0"),
        Sql(f"ifNull(finalizeAggregation(s0), {none})"),
        Sql(f"ifNull({name}Merge{parameters}(s0), {none})"),
    )


_PEOPLE = _state("uniqExact", "who", who=True, none="0", condition="who != 0")
_AVERAGE = Measure(
    True,
    Sql("count() AS s0, uniqExactStateIf(who, who != 0) AS s1"),
    Sql("ifNull(s0 / nullIf(finalizeAggregation(s1), 0), 0)"),
    Sql("ifNull(sum(s0) / nullIf(uniqExactMerge(s1), 0), 0)"),
)
# Of groups, an event with several of them has several rows.
_AVERAGE_OF_GROUPS = Measure(
    True,
    Sql("uniqExactState(accept_id) AS s0, uniqExactStateIf(who, who != 0) AS s1"),
    Sql("ifNull(finalizeAggregation(s0) / nullIf(finalizeAggregation(s1), 0), 0)"),
    Sql("ifNull(uniqExactMerge(s0) / nullIf(uniqExactMerge(s1), 0), 0)"),
)
_MEASURES = {
    MeasureType.TOTAL: _events(),
    MeasureType.UNIQUE: _PEOPLE,
    MeasureType.ACTIVE_SHARE: _PEOPLE,
    MeasureType.AVERAGE: _AVERAGE,
    MeasureType.SESSIONS: _state("uniqExact", "session", who=True, none="0", condition="session != 0"),
    MeasureType.SUM: _state("sum", "v", none="0"),
    MeasureType.MEAN: _state("avg", "v"),
    MeasureType.MIN: _state("min", "v"),
    MeasureType.MAX: _state("max", "v"),
    MeasureType.MEDIAN: _state("quantileExactInclusive(0.5)", "v"),
    MeasureType.DISTINCT: _state("uniqExact", "t", none="0", condition="t != ''"),
    MeasureType.FREQUENCY: _events(who=True),
}
# Of one person; people of whom there is nothing to count are left out.
_OF_PERSON = {
    PersonAggregate.TOTAL: _events(who=True),
    PersonAggregate.SUM: _state("sum", "v", who=True),
    PersonAggregate.MEAN: _state("avg", "v", who=True),
    PersonAggregate.MIN: _state("min", "v", who=True),
    PersonAggregate.MAX: _state("max", "v", who=True),
    PersonAggregate.DISTINCT: Measure(
        True,
        Sql("uniqExactStateIf(t, t != '') AS s0"),
        Sql("nullIf(finalizeAggregation(s0), 0)"),
        Sql("nullIf(uniqExactMerge(s0), 0)"),
    ),
}
_OVER_PEOPLE = {
    MeasureType.SUM: "sum(x)",
    MeasureType.MEAN: "avg(x)",
    MeasureType.MIN: "min(x)",
    MeasureType.MAX: "max(x)",
    MeasureType.MEDIAN: "quantileExactInclusive(0.5)(x)",
    MeasureType.FREQUENCY: "count()",
}


def measure_of(metric: Metric, *, groups: bool) -> Measure:
    """What the metric needs of rows; with `per_person` and for the measure frequency, the number of one person."""
    if metric.per_person is not None:
        return _OF_PERSON[metric.per_person]
    if metric.measure is MeasureType.AVERAGE and groups:
        return _AVERAGE_OF_GROUPS
    if metric.percentile is not None:
        return _state(_quantile(metric.percentile), "v")
    return _MEASURES[metric.measure]


def over_people(metric: Metric) -> Sql:
    """The number of several people, of each one's number x."""
    if metric.percentile is not None:
        return Sql(f"{_quantile(metric.percentile)}(x)")
    return Sql(_OVER_PEOPLE[metric.measure])


def _quantile(percentile: float) -> str:
    # Four digits behind the point; a number from 0 to 1, never a text from outside.
    return f"quantileExactInclusive({percentile / 100:.6f})"
