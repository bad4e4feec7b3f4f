"""A project: one tenant, with the settings that decide what its numbers mean."""

from enum import StrEnum

import msgspec


class IdentityMode(StrEnum):
    """Whose identity rules a project follows. See docs/identity.md."""

    SIMPLIFIED = "simplified"
    ORIGINAL = "original"
    AMPLITUDE = "amplitude"


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
