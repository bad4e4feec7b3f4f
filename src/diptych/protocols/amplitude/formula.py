"""Formulas of event segmentation: `UNIQUES(A)/UNIQUES(B)*100` as metrics and a formula over them.

Source: the reference of custom formulas.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from diptych.protocols.amplitude.asking import BadParameter
from diptych.query.parts import (
    Cumulative,
    EventSelector,
    MeasureType,
    Metric,
    PersonAggregate,
    Property,
    RollingIntervals,
    Scope,
    SentSession,
)

REVENUE = Property("revenue", Scope.BUILTIN)
_PLAIN = {
    "UNIQUES": MeasureType.UNIQUE,
    "TOTALS": MeasureType.TOTAL,
    "EVENTTOTALS": MeasureType.TOTAL,
    "AVG": MeasureType.AVERAGE,
    "ACTIVE": MeasureType.ACTIVE_SHARE,
}
_OF_PROPERTY = {
    "PROPSUM": MeasureType.SUM,
    "PROPAVG": MeasureType.MEAN,
    "PROPMIN": MeasureType.MIN,
    "PROPMAX": MeasureType.MAX,
    "PROPCOUNT": MeasureType.DISTINCT,
}
_OTHERS = ("PROPCOUNTAVG", "PERCENTILE", "FREQPERCENTILE", "ARPAU", "REVENUETOTAL", "SESSIONTOTALS")
_MEASURES = (*_PLAIN, *_OF_PROPERTY, *_OTHERS)
_USES_PROPERTY = (*_OF_PROPERTY, "PROPCOUNTAVG", "PERCENTILE", "ARPAU")
_OVER_VALUES = ("CUMSUM", "ROLLAVG", "EXP", "LN", "LOG", "LOG10", "POWER", "SQRT")
_CALL = re.compile(r"\b([A-Za-z]+)\s*\(\s*([A-Z])(\d*)\s*(?:,\s*([\d.]+)\s*)?\)")
_WINDOWED = re.compile(r"\b(ROLLAVG|ROLLWIN|CUMSUM)\s*\(\s*«(\d+)\|(\d*)»\s*(?:,\s*(\d+)\s*)?\)", re.IGNORECASE)
_PLACE = re.compile(r"«(\d+)\|(\d*)»")
_WORD = re.compile(r"[A-Za-z_]\w*")
_MOST_METRICS = 26
_MOST_INTERVALS = 366


class Read(NamedTuple):
    """A formula and the metrics that its letters are. `segments`: it names segments by number."""

    metrics: list[Metric]
    expression: str
    segments: bool


class _Reader:
    def __init__(self, events: Sequence[EventSelector], property_of: Callable[[int], Property]) -> None:
        self._events = events
        self._property_of = property_of
        self.metrics: list[Metric] = []
        self.segments = False

    def call(self, match: re.Match[str]) -> str:
        """`UNIQUES(A2)` as the place of a metric."""
        name, letter, segment, argument = match[1].upper(), match[2], match[3], match[4]
        if name not in _MEASURES:
            return match[0]
        event = ord(letter) - ord("A")
        if event >= len(self._events):
            raise BadParameter(f"formula: there is no event {letter}")
        self.segments = self.segments or bool(segment)
        if name == "ARPAU":
            paid = Metric(self._events[event], MeasureType.SUM, property=self._property_of(event))
            active = Metric(EventSelector(), MeasureType.UNIQUE)
            return f"({self._place(paid, segment)} / {self._place(active, segment)})"
        return self._place(self._metric(name, event, argument), segment)

    def windowed(self, match: re.Match[str]) -> str:
        """`ROLLAVG(metric, 7)` as the place of a metric with a window."""
        name, metric, count = match[1].upper(), self.metrics[int(match[2])], int(match[4] or 0)
        if name == "CUMSUM":
            if metric.measure is not MeasureType.UNIQUE:
                return match[0]
            return self._place(msgspec.structs.replace(metric, window=Cumulative()), match[3])
        if not 1 <= count <= _MOST_INTERVALS:
            raise BadParameter(f"formula: expected a number of intervals from 1 to {_MOST_INTERVALS} in {name}")
        if name == "ROLLWIN":
            return self._place(msgspec.structs.replace(metric, window=RollingIntervals(count)), match[3])
        return self._place(msgspec.structs.replace(metric, rolling_average=count), match[3])

    def letter(self, match: re.Match[str]) -> str:
        """The place of a metric as its letter."""
        return f"{chr(ord('A') + self._kept.index(int(match[1])))}{match[2]}"

    def keep(self, text: str) -> list[Metric]:
        """The metrics that the text still names; from now on their letters are by these."""
        self._kept = sorted({int(number) for number, _ in _PLACE.findall(text)})
        if not self._kept:
            raise BadParameter("formula: expected a function of an event, such as UNIQUES(A)")
        if len(self._kept) > _MOST_METRICS:
            raise BadParameter(f"formula: expected at most {_MOST_METRICS} different functions of events")
        return [self.metrics[number] for number in self._kept]

    def _metric(self, name: str, event: int, argument: str | None) -> Metric:
        selector = self._events[event]
        if name in _PLAIN:
            return Metric(selector, _PLAIN[name])
        if name in _OF_PROPERTY:
            return Metric(selector, _OF_PROPERTY[name], property=self._property_of(event))
        if name == "PROPCOUNTAVG":
            per_person = PersonAggregate.DISTINCT
            return Metric(selector, MeasureType.MEAN, property=self._property_of(event), per_person=per_person)
        if name == "REVENUETOTAL":
            return Metric(selector, MeasureType.SUM, property=REVENUE)
        if name == "SESSIONTOTALS":
            return Metric(selector, MeasureType.SESSIONS, sessions=SentSession())
        percentile = _percentile(argument, name)
        if name == "FREQPERCENTILE":
            per_person = PersonAggregate.TOTAL
            return Metric(selector, MeasureType.PERCENTILE, percentile=percentile, per_person=per_person)
        return Metric(selector, MeasureType.PERCENTILE, property=self._property_of(event), percentile=percentile)

    def _place(self, metric: Metric, segment: str) -> str:
        if metric not in self.metrics:
            self.metrics.append(metric)
        return f"«{self.metrics.index(metric)}|{segment}»"


def uses_property(text: str) -> bool:
    """Whether the formula measures the property that an event is grouped by."""
    return any(name.upper() in _USES_PROPERTY for name, *_ in _CALL.findall(text))


def read(text: str, events: Sequence[EventSelector], property_of: Callable[[int], Property]) -> Read:
    """A formula over events, which are A, B and so on. `property_of`: what the PROP functions measure of an event.

    Raises BadParameter.
    """
    plain = re.sub(r"^\s*[%$]\s*:", "", text)
    if "«" in plain or "»" in plain:
        raise BadParameter("formula: expected letters of events, functions, numbers and operators")
    reader = _Reader(events, property_of)
    found = _WINDOWED.sub(reader.windowed, _CALL.sub(reader.call, plain))
    for word in _WORD.findall(_PLACE.sub("", found)):
        if word.upper() not in _OVER_VALUES:
            known = ", ".join([*_MEASURES, "ROLLWIN", *_OVER_VALUES])
            raise BadParameter(f"formula: {word!r} is no function ({known}); those of events take a letter")
    metrics = reader.keep(found)
    return Read(metrics, _PLACE.sub(reader.letter, found).upper(), reader.segments)


def _percentile(argument: str | None, name: str) -> float:
    try:
        share = float(argument or "")
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise BadParameter(f"formula: expected {name}(A, 0.9), with a share from 0 to 1")
    return share * 100
