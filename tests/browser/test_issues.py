"""The screen "Ingestion issues" over records that were really refused or corrected."""

import json
import re
import time
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from tests.browser.conftest import home
from tests.harness import Project, Server

pytestmark = pytest.mark.browser

HOSTILE = "</script><script>window.broken='sample'</script><img src=x onerror=\"window.broken='image'\">"
DIGITS = 12345678901234567890  # more than JavaScript can count
LONG = "A rather long reason. " * 40 + "unbroken" * 200

POLLED = 20_000  # milliseconds in which a screen that polls has asked again

ASKED = "**/api/v1/ingestion/issues?*"

NO_ID = "'properties.distinct_id' is invalid: must not be missing"
FUTURE = "'properties.time' is invalid: must not be in the future"
SHORT = "user_id is too short"
NO_NAME = "'event' must not be missing or empty"
NO_TIME = "'timestamp' is no time that can be read"


def mixpanel(project: Project, *properties: dict[str, Any]) -> None:
    """Past events with the service account, in strict mode, all of them refused."""
    with project.server.client() as http:
        sent = [{"event": "Order", "properties": own} for own in properties]
        query = {"strict": 1, "project_id": project.id}
        answer = http.post("/import", params=query, auth=project.account, json=sent)
    assert answer.status_code == 400
    assert answer.json()["num_records_imported"] == 0


def amplitude(project: Project, *events: dict[str, Any]) -> None:
    with project.server.client() as http:
        answer = http.post("/2/httpapi", json={"api_key": project.token, "events": events})
    assert answer.status_code == 400


def segment(project: Project, *messages: dict[str, Any]) -> None:
    with project.server.client() as http:
        body = {"writeKey": project.token, "batch": messages}
        assert http.post("/v1/batch", json=body).status_code == 200


def send_everything(project: Project) -> None:
    """Five reasons of three protocols, the corrected time last."""
    now = int(time.time())
    mixpanel(project, {"time": now, "$insert_id": "a"}, {"time": now, "$insert_id": "b"})
    mixpanel(project, {"time": now + 86_400, "distinct_id": "user-1", "$insert_id": "c"})
    amplitude(project, {"event_type": "Sign up", "user_id": "bob", "event_properties": {"note": HOSTILE}})
    segment(project, {"type": "track", "userId": "user-1", "properties": {"order": 1}})
    segment(project, {"type": "track", "event": "Order", "userId": "user-1", "timestamp": "yesterday at noon"})


@pytest.fixture(scope="module")
def filled(server: Server) -> Project:
    project = server.add_project("Issues")
    send_everything(project)
    return project


def row(app: Page, reason: str) -> Locator:
    """The row of a reason."""
    return app.get_by_test_id("issue").filter(has=app.get_by_text(reason, exact=True))


def told(app: Page) -> list[tuple[str, ...]]:
    """(kind, reason, protocol, records) of each row."""
    expect(app.get_by_test_id("issue").first).to_be_visible()
    names = ("kind", "reason", "protocol", "records")
    return [
        tuple(str(one.get_by_test_id(f"issue-{name}").text_content()) for name in names)
        for one in app.get_by_test_id("issue").all()
    ]


def test_what_three_protocols_refused_and_corrected_is_told_by_reason(app: Page, filled: Project) -> None:
    app.goto(home(filled, "issues"))

    assert told(app) == [
        ("corrected", NO_TIME, "Segment", "1"),
        ("rejected", NO_NAME, "Segment", "1"),
        ("rejected", SHORT, "Amplitude", "1"),
        ("rejected", FUTURE, "Mixpanel", "1"),
        ("rejected", NO_ID, "Mixpanel", "2"),
    ]
    expect(row(app, SHORT).get_by_test_id("issue-field")).to_have_text("user_id")
    seen = row(app, SHORT).locator("time").last
    expect(seen).to_have_text(re.compile(r"just now|ago"))
    expect(seen).to_have_attribute("title", re.compile(r"20\d\d, \d\d:\d\d:\d\d \(UTC\)"))


