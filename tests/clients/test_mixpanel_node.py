"""The official Mixpanel SDK for Node."""

import time
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.clients.run_node import run_node
from tests.harness import Project

pytestmark = pytest.mark.node

START = """
import Mixpanel from 'mixpanel';
const call = (on, method, ...args) => new Promise((resolve, reject) =>
  on[method](...args, (error) => error ? reject(error) : resolve()));
const { TOKEN, HOST, PROTOCOL } = process.env;
"""
INIT = "const client = Mixpanel.init(TOKEN, { host: HOST, protocol: PROTOCOL });"


def run(project: Project, script: str, authority: Path | None = None, **values: str) -> Any:
    address = urlsplit(project.server.url)
    keys = {"TOKEN": project.token, "HOST": address.netloc, "PROTOCOL": address.scheme}
    return run_node(START + script, authority, **keys, **values)


def test_track_first_event_of_the_guide(project: Project) -> None:
    before = time.time()
    run(
        project,
        INIT
        + """
        await call(client, 'track', 'Subscription Started', {
          distinct_id: 'user-1', $insert_id: 'abc-1', plan: 'Premium', 'billing interval': 'yearly',
          revenue: 588.5, list: ['ä', '🗼', 1], object: { a: { b: null } },
        });""",
    )

    [event] = project.wait_for(1)
    assert (event["name"], event["distinct_id"], event["insert_id"]) == (
        "Subscription Started",
        "user-1",
        "abc-1",
    )
    assert before * 1000 - 1 <= event["time"] == event["received"] <= time.time() * 1000
    wanted = {
        "plan": "Premium",
        "billing interval": "yearly",
        "revenue": 588.5,
        "list": ["ä", "🗼", 1],
        "object": {"a": {"b": None}},
    }
    assert {key: event["properties"][key] for key in wanted} == wanted


def test_track_batch_with_times_of_its_own(project: Project) -> None:
    run(
        project,
        INIT
        + """
        const events = [...Array(120).keys()].map((number) => ({ event: 'Page Viewed', properties: {
          distinct_id: `user-${number}`, time: new Date(1790000000000 + number * 1000),
          $insert_id: `id-${number}`, number, text: '>>>???~~~' + number } }));
        await call(client, 'track_batch', events);""",
    )

    events = project.wait_for(120)
    for event in events:
        number = event["properties"]["number"]
        assert event["distinct_id"] == f"user-{number}"
        assert event["insert_id"] == f"id-{number}"
        assert event["time"] == 1_790_000_000_000 + number * 1000
        assert event["properties"]["text"] == f">>>???~~~{number}"
    assert len({event["insert_id"] for event in events}) == 120


def test_people_and_groups(project: Project) -> None:
    before = int(time.time())
    run(
        project,
        INIT
        + """
        const { people, groups } = client;
        await call(people, 'set', 'user-1', { $name: 'Ada', plan: 'free', seats: 1 });
        await call(people, 'set', 'user-1', 'plan', 'pro');
        await call(people, 'set_once', 'user-1', { plan: 'x', since: '2026-01-02' });
        await call(people, 'increment', 'user-1', 'seats', 4);
        await call(people, 'append', 'user-1', 'tags', 'early');
        await call(people, 'union', 'user-1', { teams: ['red', 'blue'] });
        await call(people, 'set', 'user-1', 'temporary', 1);
        await call(people, 'unset', 'user-1', 'temporary');
        await call(people, 'track_charge', 'user-1', 49.9);
        await call(groups, 'set', 'company', 'acme', { plan: 'pro' });""",
    )

    profile = project.profile("user-1")
    assert [charge["$amount"] for charge in profile.pop("$transactions")] == [49.9]
    seen = datetime.fromisoformat(profile.pop("$last_seen") + "+00:00").timestamp()
    assert before <= seen <= time.time()
    assert profile == {
        "$name": "Ada",
        "plan": "pro",
        "since": "2026-01-02",
        "seats": 5,
        "tags": ["early"],
        "teams": ["red", "blue"],
    }
    assert project.profile("acme", "company") == {"plan": "pro"}


def test_import_with_the_token_as_key(project: Project) -> None:
    run(
        project,
        """
        const client = Mixpanel.init(TOKEN, { host: HOST, protocol: PROTOCOL, key: TOKEN });
        const properties = { distinct_id: 'user-1', $insert_id: 'one', plan: 'free' };
        await call(client, 'import', 'Signed Up', new Date(1600000000000), properties);""",
    )

    [event] = project.wait_for(1)
    assert (event["name"], event["time"], event["distinct_id"]) == ("Signed Up", 1_600_000_000_000, "user-1")


def test_import_batch_with_the_secret_over_https(tls_project: Project, authority: dict[str, Path]) -> None:
    run(
        tls_project,
        """
        const client = Mixpanel.init(TOKEN, { host: HOST, protocol: PROTOCOL, secret: process.env.SECRET });
        const events = [...Array(60).keys()].map((number) => ({ event: 'Signed Up', properties: {
          distinct_id: `user-${number}`, time: new Date(1600000000000), $insert_id: `id-${number}`, number } }));
        await call(client, 'import_batch', events, {});""",
        authority["authority"],
        SECRET=tls_project.secret,
    )

    events = tls_project.wait_for(60)
    assert {event["time"] for event in events} == {1_600_000_000_000}
    assert sorted(event["properties"]["number"] for event in events) == list(range(60))
