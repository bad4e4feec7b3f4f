"""One small declarative type per report."""

from diptych.query.questions.retention import Retention
from diptych.query.questions.segmentation import Segmentation

Question = Segmentation | Retention

__all__ = ["Question", "Retention", "Segmentation"]
