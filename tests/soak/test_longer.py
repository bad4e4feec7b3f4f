"""What the suite does in small, for longer: `make soak`."""

import itertools
import random

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.oracle.test_segmentation import ZONES, complete, difference, logs, questions
from tests.recovery.senders import stored
from tests.recovery.test_kill import Load

from diptych.store.engine import open_embedded
from diptych.store.migrate import migrate


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory):
    engine = open_embedded(tmp_path_factory.mktemp("soak") / "engine")
    migrate(engine)
    yield engine
    engine.close()


@pytest.mark.timeout(3600)
def test_many_kills(start_server) -> None:
    server = start_server()
    project = server.create_project("Killed often")
    load = Load(server, project)
    for _ in range(40):
        load.kill_while_sending(random.uniform(0.05, 1.5))
        server.start()
        found = stored(project, at_least=next(load.numbers) - 9_000)
        assert {n for n in load.kept if n >= min(found)} <= found.keys()
        assert set(found.values()) == {1}


@pytest.mark.timeout(3600)
def test_many_random_logs(engine) -> None:
    projects = itertools.count(1)

    @settings(max_examples=3_000, deadline=None, suppress_health_check=list(HealthCheck))
    @given(log=logs.map(complete), question=questions, zone=st.sampled_from(ZONES))
    def compare(log, question, zone) -> None:
        assert difference(engine, next(projects), log, zone, question) is None

    compare()
