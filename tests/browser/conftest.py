"""The web app in Chromium: signed in, and quiet."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page
from tests.harness import Project, Server, command


def sign_in(page: Page, server: Server) -> None:
    """Open a one-time link and press its button, as an owner does."""
    made = command("sign-in-link", data_dir=server.data_dir)
    assert made.returncode == 0, made.stderr
    page.goto(made.stdout.strip())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/app/**")


@pytest.fixture(scope="module")
def owner(chromium: Browser, server: Server) -> Iterator[dict[str, object]]:
    """The state of a browser that is signed in to the shared server."""
    context = chromium.new_context()
    sign_in(context.new_page(), server)
    yield {"storage_state": context.storage_state()}
    context.close()


@pytest.fixture
def app(chromium: Browser, owner: dict[str, object], server: Server) -> Iterator[Page]:
    """A tab of the signed-in owner. Errors on its console, of the content policy too, fail the test."""
    # Without motion: what fades in has other colours until it is there, and axe would measure those.
    context = chromium.new_context(
        base_url=server.url,
        viewport={"width": 1280, "height": 900},
        reduced_motion="reduce",
        **owner,  # type: ignore[arg-type]
    )
    context.set_default_timeout(10_000)
    tab = context.new_page()
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    tab.on("console", note)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    yield tab
    context.close()
    assert complaints == []


def home(project: Project, screen: str = "") -> str:
    """The address of a screen of a project."""
    return f"/app/p/{project.id}{'/' if screen else ''}{screen}"
