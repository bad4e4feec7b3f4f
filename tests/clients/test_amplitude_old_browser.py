"""Amplitude's JavaScript SDK 8 in Chromium: the form protocol that it shares with the mobile SDKs of its time."""

from typing import Any

import pytest
from playwright.sync_api import Page
from tests import tools
from tests.harness import Project

pytestmark = [pytest.mark.browser, pytest.mark.node]

SDK = tools.CLIENTS / "node_modules" / "amplitude-js" / "amplitude.umd.js"


def start(page: Page, project: Project, site_url: str, **options: Any) -> None:
    """Load the SDK as a page does, with its own address options."""
    page.goto(f"{site_url}/pricing?utm_source=newsletter")
    page.add_script_tag(path=SDK)
    options = {"apiEndpoint": project.server.url.removeprefix("http://"), "forceHttps": False} | options
    page.evaluate(
        "([key, options]) => new Promise(done => amplitude.getInstance().init(key, null, options, () => done()))",
        [project.token, options],
    )


def test_events_identify_groups_and_revenue(page: Page, project: Project, site_url: str) -> None:
    start(page, project, site_url)
    told = page.evaluate(
        """() => new Promise((done, failed) => {
          const client = amplitude.getInstance();
          client.setUserId('user-0001');
          client.identify(new amplitude.Identify().set('plan', 'pro').add('seats', 5).append('tags', 'early'));
          client.setGroup('company', 'acme');
          client.groupIdentify('company', 'acme', new amplitude.Identify().set('plan', 'enterprise'));
          client.logRevenueV2(new amplitude.Revenue().setProductId('pro').setPrice(49.9).setQuantity(2));
          client.logEvent('Subscription Started', { plan: 'Premium', revenue: 588.5, list: ['ä', '🗼', 1] },
            (status, body) => done([status, body]), (status, body) => failed(new Error(`${status} ${body}`)));
        })"""
    )

    assert told == [200, "success"]
    events = {event["name"]: event for event in project.wait_for(5)}
    started = events["Subscription Started"]
    assert started["properties"] == {"plan": "Premium", "revenue": 588.5, "list": ["ä", "🗼", 1]}
    assert (started["user_id"], started["distinct_id"]) == ("user-0001", "user-0001")
    assert started["device_id"]
    assert started["session_id"] > 1_700_000_000_000
    assert started["insert_id"]
    assert started["library"] == "amplitude-js/8.21.10"
    assert started["context"]["os"]
    assert events["revenue_amount"]["properties"]["$price"] == 49.9
    profile = {"plan": "pro", "seats": 5, "tags": ["early"], "company": "acme"}
    assert profile.items() <= project.profile("user-0001").items()
    assert project.profile("acme", "company") == {"plan": "enterprise"}


def test_what_is_left_when_the_page_closes(page: Page, project: Project, site_url: str) -> None:
    start(page, project, site_url, batchEvents=True, eventUploadThreshold=50, eventUploadPeriodMillis=60_000)
    page.evaluate(
        """() => {
          for (const n of [1, 2, 3]) amplitude.getInstance().logEvent('Queued', { n });
          addEventListener('pagehide', () => {
            amplitude.getInstance().setTransport('beacon'); amplitude.getInstance().sendEvents(); });
        }"""
    )
    page.goto("about:blank")

    assert sorted(event["properties"]["n"] for event in project.wait_for(3)) == [1, 2, 3]
