"""Ids of devices for advertising. Attribution events have nothing else to say who it was.

Source: Attribution API. Amplitude looks for the device for three days; here the link holds whenever it comes.
"""

from diptych.protocols.amplitude.texts import text_of

ADVERTISING_IDS = ("idfa", "idfv", "adid", "android_app_set_id")
_NOBODY = "00000000-0000-0000-0000-000000000000"
_PREFIX = "$advertising:"


def advertising_actors(sent: dict[str, str]) -> list[str]:
    """The ids under which attribution events of this device count before the device is known."""
    found = [text_of(text) for field in ADVERTISING_IDS if (text := sent.get(field, "")).startswith('"')]
    return [_PREFIX + identifier.lower() for identifier in found if identifier and identifier != _NOBODY]
