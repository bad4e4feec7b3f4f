"""The machine's clock jumps, while the server runs and while it does not: nothing is lost, nothing counts twice."""

from pathlib import Path

from tests.harness import ROOT, Project, Server
from tests.recovery.senders import PROTOCOLS, START, accepted, stored
from tests.recovery.test_kill import kill

HALF_AN_HOUR, THREE_DAYS = 1_800, 3 * 86_400


class Clock:
    """The wall clock of a server's process: see `clock/sitecustomize.py`."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.jump_to(0)

    @property
    def settings(self) -> dict[str, str]:
        path = f"{ROOT / 'tests/recovery/clock'}:{ROOT / 'src'}"
        return {"TEST_CLOCK": str(self._file), "PYTHONPATH": path}

    def jump_to(self, seconds_off: int) -> None:
        # Written whole before it has its name: the server reads it at any moment.
        new = self._file.with_suffix(".new")
        new.write_text(str(seconds_off))
        new.replace(self._file)


def send(server: Server, project: Project, numbers: list[int]) -> None:
    with server.client() as client:
        for n in numbers:
            assert accepted(PROTOCOLS[n % 3](client, project, [n]))


def test_a_clock_that_jumps(start_server, tmp_path: Path) -> None:
    clock = Clock(tmp_path / "clock")
    server: Server = start_server(settings=clock.settings)
    project = server.add_project("Jumping")
    send(server, project, list(range(6)))
    clock.jump_to(THREE_DAYS)
    send(server, project, list(range(6, 12)))
    clock.jump_to(-HALF_AN_HOUR)
    send(server, project, list(range(12, 18)))
    with server.client() as client:
        lag = next(x for x in client.get("/metrics").text.splitlines() if x.startswith("diptych_lag_seconds"))
        assert 0 <= float(lag.split()[1]) < 60
    # Back in time over a crash: what waits in the spool and what comes again meet what was there.
    kill(server)
    server.start()
    send(server, project, list(range(24)))
    clock.jump_to(THREE_DAYS + HALF_AN_HOUR)
    send(server, project, list(range(24)))
    assert stored(project) == dict.fromkeys(range(24), 1)


def test_the_order_of_receipt_outlives_a_clock_that_goes_back(start_server, tmp_path: Path) -> None:
    """Of Mixpanel's copies the last one received is kept, whatever the clock says of it."""
    clock = Clock(tmp_path / "clock")
    clock.jump_to(THREE_DAYS)
    server: Server = start_server(settings=clock.settings)
    project = server.add_project("Back")
    with server.client() as client:
        assert accepted(PROTOCOLS[0](client, project, [0]))
    kill(server)
    clock.jump_to(0)
    server.start()
    with server.client() as client:
        ids = {"token": project.token, "distinct_id": "u0", "$insert_id": "n-0"}
        copy = {"event": "Numbered", "properties": ids | {"time": START, "n": 1}}
        assert accepted(client.post("/track", json=[copy]))
    assert stored(project) == {1: 1}
