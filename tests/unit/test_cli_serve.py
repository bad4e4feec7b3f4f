"""`diptych serve` and `diptych demo` as processes: what they tell, what stops them, who gets in."""

import json
import re
import shlex
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.harness import DIPTYCH, Server, command, environment, free_port

StartServer = Callable[..., Server]


def told(server: Server) -> str:
    """What the server has printed."""
    return server.log.read_text()


def test_first_sign_in(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server(tmp_path / "data")
    told_first = told(server)
    assert f"listens on http://127.0.0.1:{server.port}" in told_first
    assert "diptych project create NAME" in told_first
    [link] = re.findall(r"http://\S+/app/sign-in/\S{43}", told_first)
    later = command("sign-in-link", data_dir=server.data_dir).stdout
    assert later.startswith(f"http://127.0.0.1:{server.port}/app/sign-in/")
    with httpx.Client(trust_env=False) as browser:
        origin = {"Origin": f"http://127.0.0.1:{server.port}"}
        assert browser.get(link).status_code == 200
        assert browser.post(link, headers=origin).status_code == 303
        assert browser.get(f"{origin['Origin']}/api/v1/session").json()["signed_in"] is True
        assert browser.post(link, headers=origin).status_code == 410
        assert server.stop() == 0
        assert not (server.data_dir / "address").exists()
        server.log.write_text("")
        server.start()
        assert "sign-in" not in told(server)
        assert browser.get(f"{origin['Origin']}/api/v1/session").status_code == 200


def test_what_is_in_the_way(server: Server, tmp_path: Path) -> None:
    same_directory = command("serve", "--port", str(free_port()), data_dir=server.data_dir)
    assert_refused(same_directory, "is in use by another Diptych", "--data-dir")
    assert (server.data_dir / "address").exists()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        same_port = command("serve", "--port", str(other.getsockname()[1]), data_dir=tmp_path / "data")
    assert_refused(same_port, "cannot be opened", "--port")
    nobody = {"DIPTYCH_CLICKHOUSE_URL": f"http://default:hunter2@127.0.0.1:{free_port()}/events"}
    # A server waits for it; commands have nothing to do without it.
    no_clickhouse = command("check", data_dir=tmp_path / "data", settings=nobody)
    assert_refused(no_clickhouse, "did not answer", "DIPTYCH_CLICKHOUSE_URL")


def assert_refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert (done.returncode, done.stdout) == (1, "")
    [sentence] = done.stderr.splitlines()
    assert sentence.startswith("diptych: ")
    assert all(word in sentence for word in words)
    assert "hunter2" not in sentence


def test_demo(tmp_path: Path) -> None:
    data_dir, port = tmp_path / "data", free_port()
    for number in (1, 2):
        arguments = [*DIPTYCH, "demo", "--events", "1000", "--port", str(port)]
        process = subprocess.Popen(
            arguments, env=environment(data_dir), cwd=tmp_path, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        lines: list[str] = []
        while "Stop the server" not in (line := process.stdout.readline()):
            assert line or process.poll() is None, "".join(lines)
            lines.append(line)
        text = "".join(lines)
        assert ("is there already" in text) is (number == 2)
        session = httpx.get(f"http://localhost:{port}/api/v1/session", trust_env=False).json()
        if number == 1:
            assert _first_question(text)["rows"]
        else:
            assert f"http://127.0.0.1:{port}/app/p/1/settings/keys" in text
        process.terminate()
        assert process.wait(30) == 0
        [project] = session["projects"]
        assert (session["demo"], project["name"]) == (True, "Demo")
        assert f"Web app:        http://127.0.0.1:{port}/app/" in text
        assert text.count(project["token"]) == 7
    [listed] = json.loads(command("project", "list", "--json", data_dir=data_dir).stdout)
    assert listed["name"] == "Demo"


def _first_question(text: str) -> dict[str, Any]:
    """The answer to the question that `diptych demo` proposes, asked as its lines say."""
    _, _, lines = text.partition("curl -u ")
    account, address, *_, body = shlex.split(lines[: lines.index("}'") + 2])
    username, _, secret = account.partition(":")
    answer = httpx.post(address, json=json.loads(body), auth=(username, secret), trust_env=False)
    return dict(answer.raise_for_status().json())


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1"])
def test_only_demo_mode_on_loopback_needs_no_sign_in(start_server: StartServer, tmp_path: Path, host: str) -> None:
    server = start_server(tmp_path / "data", settings={"DIPTYCH_HOST": host})
    assert "/app/sign-in/" in told(server)
    assert httpx.get(f"http://127.0.0.1:{server.port}/api/v1/session", trust_env=False).status_code == 401
