"""Segment's own libraries: Python, Node, and browsers in Chromium."""

import time
from typing import Any

import pytest
from playwright.sync_api import Page
from tests import tools
from tests.clients.run_node import run_node
from tests.clients.run_python import run_python
from tests.harness import Project

BROWSER_SDK = tools.CLIENTS / "node_modules" / "@segment" / "analytics-next" / "dist" / "umd" / "index.js"
SUBSCRIPTION = {"plan": "Premium", "billing interval": "yearly", "revenue": 588.5, "list": ["ä", "🗼", 1]}


PYTHON = """
import json, os
from datetime import UTC, datetime
from segment.analytics import Client
errors = []
def connect(key=os.environ["TOKEN"], **options):
    tell = lambda error, items: errors.append(str(error))
    return Client(key, host=os.environ["HOST"], on_error=tell, **options)
client = connect()
"""


def run(project: Project, script: str) -> Any:
    """Run a script with the library; what it left in `sent`, and the errors that it was told of."""
    end = "\nclient.shutdown()\nprint(json.dumps({'sent': sent, 'errors': errors}, default=str))"
    packages = tools.segment_client()
    return run_python(PYTHON + script + end, packages, TOKEN=project.token, HOST=project.server.url)


@pytest.mark.segment
def test_python_track_first_event_of_the_guide(project: Project) -> None:
    done = run(
        project,
        """
moment = datetime.fromtimestamp(1_790_000_000.5, UTC)
properties = {"plan": "Premium", "billing interval": "yearly", "revenue": 588.5, "list": ["ä", "🗼", 1]}
ok, sent = client.track("user-1", "Subscription Started", properties, timestamp=moment, anonymous_id="a-1")""",
    )

    assert done["errors"] == []
    [event] = project.wait_for(1)
    assert (event["name"], event["protocol"]) == ("Subscription Started", "segment")
    assert (event["distinct_id"], event["user_id"], event["device_id"]) == ("user-1", "user-1", "a-1")
    assert event["properties"] == SUBSCRIPTION
    assert event["insert_id"] == done["sent"]["messageId"]
    assert abs(event["time"] - 1_790_000_000_500) < 5_000  # corrected by sentAt, the time of the upload
    assert event["library"] == "analytics-python 2.4.0"


@pytest.mark.segment
def test_python_every_call(project: Project) -> None:
    done = run(
        project,
        """
client.identify("user-1", {"plan": "pro", "$name": "Ada"})
client.group("user-1", "acme", {"seats": 5})
client.page("user-1", "Docs", "Python", {"url": "https://example.com/docs"})
client.screen("user-1", "Settings", "Dark", {"theme": "dark"})
client.alias("anonymous-1", "user-1")
sent = 5""",
    )

    assert done["errors"] == []
    events = project.wait_for(5)
    names = ["$identify", "$groupidentify", "Page Viewed", "Screen Viewed", "$create_alias"]
    assert [event["name"] for event in events] == names
    assert project.profile("user-1") == {"plan": "pro", "$name": "Ada"}
    assert project.profile("acme", "group") == {"seats": 5}
    assert events[2]["context"]["current_url"] == "https://example.com/docs"
    assert events[2]["properties"]["name"] == "Python"
    assert events[3]["properties"]["theme"] == "dark"


@pytest.mark.segment
def test_python_many_events_compressed(project: Project) -> None:
    done = run(
        project,
        """
client = connect(gzip=True)
for sent in range(250):
    client.track(f"user-{sent % 7}", "Opened", {"number": sent})""",
    )

    assert done["errors"] == []
    assert sorted(event["properties"]["number"] for event in project.wait_for(250)) == list(range(250))


@pytest.mark.segment
def test_python_is_told_of_a_wrong_key(project: Project) -> None:
    done = run(project, 'client = connect("wrong", max_retries=1)\nsent = client.track("user-1", "Opened")')
    assert "invalid_write_key" in done["errors"][0]


