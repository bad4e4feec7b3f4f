"""The expression language: what it means, what binds tighter, and what is said of what cannot be read."""

import contextlib

import pytest
from hypothesis import given, strategies as st

from diptych.protocols.mixpanel.expressions import Context, filter_of, property_of
from diptych.protocols.mixpanel.grammar import Call, ExpressionError, Literal, Selector, parse
from diptych.query.parts import All, Any, At, Compare, Field, Items, Not, Operator, Property, Scope

NOW = 1_767_225_600_000
EVENTS = Context("Europe/Berlin", NOW)
PROFILES = Context("Europe/Berlin", NOW, of_profiles=True)


def compare(key: str, operator: Operator, *values) -> Compare:
    return Compare(Property(key), operator, list(values))


def part_of(text: str, key: str) -> Any:
    """The text is a part of the string, or an item of the list."""
    part = Compare(Property(key), Operator.CONTAINS, [text], ignore_case=False)
    item = Items(Property(key), Compare(Property("", Scope.ITEM), Operator.EQUALS, [text]))
    return Any([All([compare(key, Operator.IS_STRING), part]), item])


def user(key: str, at: At, operator: Operator, *values) -> Compare:
    return Compare(Property(key, Scope.USER, at), operator, list(values))


TIME = Property(Field.TIME, Scope.FIELD)
PLAN = compare("plan", Operator.EQUALS, "premium")
MEANINGS = [
    ('properties["plan"] == "premium"', PLAN),
    ('properties["plan"]=="premium"', PLAN),
    ("properties['plan'] = 'premium'", PLAN),
    ('"premium" == properties["plan"]', PLAN),
    ('properties["amount"] > 100', compare("amount", Operator.GREATER, 100)),
    ('100 < properties["amount"]', compare("amount", Operator.GREATER, 100)),
    ('properties["amount"] >= -1.5e2', compare("amount", Operator.GREATER_OR_EQUAL, -150.0)),
    ('not "x" in properties["p"]', Not(part_of("x", "p"))),
    ('not defined(properties["city"])', Not(compare("city", Operator.IS_SET))),
    ('(("Albany" in properties["$city"]) and (defined (properties["$city"])))',
     All([part_of("Albany", "$city"), compare("$city", Operator.IS_SET)])),
    ('properties["account_id"] in [1,2,3,4]', compare("account_id", Operator.EQUALS, 1, 2, 3, 4)),
    ('properties["account_id"] in []', Any([])),
    ('"guidebook" in properties["k"] and ("CA" == properties["c"] or "US" == properties["c"])',
     All([part_of("guidebook", "k"),
          Any([compare("c", Operator.EQUALS, "CA"), compare("c", Operator.EQUALS, "US")])])),
    ('properties["a"] == 1 or properties["b"] == 2 and properties["c"] == 3',
     Any([compare("a", Operator.EQUALS, 1),
          All([compare("b", Operator.EQUALS, 2), compare("c", Operator.EQUALS, 3)])])),
    ('not properties["a"] == 1 and properties["b"] != 2',
     All([Not(compare("a", Operator.EQUALS, 1)), compare("b", Operator.NOT_EQUALS, 2)])),
    ('properties["flag"]', compare("flag", Operator.EQUALS, True)),
    ('properties["q\\"uote\\\\"] == "\\"x\\""', compare('q"uote\\', Operator.EQUALS, '"x"')),
    ('properties["city"] == "M\\u00fcnchen\\n"', compare("city", Operator.EQUALS, "München\n")),
    ('properties["distinct_id"] == "u"',
     Compare(Property(Field.DISTINCT_ID, Scope.FIELD), Operator.EQUALS, ["u"])),
    ('event["name"] == "A"', Compare(Property(Field.NAME, Scope.FIELD), Operator.EQUALS, ["A"])),
    ('user["$email"] == "allison@example.com"', user("$email", At.NOW, Operator.EQUALS, "allison@example.com")),
    ('user["age"] > 30 and properties["country"] == "US"',
     All([user("age", At.NOW, Operator.GREATER, 30), compare("country", Operator.EQUALS, "US")])),
    ('user_at_event["plan"] == "pro"', user("plan", At.EVENT, Operator.EQUALS, "pro")),
    ('properties["$time"]>=datetime(1700000000)', Compare(TIME, Operator.SINCE, ["2023-11-14T22:13:20.000+00:00"])),
    ('event["$time"] < datetime("2026-01-01")', Compare(TIME, Operator.BEFORE, ["2025-12-31T23:00:00.000+00:00"])),
    ('properties["updated_at"] < datetime("2025-01-01")',
     compare("updated_at", Operator.BEFORE, "2024-12-31T23:00:00.000+00:00")),
    ('properties["seen"] > datetime(NOW - 604800)',
     compare("seen", Operator.SINCE, "2025-12-25T00:00:00.001+00:00")),
    ('properties["$last_seen"] > "2015-04-24T23:00:00"',
     compare("$last_seen", Operator.GREATER, "2015-04-24T23:00:00")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "meaning"), MEANINGS, ids=[text for text, _ in MEANINGS])
