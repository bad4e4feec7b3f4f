"""Formulas of derived properties as SQL. What cannot be computed is not set, as for a property."""

from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import NamedTuple

from diptych.query.parts import Call, Expression, Function, InvalidQuestion, Literal, PropertyValue
from diptych.query.sql import properties as p
from diptych.query.sql.filters import ValueOf
from diptych.store.sql import Bound, Sql, join, sql


class Kind(Enum):
    """What a piece of SQL yields. All but JSON are nullable; null is "not set"."""

    JSON = auto()
    NUMBER = auto()
    TEXT = auto()
    TRUTH = auto()


class Typed(NamedTuple):
    """SQL and what it yields."""

    sql: Sql
    kind: Kind


MOST_NODES = 200
_UNITS = {"second": 1_000, "minute": 60_000, "hour": 3_600_000, "day": 86_400_000, "week": 604_800_000}
_PARTS = {
    "year": "toYear",
    "quarter": "toQuarter",
    "month": "toMonth",
    "day": "toDayOfMonth",
    "weekday": "toDayOfWeek",
    "hour": "toHour",
    "minute": "toMinute",
}


def derived(expression: Expression, value_of: ValueOf, zone: str) -> Sql:
    """Canonical JSON text of a formula's value; empty when not set. Raises InvalidQuestion.

    Functions use their arguments several times, and the engine writes out what an alias or a column of a subquery
    stands for: without the lambdas, which it does not look into, a formula would double at every level.

    Args:
        expression: the formula.
        value_of: SQL for the canonical JSON text of a property.
        zone: of dates that do not say theirs, and of parts of dates.
    """
    if _size(expression) > MOST_NODES:
        raise InvalidQuestion("property.formula", f"at most {MOST_NODES} parts")
    compiler = _Compiler(value_of, zone)
    value = _json(compiler.typed(expression)[0])
    for number, step in reversed(list(enumerate(compiler.steps))):
        names = join(", ", [Sql(f"f{number}_{position}") for position in range(len(step))])
        values = join(", ", [sql("[{value}]", value=one) for one in step])
        value = sql("arrayMap(({names}) -> {value}, {values})[1]", names=names, value=value, values=values)
    return value


def _size(expression: Expression) -> int:
    return 1 + sum(map(_size, expression.arguments)) if isinstance(expression, Call) else 1


class _Compiler:
    """`steps`: the values that are computed from each other, those that need nothing first."""

    def __init__(self, value_of: ValueOf, zone: str) -> None:
        self._value_of = value_of
        self._zone = zone
        self.steps: list[list[Sql]] = []

    def typed(self, expression: Expression) -> tuple[Typed, int]:
        """What the expression yields, and after how many steps it is there."""
        if isinstance(expression, Literal):
            return _literal(expression.value), 0
        if isinstance(expression, PropertyValue):
            return self._named(Typed(self._value_of(expression.property), Kind.JSON), 0)
        arguments = [self.typed(argument) for argument in expression.arguments]
        after = max((step for _, step in arguments), default=0)
        return self._named(self._called(expression, [one for one, _ in arguments]), after)

    def _named(self, one: Typed, step: int) -> tuple[Typed, int]:
        if step == len(self.steps):
            self.steps.append([])
        name = Sql(f"f{step}_{len(self.steps[step])}")
        self.steps[step].append(one.sql)
        return Typed(name, one.kind), step + 1

    def _called(self, expression: Call, arguments: list[Typed]) -> Typed:
        match expression.function:
            case Function.DATE_PART:
                return self._date_part(expression.arguments, arguments)
            case Function.DATE_DIFFERENCE:
                return self._date_difference(expression.arguments, arguments)
            case Function.INSTANT:
                _require_count(Function.INSTANT, arguments, 1, 1)
                return Typed(sql("toFloat64({time})", time=self._instant(arguments[0])), Kind.NUMBER)
        least, most, build = _FUNCTIONS[expression.function]
        _require_count(expression.function, arguments, least, most)
        return build(arguments)

    def _date_part(self, given: Sequence[Expression], arguments: list[Typed]) -> Typed:
        _require_count(Function.DATE_PART, arguments, 2, 2)
        part = _word(given[0], _PARTS, Function.DATE_PART)
        time = sql(
            "fromUnixTimestamp64Milli({time}, {zone})",
            time=self._instant(arguments[1]),
            zone=Bound(self._zone, "String"),
        )
        return Typed(sql("toFloat64({part}({time}))", part=Sql(_PARTS[part]), time=time), Kind.NUMBER)

    def _date_difference(self, given: Sequence[Expression], arguments: list[Typed]) -> Typed:
        _require_count(Function.DATE_DIFFERENCE, arguments, 3, 3)
        unit = _word(given[0], _UNITS, Function.DATE_DIFFERENCE)
        template = "trunc(toFloat64({end} - {start}) / {unit})"
        start, end = self._instant(arguments[1]), self._instant(arguments[2])
        return Typed(sql(template, start=start, end=end, unit=Bound(_UNITS[unit], "Int64")), Kind.NUMBER)

    def _instant(self, argument: Typed) -> Sql:
        return p.instant(_json(argument), self._zone)


