import json
import math

import pytest
from hypothesis import given, strategies as st

from diptych.model.jsontext import InvalidJSON, canonical, canonical_object, dump

SPELLINGS = [
    (rb'"M\u00fcnchen"', '"München"'),
    ('"München"'.encode(), '"München"'),
    (rb'"https:\/\/example.com\/"', '"https://example.com/"'),
    (rb'"a\"b\\c\n"', r'"a\"b\\c\n"'),
    (b"49.0", "49.0"),
    (b"4.9e1", "4.9e1"),
    (b"1" * 40, "1" * 40),
    (b"1e400", "1e400"),
    (b" true ", "true"),
    (b"null", "null"),
    (b'{ "a" : [ 1, 2.50 , {"b": null} ] }', '{"a":[1,2.50,{"b":null}]}'),
    (rb'["\u00e9", " spaced "]', '["é"," spaced "]'),
    (rb'"\ud800"', r'"\ud800"'),
    (rb'{"a": ["\udc00", 1.0]}', r'{"a":["\udc00",1.0]}'),
    (rb'"\ud83d\ude00"', '"😀"'),
]


@pytest.mark.parametrize(("sent", "kept"), SPELLINGS)
def test_one_spelling_per_value(sent: bytes, kept: str) -> None:
    assert canonical(sent) == kept


@pytest.mark.parametrize("sent", [b"", b"NaN", b"[Infinity]", b"{", b"'x'", b"01", b"[1,]", b"\xff", b"[" * 100_000])
def test_what_is_not_json_is_refused(sent: bytes) -> None:
    with pytest.raises(InvalidJSON):
        canonical(sent)


def test_the_last_of_equal_keys_wins() -> None:
    assert canonical_object(b'{"a": 1, "a": 2}') == {"a": "2"}


def test_an_object_with_a_lone_surrogate_keeps_its_other_values() -> None:
    assert canonical_object(rb'{"a": "\ud800", "b": 1.50}') == {"a": r'"\ud800"', "b": "1.50"}


@pytest.mark.parametrize("depth", [200, 900, 2_000, 50_000])
def test_depth_is_kept_or_refused_and_never_an_accident(depth: int) -> None:
    for odd in (b"1", rb'"\ud800"'):
        try:
            kept = canonical_object(b'{"a":' + b"[" * depth + odd + b"]" * depth + b"}")
        except InvalidJSON:
            continue
        assert kept["a"].count("[") == depth


def test_a_list_is_no_object() -> None:
    with pytest.raises(InvalidJSON):
        canonical_object(b"[1]")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(values, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_the_value_stays_equal_however_it_was_spelled(
    value: object, ascii_only: bool, indent: int | str | None
) -> None:
    text = canonical(json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass"))
    assert json.loads(text) == value
    assert canonical(text.encode()) == text


@given(values)
def test_dump_is_canonical(value: object) -> None:
    assert canonical(dump(value).encode()) == dump(value)
    assert json.loads(dump(value)) == value or (isinstance(value, float) and math.isnan(value))
