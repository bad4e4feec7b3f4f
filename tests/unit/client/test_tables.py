"""Answers as tables and charts, made by hand: columns and types, odd names, hostile texts."""

import builtins
import json
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
from tests.harness import ROOT

from diptych.client import Answer, MissingPackage
from diptych.client.tables import Columns, Rows
from diptych.query import answers
from diptych.query.questions.examples import EXAMPLES

HOSTILE = "</td><script>alert('1')</script><svg onload=x>\"&\u202e"
EXPLAINED = {
    "sentence": f"How many {HOSTILE}.",
    "sql": [],
    "parameters": [],
    "rows_read": 1,
    "elapsed_ms": 1.0,
    "computed_at": 0,
    "behind": False,
}
DAYS = [
    {"start": 1_774_738_800_000 + n * 86_400_000, "end": 0, "date": f"2026-03-{29 + n}", "complete": n == 0}
    for n in range(2)
]


def answer(question: dict[str, Any], **fields: Any) -> Answer[Any]:
    made = {"type": question["type"], "timezone": "UTC", "explanation": EXPLAINED} | fields
    return Answer(msgspec.convert(made, answers.Answer), question)


def segmentation(split: list[list[Any]], **question: Any) -> Answer[Any]:
    asked = {"type": "segmentation", "metrics": [{"event": {"names": ["Buy"]}}]} | question
    series = [
        {"metric": 0, "breakdown": values, "values": [number, None], "overall": number}
        for number, values in enumerate(split, 1)
    ]
    return answer(asked, buckets=DAYS, series=series)


def every_answer() -> list[Answer[Any]]:
    """One answer of every type, with hostile texts wherever an event's name or a value may stand."""
    counts: dict[str, Any] = {"attempts": 5, "people": 4, "of_previous": 1.0, "of_first": 1.0}
    span = {"people": [2, 2], "values": [2, 1]}
    step = {"kind": "event", "event": HOSTILE, "value": HOSTILE}
    by = [{"property": {"key": HOSTILE}}]
    return [
        segmentation([[HOSTILE], [None]], breakdowns=by),
        answer(
            {"type": "funnel", "steps": [{"event": {"names": [HOSTILE]}}] * 2},
            steps=[HOSTILE] * 2,
            buckets=[],
            rows=[{"breakdown": None, "steps": [counts] * 2, "over_time": [], "significance": None}],
            required_only=None,
        ),
        answer(
            {"type": "retention", "breakdowns": by, "windows": 2},
            cohorts=DAYS,
            windows=[(0, 1), (1, 2)],
            complete=[2, 1],
            series=[
                {
                    "breakdown": [HOSTILE],
                    "cohorts": [{"people": 1, "returned": [1, 0], "values": [1, 0]}] * 2,
                    "summed": span,
                    "weighted": span,
                    "distinct": None,
                }
            ],
        ),
        answer(
            {"type": "flows", "anchor": {"names": [HOSTILE]}},
            total=3,
            converted=0,
            nodes=[{"position": 0, "step": step, "count": 3}, {"position": 1, "step": {"kind": "end"}, "count": 3}],
            links=[{"source": 0, "target": 1, "count": 3}],
            paths=[{"position": 0, "steps": [step, {"kind": "end"}], "count": 3}],
        ),
        answer(
            {"type": "cohort_sizes", "cohorts": [{"type": "in_cohort", "id": "1"}]},
            buckets=[],
            series=[{"cohort": 0, "name": HOSTILE, "size": 3, "values": []}],
        ),
        answer(
            {"type": "lifecycle"},
            buckets=DAYS,
            pulse=[1.0, None],
            **{name: [1, 2] for name in ("new", "current", "resurrected", "dormant")},
        ),
        answer({"type": "frequency"}, periods=DAYS, active=[3, 2], people=[[3, 1], [2, 2]]),
        answer(
            {"type": "sessions", "breakdowns": [{"part": "entry"}]},
            buckets=DAYS,
            bins=[0, 3],
            series=[{"breakdown": [HOSTILE], "sessions": 2, "values": [1, 1], "overall": 2, "lengths": [2]}],
        ),
        answer(
            {"type": "composition", "breakdown": {"property": {"key": "plan"}}},
            values=[{"value": HOSTILE, "people": 2}, {"value": 4.5, "people": 1}, {"value": None, "people": 1}],
        ),
        answer(
            {"type": "revenue"},
            buckets=DAYS,
            **{name: [1, 2] for name in ("revenue", "active", "paying", "per_active", "per_paying")},
        ),
        answer(
            {"type": "lifetime_value", "days": [0, 1]},
            days=[0, 1],
            cohorts=[
                {
                    "date": "2026-03-29",
                    "people": 2,
                    "old_enough": [2, 0],
                    "paying": [1, 0],
                    "revenue": [9.5, 0],
                    "ever_paid": 1,
                    "total": 9.5,
                }
            ],
        ),
        answer(
            {"type": "impact", "treatment": {"names": [HOSTILE]}, "outcome": {}},
            treated=2,
            relative=[-1, 0],
            events=[1, 4],
            people=[1, 2],
            average=[0.5, 2.0],
        ),
    ]