def _require_count(function: Function, arguments: Sequence[Typed], least: int, most: int) -> None:
    if not least <= len(arguments) <= most:
        expected = str(least) if least == most else f"{least} to {most}"
        raise InvalidQuestion("property.formula.arguments", f"{expected} for {function}, not {len(arguments)}")


def _word(argument: Expression, known: dict[str, object] | dict[str, int] | dict[str, str], function: Function) -> str:
    if isinstance(argument, Literal) and isinstance(argument.value, str) and argument.value in known:
        return argument.value
    raise InvalidQuestion("property.formula.arguments", f"one of {', '.join(known)} first for {function}")


def _literal(value: object) -> Typed:
    if value is None:
        return Typed(Sql("''"), Kind.JSON)
    if isinstance(value, bool):
        return Typed(Sql("toNullable(true)" if value else "toNullable(false)"), Kind.TRUTH)
    if isinstance(value, (int, float)):
        return Typed(sql("toNullable({n})", n=Bound(float(value), "Float64")), Kind.NUMBER)
    return Typed(sql("toNullable({t})", t=Bound(str(value), "String")), Kind.TEXT)


def _json(one: Typed) -> Sql:
    """As canonical JSON text."""
    match one.kind:
        case Kind.JSON:
            return p.normal(one.sql)
        case Kind.NUMBER:
            # Not a number and infinity are no JSON; minus zero is zero.
            return sql("if(ifNull(isFinite({v}), false), toString(assumeNotNull({v}) + 0), '')", v=one.sql)
        case Kind.TEXT:
            return sql(
                "if(isNull({v}), '', {quoted})", v=one.sql, quoted=p.as_json(sql("assumeNotNull({v})", v=one.sql))
            )
        case Kind.TRUTH:
            return sql("multiIf(isNull({v}), '', assumeNotNull({v}), 'true', 'false')", v=one.sql)


def _number(one: Typed) -> Sql:
    """As a number, if it is one."""
    match one.kind:
        case Kind.NUMBER:
            return one.sql
        case Kind.JSON:
            return sql("if(match({v}, '^-?[0-9]'), {n}, NULL)", v=one.sql, n=p.number(one.sql))
        case _:
            return Sql("CAST(NULL, 'Nullable(Float64)')")


def _text(one: Typed) -> Sql:
    """As a text, if it is one."""
    match one.kind:
        case Kind.TEXT:
            return one.sql
        case Kind.JSON:
            return sql("if(startsWith({v}, '\"'), {t}, NULL)", v=one.sql, t=p.text_form(one.sql))
        case _:
            return Sql("CAST(NULL, 'Nullable(String)')")


def _truth(one: Typed) -> Sql:
    """As true or false, if it is one of them."""
    match one.kind:
        case Kind.TRUTH:
            return one.sql
        case Kind.JSON:
            return sql("multiIf({v} = 'true', true, {v} = 'false', false, NULL)", v=one.sql)
        case _:
            return Sql("CAST(NULL, 'Nullable(Bool)')")


def _string_form(one: Typed) -> Sql:
    """The cast to a text: null only when not set."""
    if one.kind is Kind.TEXT:
        return one.sql
    json = _json(one)
    return sql("if({v} = '', NULL, {t})", v=json, t=p.text_form(json))


Build = Callable[[list[Typed]], Typed]


def _of_numbers(template: str) -> Build:
    """A function of numbers: places {a}, {b}."""

    def build(arguments: list[Typed]) -> Typed:
        parts = dict(zip("abc", map(_number, arguments), strict=False))
        return Typed(sql(template, **parts), Kind.NUMBER)

    return build


def _of_texts(template: str, kind: Kind, *kinds: Callable[[Typed], Sql]) -> Build:
    """A function of texts; `kinds` say how the arguments behind the first are read."""

    def build(arguments: list[Typed]) -> Typed:
        readers = (_text, *(kinds or (_text, _text)))
        parts = dict(zip("abc", [read(one) for read, one in zip(readers, arguments, strict=False)], strict=False))
        return Typed(sql(template, **parts), kind)

    return build


def _folded(operator: str) -> Build:
    def build(arguments: list[Typed]) -> Typed:
        return Typed(sql("({all})", all=join(operator, map(_number, arguments))), Kind.NUMBER)

    return build


