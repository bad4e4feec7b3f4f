"""From a question to a saved report, a dashboard of several, and annotations on its charts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.axe import findings
from tests.browser.conftest import home
from tests.browser.questions import fill
from tests.harness import Project, Server

pytestmark = pytest.mark.browser

LAST_30 = {"type": "last", "count": 30, "unit": "day"}


@pytest.fixture(scope="module")
def asked(server: Server) -> Project:
    return fill(server, "Dashboards")


def save(project: Project, kind: str, name: str, content: dict[str, Any]) -> int:
    with project.server.client() as http:
        body = {"project_id": project.id, "name": name, "content": content}
        made = http.post(f"/api/v1/{kind}", json=body, auth=project.account)
    assert made.status_code == 200, made.text
    return int(made.json()["id"])


def saved(project: Project, kind: str) -> list[dict[str, Any]]:
    with project.server.client() as http:
        answer = http.get(f"/api/v1/{kind}", params={"project_id": project.id}, auth=project.account)
    found: list[dict[str, Any]] = answer.json()["saved"]
    return found


def segmentation(event: str, **more: Any) -> dict[str, Any]:
    metrics = [{"event": {"names": [event]}, "measure": "unique"}]
    return {"type": "segmentation", "metrics": metrics, "range": LAST_30} | more


def box(element: Locator) -> dict[str, float]:
    found = element.bounding_box()
    assert found is not None
    return dict(found)


def test_a_question_becomes_a_card_of_a_dashboard(app: Page, asked: Project) -> None:
    app.goto(home(asked, "insights?event=Signed+Up&measure=unique&view=number"))
    expect(app.get_by_test_id("numbers")).to_contain_text("6")
    app.get_by_test_id("save").click()
    app.get_by_test_id("report-name").fill("New people")
    app.get_by_role("button", name="Save the report").click()
    expect(app.get_by_role("heading", level=1)).to_have_text("New people")
    app.get_by_test_id("save-more").click()
    app.get_by_role("menuitem", name="New dashboard").click()
    expect(app.get_by_role("menuitem", name="New people")).to_be_visible()

    app.goto(home(asked, "dashboards"))
    app.get_by_role("link", name="New people").click()
    expect(app.get_by_test_id("tile-answer")).to_contain_text("6")
    app.get_by_test_id("numbers").get_by_role("button").click()
    expect(app.get_by_test_id("people-count")).to_have_text("6 people")


def test_a_dashboard_is_arranged_and_filtered(app: Page, asked: Project) -> None:
    old = {"type": "between", "from": "2020-01-01", "to": "2020-01-02"}
    views = segmentation("Page Viewed", range=old)
    steps = [{"event": {"names": [name]}} for name in ("Signed Up", "Paid")]
    reports = [
        save(asked, "reports", "Views", {"question": views, "display": {"view": "number"}}),
        save(asked, "reports", "Steps", {"question": {"type": "funnel", "steps": steps}}),
    ]
    tiles = [{"report": report, "x": 0, "y": 4 * at, "width": 6, "height": 4} for at, report in enumerate(reports)]
    number = save(asked, "dashboards", "Weekly", {"tiles": tiles})
    app.goto(home(asked, f"dashboards/{number}"))
    cards = app.get_by_test_id("tile")
    expect(cards.nth(0)).to_contain_text("0")
    expect(cards.nth(1)).to_contain_text("2 of 6 converted")
    assert findings(app) == []

    app.get_by_test_id("one-range").click()
    expect(cards.nth(0)).to_contain_text("4")
    app.get_by_test_id("board-filter").click()
    app.get_by_role("option", name="plan").first.click()
    app.get_by_test_id("value").fill("pro")
    app.get_by_test_id("value").press("Enter")
    expect(cards.nth(1)).to_contain_text("1 of 2 converted")

    before = box(cards.nth(1))
    grip = app.get_by_role("button", name="Move Steps")
    grip.hover()
    app.mouse.down()
    app.mouse.move(before["x"] + before["width"] + 60, before["y"] + 10, steps=5)
    app.mouse.up()
    expect(app.get_by_role("heading", level=1)).to_be_visible()
    assert box(cards.nth(1))["x"] > before["x"] + before["width"] / 2
    app.get_by_role("button", name="Resize Views").focus()
    app.keyboard.press("ArrowLeft")
    app.keyboard.press("ArrowUp")
    app.get_by_test_id("add-text").click()
    expect(cards).to_have_count(3)
    app.get_by_test_id("tile-more").last.click()
    app.get_by_role("menuitem", name="Edit").click()
    app.get_by_test_id("text").fill("# Read <b>this</b>\nFirst")
    app.get_by_role("button", name="Keep the text").click()
    expect(app.get_by_test_id("tile-text").get_by_role("heading")).to_have_text("Read <b>this</b>")

    app.reload()
    expect(cards).to_have_count(3)
    expect(cards.nth(1)).to_contain_text("1 of 2 converted")
    content = next(one["content"] for one in saved(asked, "dashboards") if one["id"] == number)
    assert content["range"]["type"] == "last"
    assert (content["tiles"][0]["width"], content["tiles"][0]["height"]) == (5, 3)
    assert content["tiles"][1]["x"] > 0
    app.get_by_test_id("full-screen").click()
    expect(app.locator(".presented-title")).to_have_text("Weekly")
    app.keyboard.press("Escape")


def test_a_card_that_cannot_be_answered_leaves_the_others_alone(app: Page, asked: Project) -> None:
    gone = {"type": "in_cohort", "id": "999999"}
    broken = save(asked, "reports", "Broken", {"question": segmentation("Paid", filter=gone)})
    whole = save(asked, "reports", "Whole", {"question": segmentation("Paid"), "display": {"view": "number"}})
    tiles = [
        {"report": report, "x": 6 * at, "y": 0, "width": 6, "height": 4} for at, report in enumerate((broken, whole))
    ]
    number = save(asked, "dashboards", "Half", {"tiles": tiles})
    # The console tells of the refused request, which fails the test in the tab that is watched.
    tab = app.context.new_page()
    tab.goto(home(asked, f"dashboards/{number}"))
    expect(tab.get_by_test_id("tile").nth(0).get_by_test_id("failure")).to_contain_text("cohort")
    expect(tab.get_by_test_id("tile").nth(1)).to_contain_text("2")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_dashboards_fit_a_narrow_screen(app: Page, asked: Project, scheme: Any) -> None:
    report = save(asked, "reports", "By plan", {"question": segmentation("Signed Up"), "display": {"view": "bar"}})
    tiles = [
        {"report": report, "x": 6, "y": 0, "width": 6, "height": 4},
        {"text": "# A", "x": 0, "y": 0, "width": 6, "height": 2},
    ]
    number = save(asked, "dashboards", "Narrow", {"tiles": tiles})
    app.emulate_media(color_scheme=scheme)
    app.set_viewport_size({"width": 390, "height": 844})
    for screen in ("dashboards", f"dashboards/{number}", "reports"):
        app.goto(home(asked, screen))
        expect(app.get_by_role("heading", level=1)).to_be_visible()
        expect(app.get_by_role("status", name="Loading")).to_have_count(0)
        assert app.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), screen
        assert findings(app) == [], screen


def test_saved_reports_are_kept_in_order(app: Page, asked: Project) -> None:
    save(asked, "reports", "Draft", {"question": segmentation("Paid")})
    app.goto(home(asked, "reports"))
    app.get_by_test_id("report-search").fill("draft")
    expect(app.get_by_test_id("report")).to_have_count(1)

    def more(item: str) -> None:
        app.get_by_test_id("report-more").first.click()
        app.get_by_role("menuitem", name=item).click()

    more("Rename")
    app.get_by_test_id("new-name").fill("Final draft")
    app.get_by_role("button", name="Save").click()
    expect(app.get_by_role("link", name="Final draft")).to_be_visible()
    more("Versions")
    expect(app.get_by_test_id("versions").get_by_role("listitem")).to_have_count(2)
    app.get_by_role("button", name="Close").click()
    more("Duplicate")
    expect(app.get_by_test_id("report")).to_have_count(2)
    more("Delete")
    app.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(app.get_by_test_id("report")).to_have_count(1)
    app.get_by_text("Deleted reports").click()
    app.get_by_role("button", name="Restore Final draft").first.click()
    expect(app.get_by_test_id("report")).to_have_count(2)
    app.get_by_role("link", name="Final draft").first.click()
    expect(app.get_by_role("heading", level=1)).to_contain_text("Final draft")


def test_what_happened_is_noted_on_charts(app: Page, asked: Project) -> None:
    app.goto(home(asked, "insights?event=Page+Viewed&measure=total"))
    app.get_by_test_id("annotations").click()
    app.get_by_test_id("annotation-name").fill("<i>Version 2</i>")
    app.get_by_test_id("annotation-day").fill(str((datetime.now(UTC) - timedelta(days=29)).date()))
    app.get_by_role("button", name="Note it").click()
    expect(app.get_by_test_id("annotation")).to_contain_text("<i>Version 2</i>")
    assert findings(app) == []
    app.keyboard.press("Escape")
    app.get_by_test_id("chart").focus()
    app.keyboard.press("Home")
    expect(app.get_by_test_id("note")).to_have_text("<i>Version 2</i>")
    app.get_by_test_id("annotations").click()
    app.get_by_role("button", name="Remove <i>Version 2</i>").click()
    expect(app.get_by_test_id("annotation")).to_have_count(0)
