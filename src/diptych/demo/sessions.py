"""Sessions of people with an account, at their browser or on their phone."""

from random import Random

from diptych.demo.calendar import HOUR, Calendar
from diptych.demo.catalog import WEB_LIBRARY
from diptych.demo.clock import Clock
from diptych.demo.contexts import desktop_context, phone_context, pick_phone, updated
from diptych.demo.outbox import PHONE_PROTOCOL, WEB_PROTOCOL, Device, Outbox
from diptych.demo.people import Member
from diptych.demo.vocabulary import Step, Vocabulary, text
from diptych.model import Operation
from diptych.model.jsontext import dump

_ON_PHONE, _SIGNS_IN, _NEW_BROWSER = 0.48, 0.12, 0.006
_OFFLINE, _LONGEST_OFFLINE = 0.025, 30 * HOUR
_KNOWN_PHONE, _ERROR = 0.7, 0.004
_TAKES_UP_TIMELINE = 0.055
_LOGIN_PAGE = ("Page Viewed", text({"path": "/login", "load_ms": 310}))
_LOGIN_SCREEN = ("Screen Viewed", text({"screen": "Sign In"}))
_INSTALLED = ("App Opened", text({"source": "icon", "first_open": True}))


class Sessions:
    """Lets members use the product."""

    def __init__(self, rng: Random, calendar: Calendar, clock: Clock, vocabulary: Vocabulary, outbox: Outbox) -> None:
        self._rng = rng
        self._calendar = calendar
        self._clock = clock
        self._vocabulary = vocabulary
        self._outbox = outbox

    def run(self, member: Member, day: int) -> None:
        """One session of a member, somewhen on a day of the window."""
        start = self._clock.start(day, member.market)
        self._maybe_take_up_timeline(member, start)
        length = next(self._clock.lengths)
        if member.phone_kind and self._rng.random() < _ON_PHONE:
            device, time = self._pick_up_phone(member, day, start)
            length = length * 2 // 3 + 1
        else:
            device, time = self._sit_down(member, start)
        run = self._vocabulary.usage[member.persona, device.phone, member.timeline]
        steps = self._vocabulary.session(self._rng, run, length)
        if start in self._calendar.outage:
            steps = [*(self._vocabulary.step(self._rng, "Error Shown") for _ in range(3)), *steps[:2]]
        elif self._rng.random() < _ERROR:
            steps.append(self._vocabulary.step(self._rng, "Error Shown"))
        self._play(device, steps, time)

    def _play(self, device: Device, steps: list[Step], time: int) -> int:
        track, gaps = self._outbox.track, self._clock.gaps
        for name, properties in steps:
            track(device, name, properties, time)
            time += next(gaps)
        return time

    def _sit_down(self, member: Member, time: int) -> tuple[Device, int]:
        """The member's browser, and when they are in."""
        device = member.browser
        if device is None or self._rng.random() < _NEW_BROWSER:
            return self._new_browser(member, time)
        device.session_id = time
        if self._rng.random() < _SIGNS_IN:
            time = self._play(device, [self._vocabulary.step(self._rng, "Signed In")], time)
        return device, time

    def _new_browser(self, member: Member, time: int) -> tuple[Device, int]:
        context = desktop_context(self._rng, member.market)
        device = self._outbox.new_device(WEB_PROTOCOL, WEB_LIBRARY, context)
        device.session_id = time
        if member.browser is not None:  # else they signed in before the window
            time = self._play(device, [_LOGIN_PAGE], time)
        member.browser = device
        device.sign_in(member.user_id, member.company.account)
        return device, self._play(device, [self._vocabulary.step(self._rng, "Signed In")], time)

    def _pick_up_phone(self, member: Member, day: int, time: int) -> tuple[Device, int]:
        """The member's phone, and when they are in."""
        device = member.phone
        if device is None:
            return self._new_phone(member, day, time)
        device.session_id = time
        device.context = updated(self._rng, device.context, day)
        # Out of coverage, the app sends what happened hours later.
        device.lag = int(self._rng.random() * _LONGEST_OFFLINE) if self._rng.random() < _OFFLINE else 0
        return device, self._play(device, [self._vocabulary.step(self._rng, "App Opened")], time)

    def _new_phone(self, member: Member, day: int, time: int) -> tuple[Device, int]:
        phone = pick_phone(self._rng, member.phone_kind)
        context = phone_context(self._rng, member.market, phone, day)
        device = member.phone = self._outbox.new_device(PHONE_PROTOCOL, phone.library, context)
        device.session_id = time
        if member.joined >= 0 or self._rng.random() > _KNOWN_PHONE:
            time = self._play(device, [_INSTALLED, _LOGIN_SCREEN], time)
        device.sign_in(member.user_id, member.company.account)
        self._set_preferences(member, device, time)
        return device, self._play(device, [self._vocabulary.step(self._rng, "Signed In")], time + 1)

    def _set_preferences(self, member: Member, device: Device, time: int) -> None:
        values = text(
            {"push_enabled": self._rng.random() < 0.6, "theme": self._rng.choice(("light", "dark", "system"))}
        )
        operations = {"$set": "{" + ",".join(f"{dump(key)}:{value}" for key, value in values.items()) + "}"}
        self._outbox.track_identify(device, operations, time)
        self._outbox.update(member.user_id, Operation.SET, values, time, protocol=PHONE_PROTOCOL)

    def _maybe_take_up_timeline(self, member: Member, time: int) -> None:
        if member.timeline or time < self._calendar.launch or self._rng.random() > _TAKES_UP_TIMELINE:
            return
        member.timeline = True
        self._outbox.update(member.user_id, Operation.UNION, text({"features": ["timeline"]}), time)
