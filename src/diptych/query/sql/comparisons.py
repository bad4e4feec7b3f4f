"""One comparison as an SQL condition: a table of operators. Every condition is true or false, never null."""

import re
from collections.abc import Callable

from diptych.query.dates import Moment, moment
from diptych.query.parts import Compare, InvalidQuestion, Operator, Scalar
from diptych.query.sql import properties as p
from diptych.query.values import one_spelling
from diptych.store.sql import Bound, Sql, join, sql

MOST_PATTERN = 1_000
_ORDER = {
    Operator.LESS: "<",
    Operator.LESS_OR_EQUAL: "<=",
    Operator.GREATER: ">",
    Operator.GREATER_OR_EQUAL: ">=",
}
_OPPOSITES = {
    Operator.NOT_EQUALS: Operator.EQUALS,
    Operator.NOT_BETWEEN: Operator.BETWEEN,
    Operator.NOT_CONTAINS: Operator.CONTAINS,
    Operator.NOT_STARTS_WITH: Operator.STARTS_WITH,
    Operator.NOT_ENDS_WITH: Operator.ENDS_WITH,
    Operator.NOT_GLOB: Operator.GLOB,
    Operator.NOT_MATCHES: Operator.MATCHES,
    Operator.NOT_SET: Operator.IS_SET,
    Operator.NOT_EMPTY: Operator.EMPTY,
    Operator.NOT_SET_IS: Operator.SET_IS,
    Operator.NOT_SET_CONTAINS: Operator.SET_CONTAINS,
    Operator.NOT_ON: Operator.ON,
    Operator.NOT_DURING: Operator.DURING,
    Operator.NOT_IN_LAST: Operator.IN_LAST,
    Operator.NOT_IN_NEXT: Operator.IN_NEXT,
}
_CASELESS = {Operator.CONTAINS, Operator.STARTS_WITH, Operator.ENDS_WITH}


def comparison(node: Compare, value: Sql, zone: str) -> Sql:
    """The condition on `value`, the canonical JSON text of the property. Raises InvalidQuestion.

    Args:
        node: what is compared with what.
        value: SQL for the canonical JSON text; empty when not set.
        zone: of dates that do not say theirs.
    """
    if node.operator in _OPPOSITES:
        return sql("NOT {positive}", positive=_POSITIVE[_OPPOSITES[node.operator]](node, value, zone))
    return _POSITIVE[node.operator](node, value, zone)


def holds_when_not_set(node: Compare) -> bool:
    """Whether the comparison is true of a property that is not set."""
    opposite = _OPPOSITES.get(node.operator)
    operator = opposite or node.operator
    holds = operator is Operator.EMPTY or (operator is Operator.EQUALS and None in node.values)
    return not holds if opposite else holds


def _ignores_case(node: Compare) -> bool:
    return (
        node.ignore_case if node.ignore_case is not None else _OPPOSITES.get(node.operator, node.operator) in _CASELESS
    )


def _equals(node: Compare, value: Sql, zone: str) -> Sql:
    wanted = [item for item in _values(node) if item is not None]
    found = p.text_form(value) if node.as_text else p.normal(value)
    texts = [_as_text(item) if node.as_text else one_spelling(item) for item in wanted]
    if _ignores_case(node):
        found = sql("lowerUTF8({found})", found=found)
        texts = [text.lower() for text in texts]
    parts = []
    if texts:
        match = sql("{found} IN {texts}", found=found, texts=Bound(texts, "Array(String)"))
        # The text "" and "not set" look alike in text form.
        parts.append(sql("({match} AND {set})", match=match, set=p.is_set(value)))
    if None in node.values:
        parts.append(sql("NOT ({set})", set=p.is_set(value)))
    return sql("({parts})", parts=join(" OR ", parts))


def _ordered(node: Compare, value: Sql, zone: str) -> Sql:
    (limit,) = _exactly(node, 1)
    return _order(node, value, _ORDER[node.operator], limit)