NODE = """
import { Analytics } from '@segment/analytics-node';
const { TOKEN, HOST } = process.env;
const analytics = new Analytics({ writeKey: TOKEN, host: HOST });
const delivered = [], errors = [];
analytics.on('error', (error) => errors.push(String(error.reason ?? error)));
const call = (method, message) => new Promise((done) => analytics[method](message, (error, context) => {
  if (error) errors.push(String(error)); else delivered.push(context.event); done(); }));
"""


@pytest.mark.node
def test_node_every_call(project: Project) -> None:
    sent = run_node(
        NODE
        + """
        const ids = { userId: 'user-1', anonymousId: 'a-1' };
        const waiting = [
          call('track', { ...ids, event: 'Subscription Started', timestamp: new Date(1790000000500),
            properties: { plan: 'Premium', 'billing interval': 'yearly', revenue: 588.5, list: ['ä', '🗼', 1] } }),
          call('identify', { userId: 'user-1', traits: { plan: 'pro' } }),
          call('group', { userId: 'user-1', groupId: 'acme', traits: { seats: 5 } }),
          call('page', { userId: 'user-1', name: 'Home', category: 'Docs' }),
          call('screen', { userId: 'user-1', name: 'Settings' }),
          call('alias', { userId: 'user-1', previousId: 'old-1' })];
        await analytics.closeAndFlush();
        await Promise.all(waiting);
        console.log(JSON.stringify({ delivered, errors }));""",
        TOKEN=project.token,
        HOST=project.server.url,
    )

    assert sent["errors"] == []
    events = {event["name"]: event for event in project.wait_for(6)}
    assert {event["insert_id"] for event in events.values()} == {event["messageId"] for event in sent["delivered"]}
    started = events["Subscription Started"]
    assert started["properties"] == SUBSCRIPTION
    assert abs(started["time"] - 1_790_000_000_500) < 5_000  # corrected by sentAt, the time of the upload
    assert (started["user_id"], started["device_id"]) == ("user-1", "a-1")
    assert events["Page Viewed"]["properties"] == {"name": "Home", "category": "Docs"}
    assert project.profile("user-1") == {"plan": "pro"}
    assert project.profile("acme", "group") == {"seats": 5}


def start(page: Page, project: Project, site_url: str) -> None:
    """Load the library as a page does that bundles it, with the address options of its guide."""
    url = project.server.url
    page.goto(f"{site_url}/pricing?utm_source=newsletter")
    page.evaluate("() => { window.exports = {}; window.module = { exports: window.exports }; }")
    page.add_script_tag(path=BROWSER_SDK)
    page.evaluate(
        """([writeKey, url, host]) => {
          const { AnalyticsBrowser } = window.AnalyticsNext ?? window.module.exports;
          window.analytics = AnalyticsBrowser.load({ writeKey, cdnURL: url },
            { integrations: { 'Segment.io': { apiHost: `${host}/v1`, protocol: 'http' } } });
          return window.analytics.ready ? true : true;
        }""",
        [project.token, url, url.removeprefix("http://")],
    )


@pytest.mark.browser
@pytest.mark.node
def test_browser_every_call(page: Page, project: Project, site_url: str) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    start(page, project, site_url)
    before = time.time()
    page.evaluate(
        """async (properties) => {
          await analytics.page('Docs', 'Pricing');
          await analytics.track('Subscription Started', properties);
          await analytics.identify('user-1', { plan: 'pro' });
          await analytics.group('acme', { seats: 5 });
          await analytics.track('After Sign In');
        }""",
        SUBSCRIPTION,
    )

    events = {event["name"]: event for event in project.wait_for(5)}
    started, after = events["Subscription Started"], events["After Sign In"]
    assert started["properties"] == SUBSCRIPTION
    assert (started["user_id"], after["user_id"]) == ("", "user-1")
    assert started["device_id"] == after["device_id"] != ""
    assert before * 1000 - 2_000 <= started["time"] <= time.time() * 1000
    assert started["context"]["utm_source"] == "newsletter"
    assert events["Page Viewed"]["context"]["current_url"].startswith(f"{site_url}/pricing")
    assert project.profile("user-1") == {"plan": "pro"}
    assert [url for url in requests if not url.startswith((site_url, project.server.url, "data:"))] == []
