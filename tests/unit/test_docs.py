"""Documentation that must keep up with the code."""

from pathlib import Path
from typing import get_args

import pytest

from diptych.model.builtins import BUILTINS
from diptych.protocols.amplitude import builtins as amplitude
from diptych.protocols.mixpanel import builtins as mixpanel
from diptych.protocols.native.api import ENDPOINTS
from diptych.query.answers.flows import StepKind
from diptych.query.parts import (
    Breakdown,
    Condition,
    EventSelector,
    Field,
    Function,
    Interval,
    MeasureType,
    Metric,
    Operator,
    PersonAggregate,
    Quantifier,
    Scope,
    Tally,
    TimePart,
    TimeUnit,
)
from diptych.query.questions import Segmentation
from diptych.query.questions.flows import FlowCount, Flows, SessionRule
from diptych.query.questions.funnel import Attribution, Entry, Order, OverTime, Simultaneity, WindowUnit
from diptych.query.reports.funnel import Part
from diptych.query.reports.segmentation import SegmentationSelection
from diptych.query.usersql.functions import NAMES
from diptych.query.usersql.views import VIEWS

CONDITIONS = get_args(Condition)
DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", BUILTINS)
def test_every_built_in_property_is_documented(name: str) -> None:
    assert f"`{name}`" in (DOCS / "properties.md").read_text()


@pytest.mark.parametrize("field", Field)
def test_every_field_is_documented(field: Field) -> None:
    assert f"`{field}`" in (DOCS / "properties.md").read_text()


@pytest.mark.parametrize(
    "word",
    [
        *Interval,
        *MeasureType,
        *Operator,
        *Function,
        *PersonAggregate,
        *Quantifier,
        *Scope,
        *TimePart,
        *Segmentation.__struct_fields__,
        *Metric.__struct_fields__[2:],
        *Breakdown.__struct_fields__,
        *EventSelector.__struct_fields__,
        *SegmentationSelection.__struct_fields__,
    ],
)
def test_every_option_of_a_question_is_documented(word: str) -> None:
    text = (DOCS / "queries.md").read_text()
    assert f"`{word}`" in text or f'"{word}":' in text


@pytest.mark.parametrize("word", [*Tally, *TimeUnit, *(one.__struct_config__.tag for one in CONDITIONS)])
def test_every_option_of_a_cohort_is_documented(word: str) -> None:
    assert f"`{word}`" in (DOCS / "cohorts.md").read_text()


@pytest.mark.parametrize("word", [*Flows.__struct_fields__, *FlowCount, *SessionRule, *StepKind])
def test_every_option_of_flows_is_documented(word: str) -> None:
    assert f"`{word}`" in (DOCS / "flows.md").read_text()


@pytest.mark.parametrize("word", [*Entry, *Order, *Simultaneity, *WindowUnit, *Attribution, *OverTime, *Part])
def test_every_option_of_a_funnel_is_documented(word: str) -> None:
    assert f"`{word}`" in (DOCS / "funnels.md").read_text()


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: min(endpoint.paths))
def test_every_endpoint_is_documented(endpoint) -> None:
    path = min(endpoint.paths).rsplit("}", 1)[-1]
    assert path in (DOCS / "api.md").read_text()


def test_protocols_use_canonical_names_only() -> None:
    used = {*mixpanel.CANONICAL.values(), *amplitude.FROM_EVENT.values(), *amplitude.IN_QUERIES.values()}
    assert used <= set(BUILTINS)


def test_every_view_column_and_function_of_sql_is_documented() -> None:
    text = (DOCS / "sql.md").read_text()
    names = {column.name for columns in VIEWS.values() for column in columns} | {*VIEWS, *NAMES}
    assert [name for name in sorted(names) if f"`{name}`" not in text and f"### {name}" not in text] == []