def test_the_navigation_counts_the_last_day_and_leads_here(app: Page, filled: Project) -> None:
    app.goto(home(filled, "install"))
    expect(app.get_by_test_id("issue-count")).to_contain_text("6")
    app.get_by_role("link", name="Ingestion issues").click()
    expect(app.get_by_role("heading", name="Ingestion issues")).to_be_visible()
    expect(app.get_by_test_id("issue")).to_have_count(5)


@pytest.mark.parametrize("reason", [NO_ID, FUTURE, SHORT, NO_NAME, NO_TIME])
def test_each_of_these_reasons_comes_with_advice(app: Page, filled: Project, reason: str) -> None:
    app.goto(home(filled, "issues"))
    row(app, reason).click()
    expect(app.get_by_test_id("issue-advice")).to_be_visible()
    expect(app.get_by_test_id("issue-sample").first).to_contain_text("{")


def test_a_row_opens_and_closes_by_keyboard(app: Page, filled: Project) -> None:
    app.goto(home(filled, "issues"))
    button = row(app, NO_ID).get_by_role("button")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.focus()
    app.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(app.get_by_test_id("issue-open")).to_contain_text("Send properties.distinct_id")
    app.keyboard.press("Space")
    expect(app.get_by_test_id("issue-open")).to_have_count(0)


def test_the_latest_records_are_shown_as_sent_and_can_be_copied(app: Page, server: Server) -> None:
    project = server.add_project("Samples")
    for number in range(1, 7):
        amplitude(project, {"event_type": f"A{number}", "user_id": "bob", "event_properties": {"n": DIGITS}})
    app.context.grant_permissions(["clipboard-read", "clipboard-write"])
    app.goto(home(project, "issues"))
    row(app, SHORT).click()

    samples = app.get_by_test_id("issue-sample")
    expect(samples).to_have_count(5)
    names = [json.loads(text)["event_type"] for text in samples.all_inner_texts()]
    assert names == ["A6", "A5", "A4", "A3", "A2"]
    expect(samples.first).to_contain_text(f'"n": {DIGITS}')
    app.get_by_test_id("issue-open").get_by_role("button", name="Copy the JSON").first.click()
    expect(app.get_by_role("button", name="Copied")).to_be_visible()
    assert app.evaluate("navigator.clipboard.readText()") == samples.first.inner_text()


def test_hostile_text_is_text(app: Page, filled: Project) -> None:
    app.goto(home(filled, "issues"))
    row(app, SHORT).click()
    shown = json.loads(app.get_by_test_id("issue-sample").inner_text())
    assert shown["event_properties"] == {"note": HOSTILE}
    assert app.evaluate("window.broken") is None


def answer(app: Page, *issues: dict[str, Any]) -> None:
    """Let the server's answer be these issues: reasons that no protocol of today gives."""
    now = int(time.time() * 1000)
    usual = {"kind": "rejected", "reason": "r", "protocol": "p", "field": "f", "count": 1, "first": now, "latest": now}
    body = {"issues": [usual | {"samples": []} | issue for issue in issues]}

    def reply(route: Route) -> None:
        route.fulfill(json=body)

    app.route(ASKED, reply)


@pytest.mark.parametrize("width", [390, 1280])
def test_long_and_hostile_reasons_fit(app: Page, filled: Project, width: int) -> None:
    app.set_viewport_size({"width": width, "height": 844})
    cut = '{"a":"' + "x" * 1994
    answer(
        app,
        {"reason": LONG, "field": "f" * 300, "count": 1_234_567, "samples": [cut]},
        {"reason": HOSTILE, "kind": "new"},
    )
    app.goto(home(filled, "issues"))

    expect(app.get_by_test_id("issue-reason").last).to_have_text(HOSTILE)
    expect(app.get_by_test_id("issue-records").first).to_have_text("1,234,567")
    closed = row_height(app)
    assert closed < 140
    app.get_by_test_id("issue-details").first.click()
    expect(app.get_by_text("Only the first 2000 characters are kept.")).to_be_visible()
    expect(app.get_by_test_id("issue-whole-reason")).to_have_text(LONG.strip())
    assert app.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert app.evaluate("window.broken") is None


