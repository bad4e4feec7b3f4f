"""Projects, credentials and sign-in: what is not about single persons or events."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Self, TypeVar

from diptych.control.database import ControlUnavailable, Database, open_database
from diptych.control.projects import Projects
from diptych.control.registry import CreatedProject, InvalidProject
from diptych.control.sign_ins import SignIns
from diptych.settings import Settings

__all__ = ["Control", "ControlUnavailable", "CreatedProject", "InvalidProject", "Projects", "SignIns"]

_Result = TypeVar("_Result")
_DECIDING_COPIES = 7_301_001
_FOLDING_PROFILES = 7_301_002


@dataclass(frozen=True)
class Control:
    """The control database, opened. Several processes may have it open at once."""

    projects: Projects
    sign_ins: SignIns
    _database: Database

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Open the database, and bring its schema up to date. Raises StartupError."""
        database = open_database(settings)
        return cls(Projects(database), SignIns(database), database)

    def deciding_copies(self) -> AbstractContextManager[None]:
        """Held by the one process that decides which copies of events are the first ones."""
        return self._database.exclusively(_DECIDING_COPIES)

    def folding_profiles(self) -> AbstractContextManager[None]:
        """Held by the one process that folds updates into profiles."""
        return self._database.exclusively(_FOLDING_PROFILES)

    async def run(self, work: Callable[[], _Result]) -> _Result:
        """The result of work that waits for the database, done without holding up the event loop."""
        return await self._database.run(work)

    def close(self) -> None:
        """Close the connections."""
        self._database.close()
