"""What the suite does in small, for longer: `make soak`."""

import random

import pytest
from tests.recovery.senders import stored
from tests.recovery.test_kill import Load


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
