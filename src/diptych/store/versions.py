"""Counts changes of what is stored, per project, so that an answer is known to be still right."""

import threading

import pyarrow as pa
import pyarrow.compute as pc


class Versions:
    """Numbers that only rise. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all = 0
        self._of: dict[int, int] = {}

    def of(self, project: int) -> tuple[int, int]:
        """What changes whenever the project's data does."""
        with self._lock:
            return self._all, self._of.get(project, 0)

    def advance(self, block: pa.Table) -> None:
        """The rows of a block are written, or may be."""
        if "project" not in block.column_names:
            self.advance_all()
            return
        projects = pc.unique(block.column("project")).to_pylist()
        with self._lock:
            for project in projects:
                self._of[project] = self._of.get(project, 0) + 1

    def advance_all(self) -> None:
        """Anything may have changed."""
        with self._lock:
            self._all += 1
