"""A question in plain English, as the app shows it beside the numbers."""

import json

from diptych.query.parts import (
    All,
    AllOf,
    Alternative,
    Any,
    AnyOf,
    At,
    Between,
    Breakdown,
    Compare,
    Condition,
    Cumulative,
    DateRange,
    Did,
    DidMore,
    Duration,
    EventSelector,
    Filter,
    FirstUse,
    HasProfile,
    InCohort,
    InOrder,
    Instants,
    Interval,
    Items,
    Last,
    Latest,
    MeasureType,
    Metric,
    Not,
    NotSo,
    OnList,
    Operator,
    PersonAggregate,
    Property,
    Quantifier,
    RollingDays,
    RollingIntervals,
    Scope,
    Since,
    Tally,
    ToDate,
    When,
)
from diptych.query.questions import CohortSizes, Flows, Segmentation
from diptych.query.questions.flows import FlowCount

_OPERATORS = {
    Operator.EQUALS: "is",
    Operator.NOT_EQUALS: "is not",
    Operator.LESS: "is less than",
    Operator.LESS_OR_EQUAL: "is at most",
    Operator.GREATER: "is greater than",
    Operator.GREATER_OR_EQUAL: "is at least",
    Operator.BETWEEN: "is between",
    Operator.NOT_BETWEEN: "is not between",
    Operator.CONTAINS: "contains",
    Operator.NOT_CONTAINS: "does not contain",
    Operator.STARTS_WITH: "starts with",
    Operator.NOT_STARTS_WITH: "does not start with",
    Operator.ENDS_WITH: "ends with",
    Operator.NOT_ENDS_WITH: "does not end with",
    Operator.GLOB: "matches the pattern",
    Operator.NOT_GLOB: "does not match the pattern",
    Operator.MATCHES: "matches the regular expression",
    Operator.NOT_MATCHES: "does not match the regular expression",
    Operator.IS_SET: "is set",
    Operator.NOT_SET: "is not set",
    Operator.EMPTY: "is empty",
    Operator.NOT_EMPTY: "is not empty",
    Operator.IS_NUMBER: "is a number",
    Operator.IS_STRING: "is a text",
    Operator.IS_BOOLEAN: "is true or false",
    Operator.IS_LIST: "is a list",
    Operator.IS_OBJECT: "is an object",
    Operator.IS_DATE: "is a date",
    Operator.SET_IS: "has exactly the items",
    Operator.NOT_SET_IS: "has not exactly the items",
    Operator.SET_CONTAINS: "has all the items",
    Operator.NOT_SET_CONTAINS: "has not all the items",
    Operator.BEFORE: "is before",
    Operator.AFTER: "is after",
    Operator.SINCE: "is since",
    Operator.ON: "is on",
    Operator.NOT_ON: "is not on",
    Operator.DURING: "is during",
    Operator.NOT_DURING: "is not during",
    Operator.IN_LAST: "is in the last",
    Operator.NOT_IN_LAST: "is not in the last",
    Operator.IN_NEXT: "is in the next",
    Operator.NOT_IN_NEXT: "is not in the next",
}
_JOINED_BY = {
    **dict.fromkeys([Operator.BETWEEN, Operator.NOT_BETWEEN, Operator.DURING, Operator.NOT_DURING], " and "),
    **dict.fromkeys([Operator.SET_IS, Operator.NOT_SET_IS, Operator.SET_CONTAINS, Operator.NOT_SET_CONTAINS], " and "),
    **dict.fromkeys([Operator.IN_LAST, Operator.NOT_IN_LAST, Operator.IN_NEXT, Operator.NOT_IN_NEXT], " "),
}
_ORDINALS = ["first", "second", "third", "fourth", "fifth"]
_NUMBERS = {
    Operator.EQUALS: "exactly",
    Operator.NOT_EQUALS: "not",
    Operator.LESS: "less than",
    Operator.LESS_OR_EQUAL: "at most",
    Operator.GREATER: "more than",
    Operator.GREATER_OR_EQUAL: "at least",
}
_COMPARED = {
    Operator.EQUALS: "as often as",
    Operator.NOT_EQUALS: "not as often as",
    Operator.LESS: "less often than",
    Operator.LESS_OR_EQUAL: "at most as often as",
    Operator.GREATER: "more often than",
    Operator.GREATER_OR_EQUAL: "at least as often as",
}
_MEASURES = {
    MeasureType.TOTAL: "the number of {events}",
    MeasureType.UNIQUE: "the people who did {events}",
    MeasureType.AVERAGE: "the number of {events} per person who did it",
    MeasureType.SESSIONS: "the sessions with {events}",
    MeasureType.SUM: "the sum of {property} of {events}",
    MeasureType.MEAN: "the mean of {property} of {events}",
    MeasureType.MIN: "the least {property} of {events}",
    MeasureType.MAX: "the greatest {property} of {events}",
    MeasureType.MEDIAN: "the median of {property} of {events}",
    MeasureType.PERCENTILE: "the {percentile:g}th percentile of {property} of {events}",
    MeasureType.DISTINCT: "the different values of {property} of {events}",
    MeasureType.FREQUENCY: "the people by how often they did {events}",
    MeasureType.ACTIVE_SHARE: "the share of active people who did {events}",
}
_PER_PERSON = {
    PersonAggregate.TOTAL: "each person's number of events",
    PersonAggregate.SUM: "each person's sum of {property}",
    PersonAggregate.MEAN: "each person's mean of {property}",
    PersonAggregate.MIN: "each person's least {property}",
    PersonAggregate.MAX: "each person's greatest {property}",
    PersonAggregate.DISTINCT: "each person's number of different values of {property}",
}