def _extreme(name: str) -> Build:
    """Of those arguments that are numbers."""

    def build(arguments: list[Typed]) -> Typed:
        listed = sql("arrayFilter(x -> isNotNull(x), [{all}])", all=join(", ", map(_number, arguments)))
        template = "if(empty({l}), NULL, {name}({l}))"
        return Typed(sql(template, l=listed, name=Sql(name)), Kind.NUMBER)

    return build


def _equal(negated: bool) -> Build:
    def build(arguments: list[Typed]) -> Typed:
        a, b = map(_json, arguments)
        template = "toNullable(NOT ({a} = {b} AND {a} != ''))" if negated else "toNullable({a} = {b} AND {a} != '')"
        return Typed(sql(template, a=a, b=b), Kind.TRUTH)

    return build


def _ordering(operator: str) -> Build:
    """Numbers with numbers, texts with texts; not set for anything else."""

    def build(arguments: list[Typed]) -> Typed:
        template = "coalesce({na} {o} {nb}, {ta} {o} {tb})"
        na, nb = map(_number, arguments)
        ta, tb = map(_text, arguments)
        return Typed(sql(template, na=na, nb=nb, ta=ta, tb=tb, o=Sql(operator)), Kind.TRUTH)

    return build


def _logical(operator: str) -> Build:
    """What is not true counts as false."""

    def build(arguments: list[Typed]) -> Typed:
        parts = [sql("ifNull({t}, false)", t=_truth(one)) for one in arguments]
        return Typed(sql("toNullable(({all}) = 1)", all=join(operator, parts)), Kind.TRUTH)

    return build


def _not(arguments: list[Typed]) -> Typed:
    return Typed(sql("toNullable(NOT ifNull({t}, false))", t=_truth(arguments[0])), Kind.TRUTH)


def _defined(arguments: list[Typed]) -> Typed:
    return Typed(sql("toNullable({v} != '')", v=_json(arguments[0])), Kind.TRUTH)


def _if(arguments: list[Typed]) -> Typed:
    condition, yes, no = arguments
    template = "if(ifNull({c}, false), {yes}, {no})"
    return Typed(sql(template, c=_truth(condition), yes=_json(yes), no=_json(no)), Kind.JSON)


def _coalesce(arguments: list[Typed]) -> Typed:
    found = _json(arguments[-1])
    for one in reversed(arguments[:-1]):
        found = sql("if({v} != '', {v}, {rest})", v=_json(one), rest=found)
    return Typed(found, Kind.JSON)


def _concat(arguments: list[Typed]) -> Typed:
    return Typed(sql("concat({all})", all=join(", ", map(_string_form, arguments))), Kind.TEXT)


def _to_number(arguments: list[Typed]) -> Typed:
    """Numbers stay, decimal texts are read, true is 1 and false 0."""
    json = _json(arguments[0])
    template = "multiIf({v} = 'true', 1., {v} = 'false', 0., {n})"
    text = p.text_form(json)
    read = sql("if(match({t}, '^[+-]?[0-9]+[.]?[0-9]*([eE][+-]?[0-9]+)?$'), toFloat64OrNull({t}), NULL)", t=text)
    return Typed(sql(template, v=json, n=read), Kind.NUMBER)


def _to_string(arguments: list[Typed]) -> Typed:
    return Typed(_string_form(arguments[0]), Kind.TEXT)


def _to_boolean(arguments: list[Typed]) -> Typed:
    """The texts true and false, and numbers: all but 0 are true."""
    json = _json(arguments[0])
    template = "multiIf({v} IN ('true', '\"true\"'), true, {v} IN ('false', '\"false\"'), false, {n} != 0)"
    return Typed(sql(template, v=json, n=_number(Typed(json, Kind.JSON))), Kind.TRUTH)


_TYPE = """multiIf({v} = '', 'undefined', {v} = 'null', 'null', {v} IN ('true', 'false'), 'boolean',
    startsWith({v}, '"'), 'string', startsWith({v}, '['), 'list', startsWith({v}, '{'), 'object', 'number')"""


def _type(arguments: list[Typed]) -> Typed:
    """The one function that tells null from absent."""
    (one,) = arguments
    raw = one.sql if one.kind is Kind.JSON else _json(one)
    return Typed(sql("toNullable({type})", type=sql(_TYPE, v=raw)), Kind.TEXT)


def _has_item(arguments: list[Typed]) -> Typed:
    listed, value = map(_json, arguments)
    items = sql("arrayMap(x -> {one}, {items})", one=p.normal(Sql("x")), items=p.elements(listed))
    return Typed(sql("toNullable({v} != '' AND has({items}, {v}))", v=value, items=items), Kind.TRUTH)


