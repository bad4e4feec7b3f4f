"""The control database for the time of a command."""

from collections.abc import Iterator
from contextlib import contextmanager

from diptych.control import Control
from diptych.settings import Settings


@contextmanager
def opened(settings: Settings) -> Iterator[Control]:
    """The control database, whether or not a server runs. Raises StartupError."""
    control = Control.open(settings)
    try:
        yield control
    finally:
        control.close()
