"""What a project does with what it receives, before it is stored: places, addresses, privacy signals, bounds."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from diptych.ingest.limits import Lately
from diptych.ingest.places import Places
from diptych.model import Accepted, Event, Issue, PrivacySignals, Project
from diptych.model.jsontext import dump

_PLACE = ("country", "region", "city", "dma")


@dataclass(frozen=True)
class Sender:
    """Who sent a request. `opted_out`: the browser said `DNT: 1` or `Sec-GPC: 1`."""

    address: str = ""
    opted_out: bool = False


@dataclass(frozen=True)
class Vendor:
    """What the policy needs to know of a vendor's records.

    forget_address, forget_ids   take the address, or everything that tells who it was, out of the parts of an
                                 event that keep the sender's own names
    longest_text, most_keys      the vendor's limits: characters of a text, properties of an event
    """

    protocol: str
    forget_address: Callable[[Event], None]
    forget_ids: Callable[[Event], None]
    longest_text: int
    most_keys: int


class Policy:
    """Applies the settings of projects to what they receive."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.of_ids = Lately(30, 1)
        self.of_ids_daily = Lately(86_400, 3_600)
        self._of_projects = Lately(60, 1)
        self._queries = Lately(3_600, 60)

    def apply(self, batch: Accepted, project: Project, sender: Sender, vendor: Vendor) -> Accepted:
        """The batch as the project wants it stored. Changes the events in place."""
        signals = project.settings.privacy_signals
        if sender.opted_out and signals is PrivacySignals.DROP:
            return Accepted()
        for event in batch.events:
            self._locate(event)
            if not project.settings.store_ip:
                event.context.pop("ip", None)
                vendor.forget_address(event)
        if project.settings.vendor_limits:
            _limit(batch, project, vendor)
        if sender.opted_out and signals is PrivacySignals.STRIP:
            return _anonymous(batch, vendor)
        return batch

    def too_many(self, project: Project, events: int, now_ms: int) -> bool:
        """Whether these events are more than the project takes; if not, they are counted."""
        bound = project.settings.events_per_minute
        if not bound:
            return False
        if self._of_projects.count(project.id, now_ms) + events > bound:
            return True
        self._of_projects.add(project.id, events, now_ms)
        return False

    def too_many_queries(self, project: Project, family: str, now_ms: int) -> bool:
        """Whether the project has read enough from a family of endpoints for now; if not, one more is counted."""
        bound, key = project.settings.queries_per_hour, (project.id, family)
        if not bound:
            return False
        if self._queries.count(key, now_ms) >= bound:
            return True
        self._queries.add(key, 1, now_ms)
        return False

    def _locate(self, event: Event) -> None:
        """Add the place of the address, unless the sender names one: the parts of a place are one unit."""
        address = event.context.get("ip", "")
        if not address.startswith('"') or any(part in event.context for part in _PLACE):
            return
        if place := self.places.context_of(address.strip('"')):
            event.context = place | event.context


def _anonymous(batch: Accepted, vendor: Vendor) -> Accepted:
    """The events alone, tied to no one."""
    for event in batch.events:
        event.distinct_id = event.sent_id = event.user_id = event.device_id = ""
        event.session_id = None
        if event.copy_key is not None:  # ids are part of it
            event.copy_key = hashlib.blake2b(event.copy_key.encode("utf-8", "replace"), digest_size=16).hexdigest()
        event.user_properties = {}
        event.context.pop("ip", None)
        vendor.forget_address(event)
        vendor.forget_ids(event)
    return Accepted(events=batch.events, issues=batch.issues)


def _limit(batch: Accepted, project: Project, vendor: Vendor) -> None:
    cut = too_many = 0
    for event in batch.events:
        for values in (event.properties, event.user_properties):
            for key, text in values.items():
                if len(text) > vendor.longest_text and (shorter := _cut(text, vendor.longest_text)) != text:
                    values[key] = shorter
                    cut += 1
        extra = list(event.properties)[vendor.most_keys :]
        too_many += bool(extra)
        for key in extra:
            del event.properties[key]
    found = (
        (cut, f"a text is longer than {vendor.longest_text} characters: cut"),
        (too_many, f"an event has more than {vendor.most_keys} properties: the rest is left out"),
    )
    batch.issues += [
        Issue(
            project=project.id,
            kind="corrected",
            reason=reason,
            received=batch.events[0].received,
            protocol=vendor.protocol,
            count=count,
        )
        for count, reason in found
        if count
    ]


def _cut(text: str, longest: int) -> str:
    """A string's JSON text with at most that many characters in the string; others stay as they are."""
    if not text.startswith('"'):
        return text
    value: str = msgspec.json.decode(text, strict=False)
    return text if len(value) <= longest else dump(value[:longest])