def _constant_pattern(template: str, kind: Kind) -> Build:
    def build(arguments: list[Typed]) -> Typed:
        text, pattern = arguments
        if pattern.kind is not Kind.TEXT or "toNullable" not in pattern.sql.text:
            raise InvalidQuestion("property.formula.arguments", "a literal regular expression second")
        bound = sql("assumeNotNull({p})", p=pattern.sql)
        return Typed(sql(template, a=_text(text), b=bound), kind)

    return build


_FUNCTIONS: dict[Function, tuple[int, int, Build]] = {
    Function.ADD: (2, 20, _folded(" + ")),
    Function.SUBTRACT: (2, 2, _folded(" - ")),
    Function.MULTIPLY: (2, 20, _folded(" * ")),
    Function.DIVIDE: (2, 2, _of_numbers("({a} / nullIf({b}, 0))")),
    Function.MODULO: (2, 2, _of_numbers("({a} - {b} * trunc({a} / nullIf({b}, 0)))")),
    Function.NEGATE: (1, 1, _of_numbers("(0 - {a})")),
    Function.FLOOR: (1, 1, _of_numbers("floor({a})")),
    Function.CEIL: (1, 1, _of_numbers("ceil({a})")),
    Function.ROUND: (1, 1, _of_numbers("floor({a} + 0.5)")),
    Function.ABS: (1, 1, _of_numbers("abs({a})")),
    Function.MIN: (1, 20, _extreme("arrayMin")),
    Function.MAX: (1, 20, _extreme("arrayMax")),
    Function.EQUAL: (2, 2, _equal(False)),
    Function.NOT_EQUAL: (2, 2, _equal(True)),
    Function.LESS: (2, 2, _ordering("<")),
    Function.LESS_OR_EQUAL: (2, 2, _ordering("<=")),
    Function.GREATER: (2, 2, _ordering(">")),
    Function.GREATER_OR_EQUAL: (2, 2, _ordering(">=")),
    Function.AND: (1, 20, _logical(" AND ")),
    Function.OR: (1, 20, _logical(" OR ")),
    Function.NOT: (1, 1, _not),
    Function.DEFINED: (1, 1, _defined),
    Function.IF: (3, 3, _if),
    Function.COALESCE: (1, 20, _coalesce),
    Function.CONCAT: (1, 20, _concat),
    Function.UPPER: (1, 1, _of_texts("upperUTF8({a})", Kind.TEXT)),
    Function.LOWER: (1, 1, _of_texts("lowerUTF8({a})", Kind.TEXT)),
    Function.TRIM: (1, 1, _of_texts("trimBoth({a})", Kind.TEXT)),
    Function.LENGTH: (1, 1, _of_texts("toFloat64(lengthUTF8({a}))", Kind.NUMBER)),
    Function.LEFT: (2, 2, _of_texts("leftUTF8({a}, toUInt32(greatest({b}, 0)))", Kind.TEXT, _number)),
    Function.RIGHT: (2, 2, _of_texts("rightUTF8({a}, toUInt32(greatest({b}, 0)))", Kind.TEXT, _number)),
    Function.MID: (
        3,
        3,
        _of_texts(
            "substringUTF8({a}, toUInt32(greatest({b}, 1)), toUInt32(greatest({c}, 0)))", Kind.TEXT, _number, _number
        ),
    ),
    Function.SPLIT: (
        3,
        3,
        _of_texts(
            "nullIf(splitByString(assumeNotNull({b}), assumeNotNull({a}))[toUInt32(greatest({c}, 1))], '')",
            Kind.TEXT,
            _text,
            _number,
        ),
    ),
    Function.REPLACE: (3, 3, _of_texts("replaceAll({a}, {b}, {c})", Kind.TEXT)),
    Function.CONTAINS: (2, 2, _of_texts("(position({a}, {b}) > 0)", Kind.TRUTH)),
    Function.STARTS_WITH: (2, 2, _of_texts("(startsWith({a}, {b}) = 1)", Kind.TRUTH)),
    Function.ENDS_WITH: (2, 2, _of_texts("(endsWith({a}, {b}) = 1)", Kind.TRUTH)),
    Function.REGEX_MATCH: (2, 2, _constant_pattern("(match({a}, {b}) = 1)", Kind.TRUTH)),
    Function.REGEX_EXTRACT: (2, 2, _constant_pattern("nullIf(extract({a}, {b}), '')", Kind.TEXT)),
    Function.NUMBER: (1, 1, _to_number),
    Function.STRING: (1, 1, _to_string),
    Function.BOOLEAN: (1, 1, _to_boolean),
    Function.TYPE: (1, 1, _type),
    Function.HAS_ITEM: (2, 2, _has_item),
}
