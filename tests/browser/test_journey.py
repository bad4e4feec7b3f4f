"""From sign-up to a dashboard, over the demo data: the numbers on every report are those of the API."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import home, sign_in
from tests.browser.questions import choose, question
from tests.harness import Project, Server, demo_project

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"
SIGNED_UP, VIEWED, STARTED = ({"names": [name]} for name in ("Signed Up", "Page Viewed", "Subscription Started"))
RULES = {"rule": "first_ever", "interval": "day", "measured_by": "calendar", "criterion": "on"}
AMOUNT = {"key": "revenue", "scope": "event"}
LAST = {"range": {"type": "last", "count": 60, "unit": "day"}}


@pytest.fixture(scope="module")
def demo(start_server: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Project:
    return demo_project(start_server, tmp_path_factory.mktemp("demo") / "data")


@pytest.fixture(scope="module")
def page_of_owner(chromium: Browser, demo: Project) -> Any:
    context = chromium.new_context(base_url=demo.server.url, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(15_000)
    page = context.new_page()
    sign_in(page, demo.server)
    yield page
    context.close()


def test_from_sign_up_to_a_dashboard(page_of_owner: Page, demo: Project, chromium: Browser) -> None:
    page = page_of_owner
    page.get_by_role("link", name="Set up your sign-in").click()
    page.get_by_label("Name", exact=True).fill("Olga")
    page.get_by_label("E-mail address").fill("olga@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Save and set the password").click()
    expect(page.get_by_role("heading", name="Password")).to_be_visible()

    page.get_by_role("navigation").get_by_role("link", name="Insights").click()
    choose(page.get_by_test_id("metric"), page, "event", "Subscription Started")
    page.get_by_test_id("measure").click()
    page.get_by_role("option", name="Unique people").click()
    page.get_by_test_id("view").get_by_text("Number", exact=True).click()
    people = str(demo.ask(question(page))["series"][0]["overall"])
    assert int(people) > 3
    expect(page.get_by_test_id("numbers")).to_contain_text(people)
    page.get_by_test_id("save").click()
    page.get_by_test_id("report-name").fill("New subscribers")
    page.get_by_role("button", name="Save the report").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("New subscribers")
    page.get_by_test_id("save-more").click()
    page.get_by_role("menuitem", name="New dashboard").click()
    expect(page.get_by_role("menuitem", name="New subscribers")).to_be_visible()
    page.keyboard.press("Escape")

    # Another browser, with the password that was set.
    context = chromium.new_context(base_url=demo.server.url)
    other = context.new_page()
    other.goto("/app/")
    other.get_by_label("E-mail address").fill("olga@example.com")
    other.get_by_label("Password", exact=True).fill(PASSWORD)
    other.keyboard.press("Enter")
    other.get_by_role("navigation").get_by_role("link", name="Dashboards").click()
    other.get_by_role("link", name="New subscribers").click()
    expect(other.get_by_test_id("tile-answer")).to_contain_text(people)
    context.close()


def shown(page: Page, demo: Project, path: str, asked: dict[str, Any], **display: str) -> Any:
    """Open a report, and the API's answer to the same question."""
    page.goto(f"{home(demo, path)}?{urlencode({'q': json.dumps(asked | LAST)} | display)}")
    expect(page.get_by_test_id("explain")).to_be_visible()
    return demo.ask(asked | LAST)


def figure(number: float) -> str:
    return f"{number:,.2f}".rstrip("0").rstrip(".") if isinstance(number, float) else f"{number:,}"


def overall(page: Page) -> list[str]:
    expect(page.get_by_test_id("series").first).to_be_visible()
    return page.get_by_test_id("overall").all_inner_texts()


def test_insights(page_of_owner: Page, demo: Project) -> None:
    by = [{"property": {"key": "plan", "scope": "user", "at": "event"}}]
    asked = {"type": "segmentation", "metrics": [{"event": VIEWED, "measure": "unique"}], "breakdowns": by}
    answer = shown(page_of_owner, demo, "insights", asked)
    assert overall(page_of_owner) == [figure(one["overall"]) for one in answer["series"]]
    assert len(answer["series"]) > 2


