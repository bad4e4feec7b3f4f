"""An answer to a question, as the client hands it out."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from diptych.client.charts import chart
from diptych.client.columns import columns, example
from diptych.client.tables import Columns, Table
from diptych.query.answer import Explanation
from diptych.query.questions import Question

if TYPE_CHECKING:
    import pyarrow

A = TypeVar("A")


class Answer(Table, Generic[A]):
    """An answer: `data` is the report's own type (docs/python.md); as a table, with `to_arrow` and its like.

    In a notebook it shows itself as a chart and a table, with the sentence that says what was counted.
    """

    def __init__(self, data: A, question: Question | dict[str, Any]) -> None:
        self.data = data
        self.question = question

    @property
    def explanation(self) -> Explanation:
        """How it was counted: the sentence, the SQL, rows read, time taken."""
        said: Explanation = self.data.explanation  # type: ignore[attr-defined]
        return said

    @property
    def sentence(self) -> str:
        """What was counted, in English."""
        return self.explanation.sentence

    def to_arrow(self) -> pyarrow.Table:
        """As an Arrow table, one row for each number. Without any it still has its columns."""
        table, question = self._table(), self._declared()
        if table.columns:
            return table.to_arrow()
        return Columns(columns(example(self.data, question), question)).to_arrow().slice(0, 0)

    def __repr__(self) -> str:
        return f"<{type(self.data).__name__}: {self.sentence}>"

    def _repr_html_(self) -> str:
        drawn = chart(self.data, self._declared()).svg()
        late = " Accepted events may still be missing." if self.explanation.behind else ""
        return f"<div><p>{escape(self.sentence + late)}</p>{drawn}{self._table()._repr_html_()}</div>"

    def _table(self) -> Columns:
        return Columns(columns(self.data, self._declared()))

    def _declared(self) -> Question | None:
        """The question as a value; None for one that a newer server understands better."""
        try:
            declared: Question = msgspec.convert(msgspec.to_builtins(self.question), Question)
        except msgspec.ValidationError:
            return None
        return declared
