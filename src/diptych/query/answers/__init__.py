"""What questions are answered with: one type per report."""

from diptych.query.answer import CohortSizesAnswer, SegmentationAnswer
from diptych.query.answers.flows import FlowsAnswer
from diptych.query.answers.funnel import FunnelAnswer
from diptych.query.answers.lifecycle import FrequencyAnswer, LifecycleAnswer
from diptych.query.answers.retention import RetentionAnswer
from diptych.query.answers.revenue import CompositionAnswer, ImpactAnswer, LifetimeValueAnswer, RevenueAnswer
from diptych.query.answers.sessions import SessionsAnswer

Answer = (
    SegmentationAnswer
    | FunnelAnswer
    | RetentionAnswer
    | FlowsAnswer
    | CohortSizesAnswer
    | LifecycleAnswer
    | FrequencyAnswer
    | SessionsAnswer
    | CompositionAnswer
    | RevenueAnswer
    | LifetimeValueAnswer
    | ImpactAnswer
)

__all__ = [
    "Answer",
    "CohortSizesAnswer",
    "CompositionAnswer",
    "FlowsAnswer",
    "FrequencyAnswer",
    "FunnelAnswer",
    "ImpactAnswer",
    "LifecycleAnswer",
    "LifetimeValueAnswer",
    "RetentionAnswer",
    "RevenueAnswer",
    "SegmentationAnswer",
    "SessionsAnswer",
]
