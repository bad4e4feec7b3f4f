import pytest

from diptych.store.sql import Bound, Sql, join, renumber, sql


def test_values_are_bound_and_never_part_of_the_text() -> None:
    hostile = "x') OR 1=1 --"
    statement = renumber(sql("name = {name}", name=Bound(hostile, "String")))
    assert statement.text == "name = {p1:String}"
    assert statement.parameters == {"p1": hostile}


def test_a_plain_string_is_refused() -> None:
    with pytest.raises(AttributeError):
        sql("name = {name}", name="x")  # type: ignore[arg-type]


def test_every_part_needs_a_place_and_every_place_a_part() -> None:
    with pytest.raises(KeyError):
        sql("1", name=Sql("x"))
    with pytest.raises(KeyError):
        sql("{name}")


def test_equal_statements_have_equal_text() -> None:
    def build() -> Sql:
        parts = [sql("a = {v}", v=Bound(1, "UInt8")), sql("b = {v}", v=Bound(2, "UInt8"))]
        return renumber(join(" AND ", parts))

    assert build() == build()
    assert build().text == "a = {p1:UInt8} AND b = {p2:UInt8}"


def test_a_part_may_be_used_twice() -> None:
    part = sql("{v}", v=Bound(1, "UInt8"))
    statement = renumber(sql("{a} + {a}", a=part))
    assert statement.text == "{p1:UInt8} + {p1:UInt8}"
