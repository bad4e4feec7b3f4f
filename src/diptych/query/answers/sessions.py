"""What questions about sessions are answered with."""

import msgspec

from diptych.query.answer import Bucket, Explanation
from diptych.query.parts import Scalar


class SessionSeries(msgspec.Struct, frozen=True):
    """The sessions of one combination: how many, the measure per bucket and over all, and sessions per bin."""

    breakdown: list[Scalar]
    sessions: int
    values: list[int | float]
    overall: int | float
    lengths: list[int]


class SessionsAnswer(msgspec.Struct, frozen=True, tag="sessions", tag_field="type"):
    """Series by falling number of sessions. `bins` are the bounds of the distribution of lengths, in seconds."""

    buckets: list[Bucket]
    bins: list[int]
    series: list[SessionSeries]
    timezone: str
    explanation: Explanation
