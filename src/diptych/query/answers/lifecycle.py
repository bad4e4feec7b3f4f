"""What lifecycle and frequency are answered with."""

import msgspec

from diptych.query.answer import Bucket, Explanation


class LifecycleAnswer(msgspec.Struct, frozen=True, tag="lifecycle", tag_field="type"):
    """People per bucket and state. `pulse` is (new + resurrected) / dormant; null when none is dormant."""

    buckets: list[Bucket]
    new: list[int]
    current: list[int]
    resurrected: list[int]
    dormant: list[int]
    pulse: list[float | None]
    timezone: str
    explanation: Explanation


class FrequencyAnswer(msgspec.Struct, frozen=True, tag="frequency", tag_field="type"):
    """Per period, how many people were active on 1, 2, 3 … of its days or hours.

    active   people per period who were active at all: what shares are of
    people   per period one number for each of its days or hours: exactly, or at least, so many
    """

    periods: list[Bucket]
    active: list[int]
    people: list[list[int]]
    timezone: str
    explanation: Explanation
