"""Writes the rows: what the protocols would make of the requests of Larkboard's clients and server."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from random import Random

from diptych.demo.catalog import SERVER_LIBRARY
from diptych.demo.vocabulary import Properties
from diptych.model import Accepted, Event, IdentityLink, IdentityMode, Operation, ProfileUpdate
from diptych.people.identity import Ids, device_actor, read_ids

WEB_PROTOCOL = SERVER_PROTOCOL = "mixpanel"
PHONE_PROTOCOL = "amplitude"
GROUP_TYPE = "company"
BATCH_ROWS = 20_000

_DELAYS = 5003
_HEX_BLOCK = 4096
_SERVER_DELAY = 180
_UPLOAD_TAKES = 70

Row = Event | ProfileUpdate | IdentityLink


@dataclass(slots=True, eq=False)
class Account:
    """What the events of a company's people carry because of the company.

    `web` and `phone` are event properties, by the kind of client; both are replaced when the plan changes.
    """

    groups: dict[str, list[str]]
    web: Properties
    phone: Properties


@dataclass(slots=True, eq=False)
class Device:
    """A browser profile or a phone. `lag` is how late (ms) its current session arrives."""

    protocol: str
    library: str
    device_id: str
    context: Properties
    ids: Ids
    account: Account | None = None
    linked: bool = False
    session_id: int = 0
    sent: int = 0
    lag: int = 0

    @property
    def phone(self) -> bool:
        """Whether the apps run on it."""
        return self.protocol == PHONE_PROTOCOL

    def sign_in(self, user_id: str, account: Account) -> None:
        """From now on its events carry the user's id too."""
        self.ids = read_ids(IdentityMode.SIMPLIFIED, user_id=user_id, device_id=self.device_id)
        self.account = account


