"""What Amplitude's records keep under names of their own that a project may not want to keep.

Source of the limits: Amplitude's page of limits (1,024 characters of a text, 2,000 event properties).
"""

from diptych.ingest.policy import Vendor
from diptych.model import Event
from diptych.protocols.amplitude.events import PROTOCOL
from diptych.protocols.amplitude.ids import ADVERTISING_IDS

_IDS = (*ADVERTISING_IDS, "android_id", "location_lat", "location_lng")


def _forget_address(event: Event) -> None:
    event.envelope.pop("ip", None)


def _forget_ids(event: Event) -> None:
    for key in _IDS:
        event.envelope.pop(key, None)


VENDOR = Vendor(PROTOCOL, _forget_address, _forget_ids, longest_text=1024, most_keys=2000)
