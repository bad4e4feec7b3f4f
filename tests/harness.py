"""A really running server, driven as its users drive it: commands, settings, addresses."""

import json
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Self

import httpx

from diptych.control import Control
from diptych.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
_MAIN = """
import os
if "COVERAGE_PROCESS_START" in os.environ:
    import coverage
    coverage.process_startup()
from diptych.cli import main
main()
"""
DIPTYCH = [sys.executable, "-c", _MAIN]
_START_SECONDS = 60
_STOP_SECONDS = 30


def environment(data_dir: Path, extra: dict[str, str] | None = None) -> dict[str, str]:
    """The environment of a command of ours: this checkout's code, and no setting but the ones of the test."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DIPTYCH_")}
    return kept | {"DIPTYCH_DATA_DIR": str(data_dir), "PYTHONPATH": str(ROOT / "src")} | (extra or {})


def command(
    *arguments: str, data_dir: Path, settings: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `diptych ARGUMENTS` to its end."""
    return subprocess.run(
        [*DIPTYCH, *arguments],
        env=environment(data_dir, settings),
        capture_output=True,
        text=True,
        timeout=_START_SECONDS,
        cwd=data_dir.parent,
    )


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Server:
    """`diptych serve` in a process of its own."""

    data_dir: Path
    settings: dict[str, str] = field(default_factory=dict)
    tls: dict[str, Path] = field(default_factory=dict)  # cert, key, authority
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    up: str = "/ready"  # what answers 200 when it has started

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.data_dir.parent / f"{self.data_dir.name}.log"

    def start(self) -> Self:
        arguments = ["serve", "--port", str(self.port)]
        if self.tls:
            arguments += ["--tls-cert", str(self.tls["cert"]), "--tls-key", str(self.tls["key"])]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*DIPTYCH, *arguments],
                env=environment(self.data_dir, self.settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.data_dir.parent,
            )
        self._wait_until_ready()
        return self

    def _wait_until_ready(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + _START_SECONDS
        with self.client() as client:
            while time.monotonic() < deadline and self.process.poll() is None:
                try:
                    if client.get(self.up).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                time.sleep(0.05)
        self.stop()
        raise AssertionError(f"the server did not become ready:\n{self.log.read_text()[-4000:]}")

    def stop(self) -> int:
        """SIGTERM, and how the process ended."""
        if self.process is None:
            return 0
        self.process.terminate()
        try:
            status = self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"no end after SIGTERM:\n{self.log.read_text()[-4000:]}") from None
        self.process = None
        return status

    def client(self) -> httpx.Client:
        # Without TLS there is nothing to verify, and to read the system's authorities takes 30 ms for each client.
        verify: Any = ssl.create_default_context(cafile=str(self.tls["authority"])) if self.tls else False
        return httpx.Client(base_url=self.url, verify=verify, timeout=30, trust_env=False)

    def create_project(self, name: str, *options: str) -> "Project":
        """A new project, by the command, while the server runs."""
        done = command("project", "create", name, *options, "--json", data_dir=self.data_dir, settings=self.settings)
        assert done.returncode == 0, done.stderr
        made = json.loads(done.stdout)
        account = made["service_account"]
        keys = (account["username"], account["secret"])
        return Project(self, made["project_id"], made["name"], made["token"], made["secret"], keys)

    def add_project(self, name: str, identity: str = "simplified") -> "Project":
        """As `create_project`, without starting a process: what the command does, from this one."""
        control = Control.open(Settings(data_dir=self.data_dir, control_url=self.settings.get("DIPTYCH_CONTROL_URL")))
        try:
            made = control.projects.create(name, identity=identity)
        finally:
            control.close()
        account = made.service_account
        keys = (account.username, account.secret)
        return Project(self, made.project_id, made.name, made.token, made.secret, keys)


@dataclass(frozen=True)
class Project:
    """A project of a running server and its keys."""

    server: Server
    id: int
    name: str
    token: str
    secret: str
    account: tuple[str, str]

    def get(self, path: str, **parameters: Any) -> Any:
        """An answer of our own API about this project."""
        with self.server.client() as client:
            answer = client.get(f"/api/v1/projects/{self.id}/{path}", params=parameters, auth=self.account)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def events(self) -> list[dict[str, Any]]:
        """What the project has, in order of receipt."""
        newest_first: list[dict[str, Any]] = self.get("events", limit=1000)["events"]
        return newest_first[::-1]

    def wait_for(self, count: int, seconds: float = 20) -> list[dict[str, Any]]:
        """The project's events once there are `count`; for clients that send in the background."""
        deadline = time.monotonic() + seconds
        while len(events := self.events()) < count and time.monotonic() < deadline:
            time.sleep(0.1)
        names = [event["name"] for event in events]
        assert len(events) == count, f"expected {count} events, got {len(events)}: {names}"
        return events

    def profile(self, profile_id: str, group_type: str = "") -> dict[str, Any]:
        """A person's or a group's current properties."""
        properties: dict[str, Any] = self.get("profiles", id=profile_id, group_type=group_type)["properties"]
        return properties

    def ask(self, question: dict[str, Any]) -> Any:
        """The answer to a question of our own API."""
        with self.server.client() as client:
            body = {"project_id": self.id, "question": question}
            answer = client.post("/api/v1/query", json=body, auth=self.account)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def vendor(self, path: str, auth: tuple[str, str], **parameters: Any) -> Any:
        """An answer of a vendor's query API."""
        with self.server.client() as client:
            answer = client.get(path, params=parameters, auth=auth)
        assert answer.status_code == 200, answer.text
        return answer.json()


_LOAD_DEMO = """
import json, sys; from pathlib import Path; from diptych import app; from diptych.control import Control
from diptych.settings import Settings
settings = Settings(data_dir=Path(sys.argv[1])); control = Control.open(settings)
made = app.load_demo(settings, control, 20_000, lambda done: None)
account = made.service_account
print(json.dumps([made.project_id, made.token, made.secret, account.username, account.secret]))
"""


def demo_project(start_server: Callable[[Path], Server], directory: Path) -> Project:
    """A server over a directory that has the demo's project, of about 20,000 events, and nobody yet."""
    loading = [sys.executable, "-c", _LOAD_DEMO, str(directory)]
    done = subprocess.run(loading, env=environment(directory), check=True, capture_output=True, text=True)
    number, token, secret, *account = json.loads(done.stdout.splitlines()[-1])
    return Project(start_server(directory), number, "Demo", token, secret, (account[0], account[1]))


def today_utc() -> date:
    """The current day in the zone that projects have by default."""
    return date.fromisoformat(time.strftime("%Y-%m-%d", time.gmtime()))
