"""Real ClickHouse nodes on this machine, out of libchdb.so (see tests/tools.py).

Every node has the users `app` (password `pw`, all rights) and `reader` (password `rpw`, reads only), and one
without a password that may only open the ports, because the library's own session uses it. Data is kept in
DIR/n<i>/data, so a later start with the same directory finds it again.
"""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import httpx
from tests import tools

HERE = Path(__file__).resolve().parent

USERS = """<clickhouse>
  <profiles>
    <default><max_threads>2</max_threads></default>
    <reader><readonly>2</readonly></reader>
  </profiles>
  <users>
    <default>
      <password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
      <grants><query>GRANT SYSTEM LISTEN ON *.*</query></grants>
    </default>
    <app>
      <password>pw</password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
      <access_management>1</access_management><named_collection_control>1</named_collection_control>
    </app>
    <reader>
      <password>rpw</password><networks><ip>127.0.0.1</ip></networks><profile>reader</profile><quota>default</quota>
      <grants><query>GRANT SELECT ON *.*</query></grants>
    </reader>
  </users>
  <quotas><default/></quotas>
</clickhouse>
"""

# clickhouse-local's own pool sizes are 0 or 2, and then queued Distributed inserts are never sent.
CONFIG = """<clickhouse>
  <listen_host>127.0.0.1</listen_host>
  <tcp_port>{tcp}</tcp_port>
  <http_port>{http}</http_port>
  <log-level>warning</log-level>
  <logger><log>{directory}/server.log</log></logger>
  <users_config>{directory}/users.xml</users_config>
  <remote_servers><{cluster}>{shards}</{cluster}></remote_servers>
  <macros><shard>{shard}</shard><replica>n{node}</replica><cluster>{cluster}</cluster></macros>
  <background_schedule_pool_size>16</background_schedule_pool_size>
  <background_distributed_schedule_pool_size>4</background_distributed_schedule_pool_size>
  <background_buffer_flush_schedule_pool_size>2</background_buffer_flush_schedule_pool_size>
  <background_pool_size>4</background_pool_size>
  <background_fetches_pool_size>4</background_fetches_pool_size>
  <background_common_pool_size>4</background_common_pool_size>
  <max_server_memory_usage>5000000000</max_server_memory_usage>
</clickhouse>
"""

SHARD = """<shard><internal_replication>true</internal_replication><replica>
  <host>127.0.0.1</host><port>{tcp}</port><user>app</user><password>pw</password></replica></shard>
"""


class Refused(Exception):
    """A statement failed, or a node did not start."""


class Nodes:
    """A cluster named `c` of one shard per node."""

    def __init__(self, directory: Path, count: int = 1) -> None:
        self.directory, self.count = directory, count
        self.base = 0
        self.processes: list[subprocess.Popen[bytes] | None] = [None] * count

    def tcp(self, node: int) -> int:
        return self.base + 10 * node + 1

    def http(self, node: int) -> int:
        return self.base + 10 * node + 2

    def url(self, node: int = 0, database: str = "diptych", user: str = "app", password: str = "pw") -> str:
        """The address as DIPTYCH_CLICKHOUSE_URL takes it."""
        return f"http://{user}:{password}@127.0.0.1:{self.http(node)}/{database}"

    def start(self) -> Self:
        self.base = next(self._free_bases())
        try:
            for node in range(self.count):
                self._spawn(node)
            for node in range(self.count):
                self._wait(node)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        for process in self.processes:
            if process and process.stdin:
                with contextlib.suppress(OSError):
                    process.stdin.close()
        for node in range(self.count):
            self.stop_node(node)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start_node(self, node: int) -> None:
        self._spawn(node)
        self._wait(node)

    def stop_node(self, node: int) -> None:
        """A clean end."""
        if (process := self.processes[node]) is None:
            return
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self.processes[node] = None

    def kill_node(self, node: int) -> None:
        """SIGKILL."""
        process = self.processes[node]
        assert process is not None
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.processes[node] = None

    def query(self, node: int, sql: str, **settings: Any) -> str:
        """The answer to one statement, as text. Raises Refused."""
        parameters = {key: str(value) for key, value in settings.items()}
        answer = httpx.post(
            f"http://127.0.0.1:{self.http(node)}/",
            params=parameters,
            content=sql,
            auth=("app", "pw"),
            timeout=120,
            trust_env=False,
        )
        if answer.status_code != 200:
            raise Refused(answer.text.strip())
        return answer.text

    def everywhere(self, sql: str) -> list[str]:
        """One statement on each node in turn: what ON CLUSTER would do, without Keeper."""
        return [self.query(node, sql) for node in range(self.count)]

    def _free_bases(self) -> Iterator[int]:
        for base in random.sample(range(20_000, 21_000 - 10 * self.count, 10), 90):
            ports = [base + 10 * node + offset for node in range(self.count) for offset in (1, 2)]
            if all(map(_is_free, ports)):
                yield base
        raise Refused("no free ports between 20000 and 21000")

    def _spawn(self, node: int) -> None:
        home = self.directory / f"n{node}"
        home.mkdir(parents=True, exist_ok=True)
        (home / "config.xml").write_text(self._config(node, home))
        (home / "users.xml").write_text(USERS)
        _keep_system_database(home / "data")
        with (home / "err").open("ab") as err:
            # A pipe on stdin: when this process dies, the node sees its end and ends too.
            self.processes[node] = subprocess.Popen(
                [sys.executable, HERE / "node.py", home / "config.xml", home / "data"],
                stdin=subprocess.PIPE,
                stdout=err,
                stderr=err,
                cwd=home,
                env=os.environ | {"LIBCHDB": str(tools.clickhouse_library())},
                start_new_session=True,
            )

    def _config(self, node: int, home: Path) -> str:
        shards = "".join(SHARD.format(tcp=self.tcp(other)) for other in range(self.count))
        return CONFIG.format(
            tcp=self.tcp(node),
            http=self.http(node),
            directory=home,
            cluster="c",
            shards=shards,
            shard=node + 1,
            node=node,
        )

    def _wait(self, node: int, seconds: float = 60) -> None:
        """Until this very node answers, and not a stranger on its port."""
        process = self.processes[node]
        wanted = str(self.directory / f"n{node}" / "data")
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and process and process.poll() is None:
            try:
                path = self.query(node, "SELECT value FROM system.server_settings WHERE name = 'path'").strip()
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            if path.rstrip("/") != wanted:
                raise Refused(f"port {self.http(node)} belongs to another server, with path {path}")
            return
        tail = (self.directory / f"n{node}" / "err").read_text(errors="replace")[-2000:]
        raise Refused(f"node {node} did not answer: {tail}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _keep_system_database(data: Path) -> None:
    """Without this file the system database lives in memory, and a second start fails on its log tables."""
    file = data / "metadata" / "system.sql"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"ATTACH DATABASE _ UUID '{uuid.uuid4()}'\nENGINE = Atomic\n")
