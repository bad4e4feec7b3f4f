"""What Segment's messages keep under names of their own that a project may not want to keep."""

from diptych.ingest.policy import Vendor
from diptych.model import Event
from diptych.protocols.segment.messages import PROTOCOL
from diptych.protocols.segment.values import dump_object, object_of

_LONGEST_TEXT = 8_192  # Segment bounds the message; this is what most warehouses behind it take
_MOST_KEYS = 2_000


def _forget_address(event: Event) -> None:
    _forget_in_context(event, ("ip",))


def _forget_ids(event: Event) -> None:
    for key in ("userId", "anonymousId", "previousId", "traits"):
        event.envelope.pop(key, None)
    _forget_in_context(event, ("traits", "device", "groupId", "externalIds"))


def _forget_in_context(event: Event, keys: tuple[str, ...]) -> None:
    context = event.envelope.get("context", "")
    if context.startswith("{") and any(f'"{key}"' in context for key in keys):
        kept = {key: text for key, text in object_of(event.envelope, "context").items() if key not in keys}
        event.envelope["context"] = dump_object(kept)


VENDOR = Vendor(PROTOCOL, _forget_address, _forget_ids, _LONGEST_TEXT, _MOST_KEYS)