def test_funnels_and_flows(page_of_owner: Page, demo: Project) -> None:
    steps = [{"event": one} for one in (SIGNED_UP, VIEWED)]
    row = shown(page_of_owner, demo, "funnels", {"type": "funnel", "steps": steps})["rows"][0]
    entered, *_, converted = (step["attempts"] for step in row["steps"])
    assert 0 < converted < entered
    expect(page_of_owner.get_by_test_id("conversion")).to_contain_text(f"{figure(converted)} of {figure(entered)}")
    answer = shown(page_of_owner, demo, "flows", {"type": "flows", "anchor": SIGNED_UP, "before": 0, "after": 3})
    expect(page_of_owner.get_by_test_id("flow-total")).to_contain_text(figure(answer["total"]))
    events = [one for one in answer["nodes"] if one["step"]["event"] and one["position"] == 1]
    most = max(events, key=lambda one: one["count"])
    node = page_of_owner.get_by_test_id("flow-node").filter(has_text=most["step"]["event"]).first
    expect(node).to_contain_text(figure(most["count"]))


def test_retention_and_lifetime_value(page_of_owner: Page, demo: Project) -> None:
    asked = {"type": "retention", "start": SIGNED_UP, "returning": VIEWED, "windows": 10} | RULES
    answer = shown(page_of_owner, demo, "retention", asked)
    row = page_of_owner.get_by_test_id("retention-overall").locator("td").all_inner_texts()
    series = answer["series"][0]
    assert row[1] == figure(sum(cohort["people"] for cohort in series["cohorts"]))
    weighted = zip(series["weighted"]["values"], series["weighted"]["people"], strict=True)
    assert row[2:] == [f"{100 * back / people:.1f}%" if people else "" for back, people in weighted]

    answer = shown(
        page_of_owner,
        demo,
        "lifetime-value",
        {"type": "lifetime_value", "interval": "week", "days": [0, 6, 29], "property": AMOUNT},
        view="heat",
    )
    row = page_of_owner.get_by_test_id("lifetime-overall").locator("td").all_inner_texts()
    assert row[1] == figure(sum(cohort["people"] for cohort in answer["cohorts"]))
    sums = [[sum(cohort[key][place] for cohort in answer["cohorts"]) for key in ("revenue", "old_enough")]
            for place in range(len(answer["days"]))]  # fmt: skip
    assert row[2:] == [figure(float(revenue / people)) if people else "" for revenue, people in sums]


def test_lifecycle_sessions_stickiness_and_revenue(page_of_owner: Page, demo: Project) -> None:
    answer = shown(page_of_owner, demo, "lifecycle", {"type": "lifecycle", "interval": "week"})
    expect(page_of_owner.get_by_test_id("series")).to_have_count(4)
    latest = {row.locator("td").nth(1).inner_text(): row.get_by_test_id("overall").inner_text()
              for row in page_of_owner.get_by_test_id("series").all()}  # fmt: skip
    assert latest["New"] == figure(answer["new"][-1])
    answer = shown(page_of_owner, demo, "sessions", {"type": "sessions"})
    assert overall(page_of_owner) == [figure(answer["series"][0]["sessions"])]
    answer = shown(page_of_owner, demo, "revenue", {"type": "revenue", "property": AMOUNT})
    assert overall(page_of_owner)[0] == figure(sum(answer["revenue"]))
    asked = {"type": "frequency", "period": "week", "unit": "day", "at_least": True}
    answer = shown(page_of_owner, demo, "stickiness", asked)
    expect(page_of_owner.get_by_test_id("series")).to_have_count(len(answer["periods"]))
    names = [row.locator("td").nth(1).inner_text() for row in page_of_owner.get_by_test_id("series").all()]
    assert all(f"{figure(people)} active" in name for name, people in zip(names, answer["active"], strict=True))
    assert sum(answer["active"]) > 0
