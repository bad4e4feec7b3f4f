"""Mixpanel's expression language: text → tree → filter.

Source: the reference of segmentation expressions; spellings as real clients send them. Binding, tightest
first: unary minus, `* / %`, `+ -`, comparison and `in`, `not`, `and`, `or`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from diptych.query.parts import All, Any, Compare, Field, Filter, Not, Operator, Property, Scalar, Scope


class ExpressionError(ValueError):
    """The expression cannot be read or asked; the message says where and what was expected."""


class Token(NamedTuple):
    """A word of the expression and the place where it begins."""

    kind: str
    text: str
    place: int


@dataclass(frozen=True)
class Literal:
    """A constant."""

    value: Scalar | list[Scalar]


@dataclass(frozen=True)
class Selector:
    """`properties["key"]` and its kin; `cast` is the function that was put around it."""

    source: str
    key: str
    cast: str = ""


@dataclass(frozen=True)
class Call:
    """A function or operator with its operands."""

    name: str
    operands: tuple["Node", ...]
    place: int


Node = Literal | Selector | Call

_WORDS = re.compile(
    r"""\s*(?:
      (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)
    | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<name>[A-Za-z_]\w*)
    | (?P<sign>==|!=|<=|>=|[-+*/%<>=()\[\],])
    )""",
    re.VERBOSE,
)
_COMPARISONS = ("<", "<=", ">", ">=", "==", "=", "!=")
_SOURCES = ("properties", "event", "user", "behaviors")
_CASTS = ("boolean", "string", "number", "list", "datetime")
_DEPTH = 50


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
        while token := self._take(*_COMPARISONS, "in"):
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
            number = isinstance(tree, Literal) and isinstance(tree.value, (int, float))
            tree = Literal(-tree.value) if number else Call("-", (tree,), sign.place)  # type: ignore[union-attr,operator]
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
            return Literal(float(token.text) if re.search(r"[.eE]", token.text) else int(token.text))
        if token.kind == "string":
            return Literal(_unquoted(token.text))
        return self._named(token)

    def _named(self, token: Token) -> Node:
        constants = {"true": True, "false": False, "null": None, "undefined": None}
        if token.text in constants:
            return Literal(constants[token.text])
        if token.text in _SOURCES:
            self.expect("[")
            key = _unquoted(self.expect("string").text)
            self.expect("]")
            return Selector(token.text, key)
        self.expect("(")
        operands = [self.either()]
        while self._take(","):
            operands.append(self.either())
        self.expect(")")
        if token.text in _CASTS and len(operands) == 1 and isinstance(operands[0], Selector) and not operands[0].cast:
            return Selector(operands[0].source, operands[0].key, token.text)
        return Call(token.text, tuple(operands), token.place)

    def _list(self) -> Node:
        values: list[Scalar] = []
        while not self._take("]"):
            if values:
                self.expect(",")
            item = self._unary()
            if not isinstance(item, Literal) or isinstance(item.value, list):
                raise ExpressionError("a list may hold numbers, strings and true or false only")
            values.append(item.value)
        return Literal(values)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)


def filter_of(text: str) -> Filter:
    """The filter that an expression means. Raises ExpressionError for what cannot be asked (yet)."""
    return _filter(parse(text))


def property_of(text: str) -> Property:
    """The property of an `on` expression; a bare name means an event property."""
    bare = text.strip()
    if not re.search(r"[\[(\"']", bare):
        return Property(bare)
    tree = parse(bare)
    if not isinstance(tree, Selector):
        raise ExpressionError('on: expected one property, such as properties["plan"]')
    return _property(tree)


def _filter(node: Node) -> Filter:
    match node:
        case Call("and", operands):
            return All([_filter(operand) for operand in operands])
        case Call("or", operands):
            return Any([_filter(operand) for operand in operands])
        case Call("not", (operand,)):
            return Not(_filter(operand))
        case Call("defined", (Selector() as selector,)):
            return Compare(_property(selector), Operator.IS_SET)
        case Call("in", (left, right)):
            return _member(left, right, node.place)
        case Call(name, (left, right)) if name in _SIGNS:
            return _compared(name, left, right, node.place)
        case Selector():  # a property that is true
            return Compare(_property(node), Operator.EQUALS, [True])
        case Literal(bool() as value):
            return All([]) if value else Any([])
    place = f" at position {node.place}" if isinstance(node, Call) else ""
    raise ExpressionError(f"{_shown(node)}{place}: expected a comparison of a property with a constant")


_SIGNS = {
    "==": Operator.EQUALS,
    "!=": Operator.NOT_EQUALS,
    "<": Operator.LESS,
    "<=": Operator.LESS_OR_EQUAL,
    ">": Operator.GREATER,
    ">=": Operator.GREATER_OR_EQUAL,
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _compared(sign: str, left: Node, right: Node, place: int) -> Filter:
    if isinstance(left, Literal) and isinstance(right, Selector):
        left, right, sign = right, left, _MIRRORED.get(sign, sign)
    if not isinstance(left, Selector) or not isinstance(right, Literal) or isinstance(right.value, list):
        raise ExpressionError(f"{sign} at position {place}: expected a property and a constant on its two sides")
    if sign not in ("==", "!=") and (right.value is None or isinstance(right.value, bool)):
        return Any([])  # an ordering with something that has no order is undefined
    return Compare(_property(left), _SIGNS[sign], [right.value], as_text=left.cast in _TEXT_CASTS)


# number("49") is 49 and boolean("true") is true: their text forms are equal.
_TEXT_CASTS = ("string", "number", "boolean")


def _member(left: Node, right: Node, place: int) -> Filter:
    if isinstance(left, Literal) and isinstance(left.value, str) and isinstance(right, Selector):
        return Compare(_property(right), Operator.CONTAINS, [left.value])
    if isinstance(left, Selector) and isinstance(right, Literal) and isinstance(right.value, list):
        if not right.value:
            return Any([])
        return Compare(_property(left), Operator.EQUALS, right.value, as_text=left.cast in _TEXT_CASTS)
    raise ExpressionError(f"in at position {place}: expected a string in a property, or a property in a list")


_FIELDS = {
    "distinct_id": Field.DISTINCT_ID,
    "$distinct_id": Field.DISTINCT_ID,
    "$insert_id": Field.INSERT_ID,
}


def _property(selector: Selector) -> Property:
    if selector.source == "event" and selector.key in ("name", "$event"):
        return Property(Field.NAME, Scope.FIELD)
    if selector.source not in ("properties", "event"):
        raise ExpressionError(f'{selector.source}["{selector.key}"]: only event properties can be asked for yet')
    if selector.key in ("time", "$time"):
        raise ExpressionError(f'properties["{selector.key}"]: use from_date and to_date instead')
    if selector.key in _FIELDS:
        return Property(_FIELDS[selector.key], Scope.FIELD)
    return Property(selector.key)


def _shown(node: Node) -> str:
    return node.name if isinstance(node, Call) else "a constant"