def segmentation(question: Segmentation, timezone: str) -> str:
    """What the question counts, in one sentence."""
    of = f"of each {question.group_type} instead of each person, " if question.group_type else ""
    counted = " and ".join(_metric(metric) for metric in question.metrics)
    formulas = "".join(f", and {formula.expression}" for formula in question.formulas)
    where = f", where {filter_words(question.filter)}" if question.filter else ""
    by = f", by {' and '.join(map(breakdown_words, question.breakdowns))}" if question.breakdowns else ""
    named = ", ".join(_quoted(segment.name) for segment in question.segments)
    among = f", in the segments {named}" if named else ""
    beside = ", beside an earlier range" if question.compare else ""
    each = question.interval.replace("five_minutes", "five minutes")
    when = range_words(question.range) + beside
    return f"For each {each}, {of}{counted}{formulas}{where}{among}{by}, {when} ({timezone})."


def flows(question: Flows, timezone: str) -> str:
    """Which paths the question counts, in one sentence."""
    what = {FlowCount.PEOPLE: "person", FlowCount.SESSIONS: "session", FlowCount.TOTAL: "such event"}[question.count]
    if question.to:
        sides = f"from {event_words(question.anchor)} to {event_words(question.to)}"
    else:
        ways = [f"{n} steps {way}" for n, way in ((question.before, "before"), (question.after, "after")) if n]
        sides = f"of {' and '.join(ways) or 'no steps around'} {event_words(question.anchor)}"
    where = f", where {filter_words(question.filter)}" if question.filter else ""
    within = _duration_words(question.window)
    return f"Paths {sides} within {within}, one per {what}{where}, {range_words(question.range)} ({timezone})."


def cohort_sizes(question: CohortSizes, timezone: str) -> str:
    """Whom the question counts, in one sentence."""
    whom = " and of ".join(map(cohort_words, question.cohorts))
    over = f", and as of the end of each {question.interval} {range_words(question.range)}" if question.range else ""
    return f"The size of the cohort {whom} now{over} ({timezone})."


def _metric(metric: Metric) -> str:
    property_ = property_words(metric.property) if metric.property else ""
    per_person = _PER_PERSON[metric.per_person].format(property=property_) if metric.per_person else ""
    words = _MEASURES[metric.measure].format(
        events=event_words(metric.event), property=per_person or property_, percentile=metric.percentile or 0
    )
    match metric.window:
        case RollingDays(count=count):
            words += f" in the {count} days before the end of it"
        case RollingIntervals(count=count):
            words += f" in it and the {count - 1} before"
        case Cumulative():
            words += " since the start of the range"
    average = f", averaged over {metric.rolling_average} intervals" if metric.rolling_average else ""
    return words + average


def event_words(selector: EventSelector) -> str:
    parts = [*map(_quoted, selector.names), *map(_alternative, selector.alternatives)]
    names = _quoted(selector.label) if selector.label else " or ".join(parts) or "any event"
    first = "for the first time ever " if selector.first_time else ""
    if selector.nth is not None:
        first = f"for the {_ORDINALS[selector.nth - 1]} time ever "
    where = f" with {filter_words(selector.filter)}" if selector.filter else ""
    return f"{names} {first}".strip() + where


def _quoted(name: str) -> str:
    return f"“{name}”"


def _alternative(one: Alternative) -> str:
    return f"{_quoted(one.name)} with {_nested(one.filter)}" if one.filter else _quoted(one.name)


def filter_words(node: Filter) -> str:
    match node:
        case All(filters=filters):
            return " and ".join(_nested(f) for f in filters) or "anything"
        case Any(filters=filters):
            return " or ".join(_nested(f) for f in filters) or "nothing"
        case Not(filter=inner):
            return f"not ({filter_words(inner)})"
        case Items(property=of, match=match, filter=inner):
            which = "any item" if match is Quantifier.ANY else "every item"
            return f"for {which} of {property_words(of)}: {filter_words(inner)}"
        case Compare():
            shown = ["not set" if v is None else json.dumps(v, ensure_ascii=False) for v in node.values]
            if node.operator in _JOINED_BY and _JOINED_BY[node.operator] == " ":
                shown = [str(value) for value in node.values]
            values = _JOINED_BY.get(node.operator, " or ").join(shown)
            return f"{property_words(node.property)} {_OPERATORS[node.operator]} {values}".strip()
        case InCohort():
            return f"in the cohort {cohort_words(node)}"


