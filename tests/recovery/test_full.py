"""Disks that are full: nothing acknowledged is lost, clients are told when to come back, and it goes on by itself."""

import resource
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.harness import Project, Server
from tests.recovery.senders import PROTOCOLS, accepted, stored
from tests.recovery.test_kill import kill

OVERLOADED = {"mixpanel": 503, "amplitude": 503, "segment": 429}


class Sent:
    """Numbers that were acknowledged and refused, protocol by protocol in turn."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.kept: set[int] = set()
        self.refused: dict[str, httpx.Response] = {}
        self._next = 0

    def send(self, client: httpx.Client, count: int) -> None:
        for _ in range(count):
            send = PROTOCOLS[self._next % 3]
            batch = list(range(self._next * 100, self._next * 100 + 100))
            self._next += 1
            answer = send(client, self.project, batch)
            if accepted(answer):
                self.kept.update(batch)
            else:
                self.refused[send.__name__] = answer

    def until_all_refuse(self, client: httpx.Client) -> None:
        deadline = time.monotonic() + 30
        while len(self.refused) < 3 and time.monotonic() < deadline:
            self.send(client, 3)
        assert {name: answer.status_code for name, answer in self.refused.items()} == OVERLOADED
        assert all(int(answer.headers["retry-after"]) > 0 for answer in self.refused.values())

    def until_all_accept(self, client: httpx.Client) -> None:
        deadline = time.monotonic() + 30
        self.refused = {"": httpx.Response(503)}
        while self.refused and time.monotonic() < deadline:
            self.refused = {}
            self.send(client, 3)
        assert self.refused == {}


def limit_files(server: Server, size: int) -> None:
    """No file of the server may grow beyond `size`, as if the disk were full."""
    assert server.process is not None
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_files_that_cannot_grow(start_server) -> None:
    server: Server = start_server()
    sent = Sent(server.add_project("Full"))
    with server.client() as client:
        sent.send(client, 3)
        limit_files(server, 60_000)
        sent.until_all_refuse(client)
        limit_files(server, resource.RLIM_INFINITY)
        sent.until_all_accept(client)
    assert sent.kept
    assert stored(sent.project) == dict.fromkeys(sent.kept, 1)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of 96 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs to mount a small disk; run: sudo make test")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(disk: Path) -> Path:
    """Take all the space that is left."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        size = 1 << 20
        while size:
            try:
                file.write(bytes(size))
            except OSError:
                size //= 2
    return filler


def test_a_disk_that_is_full_over_a_crash(start_server, small_disk: Path) -> None:
    server: Server = start_server(small_disk / "data")
    sent = Sent(server.add_project("Full"))
    with server.client() as client:
        sent.send(client, 3)
        filler = fill(small_disk)
        sent.until_all_refuse(client)
        assert client.get("/health").status_code == 200
    kill(server)
    server.start()
    with server.client() as client:
        sent.send(client, 3)
        filler.unlink()
        sent.until_all_accept(client)
    assert stored(sent.project) == dict.fromkeys(sent.kept, 1)
    server.stop()