@pytest.mark.parametrize("one", every_answer(), ids=lambda one: type(one.data).__name__)
def test_every_column_is_documented(one: Answer[Any]) -> None:
    tag = one.data.__struct_config__.tag
    [row] = [line for line in (ROOT / "docs" / "python.md").read_text().splitlines() if line.startswith(f"| {tag} |")]
    ours = set(one.to_arrow().column_names) - {HOSTILE, "entry"}
    assert [name for name in sorted(ours) if f"`{name}`" not in row] == []


def test_there_is_an_answer_of_every_type() -> None:
    assert {type(one.data) for one in every_answer()} == set(answers.Answer.__args__)  # type: ignore[attr-defined]


@pytest.mark.parametrize("one", every_answer(), ids=lambda one: type(one.data).__name__)
def test_every_answer_is_a_table_and_a_picture_without_a_word_that_escapes(one: Answer[Any]) -> None:
    rows = one.to_arrow().num_rows
    assert rows > 0
    assert len(one.to_pandas()) == one.to_polars().height == len(one.to_dicts()) == rows
    shown = one._repr_html_()
    tree = ElementTree.fromstring(shown)  # it is well-formed, so that every tag is one of ours
    tags = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert "svg" in tags
    assert tags <= set("div p svg text line circle polyline rect table thead tbody tr th td".split())
    attributes = {name for element in tree.iter() for name in element.attrib}
    assert not [name for name in attributes if name.startswith("on") or name in ("href", "src")]


def test_an_answer_without_its_question_numbers_its_columns() -> None:
    one = segmentation([["pro"]])
    one.question = {"type": "segmentation", "from a newer": "version"}
    assert one.to_dicts()[0]["breakdown 1"] == "pro"
    assert "pro" in one._repr_html_()


def test_the_names_of_breakdowns_do_not_hide_our_columns() -> None:
    one = segmentation(
        [["a", "b", "c"]], breakdowns=[{"property": {"key": key}} for key in ("value", "metric", "value")]
    )
    first = one.to_dicts()[0]
    assert (first["value"], first["metric_2"], first["value_2"], first["value_3"]) == ("a", "b", "c", 1)


@pytest.mark.parametrize(
    ("values", "expected", "kind"),
    [
        (["a", None], ["a", None], "string"),
        ([1, 2], [1, 2], "int64"),
        ([1, 2.5, None], [1.0, 2.5, None], "double"),
        ([True, None], [True, None], "bool"),
        ([1, "1", True, None], ["1", "1", "true", None], "string"),
        ([2**64, 1], ["18446744073709551616", "1"], "string"),
        ([2**64, 0.5], ["18446744073709551616", "0.5"], "string"),
        ([None, None], [None, None], "null"),
        ([], [], "null"),
    ],
)
def test_values_of_one_type_keep_it_and_others_become_texts(values: list[Any], expected: list[Any], kind: str) -> None:
    column = Columns({"x": values}).to_arrow().column("x")
    assert column.to_pylist() == expected
    assert str(column.type) == kind


