"""What composition, revenue, lifetime value and impact are answered with."""

import msgspec

from diptych.query.answer import Bucket, Explanation
from diptych.query.parts import Scalar

Number = int | float


class CompositionValue(msgspec.Struct, frozen=True):
    """A value (null: not set) and the people who have it."""

    value: Scalar
    people: int


class CompositionAnswer(msgspec.Struct, frozen=True, tag="composition", tag_field="type"):
    """Values by falling number of people."""

    values: list[CompositionValue]
    timezone: str
    explanation: Explanation


class RevenueAnswer(msgspec.Struct, frozen=True, tag="revenue", tag_field="type"):
    """Per bucket: revenue, active people, people who paid, revenue per active person and per one who paid."""

    buckets: list[Bucket]
    revenue: list[Number]
    active: list[int]
    paying: list[int]
    per_active: list[float]
    per_paying: list[float]
    timezone: str
    explanation: Explanation


class LifetimeCohort(msgspec.Struct, frozen=True):
    """People who were new in an interval, and per day N: those old enough for it, those of them who ever paid (up to
    now), and their revenue until the day's end. `ever_paid` and `total`: the same of all people, up to now."""

    date: str
    people: int
    old_enough: list[int]
    paying: list[int]
    revenue: list[Number]
    ever_paid: int
    total: Number


class LifetimeValueAnswer(msgspec.Struct, frozen=True, tag="lifetime_value", tag_field="type"):
    """Cohorts in order, those without anybody left out."""

    days: list[int]
    cohorts: list[LifetimeCohort]
    timezone: str
    explanation: Explanation


class ImpactAnswer(msgspec.Struct, frozen=True, tag="impact", tag_field="type"):
    """People who did the treatment, and per relative interval the outcome's events and the people who did them.

    relative   the numbers of the intervals, 0 being that of the treatment
    average    outcomes per person of all who did the treatment
    """

    treated: int
    relative: list[int]
    events: list[int]
    people: list[int]
    average: list[float]
    timezone: str
    explanation: Explanation