def _between(node: Compare, value: Sql, zone: str) -> Sql:
    low, high = _exactly(node, 2)
    return sql("({low} AND {high})", low=_order(node, value, ">=", low), high=_order(node, value, "<=", high))


def _order(node: Compare, value: Sql, operator: str, limit: Scalar) -> Sql:
    """Numbers with a number; strings with a string; anything else is false."""
    if isinstance(limit, str) and (as_number := _number_in(limit) if node.as_text else None) is not None:
        limit = as_number
    if isinstance(limit, (int, float)) and not isinstance(limit, bool):
        found = p.number(p.text_form(value) if node.as_text else value)
        template = "ifNull({found} {operator} {limit}, false)"
        return sql(template, found=found, operator=Sql(operator), limit=Bound(float(limit), "Float64"))
    if isinstance(limit, str):
        template = "(startsWith({value}, '\"') AND {found} {operator} {limit})"
        return sql(
            template, value=value, found=p.text_form(value), operator=Sql(operator), limit=Bound(limit, "String")
        )
    raise InvalidQuestion("filter.values", f"numbers or strings for {node.operator}")


def _text(template: str) -> Callable[[Compare, Sql, str], Sql]:
    """An operator on text forms, true when it is for one of the values. Without case both sides are in lower case."""

    def condition(node: Compare, value: Sql, zone: str) -> Sql:
        found = p.text_form(value)
        if _ignores_case(node):
            found = sql("lowerUTF8({found})", found=found)
        parts = [
            sql(template, found=found, text=sql("lowerUTF8({t})", t=text) if _ignores_case(node) else text)
            for text in (Bound(item, "String") for item in _strings(node))
        ]
        return sql("({set} AND ({parts}))", set=p.is_set(value), parts=join(" OR ", parts))

    return condition


def _pattern(node: Compare, value: Sql, patterns: list[str]) -> Sql:
    flags = "(?is)" if _ignores_case(node) else "(?s)"
    parts = [
        sql("match({found}, {pattern})", found=p.text_form(value), pattern=Bound(flags + pattern, "String"))
        for pattern in patterns
    ]
    return sql("({set} AND ({parts}))", set=p.is_set(value), parts=join(" OR ", parts))


def _matches(node: Compare, value: Sql, zone: str) -> Sql:
    return _pattern(node, value, [f"(?:{pattern})" for pattern in _strings(node)])


def _glob(node: Compare, value: Sql, zone: str) -> Sql:
    return _pattern(node, value, [f"^{_expression(glob)}$" for glob in _strings(node)])


def _expression(glob: str) -> str:
    wild = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(wild.get(part) or re.escape(part) for part in re.split(r"(\*\*|\*|\?)", glob))


def _is_set(node: Compare, value: Sql, zone: str) -> Sql:
    return sql("({set})", set=p.is_set(value))


def _fixed(template: str) -> Callable[[Compare, Sql, str], Sql]:
    """An operator without values."""
    return lambda node, value, zone: sql(template, value=value)


def _is_date(node: Compare, value: Sql, zone: str) -> Sql:
    return sql("(startsWith({value}, '\"') AND isNotNull({time}))", value=value, time=p.instant(value, zone))


def _set(template: str) -> Callable[[Compare, Sql, str], Sql]:
    """An operator on the set of a list's items."""

    def condition(node: Compare, value: Sql, zone: str) -> Sql:
        texts = [_as_text(item) if node.as_text else one_spelling(item) for item in node.values if item is not None]
        each = p.text_form(Sql("x")) if node.as_text else p.normal(Sql("x"))
        found = sql("arrayMap(x -> {each}, {items})", each=each, items=p.elements(value))
        return sql(template, found=found, texts=Bound(texts, "Array(String)"))

    return condition


def _dates(template: str, count: int | None = 1) -> Callable[[Compare, Sql, str], Sql]:
    """An operator on dates: `start` and `end` are the value's, milliseconds with the end excluded."""

    def condition(node: Compare, value: Sql, zone: str) -> Sql:
        wanted = [_moment(item, zone) for item in (_values(node) if count is None else _exactly(node, count))]
        found = p.instant(value, zone)
        if count is None:
            parts = [_filled("{time} >= {start} AND {time} < {end}", found, one, one) for one in wanted]
            return sql("({parts})", parts=join(" OR ", [sql("ifNull({part}, false)", part=part) for part in parts]))
        return sql("ifNull({part}, false)", part=_filled(template, found, wanted[0], wanted[-1]))

    return condition


