"""Funnels, retention, flows, lifecycle, stickiness, sessions and revenue, each asked by hand over a small history."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect
from tests.browser.axe import findings
from tests.browser.conftest import home
from tests.browser.questions import choose, fill, question
from tests.harness import Project, Server

pytestmark = pytest.mark.browser

STEPS = ["Signed Up", "Page Viewed", "Paid"]


@pytest.fixture(scope="module")
def asked(server: Server) -> Project:
    return fill(server, "Kinds of reports")


def done(app: Page) -> None:
    expect(app.get_by_test_id("result")).to_have_attribute("aria-busy", "false")


def add_step(app: Page, name: str) -> None:
    app.get_by_test_id("add-event").click()
    app.get_by_role("option", name=name).first.click()


def test_a_funnel_and_its_people_as_a_cohort(app: Page, asked: Project) -> None:
    app.goto(home(asked, "funnels"))
    expect(app.get_by_test_id("unfinished")).to_contain_text("two steps")
    for name in STEPS:
        add_step(app, name)
    expect(app.get_by_test_id("step")).to_have_count(3)
    expect(app.get_by_test_id("conversion")).to_contain_text("2 of 6 converted")
    answer = asked.ask(question(app))
    assert [step["attempts"] for step in answer["rows"][0]["steps"]] == [6, 4, 2]
    assert app.get_by_test_id("funnel-row").locator("td").all_inner_texts()[1:] == ["33.3%", "6", "4 66.7%", "2 50.0%"]

    app.get_by_role("button", name="2 lost (50.0%)").click()
    expect(app.get_by_test_id("people-count")).to_have_text("2 people")
    app.get_by_test_id("cohort-name").fill("Viewed but did not pay")
    app.get_by_test_id("save-cohort").click()
    expect(app.get_by_test_id("cohort-saved")).to_be_visible()
    assert findings(app) == []
    app.get_by_role("button", name="Close").click()

    for view in ("Over time", "Time to convert"):
        app.get_by_test_id("view").get_by_text(view, exact=True).click()
        expect(app.get_by_test_id("chart")).to_be_visible()

    app.get_by_test_id("global-filter").last.click()
    app.get_by_role("option", name="Viewed but did not pay").click()
    app.get_by_test_id("view").get_by_text("Steps", exact=True).click()
    expect(app.get_by_test_id("conversion")).to_contain_text("0 of 2 converted")


def test_a_saved_report_keeps_its_question(app: Page, asked: Project) -> None:
    app.goto(home(asked, "funnels"))
    for name in STEPS[:2]:
        add_step(app, name)
    expect(app.get_by_test_id("conversion")).to_contain_text("4 of 6")
    app.get_by_test_id("save").click()
    app.get_by_test_id("report-name").fill("Signed up and looked")
    app.get_by_role("button", name="Save the report").click()
    expect(app.get_by_role("heading", level=1)).to_have_text("Signed up and looked")
    app.reload()
    expect(app.get_by_role("heading", level=1)).to_have_text("Signed up and looked")
    expect(app.get_by_test_id("conversion")).to_contain_text("4 of 6")


def test_retention(app: Page, asked: Project) -> None:
    app.goto(home(asked, "retention"))
    choose(app.get_by_test_id("start"), app, "event", "Signed Up")
    choose(app.get_by_test_id("returning"), app, "event", "Page Viewed")
    done(app)
    expect(app.get_by_test_id("retention-overall").locator("td").nth(1)).to_have_text("6")
    answer = asked.ask(question(app))
    [series] = answer["series"]
    assert sum(cohort["people"] for cohort in series["cohorts"]) == 6
    (place,) = [at for at, cohort in enumerate(series["cohorts"]) if cohort["people"]]
    cells = app.get_by_test_id("retention-cohort").nth(place).locator("td").all_inner_texts()
    assert cells[1] == "6"
    shown = [f"{100 * back / 6:.1f}%" for back in series["cohorts"][place]["returned"][:2]]
    assert cells[2:4] == shown
    app.get_by_test_id("retention-cohort").nth(place).locator("button").first.click()
    expect(app.get_by_test_id("people-count")).to_have_text("6 people")


def test_flows(app: Page, asked: Project) -> None:
    app.goto(home(asked, "flows"))
    add_step(app, "Signed Up")
    expect(app.get_by_test_id("flow-total")).to_contain_text("6 paths")
    answer = asked.ask(question(app))
    nodes = {(node["step"]["event"], node["position"]): node["count"] for node in answer["nodes"]}
    assert nodes["Page Viewed", 1] == 4
    node = app.get_by_test_id("flow-node").filter(has_text="Page Viewed").first
    expect(node).to_contain_text("4")
    node.click()
    expect(app.get_by_test_id("people-count")).to_have_text("4 people")
    app.get_by_role("button", name="Close").click()
    app.get_by_test_id("view").get_by_text("Paths", exact=True).click()
    assert app.get_by_test_id("path").count() == len(answer["paths"])


def test_lifecycle_stickiness_and_sessions(app: Page, asked: Project) -> None:
    app.goto(home(asked, "lifecycle"))
    expect(app.get_by_test_id("series")).to_have_count(4)
    answer = asked.ask(
        {"type": "lifecycle", "range": {"type": "last", "count": 12, "unit": "week"}, "interval": "week"}
    )
    latest = {row.locator("td").nth(1).inner_text(): row.get_by_test_id("overall").inner_text()
              for row in app.get_by_test_id("series").all()}  # fmt: skip
    assert latest["New"] == str(answer["new"][-1])
    assert sum(answer["new"]) == 6

    app.goto(home(asked, "stickiness"))
    expect(app.get_by_test_id("series").first).to_be_visible()

    app.goto(home(asked, "sessions"))
    expect(app.get_by_test_id("series")).to_have_count(1)
    sessions = asked.ask({"type": "sessions", "range": {"type": "last", "count": 30, "unit": "day"}})
    expect(app.get_by_test_id("overall")).to_have_text(str(sessions["series"][0]["sessions"]))


def test_revenue_finds_where_the_amounts_are(app: Page, asked: Project) -> None:
    app.goto(home(asked, "revenue"))
    expect(app.get_by_test_id("series")).to_have_count(5)
    expect(app.get_by_test_id("overall").first).to_have_text("40")
    with app.expect_download() as file:
        app.get_by_test_id("download").click()
        app.get_by_role("menuitem", name="Numbers (CSV)").click()
    assert file.value.path().read_text("utf-8").startswith("Figure,Overall,")


def test_lifetime_value(app: Page, asked: Project) -> None:
    app.goto(home(asked, "lifetime-value"))
    app.get_by_test_id("view").get_by_text("Table", exact=True).click()
    choose(app.get_by_test_id("revenue-event"), app, "event", "Paid")
    done(app)
    answer = asked.ask(question(app))
    overall = app.get_by_test_id("lifetime-overall").locator("td")
    people = sum(cohort["people"] for cohort in answer["cohorts"])
    first_day = sum(cohort["revenue"][0] for cohort in answer["cohorts"]) / people
    assert (people, first_day) == (6, 40 / 6)
    expect(overall.nth(1)).to_have_text("6")
    expect(overall.nth(2)).to_have_text("6.67")
    # Nobody is 90 days old yet.
    expect(overall.last).to_have_text("")
    overall.nth(1).get_by_role("button").click()
    expect(app.get_by_test_id("people-count")).to_have_text("6 people")


PAID = {"names": ["Signed Up"]}
SCREENS = {
    "funnels": {"type": "funnel", "steps": [{"event": {"names": [name]}} for name in STEPS]},
    "retention": {"type": "retention", "start": PAID},
    "flows": {"type": "flows", "anchor": PAID},
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_reports_with_questions_are_accessible_and_fit_a_phone(app: Page, asked: Project, scheme: Any) -> None:
    app.emulate_media(color_scheme=scheme)
    for screen, asking in SCREENS.items():
        app.set_viewport_size({"width": 1280, "height": 900})
        app.goto(f"{home(asked, screen)}?{urlencode({'q': json.dumps(asking)})}")
        done(app)
        expect(app.get_by_test_id("explain")).to_be_visible()
        assert findings(app) == [], screen
        app.set_viewport_size({"width": 390, "height": 844})
        app.reload()
        expect(app.get_by_test_id("explain")).to_be_visible()
        assert app.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), screen
