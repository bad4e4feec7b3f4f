"""Filter trees as SQL conditions. Every condition is true or false, never null."""

from collections.abc import Callable

from diptych.model.jsontext import dump
from diptych.query.parts import All, Any, Compare, Filter, InvalidQuestion, Not, Operator, Scalar
from diptych.query.sql import properties as p
from diptych.store.sql import Bound, Sql, join, sql

TRUE = Sql("true")
_ORDER = {
    Operator.LESS: "<",
    Operator.LESS_OR_EQUAL: "<=",
    Operator.GREATER: ">",
    Operator.GREATER_OR_EQUAL: ">=",
}


def condition(node: Filter | None) -> Sql:
    """The condition on a row of `events`. Raises InvalidQuestion."""
    match node:
        case None:
            return TRUE
        case All(filters=[]):
            return TRUE
        case Any(filters=[]):
            return Sql("false")
        case All(filters=filters):
            return sql("({parts})", parts=join(" AND ", map(condition, filters)))
        case Any(filters=filters):
            return sql("({parts})", parts=join(" OR ", map(condition, filters)))
        case Not(filter=inner):
            return sql("NOT {inner}", inner=condition(inner))
        case Compare():
            return _COMPARISONS[node.operator](node, p.json_text(node.property))


def _equals(node: Compare, value: Sql) -> Sql:
    wanted = [item for item in _values(node) if item is not None]
    found = p.text_form(value) if node.as_text else p.normal(value)
    texts = [_as_text(item) if node.as_text else _one_spelling(item) for item in wanted]
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


def _one_spelling(value: Scalar) -> str:
    """As `properties.normal` spells it in SQL."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return dump(value)


def _as_text(value: Scalar) -> str:
    return value if isinstance(value, str) else _one_spelling(value)
