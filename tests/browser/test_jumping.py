"""Search and jump, the keys, and the axes of charts: what is reached without a mouse."""

import pytest
from playwright.sync_api import Page, expect
from tests.browser.axe import findings
from tests.browser.conftest import home
from tests.browser.questions import fill, question, rows
from tests.harness import Project, Server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def asked(server: Server) -> Project:
    return fill(server, "Jumping")


def search(app: Page) -> None:
    app.keyboard.press("Control+k")
    expect(app.get_by_role("combobox", name="Search and jump")).to_be_focused()


def test_everything_is_found_by_its_name(app: Page, asked: Project) -> None:
    app.goto(home(asked, "overview"))
    expect(app.get_by_test_id("palette-button")).to_be_visible()
    search(app)
    expect(app.get_by_test_id("target").first).to_contain_text("Overview")
    assert findings(app) == []
    app.keyboard.type("paid")
    expect(app.get_by_test_id("target").first).to_contain_text("Paid")
    app.keyboard.press("Enter")
    expect(app.get_by_test_id("palette")).to_have_count(0)
    assert rows(app) == {"Paid": "2"}

    search(app)
    app.keyboard.type("person 3")
    expect(app.get_by_test_id("target")).to_have_text(["Find people: person 3People"])
    app.keyboard.press("Enter")
    expect(app.get_by_test_id("person")).to_have_count(1)
    search(app)
    app.keyboard.type("cohorts")
    app.keyboard.press("ArrowDown")
    app.keyboard.press("ArrowUp")
    app.keyboard.press("Enter")
    expect(app.get_by_role("heading", level=1)).to_have_text("Cohorts")


def test_keys_are_told_and_work(app: Page, asked: Project) -> None:
    app.goto(home(asked, "insights?event=Page+Viewed&measure=total"))
    assert rows(app) == {"Page Viewed": "11"}
    app.keyboard.press("Shift+?")
    expect(app.get_by_test_id("shortcuts")).to_contain_text("Copy the link")
    expect(app.get_by_test_id("shortcuts")).to_contain_text("Search and jump")
    assert findings(app) == []
    app.keyboard.press("Escape")
    expect(app.get_by_test_id("shortcuts")).to_have_count(0)
    app.keyboard.press("Shift+E")
    expect(app.get_by_test_id("series")).to_have_count(2)
    assert [metric["event"]["names"] for metric in question(app)["metrics"]] == [["Page Viewed"], ["Page Viewed"]]


def test_axes_and_a_goal_are_part_of_the_address(app: Page, asked: Project) -> None:
    two = (
        '{"type":"segmentation","metrics":[{"event":{"names":["Page Viewed"]},"measure":"total"},'
        '{"event":{"names":["Paid"]},"measure":"unique"}],"range":{"type":"last","count":7,"unit":"day"}}'
    )
    app.goto(home(asked, f"insights?q={two}"))
    expect(app.get_by_test_id("series")).to_have_count(2)
    app.get_by_test_id("chart-options").click()
    app.get_by_label("Logarithmic axis").click()
    app.get_by_label("Later metrics on a second axis").click()
    app.get_by_test_id("goal").fill("5")
    app.get_by_test_id("goal").press("Enter")
    expect(app.get_by_test_id("chart")).to_contain_text("Goal 5")
    assert findings(app) == []
    assert all(part in app.url for part in ("log=1", "second=1", "goal=5"))
    app.reload()
    expect(app.get_by_test_id("chart")).to_contain_text("Goal 5")