def row_height(app: Page) -> float:
    box = app.get_by_test_id("issue").first.bounding_box()
    assert box is not None
    return box["height"]


def test_what_goes_wrong_now_shows_up_and_does_not_while_one_reads(app: Page, server: Server) -> None:
    project = server.add_project("Live issues")
    app.goto(home(project, "issues"))
    expect(app.get_by_test_id("no-issues")).to_contain_text("Nothing was rejected or corrected in the last 24 hours.")

    segment(project, {"type": "track", "userId": "user-1"})
    expect(app.get_by_test_id("issue")).to_have_count(1, timeout=POLLED)
    expect(app.get_by_test_id("issue-count")).to_contain_text("1", timeout=POLLED)

    row(app, NO_NAME).click()
    segment(project, {"type": "track", "userId": "user-2"})
    # The count beside the name goes on, so a later answer than the one that is read has come by then.
    expect(app.get_by_test_id("issue-count")).to_contain_text("2", timeout=POLLED)
    expect(app.get_by_test_id("issue-records")).to_have_text("1")
    app.get_by_role("button", name="Resume").click()
    expect(app.get_by_test_id("issue-open")).to_have_count(0)
    expect(app.get_by_test_id("issue-records")).to_have_text("2", timeout=POLLED)


def test_the_period_is_in_the_address(app: Page, filled: Project) -> None:
    app.goto(home(filled, "issues"))
    app.get_by_test_id("issue-period").get_by_text("7D").click()
    app.wait_for_url("**/issues?since=7d")
    expect(app.get_by_test_id("issue")).to_have_count(5)

    asked: list[str] = []
    app.on("request", lambda request: asked.append(request.url) if "ingestion/issues" in request.url else None)
    app.reload()
    expect(app.get_by_role("radio", name="7D")).to_be_checked()
    expect(app.get_by_test_id("issue")).to_have_count(5)
    since = {int(found[1]) for url in asked if "samples=0" not in url and (found := re.search(r"since=(\d+)", url))}
    week = 7 * 86_400_000
    assert since
    assert all(abs(time.time() * 1000 - week - one) < 120_000 for one in since)


def test_an_empty_period_leads_to_all_that_is_kept_and_to_the_snippets(app: Page, project: Project) -> None:
    app.goto(home(project, "issues?since=1h"))
    empty = app.get_by_test_id("no-issues")
    expect(empty).to_contain_text("in the last hour")
    expect(app.get_by_test_id("issue-count")).to_have_count(0)
    empty.get_by_role("button", name="Look at the last 30 days").click()
    expect(empty).to_contain_text("in the last 30 days.")
    expect(empty.get_by_role("button")).to_have_count(0)
    empty.get_by_role("link", name="How to send events").click()
    app.wait_for_url("**/install")


def test_while_it_loads(app: Page, filled: Project) -> None:
    held: list[Route] = []
    app.route(ASKED, lambda route: held.append(route))
    app.goto(home(filled, "issues"))
    expect(app.get_by_test_id("issues-loading")).to_be_visible()
    expect(app.get_by_test_id("no-issues")).to_have_count(0)
    app.unroute(ASKED)  # which lets go on what was held
    expect(app.get_by_test_id("issue")).to_have_count(5)
    assert held


def test_when_it_fails(app: Page, filled: Project) -> None:
    tab = app.context.new_page()  # one whose console may tell of the failure
    tab.route(ASKED, lambda route: route.fulfill(status=500, json={"error": {"message": "The disk is <b>gone</b>."}}))
    tab.goto(home(filled, "issues"))
    failure = tab.get_by_test_id("failure")
    expect(failure).to_contain_text("The disk is <b>gone</b>.")
    expect(tab.get_by_test_id("no-issues")).to_have_count(0)

    tab.get_by_role("button", name="Pause").click()  # so that it is the other button that asks again
    tab.unroute(ASKED)
    failure.get_by_role("button", name="Try again").click()
    expect(tab.get_by_test_id("issue")).to_have_count(5)
