"""Filter trees as SQL conditions. Every condition is true or false, never null."""

from collections.abc import Callable

from diptych.query.parts import All, Any, Compare, Filter, InvalidQuestion, Not, Operator, Property, Scalar
from diptych.query.sql import properties as p
from diptych.query.values import one_spelling
from diptych.store.sql import Bound, Sql, join, sql

TRUE = Sql("true")
_ORDER = {
    Operator.LESS: "<",
    Operator.LESS_OR_EQUAL: "<=",
    Operator.GREATER: ">",
    Operator.GREATER_OR_EQUAL: ">=",
}


ValueOf = Callable[[Property], Sql]


def condition(node: Filter | None, value_of: ValueOf) -> Sql:
    """The condition on a row; `value_of` gives the canonical JSON text of a property there. Raises InvalidQuestion."""

    def inner(part: Filter) -> Sql:
        return condition(part, value_of)

    match node:
        case None:
            return TRUE
        case All(filters=[]):
            return TRUE
        case Any(filters=[]):
            return Sql("false")
        case All(filters=filters):
            return sql("({parts})", parts=join(" AND ", map(inner, filters)))
        case Any(filters=filters):
            return sql("({parts})", parts=join(" OR ", map(inner, filters)))
        case Not(filter=negated):
            return sql("NOT {inner}", inner=inner(negated))
        case Compare():
            return _COMPARISONS[node.operator](node, value_of(node.property))


def holds_when_not_set(node: Compare) -> bool:
    """Whether the comparison is true of a property that is not set."""
    match node.operator:
        case Operator.EQUALS:
            return None in node.values
        case Operator.NOT_EQUALS:
            return None not in node.values
        case Operator.NOT_SET | Operator.NOT_CONTAINS:
            return True
        case _:
            return False


def _equals(node: Compare, value: Sql) -> Sql:
    wanted = [item for item in _values(node) if item is not None]
    found = p.text_form(value) if node.as_text else p.normal(value)
    texts = [_as_text(item) if node.as_text else one_spelling(item) for item in wanted]
    parts = []
    if texts:
        match = sql("{found} IN {texts}", found=found, texts=Bound(texts, "Array(String)"))
        # The text "" and "not set" look alike in text form.
        parts.append(sql("({match} AND {set})", match=match, set=p.is_set(value)))
    if None in node.values:
        parts.append(sql("NOT ({set})", set=p.is_set(value)))
    return sql("({parts})", parts=join(" OR ", parts))


def _not_equals(node: Compare, value: Sql) -> Sql:
    return sql("NOT {equals}", equals=_equals(node, value))


def _ordered(node: Compare, value: Sql) -> Sql:
    """Numbers with a number; strings with a string; anything else is false."""
    operator = Sql(_ORDER[node.operator])
    limit = _single(node)
    if isinstance(limit, str) and (as_number := _number_in(limit) if node.as_text else None) is not None:
        limit = as_number
    if isinstance(limit, (int, float)) and not isinstance(limit, bool):
        found = p.number(p.text_form(value) if node.as_text else value)
        template = "ifNull({found} {operator} {limit}, false)"
        return sql(template, found=found, operator=operator, limit=Bound(float(limit), "Float64"))
    if isinstance(limit, str):
        template = "(startsWith({value}, '\"') AND {found} {operator} {limit})"
        return sql(template, value=value, found=p.text_form(value), operator=operator, limit=Bound(limit, "String"))
    raise InvalidQuestion("filter.values", "one number or one string for an ordering")


def _contains(node: Compare, value: Sql) -> Sql:
    wanted = _values(node)
    if not all(isinstance(item, str) for item in wanted):
        raise InvalidQuestion("filter.values", f"strings for {node.operator}")
    found = p.text_form(value)
    parts = [
        sql("positionCaseInsensitiveUTF8({found}, {text}) > 0", found=found, text=Bound(item, "String"))
        for item in wanted
    ]
    return sql("({set} AND ({parts}))", set=p.is_set(value), parts=join(" OR ", parts))


def _not_contains(node: Compare, value: Sql) -> Sql:
    return sql("NOT {contains}", contains=_contains(node, value))


def _is_set(node: Compare, value: Sql) -> Sql:
    return sql("({set})", set=p.is_set(value))


def _not_set(node: Compare, value: Sql) -> Sql:
    return sql("NOT ({set})", set=p.is_set(value))


_COMPARISONS: dict[Operator, Callable[[Compare, Sql], Sql]] = {
    Operator.EQUALS: _equals,
    Operator.NOT_EQUALS: _not_equals,
    Operator.LESS: _ordered,
    Operator.LESS_OR_EQUAL: _ordered,
    Operator.GREATER: _ordered,
    Operator.GREATER_OR_EQUAL: _ordered,
    Operator.CONTAINS: _contains,
    Operator.NOT_CONTAINS: _not_contains,
    Operator.IS_SET: _is_set,
    Operator.NOT_SET: _not_set,
}


def _values(node: Compare) -> list[Scalar]:
    if not node.values:
        raise InvalidQuestion("filter.values", f"at least one value for {node.operator}")
    return node.values


def _single(node: Compare) -> Scalar:
    if len(node.values) != 1:
        raise InvalidQuestion("filter.values", f"exactly one value for {node.operator}")
    return node.values[0]


def _number_in(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _as_text(value: Scalar) -> str:
    return value if isinstance(value, str) else one_spelling(value)