def test_meaning(text: str, meaning: object) -> None:
    assert filter_of(text, EVENTS) == meaning


def test_in_profile_queries_properties_are_the_profiles() -> None:
    assert filter_of('properties["plan"] == "pro"', PROFILES) == user("plan", At.NOW, Operator.EQUALS, "pro")


# Of the reference and of clients: what no single comparison says is a formula.
FORMULAS = [
    'boolean(properties["signed up"])',
    '(boolean(properties["x"]) == true)',
    'number(properties["time"]) >= 2000',
    'number(properties["seats"]) >= 2000',
    'has_prefix(string(user["signup_date"]),"2016")',
    'properties["a"] + 1 == 2',
    'not properties["a"]',
    'properties["a"] == undefined',
    'properties["a"] == null',
    'floor(properties["a"] / 10) % 2 == 0',
    '"x" in list(properties["a"])',
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_compared_with_true(text: str) -> None:
    found = filter_of(text, EVENTS)
    assert isinstance(found, Compare)
    assert (found.property.scope, found.operator, found.values) == (Scope.DERIVED, Operator.EQUALS, [True])


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
    if isinstance(node, Selector):
        return (node.source, node.key)
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
    ('properties["a"] + 1', "the expression: expected something that is true or false"),
    ('properties["a"] == 1 and 5', "and at position 21: expected something that is true or false"),
    ('behaviors["b"] > 1', 'behaviors["b"] at position 0: only in comparisons of engage'),
    ("floor(1, 2) == 1", "floor at position 0: expected 1 values, not 2"),
    ("frobnicate(1)", "'frobnicate' at position 0 is unknown: expected one of boolean, number"),
    ('properties["a"] in [properties["b"]]', "position 20: a list may hold"),
    ('[1] == properties["a"]', "a list can only stand behind in"),
    ('properties["a"] > datetime("9999-12-31")', "expected a date within the years"),
    ('properties["a"] == 1e999', "the number at position 19 is too large"),
    ("9" * 5000 + " == 1", "the number at position 0 is too large"),
    ("(" * 500, "nested more than 50 deep"),
    ("[" * 5000, "nested more than 50 deep"),
    ("-" * 5000 + "x", "expected"),
    ('properties["unclosed] == 1', "position"),
]


@pytest.mark.parametrize(("text", "message"), WRONG, ids=[text[:30] for text, _ in WRONG])
def test_errors_say_where_and_what_was_expected(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as error:
        filter_of(text, EVENTS)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("text", "key"),
    [("plan", "plan"), ('properties["a b"]', "a b"), (" $city ", "$city"), ("string(properties['x'])", "x")],
)
def test_the_property_to_break_down_by(text: str, key: str) -> None:
    assert property_of(text, EVENTS) == Property(key)


def test_a_breakdown_may_be_computed() -> None:
    found = property_of('floor(properties["n"] / 10)', EVENTS)
    assert (found.scope, found.key) == (Scope.DERIVED, 'floor(properties["n"] / 10)')


@pytest.mark.parametrize("text", ["[1]", '"x"', 'datetime(properties["a"])'])
def test_a_breakdown_by_no_property_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match="expected a property"):
        property_of(text, EVENTS)


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
        filter_of(text, EVENTS)
