"""Companies and their people: who joins, who is active, who leaves and who comes back."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from diptych.demo.calendar import DAY, DAYS, Calendar
from diptych.demo.catalog import (
    COMPANY_FIRST,
    COMPANY_SECOND,
    FIRST_NAMES,
    INDUSTRIES,
    LAST_NAMES,
    MARKETS,
    PERSONA_SHARES,
    PERSONAS,
    PLANS,
    ROLES,
    TRIAL,
)
from diptych.demo.outbox import GROUP_TYPE, Account, Device, Outbox
from diptych.demo.vocabulary import Properties, text
from diptych.model import Operation

_ACTIVITY_TAIL, _MOST_ACTIVE = 1.25, 28.0
_LEAVES_EARLY, _EARLY_DAYS, _STAY_DAYS = 0.42, 2.5, 140.0
_COMES_BACK, _SECOND_STAY_DAYS = 0.22, 60.0
_SETTLED_PLANS = {"small": (62, 26, 10, 2), "large": (12, 18, 44, 26)}
_LARGE = 8
_PHONE_SHARES = {"": 46, "iOS": 30, "Android": 24}


@dataclass(slots=True, eq=False)
class Company:
    """A customer. `level` is the index of its plan; on trial it is the plan that is being tried."""

    id: str
    name: str
    industry: str
    created: int
    level: int
    trial: bool
    seats: int
    source: str
    market: int
    account: Account
    interval: str = "monthly"
    members: list["Member"] = field(default_factory=list)

    @property
    def plan(self) -> str:
        """The name of the plan that it is on."""
        return TRIAL if self.trial else PLANS[self.level].name

    @property
    def owner(self) -> "Member":
        """Who founded the workspace, and pays."""
        return self.members[0]


@dataclass(slots=True, eq=False)
class Member:
    """Someone with an account. Days are days of the window; joined is negative for those from before.

    activity    how much more or less than others they use the product
    leaves      the day from which on they no longer come
    phone_kind  the system of their phone, empty when they don't use the app
    timeline    they have taken up the Timeline feature
    """

    user_id: str
    company: Company
    market: int
    persona: str
    joined: int
    activity: float
    leaves: int
    phone_kind: str
    browser: Device | None = None
    phone: Device | None = None
    timeline: bool = False
    returned: bool = False

    def eagerness(self, day: int) -> float:
        """How likely a session of theirs is on a day, time zone aside."""
        age = day - self.joined
        fresh = 3.0 if age < 3 else 1.7 if age < 10 else 1.0
        return self.activity * fresh * (1.4 if self.timeline else 1.0)


class Population:
    """Everyone with an account, and who of them is around."""

    def __init__(self, rng: Random, calendar: Calendar, outbox: Outbox) -> None:
        self.companies: list[Company] = []
        self.active: list[Member] = []
        self._rng = rng
        self._calendar = calendar
        self._outbox = outbox
        self._arrivals: dict[int, list[Member]] = {}
        self._names: dict[str, int] = {}
        self._count = 0

    def settle(self, people: int) -> None:
        """The customers from before the window. Their profiles arrive when it begins."""
        rng, start = self._rng, self._calendar.start
        while self._count < people:
            size = min(60, int(rng.paretovariate(0.95) * 1.6))
            level = rng.choices(range(len(PLANS)), _SETTLED_PLANS["large" if size >= _LARGE else "small"])[0]
            created = start - int(rng.uniform(20, 700) * DAY)
            company = self.found(created, level=level, trial=False, market=self.pick_market(), source="", size=size)
            company.interval = "yearly" if rng.random() < 0.3 else "monthly"
            for _ in range(size):
                self.join(company, created + int(rng.random() * (start - created)), company.market)
        self.active = self._arrivals.pop(0, [])

    def start_day(self, day: int) -> None:
        """Some leave, some arrive, and of those who leave some come back weeks later."""
        stay: list[Member] = []
        for member in self.active:
            if member.leaves > day:
                stay.append(member)
            elif not member.returned and self._rng.random() < _COMES_BACK:
                self._come_back(member, day)
        self.active = stay + self._arrivals.pop(day, [])

    def weights(self, day: int) -> list[float]:
        """How likely the day's next session is each active member's."""
        levels = self._calendar.levels[day]
        return [member.eagerness(day) * levels[member.market] for member in self.active]

    def pick_market(self, day: int = 0) -> int:
        """A market by its share of the traffic, and by how busy the day is there."""
        (market,) = self._rng.choices(range(len(MARKETS)), cum_weights=self._calendar.traffic[day])
        return market

    def pick_company(self) -> Company:
        """The company that an invited person joins; younger companies grow faster."""
        return self.companies[int(len(self.companies) * self._rng.random() ** 0.6)]

    def found(self, time: int, *, level: int, trial: bool, market: int, source: str, size: int = 1) -> Company:
        """A new workspace, as yet without people."""
        name, identifier = self._new_name()
        account = Account({GROUP_TYPE: [identifier]}, {}, {})
        company = Company(
            id=identifier,
            name=name,
            industry=self._rng.choice(INDUSTRIES),
            created=time,
            level=level,
            trial=trial,
            seats=size + self._rng.choice((0, 0, 1, 2)),
            source=source,
            market=market,
            account=account,
        )
        _refresh(company)
        self.companies.append(company)
        profile = {"name": name, "industry": company.industry, "created": iso(time)}
        self._update_company(company, text(profile), max(time, self._calendar.start))
        self.write_plan(company, max(time, self._calendar.start))
        return company

    def join(self, company: Company, time: int, market: int) -> Member:
        """A new account in a company."""
        rng, start = self._rng, self._calendar.start
        day = (time - start) // DAY
        self._count += 1
        member = Member(
            user_id=f"usr_{self._count:06d}",
            company=company,
            market=market,
            persona=rng.choices(PERSONAS, PERSONA_SHARES)[0],
            joined=day,
            activity=min(_MOST_ACTIVE, rng.paretovariate(_ACTIVITY_TAIL)),
            leaves=self._leaves(day),
            phone_kind=rng.choices(list(_PHONE_SHARES), list(_PHONE_SHARES.values()))[0],
        )
        company.members.append(member)
        self._arrivals.setdefault(max(0, day + 1), []).append(member)
        self._outbox.update(member.user_id, Operation.SET, self._profile(member, time), max(time, start))
        return member

    def write_plan(self, company: Company, time: int) -> None:
        """Tell the company's profile and its people's profiles which plan it is on."""
        _refresh(company)
        plan = company.account.phone["plan"]
        self._update_company(company, {"plan": plan, "seats": str(company.seats)}, time)
        for member in company.members:
            self._outbox.update(member.user_id, Operation.SET, {"plan": plan}, time)

    def _update_company(self, company: Company, values: Properties, time: int) -> None:
        self._outbox.update(company.id, Operation.SET, values, time, group_type=GROUP_TYPE)

    def _leaves(self, day: int) -> int:
        if day < 0:
            return int(self._rng.expovariate(1 / _STAY_DAYS)) + 1
        stay = _EARLY_DAYS if self._rng.random() < _LEAVES_EARLY else _STAY_DAYS
        return day + 1 + int(self._rng.expovariate(1 / stay))

    def _come_back(self, member: Member, day: int) -> None:
        back = day + self._rng.randint(14, 45)
        if back < DAYS:
            member.returned = True
            member.leaves = back + 1 + int(self._rng.expovariate(1 / _SECOND_STAY_DAYS))
            self._arrivals.setdefault(back, []).append(member)

    def _profile(self, member: Member, created: int) -> Properties:
        first, last = self._rng.choice(FIRST_NAMES), self._rng.choice(LAST_NAMES)
        return text(
            {
                "name": f"{first} {last}",
                "email": f"{member.user_id}@example.com",
                "role": self._rng.choice(ROLES),
                "plan": member.company.plan,
                "company": member.company.id,
                "country": MARKETS[member.market].country,
                "created": iso(created),
            }
        )

    def _new_name(self) -> tuple[str, str]:
        name = f"{self._rng.choice(COMPANY_FIRST)} {self._rng.choice(COMPANY_SECOND)}"
        self._names[name] = number = self._names.get(name, 0) + 1
        slug = name.lower().replace(" ", "-")
        return (name, slug) if number == 1 else (f"{name} {number}", f"{slug}-{number}")


def iso(time: int) -> str:
    """The time as both vendors write dates into profiles."""
    return datetime.fromtimestamp(time // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _refresh(company: Company) -> None:
    plan = text({"plan": company.plan})
    company.account.phone = plan
    # One vendor's group key is an event property, the other's groups stand beside the properties.
    company.account.web = plan | text({GROUP_TYPE: company.id})
