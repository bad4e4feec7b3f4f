"""Projects, credentials and people who sign in, in SQLite or PostgreSQL."""

from sqlalchemy import Engine

from diptych.control.database import open_database
from diptych.control.projects import Projects
from diptych.control.sign_in import SignIn
from diptych.settings import Settings

__all__ = ["Control", "Projects", "SignIn"]


class Control:
    """The control database of one process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.projects = Projects(engine)
        self.sign_in = SignIn(engine)

    @classmethod
    def open(cls, settings: Settings) -> "Control":
        """Open and migrate. Raises StartupError."""
        return cls(open_database(settings))

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()
