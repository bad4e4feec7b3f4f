"""The expression language: what it means, what binds tighter, and what is said of what cannot be read."""

import contextlib

import pytest
from hypothesis import given, strategies as st

from diptych.protocols.mixpanel.expressions import (
    Call,
    ExpressionError,
    Literal,
    Selector,
    filter_of,
    parse,
    property_of,
)
from diptych.query.parts import All, Any, Compare, Field, Not, Operator, Property, Scope


def compare(key: str, operator: Operator, *values, as_text: bool = False) -> Compare:
    return Compare(Property(key), operator, list(values), as_text)


PLAN = compare("plan", Operator.EQUALS, "premium")
MEANINGS = [
    ('properties["plan"] == "premium"', PLAN),
    ('properties["plan"]=="premium"', PLAN),
    ("properties['plan'] = 'premium'", PLAN),
    ('"premium" == properties["plan"]', PLAN),
    ('properties["amount"] > 100', compare("amount", Operator.GREATER, 100)),
    ('100 < properties["amount"]', compare("amount", Operator.GREATER, 100)),
    ('properties["amount"] >= -1.5e2', compare("amount", Operator.GREATER_OR_EQUAL, -150.0)),
    ('number(properties["seats"]) >= 2000', compare("seats", Operator.GREATER_OR_EQUAL, 2000, as_text=True)),
    ('(boolean(properties["x"]) == true)', compare("x", Operator.EQUALS, True, as_text=True)),
    ('not "x" in properties["p"]', Not(compare("p", Operator.CONTAINS, "x"))),
    ('not defined(properties["city"])', Not(compare("city", Operator.IS_SET))),
    ('(("Albany" in properties["$city"]) and (defined (properties["$city"])))',
     All([compare("$city", Operator.CONTAINS, "Albany"), compare("$city", Operator.IS_SET)])),
    ('properties["account_id"] in [1,2,3,4]', compare("account_id", Operator.EQUALS, 1, 2, 3, 4)),
    ('properties["account_id"] in []', Any([])),
    ('"guidebook" in properties["k"] and ("CA" == properties["c"] or "US" == properties["c"])',
     All([compare("k", Operator.CONTAINS, "guidebook"),
          Any([compare("c", Operator.EQUALS, "CA"), compare("c", Operator.EQUALS, "US")])])),
    ('properties["a"] == 1 or properties["b"] == 2 and properties["c"] == 3',
     Any([compare("a", Operator.EQUALS, 1),
          All([compare("b", Operator.EQUALS, 2), compare("c", Operator.EQUALS, 3)])])),
    ('not properties["a"] == 1 and properties["b"] != 2',
     All([Not(compare("a", Operator.EQUALS, 1)), compare("b", Operator.NOT_EQUALS, 2)])),
    ('properties["a"] == undefined', compare("a", Operator.EQUALS, None)),
    ('properties["flag"]', compare("flag", Operator.EQUALS, True)),
    ('properties["q\\"uote\\\\"] == "\\"x\\""', compare('q"uote\\', Operator.EQUALS, '"x"')),
    ('properties["distinct_id"] == "u"',
     Compare(Property(Field.DISTINCT_ID, Scope.FIELD), Operator.EQUALS, ["u"])),
]  # fmt: skip


@pytest.mark.parametrize(("text", "meaning"), MEANINGS, ids=[text for text, _ in MEANINGS])
def test_meaning(text: str, meaning: object) -> None:
    assert filter_of(text) == meaning


PRECEDENCE = [
    ("1 + 2 * 3", "1 + (2 * 3)"),
    ("1 - 2 - 3", "(1 - 2) - 3"),
    ("- 1 + 2", "(-1) + 2"),
    ("not 1 in [1] and 2 == 2", "(not (1 in [1])) and (2 == 2)"),
    ("1 == 2 or 3 == 4 and 5 == 6", "(1 == 2) or ((3 == 4) and (5 == 6))"),
    ("not not true", "not (not true)"),
]


def plain(node: object) -> object:
    """A tree without places."""
    return (node.name, *map(plain, node.operands)) if isinstance(node, Call) else node


@pytest.mark.parametrize(("text", "same"), PRECEDENCE)
def test_precedence(text: str, same: str) -> None:
    assert plain(parse(text)) == plain(parse(same))


WRONG = [
    ("", "expected number or string or name at position 0, found 'the end'"),
    ('properties["a"] == ', "at position 19"),
    ('properties["a"] == 1 )', "expected end at position 21, found ')'"),
    ("properties[a]", "expected string at position 11"),
    ('properties["a"] @ 1', "unexpected '@' at position 16"),
    ('properties["a"] + 1 == 2', "== at position 20: expected a property and a constant"),
    ('user["age"] > 30', "only event properties can be asked for yet"),
    ("(" * 500, "nested more than 50 deep"),
    ("[" * 5000, "nested more than 50 deep"),
    ("-" * 5000 + "x", "expected"),
    ('properties["unclosed] == 1', "position"),
]


@pytest.mark.parametrize(("text", "message"), WRONG, ids=[text[:30] for text, _ in WRONG])
def test_errors_say_where_and_what_was_expected(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as error:
        filter_of(text)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("text", "key"),
    [("plan", "plan"), ('properties["a b"]', "a b"), (" $city ", "$city"), ("string(properties['x'])", "x")],
)
def test_the_property_to_break_down_by(text: str, key: str) -> None:
    assert property_of(text) == Property(key)


def test_a_breakdown_by_something_else_is_refused() -> None:
    with pytest.raises(ExpressionError, match="expected one property"):
        property_of('properties["a"] == 1')


literals = st.booleans() | st.integers(0, 10**12) | st.text(alphabet=st.characters(exclude_characters="\0"), max_size=8)
trees = st.recursive(
    st.builds(Literal, literals) | st.builds(Selector, st.just("properties"), st.text(max_size=6)),
    lambda inner: st.builds(
        lambda name, a, b: Call(name, (a, b), 0),
        st.sampled_from(["and", "or", "==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "%"]), inner, inner
    )
    | st.builds(lambda a: Call("not", (a,), 0), inner)
    | st.builds(lambda a: Call("floor", (a,), 0), inner),
    max_leaves=12,
)  # fmt: skip


def written(node: object) -> str:
    """A tree as text, with every pair of brackets."""
    match node:
        case Literal(bool() as value):
            return "true" if value else "false"
        case Literal(str() as value):
            return quoted(value)
        case Literal(value):
            return str(value)
        case Selector(source, key):
            return f"{source}[{quoted(key)}]"
        case Call("not", (operand,)):
            return f"(not {written(operand)})"
        case Call(name, (operand,)):
            return f"{name}({written(operand)})"
        case Call(name, (left, right)):
            return f"({written(left)} {name} {written(right)})"
    raise AssertionError(node)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@given(trees)
def test_what_is_written_reads_back(tree: object) -> None:
    assert plain(parse(written(tree))) == plain(tree)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ExpressionError):
        filter_of(text)
