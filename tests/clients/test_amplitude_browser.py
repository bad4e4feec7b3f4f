"""The official Amplitude SDK for browsers, in Chromium, on a page of another origin."""

import time
from typing import Any

import pytest
from playwright.sync_api import Page
from tests import tools
from tests.harness import Project

pytestmark = [pytest.mark.browser, pytest.mark.node]

SDK = tools.unpacked(tools.BROWSER_SDK) / "lib" / "scripts" / "amplitude-min.js"
CONTROL = {"$identify", "$groupidentify"}


def start(page: Page, project: Project, site_url: str, **options: Any) -> None:
    """Load the SDK as a page does, with its own address options."""
    url = project.server.url
    page.goto(f"{site_url}/pricing?utm_source=newsletter")
    page.add_script_tag(path=SDK)
    options = {
        "serverUrl": f"{url}/2/httpapi",
        "remoteConfig": {"serverUrl": f"{url}/config"},
        "flushIntervalMillis": 50,
    } | options
    page.evaluate("([key, options]) => amplitude.init(key, options).promise.then(() => true)", [project.token, options])


def delivered(page: Page, calls: str) -> list[dict[str, Any]]:
    """Run calls, each through `send`; the events as the SDK says that it delivered them."""
    sent: list[dict[str, Any]] = page.evaluate(
        """async (calls) => {
          const waiting = [];
          const send = (result) => waiting.push(result.promise);
          new Function('send', calls)(send);
          amplitude.flush();
          return (await Promise.all(waiting)).map(({ event, code }) => ({ event, code }));
        }""",
        calls,
    )
    assert [outcome["code"] for outcome in sent] == [200] * len(sent)
    return [outcome["event"] for outcome in sent]


def test_track_first_event_of_the_guide(page: Page, project: Project, site_url: str) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    start(page, project, site_url, autocapture=False, userId="user-0001")
    [sent] = delivered(
        page,
        """send(amplitude.track('Subscription Started',
          { plan: 'Premium', 'billing interval': 'yearly', revenue: 588.5, list: ['ä', '🗼', 1] }));""",
    )

    [event] = [event for event in project.wait_for(1) if event["name"] not in CONTROL]
    assert event["properties"] == {
        "plan": "Premium",
        "billing interval": "yearly",
        "revenue": 588.5,
        "list": ["ä", "🗼", 1],
    }
    assert (event["user_id"], event["device_id"]) == ("user-0001", sent["device_id"])
    assert event["time"] == sent["time"]
    assert event["insert_id"] == sent["insert_id"]
    assert event["session_id"] == sent["session_id"]
    assert event["context"]["browser"]
    assert any("/config/" in url for url in requests)
    assert [url for url in requests if not url.startswith((site_url, project.server.url, "data:"))] == []


def test_autocapture_of_a_first_page(page: Page, project: Project, site_url: str) -> None:
    start(page, project, site_url)

    events = project.wait_for(3)
    assert [event["name"] for event in events] == ["$identify", "session_start", "[Amplitude] Page Viewed"]
    viewed = events[2]["properties"]
    assert viewed["[Amplitude] Page Path"] == "/pricing"
    assert viewed["[Amplitude] Page Title"] == "Pricing - Acme"
    assert events[0]["control"] is True
    profile = project.profile(events[0]["distinct_id"])
    assert profile["utm_source"] == "newsletter"
    assert profile["initial_utm_source"] == "newsletter"


def test_identify_groups_revenue_and_reset(page: Page, project: Project, site_url: str) -> None:
    start(page, project, site_url, autocapture=False, remoteConfig={"fetchRemoteConfig": False})
    delivered(
        page,
        """
        amplitude.setUserId('user-0001');
        const identify = new amplitude.Identify().set('plan', 'pro').setOnce('since', '2026-01-02');
        send(amplitude.identify(identify.add('seats', 5).append('tags', 'early')));
        send(amplitude.setGroup('company', 'acme'));
        send(amplitude.groupIdentify('company', 'acme', new amplitude.Identify().set('plan', 'enterprise')));
        send(amplitude.revenue(new amplitude.Revenue().setProductId('pro').setPrice(49.9).setQuantity(2)));""",
    )
    delivered(page, "amplitude.reset(); send(amplitude.track('Viewed Again'));")

    events = {(event["name"], event["distinct_id"]): event for event in project.wait_for(5)}
    paid = next(event for (name, _), event in events.items() if name == "revenue_amount")
    assert (paid["properties"]["$price"], paid["properties"]["$quantity"]) == (49.9, 2)
    again = next(event for (name, _), event in events.items() if name == "Viewed Again")
    assert again["user_id"] == ""
    assert again["device_id"] != paid["device_id"]
    profile = {"plan": "pro", "since": "2026-01-02", "seats": 5, "tags": ["early"], "company": "acme"}
    assert profile.items() <= project.profile("user-0001").items()
    assert project.profile("acme", "company") == {"plan": "enterprise"}


def test_compressed_bodies(page: Page, project: Project, site_url: str) -> None:
    start(page, project, site_url, autocapture=False, enableRequestBodyCompression=True)
    encodings: list[str | None] = []
    page.on("request", lambda request: encodings.append(request.headers.get("content-encoding")))
    delivered(page, "for (let n = 0; n < 60; n++) send(amplitude.track('Page Viewed', { n, text: 'x'.repeat(99) }));")

    events = [event for event in project.wait_for(60) if event["name"] not in CONTROL]
    assert sorted(event["properties"]["n"] for event in events) == list(range(60))
    assert "gzip" in encodings


def test_beacon_transport(page: Page, project: Project, site_url: str) -> None:
    start(page, project, site_url, autocapture=False, flushIntervalMillis=60_000)
    page.evaluate(
        """() => { addEventListener('pagehide', () => { amplitude.setTransport('beacon'); amplitude.flush(); });
          amplitude.track('Left', { reason: 'closed' }); }"""
    )
    time.sleep(0.5)
    page.goto("about:blank")

    [event] = project.wait_for(1)
    assert event["properties"] == {"reason": "closed"}
