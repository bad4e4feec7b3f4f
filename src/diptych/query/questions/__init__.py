"""One small declarative type per report."""

from diptych.query.questions.cohorts import CohortSizes
from diptych.query.questions.flows import Flows
from diptych.query.questions.funnel import Funnel
from diptych.query.questions.retention import Retention
from diptych.query.questions.segmentation import Segmentation

Question = Segmentation | Funnel | Retention | Flows | CohortSizes

__all__ = ["CohortSizes", "Flows", "Funnel", "Question", "Retention", "Segmentation"]
