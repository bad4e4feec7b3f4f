"""A server under load for ten minutes keeps the memory that it has after two."""

import os
import threading
import time
from pathlib import Path

import pytest
from tests.recovery.senders import PROTOCOLS, Send, accepted

SECONDS = int(os.environ.get("SOAK_SECONDS", "600"))
BATCH = 200


def resident(pid: int) -> float:
    """Megabytes."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(status["VmRSS"].split()[0]) / 1024


@pytest.mark.timeout(SECONDS + 600)
def test_memory_does_not_grow(start_server) -> None:
    server = start_server()
    project = server.add_project("Soak")
    end = time.monotonic() + SECONDS
    kept = [0] * len(PROTOCOLS)

    def load(kind: int, send: Send) -> None:
        number = kind * 10_000_000
        with server.client() as client:
            while time.monotonic() < end:
                # Numbers come again after a while, so that copies are among them.
                batch = [n % 100_000 + kind * 10_000_000 for n in range(number, number + BATCH)]
                kept[kind] += BATCH * accepted(send(client, project, batch))
                number += BATCH

    threads = [threading.Thread(target=load, args=pair) for pair in enumerate(PROTOCOLS)]
    for thread in threads:
        thread.start()
    seen: list[float] = []
    while time.monotonic() < end:
        time.sleep(SECONDS / 60)
        seen.append(resident(server.process.pid))
    for thread in threads:
        thread.join()
    print(f"accepted {sum(kept)}; MB every {SECONDS / 60:.0f} s: {[round(value) for value in seen]}")
    assert all(kept)
    assert max(seen[-12:]) < 1.15 * max(seen[12:24])
