"""Tables of answers: as Arrow, pandas or polars, as plain Python, and as HTML for notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from diptych.client.errors import MissingPackage

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

_SHOWN = 50
_LONGEST = 200
_INT64 = range(-(2**63), 2**63)


class Table:
    """What can be had as a table. Subclasses say what is in it."""

    def to_arrow(self) -> pyarrow.Table:
        """As an Arrow table."""
        raise NotImplementedError

    def to_pandas(self) -> pandas.DataFrame:
        """As a pandas DataFrame. Raises MissingPackage."""
        _package("pandas")
        return cast("pandas.DataFrame", self.to_arrow().to_pandas())

    def to_polars(self) -> polars.DataFrame:
        """As a polars DataFrame. Raises MissingPackage."""
        return cast("polars.DataFrame", _package("polars").from_arrow(self.to_arrow()))

    def to_dicts(self) -> list[dict[str, Any]]:
        """As one dict per row."""
        return cast("list[dict[str, Any]]", self.to_arrow().to_pylist(maps_as_pydicts="lossy"))


class Columns(Table):
    """A table of Python values, column by column."""

    def __init__(self, columns: dict[str, list[Any]]) -> None:
        self.columns = columns

    def to_arrow(self) -> pyarrow.Table:
        """As an Arrow table. A column of values of several types has their text forms."""
        import pyarrow as pa

        return pa.table({name: pa.array(_of_one_type(values)) for name, values in self.columns.items()})

    def _repr_html_(self) -> str:
        count = len(next(iter(self.columns.values()), []))
        rows = zip(*(values[:_SHOWN] for values in self.columns.values()), strict=True)
        return html_table(list(self.columns), rows, count)


class Rows(Table):
    """The result of a SELECT."""

    def __init__(self, table: pyarrow.Table) -> None:
        self._table = table

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __repr__(self) -> str:
        return f"<{len(self):,} rows of {', '.join(self._table.column_names)}>"

    def to_arrow(self) -> pyarrow.Table:
        """As an Arrow table."""
        return self._table

    def _repr_html_(self) -> str:
        shown = self._table.slice(0, _SHOWN)
        columns = [column.to_pylist(maps_as_pydicts="lossy") for column in shown.columns]
        return html_table(self._table.column_names, zip(*columns, strict=True), len(self))


def html_table(names: Sequence[str], rows: Iterable[Sequence[Any]], count: int) -> str:
    """A table of the given rows, with a line that says so when there are more than these. Everything is escaped."""
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in rows)
    more = f"<p>{_SHOWN} of {count:,} rows are shown.</p>" if count > _SHOWN else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def text_of(value: Any) -> str:
    """A value as people read it."""
    match value:
        case None:
            return "not set"
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S").removesuffix(" 00:00:00")
        case float():
            return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
        case int():
            return f"{value:,}"
    return str(value)


def _cell(value: Any) -> str:
    text = text_of(value) if value is not None else ""
    cut = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    side = ' style="text-align:right"' if isinstance(value, (int, float)) and not isinstance(value, bool) else ""
    return f"<td{side}>{escape(cut)}</td>"


def _of_one_type(values: list[Any]) -> list[Any]:
    kinds = {type(value) for value in values if value is not None}
    fits = all(value in _INT64 for value in values if isinstance(value, int))
    if len(kinds) <= 1 and fits:
        return values
    if kinds == {int, float} and fits:
        return [None if value is None else float(value) for value in values]
    return [None if value is None else _plain(value) for value in values]


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _package(name: str) -> ModuleType:
    try:
        return __import__(name)
    except ImportError:
        raise MissingPackage(f"{name} is not installed; run: pip install 'diptych[{name}]'") from None
