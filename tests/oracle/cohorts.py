"""Cohorts in plain Python, over the raw log: for every owner, a look at all that is known of it.

An owner is a person, or a group of the cohort's type. Conditions come in the JSON form of our API. Nothing here knows
SQL, and nothing is imported from the engine.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.filters import compare
from tests.oracle.log import (
    NOT_SET,
    Happened,
    Log,
    counted_once,
    in_order,
    items_of,
    owners,
    profile_value as folded,
    text_of,
    value_of,
)

_OPERATORS = {
    "equals": lambda a, b: a == b,
    "not_equals": lambda a, b: a != b,
    "less": lambda a, b: a < b,
    "less_or_equal": lambda a, b: a <= b,
    "greater": lambda a, b: a > b,
    "greater_or_equal": lambda a, b: a >= b,
}
_UNITS = {"second": 1000, "minute": 60_000, "hour": 3_600_000, "day": 86_400_000, "week": 604_800_000}


@dataclass(frozen=True)
class Moment:
    """When a cohort is evaluated. Relative ranges end with `now`; from `until` on nothing is known (None: all is)."""

    now: int
    until: int | None = None


def cohort_of(log: Log, node: dict[str, Any], moment: Moment, lists: dict[str, set[str]]) -> set[str]:
    """Everybody in the cohort of an `in_cohort` node."""
    moment = _moment(log, node, moment)
    group_type = node["cohort"].get("group_type", "")
    looked = _Look(log, moment, group_type, lists)
    return {one for one in looked.everybody() if looked.holds(node["cohort"]["condition"], one)}


def in_cohort(
    log: Log, node: dict[str, Any], event: Happened, owner: str | None, moment: Moment, lists: dict[str, set[str]]
) -> bool:
    """Whether the event's person, or one of its groups, is in the cohort; nobody is in none.

    `owner`: the group that is being counted, which then has to be in a cohort of groups itself.
    """
    moment = _moment(log, node, moment)
    looked = _Look(log, moment, node["cohort"].get("group_type", ""), lists)
    whose = [owner] if owner is not None and looked.group_type else owners(log, event, looked.group_type)
    return any(looked.holds(node["cohort"]["condition"], one) for one in whose)


def holds(log: Log, node: Any, event: Happened, owner: str | None, moment: Moment, lists: dict[str, set[str]]) -> bool:
    """Whether a filter holds for an event."""
    match node and node["type"]:
        case None:
            return True
        case "all":
            return all(holds(log, one, event, owner, moment, lists) for one in node["filters"])
        case "any":
            return any(holds(log, one, event, owner, moment, lists) for one in node["filters"])
        case "not":
            return not holds(log, node["filter"], event, owner, moment, lists)
        case "in_cohort":
            return in_cohort(log, node, event, owner, moment, lists)
    return compare(log, node, value_of(_known(log, moment), event, node["property"], owner))


def _moment(log: Log, node: dict[str, Any], moment: Moment) -> Moment:
    if node.get("as_of") is None:
        return moment
    end = _midnight(date.fromisoformat(node["as_of"]) + timedelta(days=1), log.zone)
    return Moment(end - 1, end)


def _known(log: Log, moment: Moment) -> Log:
    """The log without what the moment does not know."""
    if moment.until is None:
        return log
    return replace(
        log,
        events=[e for e in log.events if e["time"] < moment.until],
        updates=[u for u in log.updates if u["time"] < moment.until],
    )


def _midnight(day: date, zone: str) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp() * 1000)


class _Look:
    """What is known of the owners of one type at a moment."""

    def __init__(self, log: Log, moment: Moment, group_type: str, lists: dict[str, set[str]]) -> None:
        self.whole, self.log = log, _known(log, moment)
        self.events = in_order(self.log, counted_once(self.log))
        self.moment, self.group_type, self.lists = moment, group_type, lists

    def everybody(self) -> set[str]:
        known = {one for event in self.events for one in owners(self.log, event, self.group_type)}
        return known | {u["id"] for u in self.log.updates if u["group_type"] == self.group_type}

    def holds(self, node: dict[str, Any], one: str | None) -> bool:
        match node["type"]:
            case "all":
                return all(self.holds(c, one) for c in node["conditions"])
            case "any":
                return any(self.holds(c, one) for c in node["conditions"])
            case "not":
                return not self.holds(node["condition"], one)
            case "in_cohort":
                moment = _moment(self.log, node, self.moment)
                inner = self if moment == self.moment else _Look(self.whole, moment, self.group_type, self.lists)
                return inner.holds(node["cohort"]["condition"], one)
            case "on_list":
                return one is not None and one in self._listed(node["list"])
            case "profile":
                return self._profile(node, one)
            case "did":
                return self._did(node, one)
            case "did_more":
                ours, theirs = (len(self._done(node[key], node, one)) for key in ("event", "than"))
                return bool(_OPERATORS[node["operator"]](ours, theirs))
            case "in_order":
                return self._in_order(node, one)
        done = self._done(node["event"], node, one)
        return bool(done) and self._filter(node["filter"], done[-1], one)

    def _filter(self, node: Any, event: Happened, one: str | None) -> bool:
        return holds(self.whole, node, event, one if self.group_type else None, self.moment, self.lists)

    def _mine(self, one: str | None) -> list[Happened]:
        return [] if one is None else [e for e in self.events if one in owners(self.log, e, self.group_type)]

    def _selected(self, selector: dict[str, Any], one: str | None) -> list[Happened]:
        names = selector.get("names", [])
        found = [
            e
            for e in self._mine(one)
            if (e["name"] in names if names else not e["control"]) and self._filter(selector.get("filter"), e, one)
        ]
        if selector.get("first_time") and found:
            found = [e for e in found if e["time"] == found[0]["time"]]
        return found

    def _done(self, selector: dict[str, Any], node: dict[str, Any], one: str | None) -> list[Happened]:
        found = self._selected(selector, one)
        when = node.get("when")
        if when is None:
            return found
        if when["type"] == "first_use":
            first = min((e["time"] for e in self._mine(one) if not e["control"]), default=None)
            return [e for e in found if first is not None and e["time"] - first <= _length(when["within"])]
        return [e for e in found if self._in_range(when, e["time"])]

    def _in_range(self, when: dict[str, Any], time: int) -> bool:
        zone = ZoneInfo(self.log.zone)
        day = datetime.fromtimestamp(time / 1000, zone).date()
        today = datetime.fromtimestamp(self.moment.now / 1000, zone).date()
        match when["type"]:
            case "between":
                return when["from"] <= day.isoformat() <= when["to"]
            case "since":
                return when["from"] <= day.isoformat() <= max(today.isoformat(), when["from"])
        return today - timedelta(days=when["count"] - 1) <= day <= today

    def _did(self, node: dict[str, Any], one: str | None) -> bool:
        number = self._tally(node, self._done(node["event"], node, one), one)
        return number is not None and bool(_OPERATORS[node["operator"]](number, node["value"]))

    def _tally(self, node: dict[str, Any], done: list[Happened], one: str | None) -> float | None:
        days = {datetime.fromtimestamp(e["time"] / 1000, ZoneInfo(self.log.zone)).date() for e in done}
        match node["tally"]:
            case "count":
                return len(done)
            case "days":
                return len(days)
            case "weeks":
                return len({day - timedelta(days=day.weekday()) for day in days})
            case "months":
                return len({(day.year, day.month) for day in days})
        owner = one if self.group_type else None
        values = [value_of(self.log, e, node["property"], owner) for e in done]
        if node["tally"] == "distinct_values":
            return len({(type(i).__name__.replace("float", "int"), text_of(i)) for v in values for i in items_of(v)})
        numbers = [v for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
        if node["tally"] == "sum":
            return sum(numbers)
        if not numbers:
            return None
        return {"average": sum(numbers) / len(numbers), "minimum": min(numbers), "maximum": max(numbers)}[node["tally"]]

    def _in_order(self, node: dict[str, Any], one: str | None) -> bool:
        steps = [[e["time"] for e in self._done(step, node, one)] for step in node["steps"]]
        longest = _length(node["within"]) if node.get("within") else None
        for start in steps[0]:
            at: int | None = start
            for times in steps[1:]:
                at = min((t for t in times if at is not None and t > at), default=None)
            if at is not None and (longest is None or at - start <= longest):
                return True
        return False

    def _profile(self, node: dict[str, Any], one: str | None) -> bool:
        log = self.log
        if node.get("at") is not None:
            end = _midnight(date.fromisoformat(node["at"]) + timedelta(days=1), log.zone)
            log = _known(self.whole, Moment(end - 1, end))
        return self._of_profile(log, node["filter"], one)

    def _of_profile(self, log: Log, node: dict[str, Any], one: str | None) -> bool:
        match node["type"]:
            case "all":
                return all(self._of_profile(log, f, one) for f in node["filters"])
            case "any":
                return any(self._of_profile(log, f, one) for f in node["filters"])
            case "not":
                return not self._of_profile(log, node["filter"], one)
        value = NOT_SET if one is None else folded(log, self.group_type, one, node["property"]["key"], None)
        return compare(log, node, value)

    def _listed(self, name: str) -> set[str]:
        """The list's ids as the owners that they are now."""
        ids = self.lists[name]
        if self.group_type:
            return ids
        return {owner for one in ids for owner in owners(self.log, {"id": one})}


def _length(duration: dict[str, Any]) -> int:
    return int(duration["count"]) * _UNITS[duration.get("unit", "day")]
