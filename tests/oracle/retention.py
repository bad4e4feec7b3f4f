"""Retention in plain Python, over the raw log: every start and every return is looked at by itself."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.log import Log, counted_once, person_of

HOUR = 3_600_000
DAY = 24 * HOUR
DAYS = {"day": 1, "week": 7, "month": 30}


def matches(event: dict[str, Any], selector: dict[str, Any]) -> bool:
    """Whether a selector with at most one filter, on equality with one value, picks an event."""
    names, node = selector["names"], selector.get("filter")
    named = event["name"] in names if names else not event["control"]
    return named and (node is None or event["properties"].get(node["property"]["key"]) == node["values"][0])


def labels(event: dict[str, Any], breakdowns: list[dict[str, Any]]) -> set[Any]:
    """The values of at most one breakdown under which an event counts: one per item of a list."""
    if not breakdowns:
        return {()}
    value = event["properties"].get(breakdowns[0]["property"]["key"])
    items = value if isinstance(value, list) and value else [None if value == [] else value]
    return {(type(item).__name__.replace("float", "int"), item) for item in items}


class Retention:
    """One question over one log."""

    def __init__(self, log: Log, question: dict[str, Any], zone: str, now: int) -> None:
        self.q = question
        self.zone = ZoneInfo(zone)
        self.now = now
        events = [e | {"who": person_of(log, e), "number": n} for n, e in enumerate(counted_once(log))]
        self.events = [e for e in events if e["who"] is not None]
        self.brackets = question["brackets"] or [(n, n + 1) for n in range(question["windows"])]
        self.rows = self._rows()

    def local(self, time: int) -> datetime:
        return datetime.fromtimestamp(time / 1000, self.zone)

    def cohort(self, time: int) -> str:
        return self.first_day(self.local(time).date()).isoformat()

    def first_day(self, day: date) -> date:
        match self.q["interval"]:
            case "week":
                return day - timedelta(days=day.weekday())
            case "month":
                return day.replace(day=1)
        return day

    def in_range(self, time: int) -> bool:
        return bool(self.q["range"]["from"] <= self.local(time).date().isoformat() <= self.q["range"]["to"])

    def hour(self, time: int) -> int:
        return int(self.local(time).replace(minute=0, second=0, microsecond=0).timestamp() * 1000)

    def starts(self) -> list[tuple[str, Any, int]]:
        """(who, label, moment) of the starts that open windows."""
        chosen = [e for e in self.events if matches(e, self.q["start"])]
        found: set[tuple[str, Any, int]] = set()
        first: dict[Any, int] = {}
        breakdowns = self.q["breakdowns"] if self.q["breakdown_of"] == "start" else []
        if self.q["rule"] == "first_ever":
            for e in chosen:
                first[e["who"]] = min(e["time"], first.get(e["who"], e["time"]))
            chosen = [e for e in chosen if e["time"] == first[e["who"]]]
        if self.q["rule"] == "new":
            return self.new(chosen, breakdowns)
        for e in chosen:
            if self.in_range(e["time"]):
                found |= {(e["who"], label, e["time"]) for label in labels(e, breakdowns)}
        if self.q["rule"] == "first_of_interval":
            earliest: dict[Any, int] = {}
            for who, label, time in found:
                key = (who, label, self.cohort(time))
                earliest[key] = min(time, earliest.get(key, time))
            found = {(who, label, time) for (who, label, _), time in earliest.items()}
        return sorted(found, key=repr)

    def new(self, chosen: list[dict[str, Any]], breakdowns: list[dict[str, Any]]) -> list[tuple[str, Any, int]]:
        found = set()
        for e in chosen:
            first = min(o["time"] for o in self.events if o["who"] == e["who"] and not o["control"]) if any(
                o["who"] == e["who"] and not o["control"] for o in self.events) else None  # fmt: skip
            if first is None or not self.in_range(first):
                continue
            calendar = self.q["measured_by"] == "calendar"
            together = (
                self.local(first).date() == self.local(e["time"]).date()
                if calendar
                else self.hour(first) == self.hour(e["time"])
            )
            if together:
                found |= {(e["who"], label, first) for label in labels(e, breakdowns)}
        return sorted(found, key=repr)

    def unit(self, start: int, back: int) -> int:
        """Which unit after the start a return lies in."""
        width, interval = DAYS[self.q["interval"]], self.q["interval"]
        if self.q["measured_by"] == "rolling":
            return (back - start) // (width * DAY)
        days = (self.local(back).date() - self.local(start).date()).days
        if self.q["measured_by"] == "rolling_hours":
            return (back - self.hour(start)) // DAY if interval == "day" else days // width
        if interval == "month":
            a, b = self.local(start), self.local(back)
            return (b.year - a.year) * 12 + b.month - a.month
        return (self.first_day(self.local(back).date()) - self.first_day(self.local(start).date())).days // width

    def after(self, start: int, back: int) -> bool:
        return back >= start if self.q["start_counts"] else back > start

    def cells(self, units: set[int]) -> list[bool]:
        """In which windows someone with returns in these units counts."""
        on = [any(a <= u < b for u in units) for a, b in self.brackets]
        match self.q["criterion"]:
            case "on":
                return on
            case "on_or_after":
                return [any(u >= a for u in units) for a, _ in self.brackets]
            case "on_or_before":
                return [any(u < b for u in units) for _, b in self.brackets]
        return [all(on[: k + 1]) for k in range(len(on))]

    def _rows(self) -> dict[tuple[str, Any, str], list[dict[str, Any]]]:
        """(who, label, cohort) → the returns, each with the units that it lies in."""
        backs = [e for e in self.events if matches(e, self.q["returning"])]
        found: dict[tuple[str, Any, str], list[dict[str, Any]]] = {}
        for who, label, start in self.starts():
            row = found.setdefault((who, label, self.cohort(start)), [])
            row += [
                e | {"unit": self.unit(start, e["time"])}
                for e in backs
                if e["who"] == who and self.after(start, e["time"])
            ]
        return found

    def answer(self) -> dict[Any, dict[str, Any]]:
        """Label → {cohorts: {cohort: (people, returned, values)}, distinct: (people, returned)}."""
        found: dict[Any, dict[str, Any]] = {}
        of_return = self.q["breakdowns"] and self.q["breakdown_of"] == "return"
        for (who, label, cohort), backs in self.rows.items():
            by_label = {label: backs}
            if of_return:
                by_label = {}
                for e in backs:
                    for one in labels(e, self.q["breakdowns"]):
                        by_label.setdefault(one, []).append(e)
            for one, some in by_label.items():
                row = found.setdefault(one, {}).setdefault(cohort, {})
                row[who] = some
        answers = {label: self.summary(cohorts, bool(of_return)) for label, cohorts in found.items()}
        if not of_return:
            return answers
        # A value of the return is one with which somebody came back.
        return {label: one for label, one in answers.items() if any(any(row[1]) for row in one["cohorts"].values())}

    def summary(self, cohorts: dict[str, dict[str, list[Any]]], of_return: bool) -> dict[str, Any]:
        whole: dict[str, set[str]] = {}
        for who, _, cohort in self.rows:
            whole.setdefault(cohort, set()).add(who)
        members = whole if of_return else {cohort: set(people) for cohort, people in cohorts.items()}
        hits = {c: {w: self.cells({e["unit"] for e in b}) for w, b in p.items()} for c, p in cohorts.items()}
        windows = range(len(self.brackets))
        table = {}
        for cohort, people in members.items():
            cells = hits.get(cohort, {})
            returned = [sum(row[k] for row in cells.values()) for k in windows]
            backs = [e for some in cohorts.get(cohort, {}).values() for e in some]
            table[cohort] = (len(people), returned, [self.value(backs, returned[k], k) for k in windows])
        done = {cohort: self.complete(cohort) for cohort in members}
        distinct = (
            [len({w for c, p in members.items() if done[c][k] for w in p}) for k in windows],
            [len({w for c, p in hits.items() if done[c][k] for w, row in p.items() if row[k]}) for k in windows],
        )
        return {"cohorts": table, "distinct": distinct}

    def value(self, backs: list[dict[str, Any]], returned: int, window: int) -> float:
        """What a cell holds for a measure."""
        if self.q["measure"] == "people":
            return returned
        amounts = {}
        for e in backs:
            value = e["properties"].get(self.q["property"]["key"])
            counts = self.cells({e["unit"]})[window]
            if counts and isinstance(value, (int, float)) and not isinstance(value, bool):
                amounts[e["who"], e["number"]] = value
        total = sum(amounts.values())
        return total if self.q["measure"] == "sum" else (total / returned if returned else 0)

    def complete(self, cohort: str) -> list[bool]:
        """Per window, whether it has ended for the last one who could start in the cohort."""
        day = date.fromisoformat(cohort)
        following = self.plus(day, 1)
        last_day = min(following - timedelta(days=1), date.fromisoformat(self.q["range"]["to"]))
        end = self.midnight(last_day + timedelta(days=1))
        width, found = DAYS[self.q["interval"]], []
        for _, to in self.brackets:
            if self.q["measured_by"] == "calendar":
                ended = self.midnight(self.plus(day, to))
            elif self.q["measured_by"] == "rolling_hours" and self.q["interval"] != "day":
                ended = self.midnight(last_day + timedelta(days=to * width))
            else:
                ended = end + to * width * DAY
            found.append(ended <= self.now)
        return found

    def plus(self, day: date, count: int) -> date:
        """The first day of the interval so many later."""
        if self.q["interval"] != "month":
            return day + timedelta(days=count * DAYS[self.q["interval"]])
        month = day.year * 12 + day.month - 1 + count
        return date(month // 12, month % 12 + 1, 1)

    def midnight(self, day: date) -> int:
        return int(datetime(day.year, day.month, day.day, tzinfo=self.zone).timestamp() * 1000)
