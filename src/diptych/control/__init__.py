"""Projects, credentials, people and what they save: what is not about single persons or events."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Self, TypeVar

from diptych.control.accounts import ServiceAccounts
from diptych.control.attempts import Attempts
from diptych.control.database import ControlUnavailable, Database, open_database
from diptych.control.invitations import Invitations
from diptych.control.lexicon import Lexicon
from diptych.control.passwords import PasswordWork
from diptych.control.projects import Projects
from diptych.control.registry import CreatedProject, InvalidProject
from diptych.control.saved import SavedObjects
from diptych.control.sign_ins import SignIns
from diptych.control.users import InvalidUser, Users
from diptych.settings import Settings

__all__ = ["Control", "ControlUnavailable", "CreatedProject", "InvalidProject", "InvalidUser", "Projects", "SignIns"]

_Result = TypeVar("_Result")
_DECIDING_COPIES = 7_301_001
_FOLDING_PROFILES = 7_301_002
_PERSONS = 7_301_003
_COLUMNS = 7_301_004


@dataclass(frozen=True)
class Control:
    """The control database, opened. Several processes may have it open at once."""

    projects: Projects
    accounts: ServiceAccounts
    users: Users
    invitations: Invitations
    sign_ins: SignIns
    attempts: Attempts
    saved: SavedObjects
    lexicon: Lexicon
    passwords: PasswordWork
    _database: Database

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Open the database, and bring its schema up to date. Raises StartupError."""
        database = open_database(settings)
        return cls(
            projects=Projects(database),
            accounts=ServiceAccounts(database),
            users=Users(database),
            invitations=Invitations(database),
            sign_ins=SignIns(database),
            attempts=Attempts(database),
            saved=SavedObjects(database),
            lexicon=Lexicon(database),
            passwords=PasswordWork(),
            _database=database,
        )

    def deciding_copies(self) -> AbstractContextManager[None]:
        """Held by the one process that decides which copies of events are the first ones."""
        return self._database.exclusively(_DECIDING_COPIES)

    def folding_profiles(self) -> AbstractContextManager[None]:
        """Held by the one process that folds updates into profiles."""
        return self._database.exclusively(_FOLDING_PROFILES)

    def changing_persons(self) -> AbstractContextManager[None]:
        """Held by the one process that changes who is who, while none inserts events."""
        return self._database.exclusively(_PERSONS)

    def placing_events(self) -> AbstractContextManager[None]:
        """Held by processes that insert events, while none changes who is who."""
        return self._database.exclusively(_PERSONS, shared=True)

    def writing_columns(self) -> AbstractContextManager[None]:
        """Held by the one process that brings what queries look up into the columns of events."""
        return self._database.exclusively(_COLUMNS)

    async def run(self, work: Callable[[], _Result]) -> _Result:
        """The result of work that waits for the database, done without holding up the event loop."""
        return await self._database.run(work)

    def close(self) -> None:
        """Close the connections."""
        self.passwords.close()
        self._database.close()
