"""One small declarative type per report."""

from diptych.query.questions.segmentation import Segmentation

Question = Segmentation

__all__ = ["Question", "Segmentation"]
