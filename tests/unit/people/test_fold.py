"""Every operation of both vendors, row by row as their tables have it."""

import pytest

from diptych.model import Operation as Op
from diptych.people.fold import BEFORE_ALL, Change, State, Timed, advance, fold

CASES = [
    ("set overwrites", [(Op.SET, {"a": "1"}), (Op.SET, {"a": '"x"'})], {"a": '"x"'}),
    ("set keeps a null", [(Op.SET, {"a": "1"}), (Op.SET, {"a": "null"})], {"a": "null"}),
    ("set once keeps", [(Op.SET, {"a": "1"}), (Op.SET_ONCE, {"a": "2", "b": "3"})], {"a": "1", "b": "3"}),
    ("set once where null is", [(Op.SET, {"a": "null"}), (Op.SET_ONCE, {"a": "2"})], {"a": "2"}),
    (
        "set once after unset sets again",
        [(Op.SET_ONCE, {"a": "1"}), (Op.UNSET, {"a": ""}), (Op.SET_ONCE, {"a": "2"})],
        {"a": "2"},
    ),
    ("set once keeps an empty text", [(Op.SET, {"a": '""'}), (Op.SET_ONCE, {"a": "2"})], {"a": '""'}),
    ("add from nothing", [(Op.ADD, {"n": "5"}), (Op.ADD, {"n": "-2"})], {"n": "3"}),
    ("add from null", [(Op.SET, {"n": "null"}), (Op.ADD, {"n": "5"})], {"n": "5"}),
    (
        "add keeps whole numbers exact",
        [(Op.SET, {"n": "9007199254740993"}), (Op.ADD, {"n": "1"})],
        {"n": "9007199254740994"},
    ),
    (
        "add keeps more digits than any machine word has",
        [(Op.SET, {"n": "123456789012345678901234567890"}), (Op.ADD, {"n": "1"})],
        {"n": "123456789012345678901234567891"},
    ),
    ("add of a negative number goes below zero", [(Op.ADD, {"n": "-1.5"})], {"n": "-1.5"}),
    ("add fractions", [(Op.SET, {"n": "0.5"}), (Op.ADD, {"n": "1"})], {"n": "1.5"}),
    ("add fractions in decimal", [(Op.SET, {"n": "0.1"}), (Op.ADD, {"n": "0.2"})], {"n": "0.3"}),
    ("add with an exponent", [(Op.SET, {"n": "1e3"}), (Op.ADD, {"n": "0.25"})], {"n": "1000.25"}),
    ("add to a whole sum drops the point", [(Op.SET, {"n": "0.5"}), (Op.ADD, {"n": "1.5"})], {"n": "2"}),
    ("add a number sent as text", [(Op.SET, {"n": "1"}), (Op.ADD, {"n": '"2"'})], {"n": "3"}),
    ("add to a text changes nothing", [(Op.SET, {"n": '"1"'}), (Op.ADD, {"n": "2"})], {"n": '"1"'}),
    ("add of no number changes nothing", [(Op.SET, {"n": "1"}), (Op.ADD, {"n": "true"})], {"n": "1"}),
    ("add of a word changes nothing", [(Op.SET, {"n": "1"}), (Op.ADD, {"n": '"many"'})], {"n": "1"}),
    ("add of other digits changes nothing", [(Op.SET, {"n": "1"}), (Op.ADD, {"n": '"1_0"'})], {"n": "1"}),
    ("add out of all bounds changes nothing", [(Op.SET, {"n": "1"}), (Op.ADD, {"n": "1e9999"})], {"n": "1"}),
    ("add to no number changes nothing", [(Op.SET, {"n": '"x"'}), (Op.ADD, {"n": "1"})], {"n": '"x"'}),
    ("append keeps duplicates", [(Op.APPEND, {"l": "1"}), (Op.APPEND, {"l": "1"})], {"l": "[1,1]"}),
    (
        "append makes a list",
        [(Op.SET, {"l": '"a"'}), (Op.APPEND, {"l": '["b","c"]'})],
        {"l": '["a","b","c"]'},
    ),
    (
        "prepend keeps the order of a list",
        [(Op.SET, {"l": "[3]"}), (Op.PREPEND, {"l": "[1,2]"})],
        {"l": "[1,2,3]"},
    ),
    ("prepend keeps duplicates", [(Op.PREPEND, {"l": "1"}), (Op.PREPEND, {"l": "1"})], {"l": "[1,1]"}),
    ("push makes a list of one", [(Op.PUSH, {"l": "1"})], {"l": "[1]"}),
    ("push keeps duplicates", [(Op.PUSH, {"l": "1"}), (Op.PUSH, {"l": "1"})], {"l": "[1,1]"}),
    ("push takes a list as one item", [(Op.PUSH, {"l": "1"}), (Op.PUSH, {"l": "[2,3]"})], {"l": "[1,[2,3]]"}),
    ("push leaves alone what is no list", [(Op.SET, {"l": '"a"'}), (Op.PUSH, {"l": "1"})], {"l": '"a"'}),
    (
        "union adds what is missing",
        [(Op.SET, {"l": "[1,2]"}), (Op.UNION, {"l": "[2,3,3]"})],
        {"l": "[1,2,3]"},
    ),
    ("union takes a single value", [(Op.UNION, {"l": '"a"'}), (Op.UNION, {"l": '"a"'})], {"l": '["a"]'}),
    ("union compares values", [(Op.SET, {"l": "[49]"}), (Op.UNION, {"l": '[49.0,"49"]'})], {"l": '[49,"49"]'}),
    ("union leaves alone what is no list", [(Op.SET, {"l": '"a"'}), (Op.UNION, {"l": "[1]"})], {"l": '"a"'}),
    ("pre insert", [(Op.SET, {"l": "[1]"}), (Op.PRE_INSERT, {"l": "[2,1]"})], {"l": "[2,1]"}),
    ("pre insert keeps the order", [(Op.SET, {"l": "[1]"}), (Op.PRE_INSERT, {"l": "[2,3,2]"})], {"l": "[2,3,1]"}),
    ("post insert", [(Op.SET, {"l": "[1]"}), (Op.POST_INSERT, {"l": "[2,1]"})], {"l": "[1,2]"}),
    ("post insert into a value", [(Op.SET, {"l": '"a"'}), (Op.POST_INSERT, {"l": '"b"'})], {"l": '["a","b"]'}),
    ("remove takes every occurrence", [(Op.SET, {"l": "[1,2,1]"}), (Op.REMOVE, {"l": "1"})], {"l": "[2]"}),
    ("remove takes several values", [(Op.SET, {"l": "[1,2,3]"}), (Op.REMOVE, {"l": "[1,3]"})], {"l": "[2]"}),
    ("remove compares values", [(Op.SET, {"l": '[1.0,"1"]'}), (Op.REMOVE, {"l": "1"})], {"l": '["1"]'}),
    ("remove leaves an empty list", [(Op.SET, {"l": "[1]"}), (Op.REMOVE, {"l": "1"})], {"l": "[]"}),
    ("remove of what is not there", [(Op.SET, {"l": "[1]"}), (Op.REMOVE, {"l": "2"})], {"l": "[1]"}),
    ("remove from what is no list", [(Op.SET, {"l": "1"}), (Op.REMOVE, {"l": "1"})], {"l": "1"}),
    ("remove from nothing", [(Op.REMOVE, {"l": "1"})], {}),
    ("unset", [(Op.SET, {"a": "1", "b": "2"}), (Op.UNSET, {"a": ""})], {"b": "2"}),
    ("clear all", [(Op.SET, {"a": "1"}), (Op.CLEAR_ALL, {})], {}),
    ("delete", [(Op.SET, {"a": "1"}), (Op.DELETE, {})], None),
    (
        "a deleted profile may come back",
        [(Op.SET, {"a": "1"}), (Op.DELETE, {}), (Op.SET, {"b": "2"})],
        {"b": "2"},
    ),
    ("no update, no profile", [], None),
]