def _nested(node: Filter) -> str:
    return f"({filter_words(node)})" if isinstance(node, (All, Any)) and len(node.filters) > 1 else filter_words(node)


def property_words(reference: Property) -> str:
    words = {
        Scope.EVENT: "the property",
        Scope.BUILTIN: "the built-in property",
        Scope.FIELD: "the event's",
        Scope.USER: "the person's",
        Scope.GROUP: f"the {reference.group_type}'s",
        Scope.SESSION: "the session's",
        Scope.ITEM: "the item's",
        Scope.DERIVED: "the computed property",
    }
    if reference.scope is Scope.ITEM and not reference.key:
        return "the item"
    when = {At.NOW: " now", At.EVENT: " at the time of the event"}[reference.at]
    of_profile = reference.scope in (Scope.USER, Scope.GROUP)
    name = ".".join([reference.key, *reference.path])
    looked_up = f"the “{reference.lookup.column}” looked up for " if reference.lookup else ""
    return f"{looked_up}{words[reference.scope]} “{name}”{when if of_profile else ''}"


def cohort_words(node: InCohort) -> str:
    """A cohort by its name, or else by what defines it."""
    day = f" as of {node.as_of}" if node.as_of else ""
    if node.name or node.cohort is None:
        return f"“{node.name or node.id}”{day}"
    kind = f"{node.cohort.group_type}s" if node.cohort.group_type else "people"
    return f"of {kind} who {condition_words(node.cohort.condition)}{day}"


def condition_words(node: Condition) -> str:
    """A condition of a cohort, to be read behind "who"."""
    match node:
        case AllOf(conditions=conditions):
            return " and ".join(map(_nested_condition, conditions)) or "are anybody"
        case AnyOf(conditions=conditions):
            return " or ".join(map(_nested_condition, conditions)) or "are nobody"
        case NotSo(condition=inner):
            return f"are not those who {_nested_condition(inner)}"
        case Did():
            return f"did {event_words(node.event)} {_tally_words(node)}{_when_words(node.when)}"
        case DidMore():
            how = _COMPARED[node.operator]
            return f"did {event_words(node.event)} {how} {event_words(node.than)}{_when_words(node.when)}"
        case InOrder():
            within = f" within {_duration_words(node.within)} of the first" if node.within else ""
            return f"did {', then '.join(map(event_words, node.steps))}{within}{_when_words(node.when)}"
        case Latest():
            return f"last did {event_words(node.event)} where {filter_words(node.filter)}{_when_words(node.when)}"
        case HasProfile():
            day = f" at the end of {node.at}" if node.at else ""
            return f"have a profile where {filter_words(node.filter)}{day}"
        case OnList():
            return f"are on the list “{node.list}”"
        case InCohort():
            return f"are in the cohort {cohort_words(node)}"


def _nested_condition(node: Condition) -> str:
    words = condition_words(node)
    return f"({words})" if isinstance(node, (AllOf, AnyOf)) and len(node.conditions) > 1 else words


def _tally_words(node: Did) -> str:
    number = f"{node.value:g}"
    if node.property is None:
        unit = "times" if node.tally is Tally.COUNT else f"different {node.tally}"
        return f"{_NUMBERS[node.operator]} {number} {unit if node.value != 1 else unit.removesuffix('s')}"
    what = node.tally.replace("distinct_values", "number of distinct values")
    article = "an" if what.startswith("a") else "a"
    return f"with {article} {what} of {property_words(node.property)} of {_NUMBERS[node.operator]} {number}"


def _when_words(when: When) -> str:
    match when:
        case None:
            return ""
        case FirstUse(within=within):
            return f" within {_duration_words(within)} of their first use"
    return f" {range_words(when)}"


def _duration_words(duration: Duration) -> str:
    return f"{duration.count} {duration.unit}{'s' if duration.count != 1 else ''}"


def breakdown_words(breakdown: Breakdown) -> str:
    if breakdown.property is None:
        return "cohort (" + ", ".join(map(cohort_words, breakdown.cohorts)) + ")"
    words = property_words(breakdown.property)
    if breakdown.part is not None:
        return f"the {breakdown.part.replace('_', ' ')} of {words}"
    return f"ranges of {words}" if breakdown.buckets else words


def range_words(period: DateRange) -> str:
    match period:
        case Between(first=first, last=last):
            return f"from {first} to {last}"
        case Instants(start=start, end=end):
            return f"from {start.isoformat()} to before {end.isoformat()}"
        case Since(first=first):
            return f"since {first}"
        case ToDate(unit=unit):
            return f"in this {unit} to date"
        case Last():
            return _last(period)


def _last(period: Last) -> str:
    unit = "five minutes" if period.unit is Interval.FIVE_MINUTES else period.unit
    if period.complete:
        return f"in the last {period.count} complete {unit}s"
    return f"in this {unit}" if period.count == 1 else f"in the last {period.count} {unit}s, this one included"
