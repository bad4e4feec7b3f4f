"""A project: one tenant, with the settings that decide what its numbers mean."""

from enum import StrEnum
from typing import Annotated

import msgspec

_Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
_Days = Annotated[int, msgspec.Meta(ge=0, le=36_500)]


class IdentityMode(StrEnum):
    """Whose identity rules a project follows. See docs/identity.md."""

    SIMPLIFIED = "simplified"
    ORIGINAL = "original"
    AMPLITUDE = "amplitude"


class PrivacySignals(StrEnum):
    """What becomes of an event whose browser says `DNT: 1` or `Sec-GPC: 1`."""

    IGNORE = "ignore"
    STRIP = "strip"
    DROP = "drop"


class SessionRule(StrEnum):
    """What makes a session of a person's events. See docs/sessions.md.

    timeout    events whose gaps are not longer than the timeout
    mixpanel   the same, and a session ends at local midnight
    amplitude  events with the same session id; -1 and none are in no session
    """

    TIMEOUT = "timeout"
    MIXPANEL = "mixpanel"
    AMPLITUDE = "amplitude"


class ProjectSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a project does with what it receives. Documented in docs/projects.md.

    store_ip                  keep client addresses; they serve to find the place either way
    privacy_signals           what `DNT: 1` and `Sec-GPC: 1` do
    vendor_limits             cut texts, lists and properties as the sender's vendor does
    live_window_days          refuse events that are older on endpoints for live events; 0: never
    device_events_per_second  of one device or user, over 30 seconds; 0: no bound
    device_events_per_day     of one device or user, over 24 hours; 0: no bound
    events_per_minute         of the project; 0: no bound
    queries_per_hour          of the project, of each family of Mixpanel's reading endpoints; 0: no bound
    silenced_devices          device ids whose events are refused
    session_rule              what makes a session, where a question does not say
    session_timeout_minutes   for the rules with a timeout
    session_excluded_events   names that neither begin nor lengthen such a session
    group_keys                event properties whose values name groups of that type, past events included
    """

    store_ip: bool = True
    privacy_signals: PrivacySignals = PrivacySignals.IGNORE
    vendor_limits: bool = False
    live_window_days: _Days = 0
    device_events_per_second: _Count = 0
    device_events_per_day: _Count = 0
    events_per_minute: _Count = 0
    queries_per_hour: _Count = 0
    silenced_devices: list[str] = []
    session_rule: SessionRule = SessionRule.TIMEOUT
    session_timeout_minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] = 30
    session_excluded_events: list[str] = []
    group_keys: list[str] = []


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of a project as the data path sees them.

    `token` is public and can only write; secrets are never part of this value.
    `timezone` is an IANA name, `week_start` an ISO weekday (1 = Monday).
    """

    id: int
    name: str
    token: str
    timezone: str = "UTC"
    identity: IdentityMode = IdentityMode.SIMPLIFIED
    week_start: int = 1
    settings: ProjectSettings = ProjectSettings()
