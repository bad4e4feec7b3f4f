"""What Mixpanel's records keep under names of their own that a project may not want to keep.

Source of the limits: Mixpanel's ingestion limits (255 characters of a text, 255 properties of an event).
"""

from diptych.ingest.policy import Vendor
from diptych.model import Event
from diptych.protocols.mixpanel.events import PROTOCOL

_ADDRESS = ("ip", "$ip")
_IDS = (
    "$user_id",
    "$device_id",
    "$anon_id",
    "$anon_distinct_id",
    "$identified_id",
    "$distinct_ids",
    "$distinct_id_before_identity",
    "$had_persisted_distinct_id",
    "alias",
)


def _forget_address(event: Event) -> None:
    for key in _ADDRESS:
        event.properties.pop(key, None)


def _forget_ids(event: Event) -> None:
    event.envelope.pop("distinct_id", None)
    for key in _IDS:
        event.properties.pop(key, None)


VENDOR = Vendor(PROTOCOL, _forget_address, _forget_ids, longest_text=255, most_keys=255)
