"""Every screen that the navigation leads to: axe, and a narrow window; with data and without, light and dark."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.axe import findings
from tests.browser.conftest import home
from tests.browser.questions import fill
from tests.harness import Server

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("scheme", "empty"), [("light", False), ("dark", False), ("dark", True)])
def test_every_screen(app: Page, server: Server, scheme: Any, empty: bool) -> None:
    project = server.add_project("Nothing yet") if empty else fill(server, f"Every screen, {scheme}")
    app.emulate_media(color_scheme=scheme)
    app.goto(home(project, "overview"))
    links = app.get_by_role("navigation").get_by_role("link")
    expect(links.first).to_be_visible()
    screens = [link.get_attribute("href") for link in links.all()]
    assert len(screens) > 15
    for screen in screens:
        assert screen
        app.set_viewport_size({"width": 1280, "height": 900})
        app.goto(screen)
        settled(app)
        assert findings(app) == [], screen
        app.set_viewport_size({"width": 390, "height": 844})
        settled(app)
        assert app.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), screen


def settled(app: Page) -> None:
    expect(app.get_by_role("heading", level=1)).to_be_visible()
    expect(app.locator("[aria-busy=true]")).to_have_count(0)
    app.wait_for_timeout(150)
