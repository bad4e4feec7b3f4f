"""One small declarative type per report."""

from diptych.query.questions.cohorts import CohortSizes
from diptych.query.questions.retention import Retention
from diptych.query.questions.segmentation import Segmentation

Question = Segmentation | Retention | CohortSizes

__all__ = ["CohortSizes", "Question", "Retention", "Segmentation"]