NOTHING: dict[str, dict[str, Any]] = {
    "segmentation": {"series": []},
    "retention": {"series": []},
    "flows": {"nodes": [], "links": [], "paths": []},
    "sessions": {"series": []},
    "composition": {"values": []},
    "lifetime_value": {"cohorts": []},
}


@pytest.mark.parametrize("full", every_answer(), ids=lambda one: type(one.data).__name__)
def test_an_answer_with_nothing_in_it_is_an_empty_table_with_its_columns(full: Answer[Any]) -> None:
    nothing = NOTHING.get(full.data.__struct_config__.tag)
    if nothing is None:
        return  # there is always a row
    one: Answer[Any] = Answer(msgspec.structs.replace(full.data, **nothing), full.question)
    table, like = one.to_arrow(), full.to_arrow()
    assert (table.num_rows, table.column_names) == (0, like.column_names)
    for name in {"value", "date", "start", "complete", "count", "revenue"} & set(table.column_names):
        assert table.schema.field(name).type in (like.schema.field(name).type, "int64", "null"), name
    assert one.to_dicts() == []
    assert "<svg" not in one._repr_html_()


def test_earlier_ranges_segments_others_and_frequencies_have_columns_of_their_own() -> None:
    series = {"metric": 0, "breakdown": ["pro", 3], "values": [1, 2], "overall": 3, "segment": 1}
    question = {
        "type": "segmentation",
        "metrics": [{"measure": "frequency", "name": "How often"}],
        "segments": [{"name": "all"}, {"name": "paying"}],
        "breakdowns": [{"property": {"key": "plan"}}],
        "compare": {"type": "previous"},
    }
    earlier = [day | {"date": "before"} for day in DAYS]
    one = answer(question, buckets=DAYS, series=[series], comparison={"buckets": earlier, "series": [series]})
    rows = one.to_dicts()
    assert [row["compared"] for row in rows] == [False, False, True, True]
    assert {(row["metric"], row["segment"], row["plan"], row["times"]) for row in rows} == {
        ("How often", "paying", "pro", 3)
    }
    others = answer(
        question | {"others": True},
        buckets=DAYS,
        series=[series | {"breakdown": ["$other"], "other": True}],
    )
    assert others.to_dicts()[0]["plan"] == "$other"


def test_long_tables_say_that_they_are_cut() -> None:
    import pyarrow as pa

    shown = Rows(pa.table({"<n>": list(range(60)), "text": ["x" * 1000] * 60}))._repr_html_()
    assert "50 of 60 rows" in shown
    assert shown.count("<tr>") == 51
    assert "<n>" not in shown
    assert "x" * 201 not in shown


@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_a_missing_package_is_named_with_what_installs_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = builtins.__import__

    def without(wanted: str, *more: Any, **named: Any) -> Any:
        if wanted == name:
            raise ImportError(name)
        return known(wanted, *more, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingPackage, match=rf"pip install 'diptych\[{name}\]'"):
        getattr(segmentation([["a"]]), f"to_{name}")()


@pytest.mark.parametrize("question", EXAMPLES.values(), ids=list(EXAMPLES))
def test_questions_are_the_same_as_values_and_as_dicts(question: dict[str, Any]) -> None:
    """What a value of a question is sent as, is understood as the dict is."""
    from diptych.query.questions import Question

    value = msgspec.convert(question, Question)
    again = msgspec.json.decode(msgspec.json.encode(value), type=Question)
    assert again == value
    assert json.loads(msgspec.json.encode(value))["type"] == question["type"]
