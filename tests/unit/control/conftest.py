"""Control databases, empty: of each kind, unless a test asks for one kind."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from diptych.control import Control
from diptych.settings import Settings

KINDS = [pytest.param("sqlite"), pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=KINDS)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings with an empty control database."""
    url = request.getfixturevalue("postgres_database") if request.param == "postgresql" else None
    return Settings(data_dir=tmp_path / "data", control_url=url)


@pytest.fixture
def open_control(settings: Settings) -> Iterator[Callable[[], Control]]:
    """Opens the same control database any number of times, as processes do."""
    opened: list[Control] = []

    def open_one() -> Control:
        opened.append(Control.open(settings))
        return opened[-1]

    yield open_one
    for control in opened:
        control.close()


@pytest.fixture
def control(open_control: Callable[[], Control]) -> Control:
    """An open control database."""
    return open_control()
