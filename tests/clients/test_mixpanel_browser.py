"""The official Mixpanel SDK for browsers, in Chromium, on a page of another origin."""

import time
from typing import Any

import pytest
from playwright.sync_api import Page
from tests import tools
from tests.harness import Project

pytestmark = [pytest.mark.browser, pytest.mark.node]

SDK = tools.CLIENTS / "node_modules" / "mixpanel-browser" / "dist" / "mixpanel.umd.js"
SUBSCRIPTION = {"plan": "Premium", "billing interval": "yearly", "revenue": 588.5}


def start(page: Page, project: Project, site_url: str, **options: Any) -> None:
    """Load the SDK as a page does, with the address option of its guide."""
    page.goto(f"{site_url}/pricing?utm_source=newsletter")
    page.add_script_tag(path=SDK)
    options = {"api_host": project.server.url, "persistence": "localStorage"} | options
    page.evaluate(
        "([token, options]) => { mixpanel.init(token, options); window.mp = mixpanel; }",
        [project.token, options],
    )


def test_track_first_event_of_the_guide(page: Page, project: Project, site_url: str) -> None:
    start(page, project, site_url, batch_flush_interval_ms=200, track_pageview=True)
    before = time.time()
    page.evaluate("properties => mixpanel.track('Subscription Started', properties)", SUBSCRIPTION)
    device = page.evaluate("mixpanel.get_property('$device_id')")

    events = {event["name"]: event for event in project.wait_for(2)}
    assert set(events) == {"$mp_web_page_view", "Subscription Started"}
    event = events["Subscription Started"]
    properties = event["properties"]
    assert {key: properties[key] for key in SUBSCRIPTION} == SUBSCRIPTION
    assert event["distinct_id"] == f"$device:{device}"
    assert event["device_id"] == device
    assert before * 1000 - 2000 <= event["time"] <= time.time() * 1000
    assert len(event["insert_id"]) == 16
    assert event["library"] == "web 2.83.0"
    assert properties["$current_url"] == f"{site_url}/pricing?utm_source=newsletter"
    assert properties["utm_source"] == "newsletter"
    assert event["context"]["browser"]
    view = events["$mp_web_page_view"]
    assert view["properties"]["current_page_title"] == "Pricing - Acme"
    assert view["properties"]["current_url_path"] == "/pricing"


@pytest.mark.parametrize("payload", ["base64", "json"])
@pytest.mark.parametrize("batched", [True, False])
def test_what_was_sent_arrives(page: Page, project: Project, site_url: str, batched: bool, payload: str) -> None:
    start(
        page,
        project,
        site_url,
        batch_requests=batched,
        batch_flush_interval_ms=200,
        api_payload_format=payload,
    )
    sent = {
        "text": "Grüße, 東京 🗼 & + = %",
        "number": 0.1,
        "true": True,
        "null": None,
        "list": ["a", 1, {"b": [None]}],
        "object": {"nested": {"dotted.key": "x"}},
        "html": "<script>alert(1)</script>",
        "time": 1_790_000_000.5,
        "$insert_id": "0123456789abcdef",
    }
    page.evaluate("properties => mixpanel.track('Values', properties)", sent)

    [event] = project.wait_for(1)
    assert event["time"] == 1_790_000_000_500
    assert event["insert_id"] == "0123456789abcdef"
    kept = {key: value for key, value in sent.items() if key not in ("time", "$insert_id")}
    assert {key: event["properties"][key] for key in kept} == kept


def test_the_sdk_is_told_that_it_worked(page: Page, project: Project, site_url: str) -> None:
    start(page, project, site_url, batch_requests=False)
    answer = page.evaluate("new Promise(done => mixpanel.track('Opened', {}, done))")

    assert answer == 1
    project.wait_for(1)


def test_identify_people_groups_and_reset(page: Page, project: Project, site_url: str) -> None:
    start(page, project, site_url, batch_flush_interval_ms=200)
    device = page.evaluate("mixpanel.get_property('$device_id')")
    page.evaluate(
        """() => {
          mixpanel.track('Viewed');
          mixpanel.identify('user-1');
          mixpanel.people.set({ $name: 'Ada', plan: 'pro' });
          mixpanel.register({ source: 'ads' });
          mixpanel.set_group('company', 'acme');
          mixpanel.get_group('company', 'acme').set('plan', 'enterprise');
          mixpanel.track('Signed Up');
          mixpanel.reset();
          mixpanel.track('Viewed Again');
        }"""
    )

    events = {event["name"]: event for event in project.wait_for(4)}
    assert events["Viewed"]["distinct_id"] == f"$device:{device}"
    assert events["$identify"]["control"] is True
    assert events["$identify"]["properties"]["$anon_distinct_id"] == f"$device:{device}"
    signed_up = events["Signed Up"]
    assert (signed_up["distinct_id"], signed_up["user_id"], signed_up["device_id"]) == (
        "user-1",
        "user-1",
        device,
    )
    assert signed_up["properties"]["source"] == "ads"
    assert signed_up["properties"]["company"] == ["acme"]
    again = events["Viewed Again"]
    assert again["user_id"] == ""
    assert again["device_id"] not in ("", device)
    wait_for_profile(project, "user-1", {"$name": "Ada", "plan": "pro"})
    wait_for_profile(project, "acme", {"plan": "enterprise"}, "company")


def wait_for_profile(project: Project, profile_id: str, wanted: dict[str, Any], group_type: str = "") -> None:
    deadline = time.monotonic() + 10
    profile: dict[str, Any] = {}
    while time.monotonic() < deadline:
        with project.server.client() as http:
            parameters = {"id": profile_id, "group_type": group_type}
            answer = http.get(f"/api/v1/projects/{project.id}/profiles", params=parameters, auth=project.account)
        profile = answer.json().get("properties", {})
        if wanted.items() <= profile.items():
            return
        time.sleep(0.1)
    raise AssertionError(f"{profile_id} has {profile}, expected {wanted}")


def test_people_become_one_after_identify(page: Page, project: Project, site_url: str) -> None:
    start(page, project, site_url, batch_flush_interval_ms=200)
    page.evaluate("() => { mixpanel.track('Opened'); mixpanel.identify('user-1'); mixpanel.track('Opened'); }")
    project.wait_for(3)

    metric = {"event": {"names": ["Opened"]}, "measure": "unique"}
    answer = project.ask({"type": "segmentation", "metrics": [metric], "range": {"type": "last", "count": 2}})
    assert [series["overall"] for series in answer["series"]] == [1]


def test_events_sent_while_the_page_closes(page: Page, project: Project, site_url: str) -> None:
    start(page, project, site_url, batch_requests=False)
    page.evaluate(
        """() => addEventListener('pagehide', () =>
          mixpanel.track('Left', { reason: 'closed' }, { transport: 'sendBeacon' }))"""
    )
    page.goto("about:blank")

    [event] = project.wait_for(1)
    assert event["properties"]["reason"] == "closed"


def test_a_batch_is_flushed_by_beacon_when_the_page_closes(page: Page, project: Project, site_url: str) -> None:
    start(page, project, site_url, batch_flush_interval_ms=60_000)
    page.evaluate("() => { for (const n of [1, 2, 3]) mixpanel.track('Queued', { n }); }")
    stored = "Object.keys(localStorage).some(key => (localStorage[key].match(/Queued/g) || []).length === 3)"
    page.wait_for_function(stored)
    page.goto("about:blank")

    assert sorted(event["properties"]["n"] for event in project.wait_for(3)) == [1, 2, 3]
