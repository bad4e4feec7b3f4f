"""Overview and Insights over known data."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import home
from tests.harness import Project, Server

pytestmark = pytest.mark.browser

DAY = 86_400
HOSTILE = "<img src=x onerror=\"window.broken='event'\">"
PLANS = {"pro": 6, "free": 3, "</script><script>window.broken='value'</script>": 1}


def history(token: str) -> list[dict[str, Any]]:
    """20 views by 5 people over 4 days, 10 purchases by 2 people, one event with a hostile name."""
    now = int(time.time())

    def event(name: str, person: int, day: int, **properties: Any) -> dict[str, Any]:
        own = {"token": token, "distinct_id": f"user-{person}", "time": now - day * DAY}
        return {"event": name, "properties": own | properties}

    views = [event("Page Viewed", number % 5, number % 4) for number in range(20)]
    plans = [plan for plan, count in PLANS.items() for _ in range(count)]
    paid = [event("Paid", number % 2, 1, plan=plan) for number, plan in enumerate(plans)]
    return [*views, *paid, event(HOSTILE, 9, 0, plan=HOSTILE)]


@pytest.fixture(scope="module")
def filled(server: Server) -> Project:
    project = server.add_project("Reports <b>& more</b>")
    with server.client() as http:
        assert http.post("/track", json=history(project.token)).text == "1"
    project.wait_for(31)
    return project


def rows(app: Page) -> dict[str, str]:
    """The table below the chart: value → overall."""
    expect(app.get_by_test_id("series").first).to_be_visible()
    found = {}
    for row in app.get_by_test_id("series").all():
        found[row.locator("td").nth(1).inner_text()] = row.get_by_test_id("overall").inner_text()
    return found


def choose(app: Page, field: str, option: str) -> None:
    app.get_by_test_id(field).click()
    app.get_by_role("option", name=option).first.click()


def test_overview(app: Page, filled: Project) -> None:
    app.goto(home(filled))

    expect(app.get_by_test_id("value-active-users")).to_have_text("6")
    expect(app.get_by_test_id("value-new-users")).to_have_text("6")
    expect(app.get_by_test_id("value-events")).to_have_text("31")
    top = app.get_by_test_id("top-events")
    expect(top.get_by_role("row").first).to_contain_text("Page Viewed")
    expect(top.get_by_role("row").first).to_contain_text("20")
    expect(app.get_by_test_id("live-events")).to_contain_text("Paid")
    top.get_by_role("link", name="Paid").click()
    app.wait_for_url("**/insights?event=Paid*")
    assert rows(app) == {"Paid": "10"}


def test_a_new_event_shows_up_in_the_live_stream(app: Page, server: Server) -> None:
    project = server.add_project("Live")
    with server.client() as http:
        properties = {"token": project.token, "distinct_id": "user-1"}
        http.post("/track", json=[{"event": "Before", "properties": properties}])
        app.goto(home(project, "events"))
        expect(app.get_by_test_id("live-events")).to_contain_text("Before")
        http.post("/track", json=[{"event": "After", "properties": properties}])
        expect(app.get_by_test_id("live-events")).to_contain_text("After")


def test_insights_with_breakdown_and_an_address_to_share(app: Page, filled: Project) -> None:
    app.goto(home(filled, "insights"))
    choose(app, "event", "Paid")
    choose(app, "measure", "Total events")
    choose(app, "breakdown", "plan")
    expect(app.get_by_test_id("series")).to_have_count(3)
    wanted = {name: str(count) for name, count in PLANS.items()}
    assert rows(app) == wanted
    expect(app.get_by_test_id("chart")).to_be_visible()

    address = app.url
    choose(app, "measure", "Unique people")
    expect(app.get_by_test_id("overall").first).to_have_text("2")
    app.go_back()
    expect(app.get_by_test_id("overall").first).to_have_text("6")
    assert rows(app) == wanted

    shared = app.context.new_page()
    shared.goto(address)
    assert rows(shared) == wanted
    shared.reload()
    assert rows(shared) == wanted
    assert app.evaluate("window.broken") is None


def test_interval_and_date_range(app: Page, filled: Project) -> None:
    first = (datetime.now(UTC) - timedelta(days=3)).date()
    last = datetime.now(UTC).date()
    query = f"insights?event=Page+Viewed&measure=total&range={first}..{last}&interval=day&view=table"
    app.goto(home(filled, query))
    assert rows(app) == {"Page Viewed": "20"}
    cells = [cell.inner_text() for cell in app.get_by_test_id("series").locator("td").all()[3:]]
    assert cells == ["5", "5", "5", "5"]

    app.get_by_test_id("from").fill(str(last))
    app.get_by_test_id("to").fill(str(last))
    app.get_by_role("button", name="Apply").click()
    expect(app.get_by_test_id("overall")).to_have_text("5")


def test_the_answer_explains_itself(app: Page, filled: Project) -> None:
    app.goto(home(filled, "insights?event=Paid&measure=unique"))
    app.get_by_test_id("explain").click()

    explanation = app.get_by_test_id("explanation")
    expect(explanation).to_contain_text("Paid")
    expect(explanation).to_contain_text("SELECT")
    expect(explanation).to_contain_text("rows read")


def test_hostile_names_are_text(app: Page, filled: Project) -> None:
    app.goto(home(filled))
    expect(app.get_by_test_id("top-events")).to_contain_text(HOSTILE)
    app.get_by_role("button", name=f"Details of {HOSTILE}").first.click()
    app.get_by_test_id("top-events").get_by_text(HOSTILE).click()
    app.wait_for_url("**/insights?**")
    assert rows(app) == {HOSTILE: "1"}
    choose(app, "breakdown", "plan")
    expect(app.get_by_test_id("series")).to_contain_text([HOSTILE])
    app.get_by_test_id("chart").hover()
    assert app.evaluate("window.broken") is None


def test_an_event_that_never_happened(app: Page, filled: Project) -> None:
    app.goto(home(filled, "insights?event=None+such&measure=total"))
    expect(app.get_by_test_id("empty")).to_contain_text("None such")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone(app: Page, filled: Project, scheme: Any) -> None:
    app.emulate_media(color_scheme=scheme)
    app.set_viewport_size({"width": 390, "height": 844})
    app.goto(home(filled))
    expect(app.get_by_test_id("value-events")).to_have_text("31")
    assert app.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