def _filled(template: str, time: Sql, first: Moment, last: Moment) -> Sql:
    parts: dict[str, Sql | Bound] = {
        "time": time,
        "start": Bound(first.start, "Int64"),
        "end": Bound(last.end, "Int64"),
    }
    return sql(template, **{name: part for name, part in parts.items() if f"{{{name}}}" in template})


def _moment(value: Scalar, zone: str) -> Moment:
    found = moment(value, zone)
    if found is None:
        raise InvalidQuestion("filter.values", f"a date such as 2026-01-31 or 2026-01-31T12:00:00Z, not {value!r}")
    return found


def _relative(node: Compare, value: Sql, zone: str) -> Sql:
    # `query/relative.py` has put instants in their place before.
    raise InvalidQuestion("filter.operator", f"no {node.operator} here")


_POSITIVE: dict[Operator, Callable[[Compare, Sql, str], Sql]] = {
    Operator.EQUALS: _equals,
    Operator.LESS: _ordered,
    Operator.LESS_OR_EQUAL: _ordered,
    Operator.GREATER: _ordered,
    Operator.GREATER_OR_EQUAL: _ordered,
    Operator.BETWEEN: _between,
    Operator.CONTAINS: _text("position({found}, {text}) > 0"),
    Operator.STARTS_WITH: _text("startsWith({found}, {text})"),
    Operator.ENDS_WITH: _text("endsWith({found}, {text})"),
    Operator.GLOB: _glob,
    Operator.MATCHES: _matches,
    Operator.IS_SET: _is_set,
    Operator.EMPTY: _fixed("({value} IN ('', 'null', '\"\"', '[]', '{}'))"),
    Operator.IS_NUMBER: _fixed("match({value}, '^-?[0-9]')"),
    Operator.IS_STRING: _fixed("startsWith({value}, '\"')"),
    Operator.IS_BOOLEAN: _fixed("({value} IN ('true', 'false'))"),
    Operator.IS_LIST: _fixed("startsWith({value}, '[')"),
    Operator.IS_OBJECT: _fixed("startsWith({value}, '{')"),
    Operator.IS_DATE: _is_date,
    Operator.SET_IS: _set("(hasAll({texts}, {found}) AND hasAll({found}, {texts}))"),
    Operator.SET_CONTAINS: _set("hasAll({found}, {texts})"),
    Operator.BEFORE: _dates("{time} < {start}"),
    Operator.AFTER: _dates("{time} >= {end}"),
    Operator.SINCE: _dates("{time} >= {start}"),
    Operator.ON: _dates("", None),
    Operator.DURING: _dates("{time} >= {start} AND {time} < {end}", 2),
    Operator.IN_LAST: _relative,
    Operator.IN_NEXT: _relative,
}


def _values(node: Compare) -> list[Scalar]:
    if not node.values:
        raise InvalidQuestion("filter.values", f"at least one value for {node.operator}")
    return node.values


def _exactly(node: Compare, count: int) -> list[Scalar]:
    if len(node.values) != count:
        expected = "exactly one value" if count == 1 else f"exactly {count} values"
        raise InvalidQuestion("filter.values", f"{expected} for {node.operator}")
    return node.values


def _strings(node: Compare) -> list[str]:
    found = [item for item in _values(node) if isinstance(item, str)]
    if len(found) != len(node.values):
        raise InvalidQuestion("filter.values", f"strings for {node.operator}")
    if any(len(item) > MOST_PATTERN for item in found):
        raise InvalidQuestion("filter.values", f"at most {MOST_PATTERN} characters for {node.operator}")
    return found


def _number_in(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _as_text(value: Scalar) -> str:
    return value if isinstance(value, str) else one_spelling(value)
