"""From an empty project to a chart of its first event."""

import subprocess
import sys
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests import tools
from tests.browser.conftest import home
from tests.clients.run_node import NODE
from tests.harness import Project

pytestmark = [pytest.mark.browser, pytest.mark.node]

MIXPANEL_SDK = tools.CLIENTS / "node_modules" / "mixpanel-browser" / "dist" / "mixpanel.umd.js"
AMPLITUDE_SDK = tools.unpacked(tools.BROWSER_SDK) / "lib" / "scripts" / "amplitude-min.js"


def test_the_page_waits_and_the_event_arrives_live(app: Page, project: Project) -> None:
    app.goto(home(project))
    expect(app.get_by_test_id("waiting")).to_contain_text("Waiting for your first event")

    with project.server.client() as http:
        properties = {"token": project.token, "distinct_id": "user-1", "plan": "<i>Premium</i>"}
        http.post("/track", json=[{"event": "Subscription Started", "properties": properties}])

    first = app.get_by_test_id("first-event")
    expect(first).to_contain_text("Subscription Started")
    expect(first).to_contain_text("<i>Premium</i>")
    first.get_by_role("link", name="Chart this event").click()
    app.wait_for_url("**/insights?event=Subscription*")
    expect(app.get_by_test_id("overall")).to_have_text("1")
    expect(app.get_by_test_id("chart")).to_be_visible()

    app.goto(home(project))
    expect(app.get_by_role("heading", name="Overview")).to_be_visible()


def shown_lines(app: Page, project: Project, label: str) -> str:
    """The lines that the install page gives to copy."""
    app.goto(home(project, "install"))
    app.get_by_role("tab", name=label, exact=True).click()
    return app.get_by_test_id("snippets").locator("pre").inner_text()


def arrived(project: Project, count: int) -> set[tuple[str, str]]:
    return {(event["name"], event["protocol"]) for event in project.wait_for(count)}


@pytest.mark.parametrize("vendor", ["mixpanel", "amplitude"])
def test_the_python_lines_work(app: Page, project: Project, vendor: str) -> None:
    lines = shown_lines(app, project, f"{vendor.title()} · Python")
    subprocess.run([sys.executable, "-c", lines], check=True, timeout=60)

    assert arrived(project, 1) == {("Hello", vendor)}


def test_the_curl_lines_work(app: Page, project: Project) -> None:
    lines = shown_lines(app, project, "curl")
    subprocess.run(["bash", "-euc", lines], check=True, timeout=60, capture_output=True)

    assert arrived(project, 2) == {("Hello", "mixpanel"), ("Hello", "amplitude")}


def test_the_node_lines_work(app: Page, project: Project) -> None:
    lines = shown_lines(app, project, "Node")
    subprocess.run([NODE, "--eval", lines], cwd=tools.CLIENTS, check=True, timeout=60, capture_output=True)

    assert arrived(project, 2) == {("Hello", "mixpanel"), ("Hello", "amplitude")}


@pytest.mark.parametrize(("vendor", "sdk"), [("mixpanel", MIXPANEL_SDK), ("amplitude", AMPLITUDE_SDK)])
def test_the_browser_lines_work(app: Page, page: Page, project: Project, site_url: str, vendor: str, sdk: Any) -> None:
    lines = shown_lines(app, project, f"{vendor.title()} · browser").splitlines()
    assert lines[0].startswith("import ")
    page.goto(site_url)
    page.add_script_tag(path=sdk)
    page.evaluate("\n".join(["() => {", *lines[1:], "}"]))

    count = {"mixpanel": 1, "amplitude": 4}[vendor]  # autocapture: $identify, session_start, page view
    assert ("Hello", vendor) in arrived(project, count)
