"""Formulas over metrics: `A / B * 100`, `ROLLAVG(A, 7)`. A grammar of a page, and nothing that runs code."""

import math
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from diptych.query.parts import InvalidQuestion

Value = float | None
Line = list[Value]
_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z][A-Za-z_]*\d*)|(.))")
_METRIC = re.compile(r"([A-Z])(\d*)")
MOST_DEPTH = 50


class Letter(NamedTuple):
    """A metric by position, and its segment: None is the one that the formula is computed for."""

    metric: int
    segment: int | None


class Constant(NamedTuple):
    """A number."""

    value: float


class Apply(NamedTuple):
    """A function or operator of other parts."""

    function: str
    arguments: "tuple[Formula, ...]"


Formula = Letter | Constant | Apply


class Points(NamedTuple):
    """A value over the whole range, and one per interval."""

    overall: Value
    line: Line


def parse(text: str) -> Formula:
    """The formula. Raises InvalidQuestion with the place that is wrong."""
    parser = _Parser(text)
    found = parser.sum(0)
    if parser.next is not None:
        raise parser.wrong("an operator or the end")
    return found


def letters(formula: Formula) -> list[Letter]:
    """The metrics that a formula needs, each once, in order."""
    match formula:
        case Letter():
            return [formula]
        case Apply(arguments=arguments):
            return list(dict.fromkeys(one for part in arguments for one in letters(part)))
    return []


def evaluate(formula: Formula, given: Callable[[Letter], Points], intervals: int) -> Points:
    """The formula's values; null wherever something in it is null or cannot be computed."""
    match formula:
        case Letter():
            return given(formula)
        case Constant(value=value):
            return Points(value, [value] * intervals)
        case Apply(function="CUMSUM", arguments=(inner,)):
            found = evaluate(inner, given, intervals)
            return Points(found.overall, _running(found.line))
        case Apply(function="ROLLAVG", arguments=(inner, Constant(value=count))):
            found = evaluate(inner, given, intervals)
            return Points(found.overall, rolling(found.line, int(count)))
        case Apply(function=function, arguments=arguments):
            parts = [evaluate(part, given, intervals) for part in arguments]
            line = [_apply(function, at) for at in zip(*(part.line for part in parts), strict=True)]
            return Points(_apply(function, [part.overall for part in parts]), line)


def rolling(line: Line, count: int) -> Line:
    """The mean of each value and those before it, at most `count` in all; nulls are left out."""
    windows = [[v for v in line[max(0, end - count) : end] if v is not None] for end in range(1, len(line) + 1)]
    return [math.fsum(window) / len(window) if window else None for window in windows]


def _running(line: Line) -> Line:
    return [math.fsum(v for v in line[:end] if v is not None) for end in range(1, len(line) + 1)]


def _apply(function: str, values: Sequence[Value]) -> Value:
    if any(value is None for value in values):
        return None
    try:
        found = _FUNCTIONS[function][2](*[value for value in values if value is not None])
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    return found if isinstance(found, (int, float)) and math.isfinite(found) else None


# Name → (least arguments, most, function).
_FUNCTIONS: dict[str, tuple[int, int, Callable[..., float]]] = {
    "+": (2, 2, lambda a, b: a + b),
    "-": (2, 2, lambda a, b: a - b),
    "*": (2, 2, lambda a, b: a * b),
    "/": (2, 2, lambda a, b: a / b),
    "NEGATE": (1, 1, lambda a: -a),
    "ABS": (1, 1, abs),
    "MIN": (1, 20, min),
    "MAX": (1, 20, max),
    "ROUND": (1, 1, lambda a: math.floor(a + 0.5)),
    "FLOOR": (1, 1, math.floor),
    "CEIL": (1, 1, math.ceil),
    "EXP": (1, 1, math.exp),
    "LN": (1, 1, math.log),
    "LOG": (2, 2, lambda a, base: math.log(a, base)),
    "LOG10": (1, 1, math.log10),
    "POWER": (2, 2, lambda a, b: float(a**b) if not isinstance(a**b, complex) else math.nan),
    "SQRT": (1, 1, math.sqrt),
    "CUMSUM": (1, 1, lambda a: a),
    "ROLLAVG": (2, 2, lambda a, count: a),
}


class _Parser:
    """Recursive descent: sum → product → factor → number, letter, call or parentheses."""

    def __init__(self, text: str) -> None:
        self._tokens = [(m.group(1), m.group(2), m.group(3), m.start()) for m in _TOKEN.finditer(text.strip())]
        self._place = 0

    @property
    def next(self) -> str | None:
        """The next token."""
        if self._place >= len(self._tokens):
            return None
        number, name, sign, _ = self._tokens[self._place]
        return number or name or sign

    def wrong(self, expected: str) -> InvalidQuestion:
        """What was expected where the parser stands."""
        found = "the end" if self.next is None else repr(self.next)
        return InvalidQuestion("formulas.expression", f"{expected}, not {found}, as part {self._place + 1}")

    def sum(self, depth: int) -> Formula:
        """Products, added and subtracted."""
        if depth > MOST_DEPTH:
            raise InvalidQuestion("formulas.expression", f"at most {MOST_DEPTH} levels of parentheses")
        found = self._product(depth)
        while self.next in ("+", "-"):
            found = Apply(self._take(), (found, self._product(depth)))
        return found

    def _product(self, depth: int) -> Formula:
        found = self._factor(depth)
        while self.next in ("*", "/"):
            found = Apply(self._take(), (found, self._factor(depth)))
        return found

    def _factor(self, depth: int) -> Formula:
        if self.next == "-":
            self._take()
            if depth > MOST_DEPTH:
                raise InvalidQuestion("formulas.expression", f"at most {MOST_DEPTH} levels")
            return Apply("NEGATE", (self._factor(depth + 1),))
        if self.next == "(":
            self._take()
            found = self.sum(depth + 1)
            self._expect(")")
            return found
        if self._place < len(self._tokens):
            number, name, _, _ = self._tokens[self._place]
            if number:
                self._take()
                return Constant(float(number))
            if name:
                return self._named(name, depth)
        raise self.wrong("a number, a metric's letter, a function or (")

    def _named(self, name: str, depth: int) -> Formula:
        letter = _METRIC.fullmatch(name)
        if letter:
            self._take()
            segment = int(letter.group(2)) - 1 if letter.group(2) else None
            return Letter(ord(letter.group(1)) - ord("A"), segment)
        if name.upper() not in _FUNCTIONS:
            known = ", ".join(sorted(key for key in _FUNCTIONS if key.isalnum() and key != "NEGATE"))
            raise self.wrong(f"a capital letter or one of {known}")
        self._take()
        self._expect("(")
        arguments = [self.sum(depth + 1)]
        while self.next == ",":
            self._take()
            arguments.append(self.sum(depth + 1))
        self._expect(")")
        return _call(name.upper(), arguments)

    def _take(self) -> str:
        found = self.next
        assert found is not None
        self._place += 1
        return found

    def _expect(self, sign: str) -> None:
        if self.next != sign:
            raise self.wrong(sign)
        self._take()


def _call(name: str, arguments: list[Formula]) -> Formula:
    least, most, _ = _FUNCTIONS[name]
    if not least <= len(arguments) <= most:
        raise InvalidQuestion("formulas.expression", f"{least} to {most} arguments for {name}, not {len(arguments)}")
    if name == "ROLLAVG" and not (isinstance(arguments[1], Constant) and 1 <= arguments[1].value <= 366):
        raise InvalidQuestion("formulas.expression", "a number from 1 to 366 as the second argument of ROLLAVG")
    return Apply(name, tuple(arguments))
