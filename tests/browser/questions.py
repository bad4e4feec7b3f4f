"""A small history, and what people do in the question builder."""

import time
from typing import Any

from playwright.sync_api import Page, expect
from tests.harness import Project, Server

DAY = 86_400
HOUR = 3_600
PLANS = ["free", "free", "free", "pro", "pro", "team"]


def history(token: str) -> list[dict[str, Any]]:
    """Six people sign up; an hour later four of them view pages, then two pay, and one is back after a day."""
    start = int(time.time()) - 2 * DAY - 4 * HOUR

    def event(name: str, person: int, at: int, **properties: Any) -> dict[str, Any]:
        own = {"token": token, "distinct_id": f"user-{person}", "time": start + at, "plan": PLANS[person]}
        return {"event": name, "properties": own | properties}

    signed = [event("Signed Up", person, person) for person in range(6)]
    viewed = [
        event("Page Viewed", person, HOUR + person, load=100 * person) for person in range(4) for _ in range(person + 1)
    ]
    paid = [event("Paid", person, 2 * HOUR + person, revenue=10 * person) for person in (1, 3)]
    return [*signed, *viewed, *paid, event("Page Viewed", 3, DAY + 2 * HOUR, load=900)]


def fill(server: Server, name: str) -> Project:
    """A project with that history, and profiles that say another plan than the events do."""
    project = server.add_project(name)
    events = history(project.token)
    profiles = [
        {
            "$token": project.token,
            "$distinct_id": f"user-{person}",
            "$set": {"$name": f"Person {person}", "plan": "gold" if person < 2 else "grey"},
        }
        for person in range(6)
    ]
    with server.client() as http:
        assert http.post("/track", json=events).text == "1"
        assert http.post("/engage", json=profiles).text == "1"
    project.wait_for(len(events))
    return project


def choose(scope: Any, app: Page, field: str, option: str) -> None:
    """Open a menu by its test id and take the option that begins with this text."""
    scope.get_by_test_id(field).last.click()
    app.get_by_role("option", name=option).first.click()


def rows(app: Page) -> dict[str, str]:
    """The table below the chart: name → overall, once the answer is there."""
    expect(app.get_by_test_id("result")).to_have_attribute("aria-busy", "false")
    expect(app.get_by_test_id("series").first).to_be_visible()
    return {
        row.locator("td").nth(1).inner_text(): row.get_by_test_id("overall").inner_text()
        for row in app.get_by_test_id("series").all()
    }


def question(app: Page) -> Any:
    """The question in the address."""
    return app.evaluate("JSON.parse(new URLSearchParams(location.search).get('q'))")
