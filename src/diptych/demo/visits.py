"""Visitors of the website: anonymous, some come again, some sign up."""

from dataclasses import dataclass
from itertools import accumulate
from random import Random

from diptych.demo.billing import Billing
from diptych.demo.calendar import Calendar
from diptych.demo.catalog import INVITE, PLANS, SOURCES, TRIAL, WEB_LIBRARY, Source
from diptych.demo.clock import Clock
from diptych.demo.contexts import visitor_context
from diptych.demo.outbox import WEB_PROTOCOL, Device, Outbox
from diptych.demo.people import Company, Member, Population
from diptych.demo.vocabulary import Properties, Vocabulary, text
from diptych.model import Operation

_SHARES = list(accumulate(source.share for source in SOURCES))
_LAST_PAGE, _SEES_PRICING, _COMES_AGAIN, _AGAIN_FACTOR = 0.42, 0.24, 0.24, 1.7
_LAUNCH_FACTOR, _STARTS_PER_SIGN_UP = 1.2, 1.8
_ONBOARDING_GOES_ON, _FIRST_USE_STEPS = 0.84, 8
_TAKES_UP_TIMELINE = 0.45
_METHODS = ("google", "google", "password", "microsoft")


@dataclass(slots=True, eq=False)
class Visitor:
    """A browser without an account."""

    device: Device
    source: Source
    market: int


class Visits:
    """Sends visitors to the website."""

    def __init__(
        self,
        rng: Random,
        calendar: Calendar,
        clock: Clock,
        vocabulary: Vocabulary,
        outbox: Outbox,
        population: Population,
        billing: Billing,
    ) -> None:
        self._rng = rng
        self._calendar = calendar
        self._clock = clock
        self._vocabulary = vocabulary
        self._outbox = outbox
        self._population = population
        self._billing = billing
        self._again: dict[int, list[Visitor]] = {}
        self._landings = {source: self._landing_pages(source) for source in SOURCES}

    def run(self, day: int, events: int) -> None:
        """Visits of a day, about `events` events of them."""
        enough = self._outbox.events + events
        for visitor in self._again.pop(day, []):
            self._visit(visitor, day, _AGAIN_FACTOR)
        while self._outbox.events < enough:
            before = self._outbox.events
            self._visit(self._newcomer(day), day, 1.0)
            if self._outbox.events == before:  # the end of the window cuts visits off
                enough -= 1

    def _newcomer(self, day: int) -> Visitor:
        (source,) = self._rng.choices(SOURCES, cum_weights=_SHARES)
        market = self._population.pick_market(day)
        context = visitor_context(self._rng, market, source)
        return Visitor(self._outbox.new_device(WEB_PROTOCOL, WEB_LIBRARY, context), source, market)

    def _visit(self, visitor: Visitor, day: int, factor: float) -> None:
        rng, device = self._rng, visitor.device
        time = self._clock.start(day, visitor.market)
        device.session_id = time
        self._outbox.track(device, "Page Viewed", rng.choice(self._landings[visitor.source]), time)
        time += next(self._clock.gaps)
        pages = self._vocabulary.variants["Site Page Viewed"]
        while rng.random() > _LAST_PAGE:
            self._outbox.track(device, "Page Viewed", rng.choice(pages), time)
            time += next(self._clock.gaps)
        if rng.random() < _SEES_PRICING:
            self._outbox.track(device, *self._vocabulary.step(rng, "Pricing Viewed"), time)
            time += next(self._clock.gaps)
        if rng.random() < self._conversion(visitor, time) * factor:
            self._start_sign_up(visitor, day, time)
        elif rng.random() < _COMES_AGAIN:
            self._again.setdefault(day + rng.choice((1, 1, 2, 3, 5, 8)), []).append(visitor)

    def _conversion(self, visitor: Visitor, time: int) -> float:
        """The chance that this visit starts a sign-up."""
        if time in self._calendar.outage:
            return 0.0
        launched = _LAUNCH_FACTOR if time > self._calendar.launch else 1.0
        return min(0.95, visitor.source.conversion * _STARTS_PER_SIGN_UP * launched)

    def _start_sign_up(self, visitor: Visitor, day: int, time: int) -> None:
        method = self._rng.choice(_METHODS)
        self._outbox.track(visitor.device, "Signup Started", text({"method": method}), time)
        if self._rng.random() < 1 / _STARTS_PER_SIGN_UP:
            self._sign_up(visitor, time + next(self._clock.gaps), method)
        else:
            self._again.setdefault(day + 1, []).append(visitor)

    def _sign_up(self, visitor: Visitor, time: int, method: str) -> None:
        device, source = visitor.device, visitor.source.name
        if time >= self._calendar.until:
            return
        invited = source == INVITE
        company = self._population.pick_company() if invited else self._found(visitor, time)
        member = self._population.join(company, time, visitor.market)
        member.browser = device
        device.sign_in(member.user_id, company.account)
        properties = {"method": method, "source": source or "direct", "invited": invited}
        self._outbox.track(device, "Signed Up", text(properties), time)
        first = {"first_source": source or "direct", "first_browser": device.context["browser"].strip('"')}
        self._outbox.update(member.user_id, Operation.SET_ONCE, text(first), time)
        if company.trial and company.owner is member:
            self._billing.start_trial(company, time + 1500)
        self._onboard(member, device, time + next(self._clock.gaps))

    def _found(self, visitor: Visitor, time: int) -> Company:
        level = self._rng.choice((1, 2, 2, len(PLANS) - 1))
        return self._population.found(time, level=level, trial=True, market=visitor.market, source=visitor.source.name)

    def _onboard(self, member: Member, device: Device, time: int) -> None:
        for name, properties in self._vocabulary.onboarding:
            if self._rng.random() > _ONBOARDING_GOES_ON:
                return
            self._outbox.track(device, name, properties, time)
            time += next(self._clock.gaps)
        self._outbox.track(device, "Onboarding Completed", text({"plan": TRIAL}), time)
        member.timeline = time > self._calendar.launch and self._rng.random() < _TAKES_UP_TIMELINE
        run = self._vocabulary.usage[member.persona, False, member.timeline]
        for name, properties in [
            self._vocabulary.step(self._rng, "Project Created"),
            *self._vocabulary.session(self._rng, run, _FIRST_USE_STEPS),
        ]:
            time += next(self._clock.gaps)
            self._outbox.track(device, name, properties, time)

    def _landing_pages(self, source: Source) -> list[Properties]:
        return [
            text({"path": path, "load_ms": int(self._rng.lognormvariate(6.6, 0.5)), "landing": True})
            for path in source.landings
            for _ in range(24)
        ]
