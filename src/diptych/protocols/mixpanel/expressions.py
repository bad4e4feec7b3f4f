"""What an expression means: its tree as a filter, or as a property to break down by.

A comparison of one property with a constant, which is what clients send most, becomes one comparison of the query
engine. Everything else becomes a derived property that is compared with true. docs/mixpanel.md says what is undefined
and what follows.
"""

import re
from datetime import UTC, datetime, timedelta

from diptych.protocols.mixpanel.formulas import constant, formula, require_truth
from diptych.protocols.mixpanel.grammar import Call, ExpressionError, Literal, Node, Selector, Undefined, parse
from diptych.protocols.mixpanel.selectors import Context, Kind, is_time, kind_of, property_of_selector
from diptych.query.dates import moment
from diptych.query.parts import (
    All,
    Any,
    Cohort,
    Compare,
    Did,
    Expression,
    Filter,
    InCohort,
    Items,
    Not,
    Operator,
    Property,
    Scalar,
    Scope,
)

__all__ = ["Context", "ExpressionError", "filter_of", "property_of"]

_SIGNS = {
    "==": Operator.EQUALS,
    "!=": Operator.NOT_EQUALS,
    "<": Operator.LESS,
    "<=": Operator.LESS_OR_EQUAL,
    ">": Operator.GREATER,
    ">=": Operator.GREATER_OR_EQUAL,
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_MOST_NAME = 200
_NEVER = Any([])
_ITEM = Property("", Scope.ITEM)


def filter_of(text: str, context: Context) -> Filter:
    """The filter that holds where an expression is true. Raises ExpressionError."""
    return filter_of_tree(parse(text), context, text)


def property_of(text: str, context: Context) -> Property:
    """The property of an `on` expression; a bare name means a property of the event (or profile)."""
    bare = text.strip()
    tree = Selector("properties", bare) if not re.search(r"[\[(\"']", bare) else parse(bare)
    if isinstance(tree, Call) and tree.name == "string" and isinstance(tree.operands[0], Selector):
        tree = tree.operands[0]  # values are shown by their text form as it is
    if isinstance(tree, Selector) and not is_time(tree, context):
        return property_of_selector(tree, context)
    if isinstance(tree, Literal) or kind_of(tree, context) in (Kind.DATE, Kind.LIST):
        raise ExpressionError('on: expected a property, such as properties["plan"], or something computed from some')
    return _derived(formula(tree, context), bare)


def filter_of_tree(node: Node, context: Context, text: str) -> Filter:
    """The filter that holds where a tree is true. `text` is what the expression is called in sentences."""

    def inner(part: Node) -> Filter:
        return filter_of_tree(part, context, text)

    match node:
        case Call("and" | "or" as name, operands):
            for operand in operands:
                require_truth(operand, f"{name} at position {node.place}", context)
            return All([*map(inner, operands)]) if name == "and" else Any([*map(inner, operands)])
        case Call("not", (operand,)) if kind_of(operand, context) is Kind.TRUTH:
            return Not(inner(operand))
        case Call("defined", (Selector() as selector,)) if kind_of(selector, context) is Kind.ANY:
            return Compare(property_of_selector(selector, context), Operator.IS_SET)
        case Call(name, (left, right)) if name in _SIGNS and (found := _compared(name, left, right, context)):
            return found
        case Call("in", (left, right)) if found := _member(left, right, context):
            return found
        case Selector() if kind_of(node, context) is Kind.ANY:  # a property that is true
            return Compare(property_of_selector(node, context), Operator.EQUALS, [True])
        case Literal(bool() as value):
            return All([]) if value else _NEVER
    require_truth(node, "the expression", context)
    return Compare(_derived(formula(node, context), text), Operator.EQUALS, [True])


def _derived(meaning: Expression, text: str) -> Property:
    return Property(text.strip()[:_MOST_NAME], Scope.DERIVED, formula=meaning)


def _compared(sign: str, left: Node, right: Node, context: Context) -> Filter | None:
    """One comparison of the engine, if there is one that means the same."""
    if not isinstance(left, Selector):
        left, right, sign = right, left, _MIRRORED.get(sign, sign)
    if not isinstance(left, Selector):
        return None
    if left.source == "behaviors":
        return _behaved(sign, left, constant(right, context), context)
    if isinstance(right, Call) and right.name == "datetime":
        return _dated(sign, left, right.operands[0], context)
    if not isinstance(right, Literal) or is_time(left, context):
        return None
    value = right.value
    if value is None or isinstance(value, (list, Undefined)):
        return None
    if isinstance(value, bool) and sign not in ("==", "!="):
        return _NEVER  # an ordering with something that has no order is undefined
    return Compare(property_of_selector(left, context), _SIGNS[sign], [value])


def _behaved(sign: str, selector: Selector, value: int | float | None, context: Context) -> Filter | None:
    """How often something was done, as a cohort of those who did it so often."""
    place = f'behaviors["{selector.key}"] at position {selector.place}'
    if not context.of_profiles:
        raise ExpressionError(f"{place}: only in comparisons of engage")
    if value is None or selector.key not in context.behaviors:
        known = ", ".join(context.behaviors) or "none"
        raise ExpressionError(
            f"{place}: expected one of the behaviors that were sent ({known}), compared with a number"
        )
    event, when = context.behaviors[selector.key]
    done = Did(event=event, operator=_SIGNS[sign], value=float(value), when=when)
    return InCohort(cohort=Cohort(condition=done))


def _dated(sign: str, selector: Selector, when: Node, context: Context) -> Filter | None:
    value: Scalar = constant(when, context)
    if isinstance(when, Literal) and isinstance(when.value, str):
        value = when.value
    try:
        found = moment(value, context.zone)
        if found is None:
            return None
        at, later = (_written(instant) for instant in (found.start, found.start + 1))
    except (OverflowError, ValueError):
        raise ExpressionError(f"datetime({value!r}): expected a date within the years 1 to 9999") from None
    operator, values = {
        "<": (Operator.BEFORE, [at]),
        "<=": (Operator.BEFORE, [later]),
        ">": (Operator.SINCE, [later]),
        ">=": (Operator.SINCE, [at]),
        "==": (Operator.DURING, [at, at]),
        "!=": (Operator.NOT_DURING, [at, at]),
    }[sign]
    return Compare(property_of_selector(selector, context), operator, [*values])


def _written(instant: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=instant)
    return moment.isoformat(timespec="milliseconds")


def _member(left: Node, right: Node, context: Context) -> Filter | None:
    """Part of a string, item of a list, or one of some constants; None where a formula is needed."""
    if isinstance(left, Selector) and isinstance(right, Literal) and isinstance(right.value, list):
        values: list[Scalar] = right.value
        if None in values or kind_of(left, context) is not Kind.ANY:
            return None
        return Compare(property_of_selector(left, context), Operator.EQUALS, values) if values else _NEVER
    if not isinstance(left, Literal) or not isinstance(right, Selector) or kind_of(right, context) is not Kind.ANY:
        return None
    value = left.value
    if value is None or isinstance(value, (list, Undefined)):
        return None
    reference = property_of_selector(right, context)
    item = Items(reference, Compare(_ITEM, Operator.EQUALS, [value]))
    if not isinstance(value, str):
        return All([Compare(reference, Operator.IS_LIST), item])
    part = Compare(reference, Operator.CONTAINS, [value], ignore_case=False)
    return Any([All([Compare(reference, Operator.IS_STRING), part]), item])