@pytest.mark.parametrize(("updates", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_fold(updates: list, expected: dict[str, str] | None) -> None:
    assert fold(updates) == expected


def test_every_operation_has_a_case() -> None:
    assert {operation for _, updates, _ in CASES for operation, _ in updates} == set(Op)


def update(time: int, accept_id: int, operation: Op, **values: str) -> Timed:
    return Timed(time, accept_id, 0, operation, values)


def test_only_changes_are_told() -> None:
    state = State(1, {})
    changes = advance(state, [update(5, 1, Op.SET, a="1", b="2"), update(6, 2, Op.SET, a="1", b="3")])
    assert changes == [Change("a", 5, "1"), Change("b", 5, "2"), Change("b", 6, "3")]
    assert advance(state, [update(7, 3, Op.UNSET, a="null")]) == [Change("a", 7, "")]
    assert advance(state, [update(8, 4, Op.DELETE)]) == [Change("b", 8, "")]
    assert not state.exists


def test_updates_at_one_time_leave_their_last_state() -> None:
    state = State(1, {"a": "0"})
    assert advance(state, [update(5, 1, Op.SET, a="1"), update(5, 2, Op.SET, a="2")]) == [Change("a", 5, "2")]
    # More of the same time come later: back to what it was, so that nothing changed at that time.
    assert advance(state, [update(5, 3, Op.SET, a="0")]) == [Change("a", 5, "", undone=True)]
    assert advance(state, [update(5, 4, Op.SET, a="0")]) == []
    assert advance(state, [update(5, 5, Op.SET, b="1")]) == [Change("b", 5, "1")]


def test_what_an_update_can_be_added_to() -> None:
    state = State(1, {}, updated=5, last_accept_id=10)
    assert state.follows(update(6, 1, Op.SET))
    assert not state.follows(update(4, 11, Op.SET))
    assert not state.follows(update(5, 11, Op.SET)), "what was before that time is not known"
    state.before = {}
    assert state.follows(update(5, 11, Op.SET))
    assert not state.follows(update(5, 10, Op.SET)), "it may be the same one"
    assert State(1, {}).follows(update(BEFORE_ALL + 1, 1, Op.SET))
