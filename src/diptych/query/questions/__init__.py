"""One small declarative type per report."""

from diptych.query.questions.cohorts import CohortSizes
from diptych.query.questions.flows import Flows
from diptych.query.questions.funnel import Funnel
from diptych.query.questions.lifecycle import Frequency, Lifecycle
from diptych.query.questions.retention import Retention
from diptych.query.questions.revenue import Composition, Impact, LifetimeValue, Revenue
from diptych.query.questions.segmentation import Segmentation
from diptych.query.questions.sessions import Sessions

Question = (
    Segmentation
    | Funnel
    | Retention
    | Flows
    | CohortSizes
    | Lifecycle
    | Frequency
    | Sessions
    | Composition
    | Revenue
    | LifetimeValue
    | Impact
)

__all__ = [
    "CohortSizes",
    "Composition",
    "Flows",
    "Frequency",
    "Funnel",
    "Impact",
    "Lifecycle",
    "LifetimeValue",
    "Question",
    "Retention",
    "Revenue",
    "Segmentation",
    "Sessions",
]
