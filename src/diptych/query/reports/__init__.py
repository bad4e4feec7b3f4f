"""One module per report: how its question is answered, and who is behind a part of the answer.

A report is three functions over one type of question (`query/questions`):

- `answer(question, run)` resolves the question, writes its statements (`query/sql`), runs them and makes the answer;
- `people(question, selection, run)` is a statement for who is behind a cell, step or bar: one column `who`;
- `sentence(question, timezone)` says in plain English what is counted (`query/sentence.py` has the shared words).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from diptych.query.answer import CohortSizesAnswer, SegmentationAnswer
from diptych.query.questions import CohortSizes, Flows, Funnel, Retention, Segmentation
from diptych.query.reports import cohorts, flows, funnel, retention, segmentation


@dataclass(frozen=True)
class Report:
    """The functions of one report, and the type that names a part of its answer."""

    answer: Callable[[Any, Any], Awaitable[Any]]
    people: Callable[[Any, Any, Any], Any]
    sentence: Callable[[Any, str], str]
    selection: type


Answer = SegmentationAnswer | funnel.FunnelAnswer | retention.RetentionAnswer | flows.FlowsAnswer | CohortSizesAnswer

REPORTS: dict[type, Report] = {
    Segmentation: Report(
        segmentation.answer, segmentation.people, segmentation.sentence, segmentation.SegmentationSelection
    ),
    Funnel: Report(funnel.answer, funnel.people, funnel.sentence, funnel.FunnelSelection),
    Retention: Report(retention.answer, retention.people, retention.sentence, retention.RetentionSelection),
    Flows: Report(flows.answer, flows.people, flows.sentence, flows.FlowsSelection),
    CohortSizes: Report(cohorts.answer, cohorts.people, cohorts.sentence, cohorts.CohortSelection),
}
"""Type of question → its report."""
