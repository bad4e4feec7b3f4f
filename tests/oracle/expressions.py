"""Mixpanel's expression language in plain Python: what an expression is for one event. Nothing from the product.

A tree is a constant `("value", v)`, a selector `("of", source, key)`, or `(operator or function, operand, …)`.
"""

import math
import re
from typing import Any

from tests.oracle.log import NOT_SET, instant_of, is_number, same, text_of

UNDEFINED = NOT_SET
BINDING = {
    "or": 1, "and": 2, "not": 3, "in": 4, "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5,
    "*": 6, "/": 6, "%": 6,
}  # fmt: skip


class Date:
    """A date: not a number, and not a string."""

    def __init__(self, instant: int) -> None:
        self.instant = instant


def evaluate(tree: Any, event: dict[str, Any], zone: str, now: int) -> Any:
    """A JSON value, a Date, or UNDEFINED. `event`: time in milliseconds, properties."""
    name, *operands = tree
    if name == "value":
        return operands[0]
    if name == "of":
        return _selected(operands[1], event)
    if name == "NOW":
        return now // 1000
    values = [evaluate(operand, event, zone, now) for operand in operands]
    if name == "datetime":
        at = instant_of(values[0], zone)
        return UNDEFINED if at is None else Date(at)
    if name in ("==", "!=", "<", "<=", ">", ">="):
        times = [tree[0] == "of" and tree[2] in ("time", "$time") for tree in operands]
        if any(operand[0] == "datetime" for operand in operands):
            values = [
                Date(event["time"]) if time else _as_date(value, zone)
                for value, time in zip(values, times, strict=True)
            ]
            if UNDEFINED in values and name in ("==", "!="):  # what is no date equals none
                return name == "!="
    if len(values) == 1 and name == "-":
        name = "negative"
    return OPERATORS[name](*values)


def _selected(key: str, event: dict[str, Any]) -> Any:
    if key in ("time", "$time"):
        return event["time"] // 1000
    return event["properties"].get(key, UNDEFINED)


def _as_date(value: Any, zone: str) -> Any:
    if isinstance(value, Date):
        return value
    at = instant_of(value, zone)
    return UNDEFINED if at is None else Date(at)


def _kind(value: Any) -> str:
    if is_number(value):
        return "number"
    return type(value).__name__


def equal(a: Any, b: Any) -> bool:
    if _kind(a) != _kind(b):
        return False
    if isinstance(a, Date):
        return bool(a.instant == b.instant)
    return a is b or same(a, b)


def _ordered(compare: Any) -> Any:
    def of(a: Any, b: Any) -> Any:
        if isinstance(a, Date) and isinstance(b, Date):
            return compare(a.instant, b.instant)
        if is_number(a) and is_number(b):
            return compare(float(a), float(b))
        return compare(a, b) if isinstance(a, str) and isinstance(b, str) else UNDEFINED

    return of


def _numeric(compute: Any) -> Any:
    def of(*values: Any) -> Any:
        if not all(map(is_number, values)):
            return UNDEFINED
        return compute(*map(float, values))

    return of


def _plus(a: Any, b: Any) -> Any:
    if isinstance(a, str) and isinstance(b, str):
        return a + b
    return float(a) + float(b) if is_number(a) and is_number(b) else UNDEFINED


def _member(a: Any, b: Any) -> Any:
    if isinstance(b, list):
        return any(equal(a, item) for item in b if item is not None) or (a is None and None in b and _constant(b))
    return a in b if isinstance(a, str) and isinstance(b, str) else UNDEFINED


def _constant(items: list[Any]) -> bool:
    return isinstance(items, Constants)


class Constants(list[Any]):
    """A list that stands in the expression; nulls in it count, unlike those in a property's list."""


def _not(a: Any) -> Any:
    if a is UNDEFINED:
        return True
    return not a if isinstance(a, bool) else UNDEFINED


def _number(a: Any) -> Any:
    if isinstance(a, bool):
        return 1.0 if a else 0.0
    if isinstance(a, str):
        return float(a) if re.fullmatch(r"[+-]?\d+\.?\d*([eE][+-]?\d+)?", a) else UNDEFINED
    return a if is_number(a) else UNDEFINED


def _string(a: Any) -> Any:
    if a is UNDEFINED or a is None or isinstance(a, str):
        return a
    if is_number(a):
        return written_number(a)
    return text_of(a)


def written_number(a: float) -> str:
    """As decimal text; from 1e21 on with an exponent."""
    if a == math.trunc(a) and abs(a) < 1e21:
        return str(int(a))
    return re.sub(r"e([+-])0*", lambda m: "e" + m[1].replace("+", ""), repr(float(a)))


def _boolean(a: Any) -> Any:
    if isinstance(a, bool) or is_number(a):
        return bool(a)
    return {"true": True, "false": False}.get(a, UNDEFINED) if isinstance(a, str) else UNDEFINED


def _affix(test: Any) -> Any:
    return lambda a, b: test(a.lower(), b.lower()) if isinstance(a, str) and isinstance(b, str) else UNDEFINED


def _modulo(a: float, b: float) -> Any:
    return a - b * math.trunc(a / b) if b else UNDEFINED


OPERATORS: dict[str, Any] = {
    "==": equal,
    "!=": lambda a, b: not equal(a, b),
    "<": _ordered(lambda a, b: a < b),
    "<=": _ordered(lambda a, b: a <= b),
    ">": _ordered(lambda a, b: a > b),
    ">=": _ordered(lambda a, b: a >= b),
    "+": _plus,
    "-": _numeric(lambda a, b: a - b),
    "*": _numeric(lambda a, b: a * b),
    "/": _numeric(lambda a, b: a / b if b else UNDEFINED),
    "%": _numeric(_modulo),
    "negative": _numeric(lambda a: -a),
    "floor": _numeric(math.floor),
    "ceil": _numeric(math.ceil),
    "round": _numeric(lambda a: math.floor(a + 0.5)),
    "in": _member,
    "and": lambda a, b: a is True and b is True,
    "or": lambda a, b: a is True or b is True,
    "not": _not,
    "number": _number,
    "string": _string,
    "boolean": _boolean,
    "defined": lambda a: a is not UNDEFINED and a is not None,
    "has_prefix": _affix(str.startswith),
    "has_suffix": _affix(str.endswith),
}


def written(tree: Any, around: int = 0) -> str:
    """The tree as text, with no more brackets than it needs. `around`: how tight what is around it binds."""
    name, *operands = tree
    if name == "value":
        return _constant_text(operands[0])
    if name == "of":
        return f"{operands[0]}[{_quoted(operands[1])}]"
    if name == "NOW":
        return "NOW"
    if name == "-" and len(operands) == 1:
        return f"-{written(operands[0], 7)}"
    if name not in BINDING:
        return f"{name}({', '.join(map(written, operands))})"
    binding = BINDING[name]
    if name == "not":
        text = f"not {written(operands[0], binding)}"
    else:
        text = f"{written(operands[0], binding)} {name} {written(operands[1], binding + 1)}"
    return f"({text})" if binding < around else text


def _constant_text(value: Any) -> str:
    if value is UNDEFINED:
        return "undefined"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_constant_text, value))}]"
    return _quoted(value) if isinstance(value, str) else repr(value)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
