import pytest

from diptych.query.formulas import Letter, Points, evaluate, letters, parse, rolling
from diptych.query.parts import InvalidQuestion

LINES = {0: Points(6, [1, 2, 3]), 1: Points(2, [2, 0, None])}


def value(text: str) -> Points:
    return evaluate(parse(text), lambda letter: LINES[letter.metric], 3)


@pytest.mark.parametrize(
    ("text", "overall", "line"),
    [
        ("A", 6, [1, 2, 3]),
        ("A + B * 2", 10, [5, 2, None]),
        ("(A + B) * 2", 16, [6, 4, None]),
        ("A - B - 1", 3, [-2, 1, None]),
        ("A / B", 3, [0.5, None, None]),
        ("-A", -6, [-1, -2, -3]),
        ("2 * -A", -12, [-2, -4, -6]),
        ("A * 1.5e1", 90, [15, 30, 45]),
        ("CUMSUM(A)", 6, [1, 3, 6]),
        ("rollavg(A, 2)", 6, [1, 1.5, 2.5]),
        ("LOG10(B * 50)", 2, [2, None, None]),
        ("LOG(A + 2, 2)", 3, [pytest.approx(1.584962500721156), 2, pytest.approx(2.321928094887362)]),
        ("SQRT(0 - A)", None, [None, None, None]),
        ("POWER(A, 2)", 36, [1, 4, 9]),
        ("MAX(A, 2, 1)", 6, [2, 2, 3]),
        ("ROUND(A / 4)", 2, [0, 1, 1]),
        ("POWER(10, 1000)", None, [None, None, None]),
    ],
)
def test_formulas(text: str, overall: float | None, line: list[float | None]) -> None:
    found = value(text)
    assert found.overall == (pytest.approx(overall) if overall is not None else None)
    assert found.line == line


def test_a_digit_names_a_segment() -> None:
    assert letters(parse("A1 / (A2 + B + A1)")) == [Letter(0, 0), Letter(0, 1), Letter(1, None)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A +",
        "A B",
        "(A",
        "A)",
        "a",
        "AB",
        "NOPE(A)",
        "LOG(A)",
        "ROLLAVG(A, B)",
        "A ^ 2",
        "1..2",
        "__import__",
        "A;",
    ],
)
def test_what_is_no_formula_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(InvalidQuestion, match=r"formulas\.expression"):
        parse(text)


@pytest.mark.parametrize("text", ["(" * 5000 + "A", "-" * 5000 + "A", "ABS(" * 5000])
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuestion):
        parse(text)


def test_a_rolling_average_leaves_nulls_out() -> None:
    assert rolling([1, None, 3, None, None], 2) == [1, 1, 3, 3, None]
