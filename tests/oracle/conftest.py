"""An embedded engine that the oracle's answers are compared with; every log gets a project of its own."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from tests.examples import SOAK

from diptych.store.engine import Engine, open_embedded
from diptych.store.migrate import migrate

# For a quick look over many logs (--hypothesis-profile=look): a shrink may take minutes.
settings.register_profile("look", phases=[Phase.explicit, Phase.reuse, Phase.generate])

_projects = count(1)
_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Who finds a difference may take five minutes to make it small, and says it then."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.timeout(12 * 3600 if SOAK else 900))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_embedded(tmp_path_factory.mktemp("oracle") / "engine")
    migrate(engine)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def new_project():
    return lambda: next(_projects)
