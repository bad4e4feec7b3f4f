"""Runs questions: question → resolved → SQL → rows → answer."""

from diptych.model import Project
from diptych.query.answer import SegmentationAnswer
from diptych.query.questions import Question


class Queries:
    async def ask(self, project: Project, question: Question) -> SegmentationAnswer:
        """Answer a question. Raises InvalidQuestion."""
        raise NotImplementedError
