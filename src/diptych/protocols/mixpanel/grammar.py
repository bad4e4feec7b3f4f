"""The grammar of Mixpanel's expression language: text → tree.

Source: the reference of segmentation expressions; spellings as real clients send them. The reference names no
precedence; ours is, tightest first: unary minus, `* / %`, `+ -`, comparison and `in`, `not`, `and`, `or`.
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from diptych.query.parts import Scalar


class ExpressionError(ValueError):
    """The expression cannot be read or asked; the message says where and what was expected."""


class Token(NamedTuple):
    """A word of the expression and the place where it begins."""

    kind: str
    text: str
    place: int


@dataclass(frozen=True)
class Undefined:
    """The constant `undefined`: what a property is that was not sent."""


@dataclass(frozen=True)
class Literal:
    """A constant."""

    value: "Scalar | list[Scalar] | Undefined"


@dataclass(frozen=True)
class Selector:
    """`properties["key"]` and its kin."""

    source: str
    key: str
    place: int = 0


@dataclass(frozen=True)
class Call:
    """A function or operator with its operands. `NOW` is a function of nothing."""

    name: str
    operands: tuple["Node", ...]
    place: int


Node = Literal | Selector | Call

_WORDS = re.compile(
    r"""\s*(?:
      (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
    | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<name>[A-Za-z_]\w*)
    | (?P<sign>==|!=|<=|>=|[-+*/%<>=()\[\],])
    )""",
    re.VERBOSE | re.DOTALL,
)
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
SOURCES = ("properties", "event", "user", "user_at_event", "behaviors")
FUNCTIONS = {
    "boolean": 1,
    "number": 1,
    "string": 1,
    "list": 1,
    "datetime": 1,
    "defined": 1,
    "floor": 1,
    "round": 1,
    "ceil": 1,
    "has_prefix": 2,
    "has_suffix": 2,
}
"""Function → how many operands it takes."""
_CONSTANTS: dict[str, Scalar | Undefined] = {"true": True, "false": False, "null": None, "undefined": Undefined()}
_DEPTH = 50
_DIGITS = 300


def words(text: str) -> list[Token]:
    """The words of an expression. Raises ExpressionError."""
    found, place = [], 0
    while text[place:].strip():
        match = _WORDS.match(text, place)
        if match is None:
            start = place + len(text[place:]) - len(text[place:].lstrip())
            raise ExpressionError(f"unexpected {text[start]!r} at position {start}")
        kind = match.lastgroup or ""
        found.append(Token(kind, match[kind], match.start(kind)))
        place = match.end()
    return [*found, Token("end", "the end", len(text))]


def parse(text: str) -> Node:
    """The tree of an expression. Raises ExpressionError."""
    parser = _Parser(words(text))
    tree = parser.either()
    parser.expect("end")
    return tree


class _Parser:
    """One method per level of binding, loosest first."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    def either(self) -> Node:
        return self._chain("or", self._both)

    def expect(self, *wanted: str) -> Token:
        token = self._tokens[self._next]
        if token.text not in wanted and token.kind not in wanted:
            raise ExpressionError(f"expected {' or '.join(wanted)} at position {token.place}, found {token.text!r}")
        self._next += 1
        return token

    def _take(self, *texts: str) -> Token | None:
        token = self._tokens[self._next]
        if token.text in texts and token.kind in ("sign", "name"):
            self._next += 1
            return token
        return None

    def _chain(self, name: str, inner: Callable[[], Node]) -> Node:
        tree = inner()
        while token := self._take(name):
            tree = Call(name, (tree, inner()), token.place)
        return tree

    def _both(self) -> Node:
        return self._chain("and", self._negation)

    def _negation(self) -> Node:
        negated: list[Token] = []
        while token := self._take("not"):
            negated.append(token)
        tree = self._comparison()
        for token in reversed(negated):
            tree = Call("not", (tree,), token.place)
        return tree

    def _comparison(self) -> Node:
        tree = self._sum()
        while token := self._take(*COMPARISONS, "=", "in"):
            # A README of a client's prints one sign where it means two.
            name = "==" if token.text == "=" else token.text
            tree = Call(name, (tree, self._sum()), token.place)
        return tree

    def _sum(self) -> Node:
        tree = self._product()
        while token := self._take("+", "-"):
            tree = Call(token.text, (tree, self._product()), token.place)
        return tree

    def _product(self) -> Node:
        tree = self._unary()
        while token := self._take("*", "/", "%"):
            tree = Call(token.text, (tree, self._unary()), token.place)
        return tree

    def _unary(self) -> Node:
        signs: list[Token] = []
        while sign := self._take("-"):
            signs.append(sign)
        self._depth += 1
        if self._depth > _DEPTH:
            raise ExpressionError(f"the expression is nested more than {_DEPTH} deep")
        tree = self._primary()
        self._depth -= 1
        for sign in reversed(signs):
            tree = _negative(tree, sign.place)
        return tree

    def _primary(self) -> Node:
        if self._take("("):
            tree = self.either()
            self.expect(")")
            return tree
        if self._take("["):
            return self._list()
        token = self.expect("number", "string", "name")
        if token.kind == "number":
            return Literal(_number(token))
        if token.kind == "string":
            return Literal(_unquoted(token.text))
        return self._named(token)

    def _named(self, token: Token) -> Node:
        if token.text in _CONSTANTS:
            return Literal(_CONSTANTS[token.text])
        if token.text == "NOW":
            return Call("NOW", (), token.place)
        if token.text in SOURCES:
            self.expect("[")
            key = _unquoted(self.expect("string").text)
            self.expect("]")
            return Selector(token.text, key, token.place)
        if token.text not in FUNCTIONS:
            known = ", ".join([*FUNCTIONS, *SOURCES])
            raise ExpressionError(f"{token.text!r} at position {token.place} is unknown: expected one of {known}")
        return self._function(token)

    def _function(self, token: Token) -> Node:
        self.expect("(")
        operands = [self.either()]
        while self._take(","):
            operands.append(self.either())
        self.expect(")")
        if len(operands) != FUNCTIONS[token.text]:
            expected = f"expected {FUNCTIONS[token.text]} values, not {len(operands)}"
            raise ExpressionError(f"{token.text} at position {token.place}: {expected}")
        return Call(token.text, tuple(operands), token.place)

    def _list(self) -> Node:
        values: list[Scalar] = []
        while not self._take("]"):
            if values:
                self.expect(",")
            place = self._tokens[self._next].place
            item = self._unary()
            if not isinstance(item, Literal) or isinstance(item.value, (list, Undefined)):
                raise ExpressionError(f"position {place}: a list may hold numbers, strings, true, false and null only")
            values.append(item.value)
        return Literal(values)


def _number(token: Token) -> int | float:
    if len(token.text) > _DIGITS or not math.isfinite(found := float(token.text)):
        raise ExpressionError(f"the number at position {token.place} is too large")
    return found if re.search(r"[.eE]", token.text) else int(token.text)


def _negative(tree: Node, place: int) -> Node:
    if isinstance(tree, Literal) and isinstance(tree.value, (int, float)) and not isinstance(tree.value, bool):
        return Literal(-tree.value)
    return Call("-", (tree,), place)


_JSON_ESCAPE = re.compile(r"\\(?:u[0-9A-Fa-f]{4}(?:\\u[0-9A-Fa-f]{4})?|.)", re.DOTALL)


def _unquoted(text: str) -> str:
    """The string; besides quotes and backslashes, the escapes of JSON, because many clients write strings so."""
    return _JSON_ESCAPE.sub(_unescaped, text[1:-1])


def _unescaped(match: re.Match[str]) -> str:
    escape = match[0]
    if escape[1] in "nrtbf" or (escape[1] == "u" and len(escape) > 2):
        found: str = json.loads(f'"{escape}"')
        return found.encode("utf-8", "replace").decode()
    return escape[1:]
