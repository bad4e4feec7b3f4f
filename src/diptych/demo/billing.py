"""What companies pay: trials, subscriptions and their changes, reported by Larkboard's server."""

import heapq
from collections.abc import Callable
from random import Random

from diptych.demo.calendar import DAY, Calendar
from diptych.demo.catalog import CURRENCY, FREE, PLANS
from diptych.demo.outbox import Outbox
from diptych.demo.people import Company, Population
from diptych.demo.vocabulary import Values, text
from diptych.model import Operation

Action = Callable[[Company, int], None]

_TRIAL_DAYS = 14
_PERIOD_DAYS = {"monthly": 30, "yearly": 365}
_YEARLY_FACTOR = 0.8
_BUYS = {"": 0.30, "google": 0.26, "linkedin": 0.42, "newsletter": 0.38, "facebook": 0.12, "partner": 0.50}
_BUYS_LATER, _CANCELS, _CHANGES, _UPGRADES = 0.22, 0.055, 0.24, 0.68
_WANTED_PLANS = (50, 36, 14)
_REASONS = ("too expensive", "missing feature", "not used", "switched tool", "project ended")


class Billing:
    """A queue of what is due, and what happens then."""

    def __init__(self, rng: Random, calendar: Calendar, outbox: Outbox, population: Population) -> None:
        self._rng = rng
        self._calendar = calendar
        self._outbox = outbox
        self._population = population
        self._due: list[tuple[int, int, Action, Company]] = []
        self._number = 0

    def settle(self) -> None:
        """Customers from before the window: each renews at its own date."""
        for company in self._population.companies:
            if company.level == FREE:
                self._maybe_later(company, self._calendar.start)
            else:
                period = _PERIOD_DAYS[company.interval] * DAY
                self._at(self._calendar.start + int(self._rng.random() * period), self._renew, company)
                self._maybe_change(company, self._calendar.start)

    def start_trial(self, company: Company, time: int) -> None:
        """Fourteen days of a paid plan."""
        self._report(
            company,
            "Trial Started",
            time,
            {"trial_days": _TRIAL_DAYS, "trial_plan": PLANS[company.level].name},
        )
        self._at(time + _TRIAL_DAYS * DAY, self._end_trial, company)

    def run(self, before: int) -> None:
        """Everything due before this time, in order."""
        while self._due and self._due[0][0] < before:
            time, _, action, company = heapq.heappop(self._due)
            action(company, time)

    def _at(self, time: int, action: Action, company: Company) -> None:
        # The number keeps the order total, so that companies are never compared.
        self._number += 1
        heapq.heappush(self._due, (time, self._number, action, company))

    def _end_trial(self, company: Company, time: int) -> None:
        company.trial = False
        if self._rng.random() < _BUYS.get(company.source, 0.3):
            self._subscribe(company, time)
            return
        company.level = FREE
        self._population.write_plan(company, time)
        self._maybe_later(company, time)

    def _subscribe(self, company: Company, time: int) -> None:
        (company.level,) = self._rng.choices(range(1, len(PLANS)), _WANTED_PLANS)
        company.interval = "yearly" if self._rng.random() < 0.25 else "monthly"
        company.seats = len(company.members) + self._rng.choice((0, 0, 1, 2, 4))
        self._population.write_plan(company, time)
        self._charge(company, "Subscription Started", time, _price(company), {"coupon": self._rng.random() < 0.1})
        self._at(time + _PERIOD_DAYS[company.interval] * DAY, self._renew, company)
        self._maybe_change(company, time)

    def _renew(self, company: Company, time: int) -> None:
        if self._rng.random() < _CANCELS:
            self._cancel(company, time)
            return
        if len(company.members) > company.seats:
            company.seats = len(company.members)
            self._population.write_plan(company, time)
        self._charge(company, "Subscription Renewed", time, _price(company), {})
        self._at(time + _PERIOD_DAYS[company.interval] * DAY, self._renew, company)
        self._maybe_change(company, time)

    def _cancel(self, company: Company, time: int) -> None:
        self._charge(company, "Subscription Cancelled", time, 0, {"reason": self._rng.choice(_REASONS)})
        company.level = FREE
        self._population.write_plan(company, time)
        self._maybe_later(company, time)
        for member in company.members:
            if self._rng.random() < 0.5:
                day = (time - self._calendar.start) // DAY
                member.leaves = min(member.leaves, day + self._rng.randint(1, 10))

    def _change(self, company: Company, time: int) -> None:
        if company.level == FREE:
            return
        up = self._rng.random() < _UPGRADES
        level = company.level + (1 if up else -1)
        if not FREE < level < len(PLANS):
            return
        before, paid = PLANS[company.level].name, _price(company)
        company.level = level
        self._population.write_plan(company, time)
        name = "Subscription Upgraded" if up else "Subscription Downgraded"
        revenue = round(max(0.0, _price(company) - paid) * self._rng.uniform(0.1, 1), 2)
        self._charge(company, name, time, revenue, {"previous_plan": before})

    def _maybe_change(self, company: Company, time: int) -> None:
        if self._rng.random() < _CHANGES:
            self._at(time + int(self._rng.uniform(1, 28) * DAY), self._change, company)

    def _maybe_later(self, company: Company, time: int) -> None:
        if self._rng.random() < _BUYS_LATER:
            self._at(time + int(self._rng.uniform(5, 80) * DAY), self._subscribe_if_free, company)

    def _subscribe_if_free(self, company: Company, time: int) -> None:
        if company.level == FREE:
            self._subscribe(company, time)

    def _charge(self, company: Company, name: str, time: int, revenue: float, more: Values) -> None:
        plan = PLANS[company.level]
        values: Values = {
            "billing_interval": company.interval,
            "revenue": revenue,
            "currency": CURRENCY,
            "price": plan.price,
            "items": [{"product": plan.name, "quantity": company.seats, "unit_price": plan.price}],
        }
        self._report(company, name, time, values | more)
        if revenue:
            self._outbox.update(company.owner.user_id, Operation.ADD, text({"lifetime_revenue": revenue}), time)

    def _report(self, company: Company, name: str, time: int, values: Values) -> None:
        properties = text({"seats": company.seats} | values)
        self._outbox.track_server(company.owner.user_id, company.account, name, properties, time)


def _price(company: Company) -> float:
    """What one period costs."""
    monthly = PLANS[company.level].price * company.seats
    return monthly if company.interval == "monthly" else round(monthly * 12 * _YEARLY_FACTOR, 2)
