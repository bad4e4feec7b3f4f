"""Reports over a person's history in plain Python: sessions, lifecycle, frequency, composition, revenue, impact."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.log import Log, counted_once, person_of
from tests.oracle.retention import DAY, DAYS, matches

MINUTE = 60_000


class History:
    """A log as one project sees it."""

    def __init__(self, log: Log, question: dict[str, Any], zone: str, now: int) -> None:
        self.q, self.zone, self.now = question, ZoneInfo(zone), now
        place = {id(event): number for number, event in enumerate(log.events)}
        events = [e | {"who": person_of(log, e), "order": (e["time"], place[id(e)])} for e in counted_once(log)]
        self.events = sorted((e for e in events if e["who"] is not None), key=lambda e: e["order"])
        self.nobody = [e for e in events if e["who"] is None]

    def day(self, time: int) -> date:
        return datetime.fromtimestamp(time / 1000, self.zone).date()

    def in_range(self, time: int) -> bool:
        return bool(self.q["range"]["from"] <= self.day(time).isoformat() <= self.q["range"]["to"])

    def interval(self, time: int, interval: str) -> str:
        local = datetime.fromtimestamp(time / 1000, self.zone)
        match interval:
            case "hour":
                return str(int(local.replace(minute=0, second=0, microsecond=0).timestamp()))
            case "week":
                return (local.date() - timedelta(days=local.weekday())).isoformat()
            case "month":
                return local.date().replace(day=1).isoformat()
        return local.date().isoformat()

    def midnight(self, day: date) -> int:
        return int(datetime(day.year, day.month, day.day, tzinfo=self.zone).timestamp() * 1000)

    def span(self) -> tuple[int, int]:
        first, last = (date.fromisoformat(self.q["range"][end]) for end in ("from", "to"))
        return self.midnight(first), self.midnight(last + timedelta(days=1))

    # Sessions

    def sessions(self) -> list[list[dict[str, Any]]]:
        """The sessions that began in the range, each as its events in order."""
        rule, (start, end) = self.q["sessions_by"]["rule"], self.span()
        excluded = self.q["sessions_by"].get("excluded") or []
        timeout = (self.q["sessions_by"].get("timeout_minutes") or 30) * MINUTE
        found: list[list[dict[str, Any]]] = []
        for who in {e["who"] for e in self.events}:
            mine = [e for e in self.events if e["who"] == who and not e["control"]]
            found += self.by_id(mine, start, end) if rule == "amplitude" else self.by_time(
                [e for e in mine if e["name"] not in excluded and e["time"] < end + DAY], timeout, rule == "mixpanel"
            )  # fmt: skip
        wanted = self.q.get("containing")
        return [
            s for s in found if start <= s[0]["time"] < end and (wanted is None or any(matches(e, wanted) for e in s))
        ]

    def by_time(self, events: list[dict[str, Any]], timeout: int, midnight: bool) -> list[list[dict[str, Any]]]:
        found: list[list[dict[str, Any]]] = []
        for e in events:
            last = found[-1][-1] if found else None
            new_day = last is not None and midnight and self.day(e["time"]) != self.day(last["time"])
            if last is None or e["time"] - last["time"] > timeout or new_day:
                found.append([])
            found[-1].append(e)
        return found

    def by_id(self, events: list[dict[str, Any]], start: int, end: int) -> list[list[dict[str, Any]]]:
        found = defaultdict(list)
        for e in events:
            if e["session"] not in (None, -1) and start - DAY <= e["time"] < end + DAY:
                found[e["session"]].append(e)
        return [s for s in found.values() if s[-1]["time"] - s[0]["time"] <= DAY]

    def session_report(self) -> dict[Any, Any]:
        """Combination → (sessions, overall, {bucket: value}, sessions per bin)."""
        groups = defaultdict(list)
        for session in self.sessions():
            groups[tuple(self.part(b, session) for b in self.q["breakdowns"])].append(session)
        found = {}
        for combination, sessions in groups.items():
            buckets = defaultdict(list)
            for session in sessions:
                buckets[self.interval(session[0]["time"], self.q["interval"])].append(session)
            lengths = [(s[-1]["time"] - s[0]["time"]) / 1000 for s in sessions]
            bins = [sum(a <= n < b for n in lengths) for a, b in zip(self.q["bins"], self.q["bins"][1:], strict=False)]
            points = {bucket: self.measure(inside) for bucket, inside in buckets.items()}
            found[combination] = (len(sessions), self.measure(sessions), points, bins)
        return found

    def part(self, breakdown: dict[str, Any], session: list[dict[str, Any]]) -> Any:
        if breakdown["part"] == "property":
            key = breakdown["property"]["key"]
            values = [e["properties"][key] for e in session if e["properties"].get(key) is not None]
            return str(values[0]).replace(" ", "").replace("'", '"') if values else None
        return session[0 if breakdown["part"] == "entry" else -1]["name"]

    def measure(self, sessions: list[list[dict[str, Any]]]) -> float:
        people = {s[0]["who"] for s in sessions}
        match self.q["measure"]:
            case "count":
                return len(sessions)
            case "people":
                return len(people)
            case "per_person":
                return round(len(sessions) / len(people), 9)
            case "average_length":
                return round(sum(s[-1]["time"] - s[0]["time"] for s in sessions) / 1000 / len(sessions), 9)
        return round(sum(len(s) for s in sessions) / len(sessions), 9)

    # Lifecycle and frequency

    def intervals(self, interval: str) -> list[str]:
        """The intervals of the range, in order."""
        day, last = date.fromisoformat(self.q["range"]["from"]), date.fromisoformat(self.q["range"]["to"])
        found = []
        while day <= last:
            found.append(self.interval(self.midnight(day), interval))
            day += timedelta(days=1)
        return list(dict.fromkeys(found))

    def lifecycle(self) -> dict[str, list[set[str]]]:
        """State → who is in it per interval. What of a cut first interval lies before the range is the one before."""
        names = self.intervals(self.q["interval"])
        start, end = self.span()
        first_day = date.fromisoformat(names[0])
        before = self.interval(self.midnight(first_day - timedelta(days=1)), self.q["interval"])
        active = defaultdict(set)
        first: dict[str, int] = {}
        for e in self.events:
            if matches(e, self.q["event"]) and e["time"] < end:
                first.setdefault(e["who"], e["time"])
                cut = e["time"] < start and self.day(e["time"]) >= first_day
                active[before if cut else self.interval(e["time"], self.q["interval"])].add(e["who"])
        found: dict[str, list[set[str]]] = {state: [] for state in ("new", "current", "resurrected", "dormant")}
        for earlier, name in zip([before, *names], names, strict=False):
            now, then = active[name], active[earlier]
            new = {w for w in now if first[w] >= start and self.interval(first[w], self.q["interval"]) == name}
            found["new"].append(new)
            found["current"].append(now & then)
            found["resurrected"].append(now - then - new)
            found["dormant"].append(then - now)
        return found

    def frequency(self) -> dict[str, dict[str, int]]:
        """Period → person → on how many units of it."""
        units = defaultdict(lambda: defaultdict(set))
        for e in self.events:
            if matches(e, self.q["event"]) and self.in_range(e["time"]):
                units[self.interval(e["time"], self.q["period"])][e["who"]].add(
                    self.interval(e["time"], self.q["unit"])
                )
        return {period: {w: len(u) for w, u in people.items()} for period, people in units.items()}

    # Composition, revenue, lifetime value, impact

    def composition(self) -> dict[Any, set[str]]:
        """Value → people."""
        mine = [e for e in self.events if matches(e, self.q["event"]) and self.in_range(e["time"])]
        if self.q["values"] == "latest":
            mine = list({e["who"]: e for e in mine}.values())
        found = defaultdict(set)
        for e in mine:
            value = e["properties"].get(self.q["breakdown"]["property"]["key"])
            for item in value if isinstance(value, list) and value else [None if value == [] else value]:
                found[type(item).__name__, item].add(e["who"])
        return dict(found)

    def amount(self, event: dict[str, Any]) -> float:
        value = event["properties"].get(self.q["property"]["key"])
        return value if isinstance(value, (int, float)) and not isinstance(value, bool) else 0

    def revenue(self) -> dict[str, tuple[float, set[str], set[str]]]:
        """Interval → (revenue, who is active, who paid)."""
        found: dict[str, Any] = {}
        for e in [*self.events, *self.nobody]:
            if not self.in_range(e["time"]):
                continue
            total, active, paying = found.get(name := self.interval(e["time"], self.q["interval"]), (0, set(), set()))
            pays = matches(e, self.q["event"])
            if matches(e, self.q["active"]):
                active = active | {e["who"]}
            if pays and self.amount(e) > 0:
                paying = paying | {e["who"]}
            found[name] = (total + (self.amount(e) if pays else 0), active - {None}, paying - {None})
        return found

    def lifetime(self) -> dict[str, tuple[int, list[int], list[int], list[float], int, float]]:
        """Cohort → (people, old enough, ever paid, revenue) per day; of all people who ever paid, and their revenue."""
        cohorts = defaultdict(list)
        for who in {e["who"] for e in self.events}:
            mine = [e for e in self.events if e["who"] == who]
            first = min((e["time"] for e in mine if not e["control"]), default=None)
            if first is not None and self.in_range(first) and self.begins_as_wanted(mine):
                payments = [(e["time"] - first, self.amount(e)) for e in mine if matches(e, self.q["event"])]
                payments = [(since, amount) for since, amount in payments if since + first >= self.span()[0]]
                name = "all" if self.q["one_cohort"] else self.interval(first, self.q["interval"])
                cohorts[name].append((first, payments))
        found = {}
        for name, people in cohorts.items():
            old = [[p for f, p in people if self.now - f >= (n + 1) * DAY] for n in self.q["days"]]
            paying = [sum(any(a > 0 for _, a in p) for p in some) for some in old]
            sums = [
                sum(a for p in some for since, a in p if since < (n + 1) * DAY)
                for n, some in zip(self.q["days"], old, strict=True)
            ]
            everybody = [[amount for _, amount in payments] for _, payments in people]
            ever_paid, total = sum(any(a > 0 for a in one) for one in everybody), sum(map(sum, everybody))
            found[name] = (len(people), [len(some) for some in old], paying, sums, ever_paid, total)
        return found

    def begins_as_wanted(self, events: list[dict[str, Any]]) -> bool:
        """Whether the earliest of a person's events satisfies the filter for new people."""
        earliest = next(e for e in events if not e["control"])
        return matches(earliest, {"names": [], "filter": self.q.get("new_where")})

    def impact(self) -> tuple[int, list[int], list[int]]:
        """Who did the treatment; outcomes and those who did them per relative interval."""
        start, _ = self.span()
        width = DAYS[self.q["interval"]] * DAY
        first: dict[str, int] = {}
        for e in self.events:
            quiet = start - self.q["quiet_days"] * DAY
            if matches(e, self.q["treatment"]) and (self.in_range(e["time"]) or quiet <= e["time"] < start):
                first.setdefault(e["who"], e["time"])
        first = {who: time for who, time in first.items() if time >= start}
        found = defaultdict(list)
        for e in self.events:
            if e["who"] in first and matches(e, self.q["outcome"]):
                found[(e["time"] - first[e["who"]]) // width].append(e["who"])
        relative = range(-self.q["before"], self.q["after"] + 1)
        return len(first), [len(found[n]) for n in relative], [len(set(found[n])) for n in relative]
