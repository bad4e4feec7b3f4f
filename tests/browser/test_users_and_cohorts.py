"""Users, one person's page and cohorts, over a small history with an anonymous beginning."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect
from tests.browser.axe import findings
from tests.browser.conftest import home
from tests.browser.questions import choose, fill
from tests.harness import Project, Server

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=\"window.broken='person'\">"
COLD = "device-of-user-0"


@pytest.fixture(scope="module")
def people(server: Server) -> Project:
    project = fill(server, "People")
    own = {"token": project.token, "$device_id": COLD}
    events = [
        {"event": "Visited", "properties": own | {"distinct_id": f"$device:{COLD}"}},
        {"event": "Signed In", "properties": own | {"distinct_id": "user-0", "$user_id": "user-0"}},
    ]
    profiles = [
        {"$token": project.token, "$distinct_id": "user-0", "$set": {"plan": "platinum", "tags": ["a", "b"]}},
        {"$token": project.token, "$distinct_id": "user-5", "$set": {"$name": HOSTILE, HOSTILE: HOSTILE}},
    ]
    with server.client() as http:
        assert http.post("/track", json=events).text == "1"
        assert http.post("/engage", json=profiles).text == "1"
    project.wait_for(21)
    return project


def person(project: Project, name: str, **more: str) -> str:
    return home(project, f"users/person?{urlencode({'id': name} | more)}")


def test_finding_people(app: Page, people: Project) -> None:
    app.goto(home(people, "users"))
    expect(app.get_by_test_id("person")).to_have_count(6)
    assert findings(app) == []

    app.get_by_test_id("people-search").fill("Person 3")
    expect(app.get_by_test_id("person")).to_have_count(1)
    expect(app.get_by_test_id("person")).to_contain_text("user-3")
    app.get_by_test_id("people-search").fill("nobody of this name")
    expect(app.get_by_test_id("nobody")).to_contain_text("Nobody fits")
    app.get_by_role("button", name="Show everybody").click()
    expect(app.get_by_test_id("people-search")).to_have_value("")

    app.get_by_test_id("filter").click()
    expect(app.get_by_role("option", name="load")).to_have_count(0)
    app.get_by_role("option", name="plan").first.click()
    app.get_by_test_id("value").fill("grey")
    app.get_by_test_id("value").press("Enter")
    expect(app.get_by_test_id("person")).to_have_count(4)
    app.reload()
    expect(app.get_by_test_id("person")).to_have_count(4)
    app.get_by_test_id("people-order").get_by_text("Seen last").click()
    expect(app.get_by_test_id("people-table")).to_contain_text("Last seen")
    app.get_by_role("link", name="Person 3").click()
    expect(app.get_by_role("heading", level=1)).to_have_text("Person 3")
    assert app.evaluate("window.broken") is None


def test_one_person(app: Page, people: Project) -> None:
    app.goto(person(people, "user-0"))
    expect(app.get_by_role("heading", level=1)).to_have_text("Person 0")
    # What the device did before it was known as the user's is theirs.
    expect(app.get_by_test_id("person-events")).to_have_text("4 events")
    expect(app.get_by_test_id("live-event")).to_have_count(4)
    events = people.get("people/activity", id="user-0")["events"]
    days = {datetime.fromtimestamp(event["time"] / 1000, UTC).date() for event in events}
    expect(app.get_by_test_id("day")).to_have_count(len(days))
    expect(app.get_by_test_id("profile")).to_contain_text("platinum")
    app.get_by_test_id("live-event-details").first.click()
    expect(app.get_by_test_id("live-event-json")).to_contain_text('"distinct_id"')
    assert findings(app) == []

    app.get_by_test_id("tab-history").click()
    changes = app.get_by_test_id("change").filter(has_text="plan")
    expect(changes).to_have_count(2)
    expect(changes.first).to_contain_text("gold → platinum")
    assert findings(app) == []


def test_the_days_of_a_person_are_read_from_any_day_on_both_ways(app: Page, server: Server) -> None:
    project = server.add_project("Much history")
    day = 86_400
    events = [
        {"event": f"Step {number}", "properties": {"token": project.token, "distinct_id": "busy", "time": at}}
        for number, at in enumerate(range(1_770_000_000, 1_770_000_000 + 120 * day, day))
    ]
    with server.client() as http:
        assert http.post("/track", json=events).text == "1"
    project.wait_for(120)
    app.goto(person(project, "busy"))
    expect(app.get_by_test_id("live-event")).to_have_count(50)
    app.get_by_test_id("activity-day").fill("2026-04-03")
    expect(app.get_by_test_id("live-event").first).to_contain_text("Step 60")
    app.get_by_test_id("newer").click()
    expect(app.get_by_test_id("live-event").first).to_contain_text("Step 110")
    expect(app.get_by_test_id("live-event")).to_have_count(100)
    app.get_by_test_id("older").click()
    expect(app.get_by_test_id("live-event")).to_have_count(111)
    expect(app.get_by_test_id("live-event").last).to_contain_text("Step 0")


def test_a_link_is_taken_back_and_made_again(app: Page, people: Project) -> None:
    app.goto(person(people, "user-0", tab="identity"))
    expect(app.get_by_test_id("id")).to_have_count(2)
    assert findings(app) == []
    app.get_by_role("button", name=f"Unlink $device:{COLD} from user-0").click()
    app.get_by_role("dialog").get_by_role("button", name="Unlink").click()
    expect(app.get_by_test_id("id")).to_have_count(1)
    expect(app.get_by_test_id("person-events")).to_have_text("3 events")
    expect(app.get_by_test_id("said").first).to_contain_text("are not one person")
    app.get_by_role("button", name=f"Link $device:{COLD} to user-0 again").click()
    expect(app.get_by_test_id("id")).to_have_count(2)
    expect(app.get_by_test_id("person-events")).to_have_text("4 events")


def test_names_of_people_are_text(app: Page, people: Project) -> None:
    app.goto(person(people, "user-5"))
    expect(app.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    expect(app.get_by_test_id("profile")).to_contain_text(HOSTILE)
    # Of whom nothing is known the server answers 404, which the console tells.
    other = app.context.new_page()
    other.goto(person(people, HOSTILE))
    expect(other.get_by_test_id("no-person")).to_contain_text(HOSTILE)
    assert app.evaluate("window.broken") is None
    assert other.evaluate("window.broken") is None


def test_a_cohort_is_built_used_changed_and_deleted(app: Page, people: Project) -> None:
    app.goto(home(people, "cohorts"))
    app.get_by_test_id("new-cohort").click()
    app.get_by_test_id("cohort-title").fill("Viewed much, not paid")
    choose(app.get_by_test_id("cohort-condition"), app, "event", "Page Viewed")
    app.get_by_test_id("number").fill("2")
    expect(app.get_by_test_id("cohort-size")).to_have_text("3")
    app.get_by_test_id("add-condition").click()
    app.get_by_role("menuitem", name="Did not do something").click()
    choose(app.get_by_test_id("cohort-condition").last, app, "event", "Paid")
    # Of those with two views and more - 1, 2 and 3 - only 2 has never paid.
    expect(app.get_by_test_id("cohort-size")).to_have_text("1")
    expect(app.get_by_test_id("person-behind")).to_contain_text(["Person 2"])
    assert findings(app) == []
    app.get_by_test_id("save-cohort").click()
    expect(app.get_by_role("heading", level=1)).to_have_text("Viewed much, not paid")
    number = app.url.rsplit("/", 1)[1]

    selected = {"type": "in_cohort", "id": number}
    asked = {"type": "segmentation", "metrics": [{"event": {}, "measure": "unique"}], "filter": selected}
    assert people.ask(asked)["series"][0]["overall"] == 1

    app.get_by_test_id("join").get_by_text("or", exact=True).click()
    expect(app.get_by_test_id("cohort-size")).to_have_text("6")
    app.get_by_test_id("save-cohort").click()
    app.get_by_test_id("duplicate").click()
    expect(app.get_by_role("heading", level=1)).to_have_text("Viewed much, not paid (copy)")
    app.get_by_role("button", name="Delete").click()
    app.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(app.get_by_test_id("cohort")).to_have_count(1)
    expect(app.get_by_test_id("size")).to_have_text("6")
    assert findings(app) == []


def test_a_list_is_uploaded(app: Page, people: Project) -> None:
    app.goto(home(people, "cohorts"))
    app.get_by_test_id("upload").click()
    app.get_by_test_id("upload-name").fill("Interviewed")
    app.get_by_test_id("upload-ids").fill('user-1,Ann\n"user-2",Bo\nuser-1\nnobody\n')
    app.get_by_test_id("upload-save").click()
    expect(app.get_by_test_id("uploaded")).to_contain_text("2 of 3 ids are known")
    expect(app.get_by_test_id("uploaded")).to_contain_text("nobody")
    app.get_by_role("button", name="Open the cohort").click()
    expect(app.get_by_test_id("cohort-size")).to_have_text("2")
    expect(app.get_by_test_id("person-behind")).to_have_count(2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_people_fit_a_narrow_screen(app: Page, people: Project, scheme: Any) -> None:
    app.emulate_media(color_scheme=scheme)
    app.set_viewport_size({"width": 390, "height": 844})
    for address in (home(people, "users"), person(people, "user-0"), home(people, "cohorts/new")):
        app.goto(address)
        expect(app.get_by_role("heading", level=1)).to_be_visible()
        expect(app.get_by_role("status", name="Loading")).to_have_count(0)
        assert app.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
        assert findings(app) == [], address
