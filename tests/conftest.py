"""Fixtures for tests against a really running server, and the rule for tests whose tool is missing."""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import trustme
from hypothesis import settings
from playwright.sync_api import Browser, Page, sync_playwright
from tests import examples, tools
from tests.harness import ROOT, Project, Server
from tests.postgres import postgres
from tests.website import site

StartServer = Callable[..., Server]

settings.load_profile(examples.PROFILE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test whose tool could not be installed is skipped, and says what would install it."""
    reasons = {marker: tools.missing(marker) for marker in tools.MARKERS}
    for item in items:
        for marker, reason in reasons.items():
            if reason and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session", autouse=True)
def _coverage_of_servers(pytestconfig: pytest.Config) -> None:
    """With --cov, the servers that tests start are measured too."""
    if pytestconfig.pluginmanager.hasplugin("_cov"):
        os.environ["COVERAGE_PROCESS_START"] = str(ROOT / "pyproject.toml")
        os.environ["COVERAGE_FILE"] = str(ROOT / ".coverage")


@pytest.fixture(scope="session")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """Starts servers, each with a data directory of its own unless one is given; ends them all."""
    started: list[Server] = []

    def start(data_dir: Path | None = None, **options: object) -> Server:
        directory = data_dir or tmp_path_factory.mktemp("server") / "data"
        server = Server(directory, **options)  # type: ignore[arg-type]
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def server(start_server: StartServer) -> Server:
    """The server that tests share; each takes a project of its own."""
    return start_server()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A certificate authority for tests, and a certificate of it for this machine."""
    folder = tmp_path_factory.mktemp("tls")
    made = trustme.CA()
    certificate = made.issue_cert("localhost", "127.0.0.1")
    paths = {name: folder / f"{name}.pem" for name in ("cert", "key", "authority")}
    made.cert_pem.write_to_path(paths["authority"])
    certificate.private_key_pem.write_to_path(paths["key"])
    certificate.cert_chain_pems[0].write_to_path(paths["cert"])
    return paths


@pytest.fixture(scope="session")
def tls_server(start_server: StartServer, authority: dict[str, Path]) -> Server:
    """A server for the clients that insist on https."""
    return start_server(tls=authority)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server: `postgresql://user@host:port`, to which a test adds a database of its own."""
    with postgres() as url:
        yield url


@pytest.fixture
def postgres_database(postgres_url: str) -> str:
    """An empty PostgreSQL database, as DIPTYCH_CONTROL_URL takes it."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(f"{postgres_url}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"{postgres_url}/{name}"


_numbers = itertools.count(1)


@pytest.fixture
def project(server: Server) -> Project:
    """A new, empty project."""
    return server.add_project(f"Test {next(_numbers)}")


@pytest.fixture
def tls_project(tls_server: Server) -> Project:
    """A new, empty project of the https server."""
    return tls_server.add_project(f"Test {next(_numbers)}")


_CHROMIUM_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Headless Chromium. Not for the session: while it runs, no other test of the process has asyncio."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=tools.chromium(), args=_CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A tab of a new profile, with a time limit of ten seconds for whatever is awaited."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def site_url() -> Iterator[str]:
    """A site on another origin than the server's, so that the browser asks for CORS."""
    with site() as address:
        yield address
