import pytest

from diptych.model import Operation as Op
from diptych.people.profiles import fold

CASES = [
    ("set overwrites", [(Op.SET, {"a": "1"}), (Op.SET, {"a": '"x"'})], {"a": '"x"'}),
    ("set once keeps", [(Op.SET, {"a": "1"}), (Op.SET_ONCE, {"a": "2", "b": "3"})], {"a": "1", "b": "3"}),
    ("add from nothing", [(Op.ADD, {"n": "5"}), (Op.ADD, {"n": "-2"})], {"n": "3"}),
    (
        "add keeps whole numbers exact",
        [(Op.SET, {"n": "9007199254740993"}), (Op.ADD, {"n": "1"})],
        {"n": "9007199254740994"},
    ),
    ("add fractions", [(Op.SET, {"n": "0.5"}), (Op.ADD, {"n": "1"})], {"n": "1.5"}),
    ("add of no number changes nothing", [(Op.SET, {"n": "1"}), (Op.ADD, {"n": "true"})], {"n": "1"}),
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
    (
        "union adds what is missing",
        [(Op.SET, {"l": "[1,2]"}), (Op.UNION, {"l": "[2,3,3]"})],
        {"l": "[1,2,3]"},
    ),
    ("pre insert", [(Op.SET, {"l": "[1]"}), (Op.PRE_INSERT, {"l": "[2,1]"})], {"l": "[2,1]"}),
    ("post insert", [(Op.SET, {"l": "[1]"}), (Op.POST_INSERT, {"l": "[2,1]"})], {"l": "[1,2]"}),
    ("remove takes every occurrence", [(Op.SET, {"l": "[1,2,1]"}), (Op.REMOVE, {"l": "1"})], {"l": "[2]"}),
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
