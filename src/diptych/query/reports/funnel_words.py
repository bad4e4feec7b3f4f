"""A funnel in plain English."""

from diptych.query.questions.funnel import (
    AttemptFilter,
    Attribution,
    Entry,
    Exclusion,
    Funnel,
    FunnelBreakdown,
    FunnelStep,
    Order,
    OverTime,
    Simultaneity,
)
from diptych.query.sentence import breakdown_words, event_words, filter_words, range_words

_ENTRIES = {
    Entry.FIRST: "each person's first attempt",
    Entry.EVERY: "each attempt, a new one after the last one ended,",
    Entry.SESSION: "each session's first attempt",
    Entry.LONGEST: "each person's attempt that comes furthest",
}
_ORDERS = {Order.LOOSE: "", Order.STRICT: " with no other event between", Order.ANY: " in any order"}
_SIMULTANEITIES = {
    Simultaneity.EXACT: "",
    Simultaneity.TWO_SECONDS: " Different steps within two seconds of each other may be in either order.",
    Simultaneity.SAME_SECOND: " Different steps within one second may be in either order; equal events there are one.",
}


def sentence(question: Funnel, timezone: str) -> str:
    """What the question counts."""
    anchored = question.order is Order.ANY
    steps = ", then ".join(_step(step, anchored=anchored) for step in question.steps)
    window = f"within {question.window.count} {question.window.unit}{'s' if question.window.count > 1 else ''}"
    parts = [
        f"Of {_ENTRIES[question.entry]} at {steps}{_ORDERS[question.order]}",
        f"{window} of the first step" + _held(question),
        *(_exclusion(exclusion, len(question.steps)) for exclusion in question.exclusions),
        *([_filter(question.filter)] if question.filter else []),
        *(_breakdown(breakdown) for breakdown in question.breakdowns),
        *([f"of events where {filter_words(question.population)}"] if question.population else []),
        *([_over_time(question)] if question.interval else []),
        f"begun {range_words(question.range)} ({timezone}), how many reached each step",
    ]
    return ", ".join(parts) + "." + _SIMULTANEITIES[question.simultaneity]


def _step(step: FunnelStep, *, anchored: bool) -> str:
    notes = ["in this place"] if anchored and step.anchored else []
    notes += ["optional"] if step.optional else []
    return event_words(step.event) + (f" ({', '.join(notes)})" if notes else "")


def _held(question: Funnel) -> str:
    if not question.held:
        return ""
    names = " and ".join(breakdown_words(held) for held in question.held)
    each = ", each value counted for itself" if question.each_held_value else ""
    return f" with the same {names} in all steps{each}"


def _exclusion(exclusion: Exclusion, count: int) -> str:
    return f"without {event_words(exclusion.event)} between step {exclusion.after} and {exclusion.before or count}"


def _filter(attempts: AttemptFilter) -> str:
    return f"where {filter_words(attempts.filter)} at {_touch(attempts)}"


def _breakdown(breakdown: FunnelBreakdown) -> str:
    return f"by {breakdown_words(breakdown.by)} at {_touch(breakdown)}"


def _touch(of: AttemptFilter | FunnelBreakdown) -> str:
    if of.attribution is Attribution.STEP:
        return f"step {of.step}"
    return f"the {of.attribution} step that has it"


def _over_time(question: Funnel) -> str:
    each = str(question.interval).replace("five_minutes", "five minutes")
    own = question.over_time is OverTime.INDEPENDENT
    return f"for each {each} a funnel of its own" if own else f"for each {each} of the first step"