class Outbox:
    """Collects rows and hands them out in order of receipt. What arrives after `until` is never seen."""

    def __init__(self, project: int, until: int, rng: Random) -> None:
        self.events = 0
        self._project = project
        self._until = until
        self._rng = rng
        self._rows: list[Row] = []
        self._hex = self._hex_ids()
        # Batches of the SDKs: a browser sends every 5 seconds, a phone every 30.
        self._web_delays = itertools.cycle([rng.randint(120, 5_400) for _ in range(_DELAYS)])
        self._phone_delays = itertools.cycle([rng.randint(200, 31_000) for _ in range(_DELAYS)])

    def new_device(self, protocol: str, library: str, context: Properties) -> Device:
        """A device that nobody has signed in on."""
        device_id = self._uuid()
        ids = read_ids(IdentityMode.SIMPLIFIED, device_id=device_id)
        return Device(protocol, library, device_id, context, ids)

    def track(self, device: Device, name: str, properties: Properties, time: int) -> None:
        """An event of a device, with its link when it is the first with both ids."""
        if device.protocol == PHONE_PROTOCOL:
            event = self._phone_event(device, name, properties, time)
        else:
            event = self._web_event(device, name, properties, time)
        if event.received > self._until:
            return
        self._rows.append(event)
        self.events += not event.control
        if device.ids.links and not device.linked:
            device.linked = True
            self._link(device, event)

    def track_identify(self, device: Device, operations: Properties, time: int) -> None:
        """The control event by which an app sets user properties. `operations` as sent."""
        event = self._phone_event(device, "$identify", {}, time)
        event.control = True
        event.user_properties = operations
        event.groups = {}
        if event.received <= self._until:
            self._rows.append(event)

    def track_server(self, user_id: str, account: Account, name: str, properties: Properties, time: int) -> None:
        """An event that Larkboard's own server sends about a user."""
        received = time + _SERVER_DELAY
        if received > self._until:
            return
        insert_id = next(self._hex)
        self._rows.append(
            Event(
                project=self._project,
                name=name,
                time=time,
                received=received,
                client_time=time,
                distinct_id=user_id,
                user_id=user_id,
                insert_id=insert_id,
                copy_key=f'["{name}","{user_id}",{time},"{insert_id}"]',
                properties=account.web | properties,
                groups=account.groups,
                protocol=SERVER_PROTOCOL,
                library=SERVER_LIBRARY,
            )
        )
        self.events += 1

    def update(
        self,
        profile_id: str,
        operation: Operation,
        values: Properties,
        time: int,
        *,
        group_type: str = "",
        protocol: str = SERVER_PROTOCOL,
    ) -> None:
        """One operation on a person's profile, or a group's."""
        received = time + _SERVER_DELAY
        if received <= self._until:
            self._rows.append(
                ProfileUpdate(
                    project=self._project,
                    profile_id=profile_id,
                    operation=operation,
                    values=values,
                    time=time,
                    received=received,
                    group_type=group_type,
                    protocol=protocol,
                )
            )

    def batches(self, before: int) -> Iterator[Accepted]:
        """Full batches of what was received before this time; the rest waits."""
        self._rows.sort(key=attrgetter("received"))
        ready = 0
        while ready + BATCH_ROWS <= len(self._rows) and self._rows[ready + BATCH_ROWS - 1].received < before:
            yield _accepted(self._rows[ready : ready + BATCH_ROWS])
            ready += BATCH_ROWS
        del self._rows[:ready]

    def rest(self) -> Iterator[Accepted]:
        """Everything that still waits."""
        yield from self.batches(self._until + 1)
        if self._rows:
            yield _accepted(self._rows)
        self._rows = []

    def _web_event(self, device: Device, name: str, properties: Properties, time: int) -> Event:
        ids, account = device.ids, device.account
        insert_id = next(self._hex)[:16]
        return Event(
            project=self._project,
            name=name,
            time=time,
            received=time + device.lag + next(self._web_delays),
            client_time=time,
            distinct_id=ids.distinct_id,
            user_id=ids.user_id,
            device_id=device.device_id,
            insert_id=insert_id,
            copy_key=f'["{name}","{ids.distinct_id}",{time},"{insert_id}"]',
            session_id=device.session_id,
            properties=properties if account is None else properties | account.web,
            context=device.context,
            groups={} if account is None else account.groups,
            protocol=device.protocol,
            library=device.library,
        )

    def _phone_event(self, device: Device, name: str, properties: Properties, time: int) -> Event:
        ids, account = device.ids, device.account
        insert_id = self._uuid()
        received = time + device.lag + next(self._phone_delays)
        device.sent += 1
        return Event(
            project=self._project,
            name=name,
            time=time,
            received=received,
            client_time=time,
            upload_time=received - _UPLOAD_TAKES,
            distinct_id=ids.distinct_id,
            user_id=ids.user_id,
            device_id=device.device_id,
            insert_id=insert_id,
            copy_key=f'["i","{insert_id}","{device.device_id}"]',
            first_copy_wins=True,
            session_id=device.session_id,
            event_id=device.sent,
            properties=properties if account is None else properties | account.phone,
            context=device.context,
            groups={} if account is None else account.groups,
            protocol=device.protocol,
            library=device.library,
        )

    def _link(self, device: Device, event: Event) -> None:
        self._rows.append(
            IdentityLink(
                project=self._project,
                actor=device_actor(device.device_id),
                person=device.ids.user_id,
                source="device and user on one event",
                time=event.time,
                received=event.received,
            )
        )

    def _hex_ids(self) -> Iterator[str]:
        """Random ids of 32 hexadecimal digits; drawn in blocks, which is many times faster."""
        while True:
            digits = self._rng.randbytes(16 * _HEX_BLOCK).hex()
            yield from (digits[start : start + 32] for start in range(0, len(digits), 32))

    def _uuid(self) -> str:
        h = next(self._hex)
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"


def _accepted(rows: list[Row]) -> Accepted:
    return Accepted(
        events=[row for row in rows if isinstance(row, Event)],
        updates=[row for row in rows if isinstance(row, ProfileUpdate)],
        links=[row for row in rows if isinstance(row, IdentityLink)],
    )
