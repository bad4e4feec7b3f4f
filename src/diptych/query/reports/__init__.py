"""One module per report: how its question is answered, and who is behind a part of the answer.

A report is three functions over one type of question (`query/questions`):

- `answer(question, run)` resolves the question, writes its statements (`query/sql`), runs them and makes the answer;
- `people(question, selection, run)` is a statement for who is behind a cell, step or bar: one column `who`;
- `sentence(question, timezone)` says in plain English what is counted (`query/sentence.py` has the shared words).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from diptych.query.questions import (
    CohortSizes,
    Composition,
    Flows,
    Frequency,
    Funnel,
    Impact,
    Lifecycle,
    LifetimeValue,
    Retention,
    Revenue,
    Segmentation,
    Sessions,
)
from diptych.query.reports import cohorts, flows, funnel, lifecycle, retention, revenue, segmentation, sessions


@dataclass(frozen=True)
class Report:
    """The functions of one report, and the type that names a part of its answer."""

    answer: Callable[[Any, Any], Awaitable[Any]]
    people: Callable[[Any, Any, Any], Any]
    sentence: Callable[[Any, str], str]
    selection: type


REPORTS: dict[type, Report] = {
    Segmentation: Report(
        segmentation.answer, segmentation.people, segmentation.sentence, segmentation.SegmentationSelection
    ),
    Funnel: Report(funnel.answer, funnel.people, funnel.sentence, funnel.FunnelSelection),
    Retention: Report(retention.answer, retention.people, retention.sentence, retention.RetentionSelection),
    Flows: Report(flows.answer, flows.people, flows.sentence, flows.FlowsSelection),
    Sessions: Report(sessions.answer, sessions.people, sessions.sentence, sessions.SessionsSelection),
    Lifecycle: Report(
        lifecycle.lifecycle, lifecycle.people_in_state, lifecycle.lifecycle_sentence, lifecycle.LifecycleSelection
    ),
    Frequency: Report(
        lifecycle.frequency, lifecycle.people_by_days, lifecycle.frequency_sentence, lifecycle.FrequencySelection
    ),
    Composition: Report(
        revenue.composition, revenue.people_with_value, revenue.composition_sentence, revenue.CompositionSelection
    ),
    Revenue: Report(revenue.revenue, revenue.people_who_paid, revenue.revenue_sentence, revenue.RevenueSelection),
    LifetimeValue: Report(
        revenue.lifetime_value, revenue.new_people, revenue.lifetime_sentence, revenue.LifetimeSelection
    ),
    Impact: Report(revenue.impact, revenue.treated_people, revenue.impact_sentence, revenue.ImpactSelection),
    CohortSizes: Report(cohorts.answer, cohorts.people, cohorts.sentence, cohorts.CohortSelection),
}
"""Type of question → its report."""
