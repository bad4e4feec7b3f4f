"""The official Amplitude SDK for Node."""

import json
from typing import Any

import pytest
from tests.clients.run_node import run_node
from tests.harness import Project

pytestmark = pytest.mark.node

SCRIPT = """
import * as amplitude from '@amplitude/analytics-node';
const client = amplitude.createInstance();
await client.init(process.env.TOKEN, JSON.parse(process.env.OPTIONS)).promise;
const sent = [];
const keep = async (result) => { const { event, code } = await result.promise; sent.push({ event, code }); };
const waiting = [];
const send = (result) => waiting.push(keep(result));
%s
await client.flush().promise;
await Promise.all(waiting);
console.log(JSON.stringify(sent));
"""


def run(project: Project, script: str, path: str = "/2/httpapi", **options: Any) -> list[dict[str, Any]]:
    """Run calls and return what the SDK says that it delivered."""
    options = {"serverUrl": project.server.url + path, "logLevel": 0, "flushIntervalMillis": 50} | options
    sent: list[dict[str, Any]] = run_node(SCRIPT % script, TOKEN=project.token, OPTIONS=json.dumps(options))
    assert [outcome["code"] for outcome in sent] == [200] * len(sent)
    return [outcome["event"] for outcome in sent]


def test_track_first_event_of_the_guide(project: Project) -> None:
    [delivered] = run(
        project,
        """send(client.track('Subscription Started',
          { plan: 'Premium', 'billing interval': 'yearly', revenue: 588.5, list: ['ä', '🗼', 1] },
          { user_id: 'user-0001', device_id: 'device-0001', app_version: '2.1.0', country: 'Germany' }));""",
    )

    [event] = project.wait_for(1)
    assert event["properties"] == {
        "plan": "Premium",
        "billing interval": "yearly",
        "revenue": 588.5,
        "list": ["ä", "🗼", 1],
    }
    assert (event["user_id"], event["device_id"]) == ("user-0001", "device-0001")
    assert event["time"] == delivered["time"]
    assert event["insert_id"] == delivered["insert_id"]
    assert event["library"] == delivered["library"]
    assert event["context"]["country"] == "DE"


def test_identify_groups_and_revenue(project: Project) -> None:
    run(
        project,
        """
        const options = { user_id: 'user-0001' };
        const identify = new amplitude.Identify().set('plan', 'pro').setOnce('since', '2026-01-02');
        identify.add('seats', 5).append('tags', 'early').unset('temporary');
        send(client.identify(identify, options));
        send(client.setGroup('company', 'acme', options));
        send(client.groupIdentify('company', 'acme', new amplitude.Identify().set('plan', 'pro'), options));
        const revenue = new amplitude.Revenue().setProductId('pro').setPrice(49.9).setQuantity(2);
        send(client.revenue(revenue, options));""",
    )

    events = project.wait_for(4)
    assert [event["name"] for event in events if not event["control"]] == ["revenue_amount"]
    [paid] = [event for event in events if not event["control"]]
    assert (paid["properties"]["$price"], paid["properties"]["$quantity"]) == (49.9, 2)
    assert project.profile("user-0001") == {
        "plan": "pro",
        "since": "2026-01-02",
        "seats": 5,
        "tags": ["early"],
        "company": "acme",
    }
    assert project.profile("acme", "company") == {"plan": "pro"}


def test_many_events_to_the_batch_endpoint(project: Project) -> None:
    delivered = run(
        project,
        """for (let number = 0; number < 500; number++)
          send(client.track('Page Viewed', { number }, { user_id: `user-${number + 10000}` }));""",
        "/batch",
        useBatch=True,
        minIdLength=3,
    )

    events = project.wait_for(500)
    assert {event["insert_id"] for event in events} == {event["insert_id"] for event in delivered}
    assert sorted(event["properties"]["number"] for event in events) == list(range(500))
