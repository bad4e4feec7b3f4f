"""What a project's settings do to what it receives, apart from the vendors' own forms."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.places import BERLIN, write_places

from diptych.ingest.limits import Lately
from diptych.ingest.places import Places
from diptych.ingest.policy import Policy, Sender, Vendor
from diptych.model import (
    Accepted,
    Event,
    IdentityLink,
    Operation,
    PrivacySignals,
    ProfileUpdate,
    Project,
    ProjectSettings as Settings,
)

NOW = 1_700_000_000_000


def forget(*keys: str) -> Callable[[Event], None]:
    def forget_them(event: Event) -> None:
        for key in keys:
            event.envelope.pop(key, None)

    return forget_them


VENDOR = Vendor("test", forget("address"), forget("id"), longest_text=5, most_keys=3)


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return Policy(Places.open(write_places(tmp_path_factory.mktemp("places") / "places.mmdb")))


def project(**settings: Any) -> Project:
    return Project(id=1, name="p", token="t", settings=Settings(**settings))


def batch(**fields: Any) -> Accepted:
    event = Event(
        project=1,
        name="A",
        time=NOW,
        received=NOW,
        distinct_id="u",
        user_id="u",
        device_id="d",
        session_id=7,
        envelope={"address": "1", "id": "2", "other": "3"},
        user_properties={"plan": '"pro"'},
        **({"context": {"ip": f'"{BERLIN}"'}} | fields),
    )
    update = ProfileUpdate(project=1, profile_id="u", operation=Operation.SET, values={}, time=NOW, received=NOW)
    link = IdentityLink(project=1, actor="$device:d", person="u", source="test", time=NOW, received=NOW)
    return Accepted([event], [update], [link])


def test_by_default_the_place_is_added_and_everything_kept(policy: Policy) -> None:
    kept = policy.apply(batch(), project(), Sender(opted_out=True), VENDOR)
    place = {"country": '"DE"', "region": '"Land Berlin"', "city": '"Berlin"'}
    assert kept.events[0].context == {"ip": f'"{BERLIN}"'} | place
    assert kept.events[0].envelope == {"address": "1", "id": "2", "other": "3"}
    assert (len(kept.updates), len(kept.links)) == (1, 1)


@pytest.mark.parametrize("part", ["country", "region", "city", "dma"])
def test_a_place_that_was_sent_is_one_unit(policy: Policy, part: str) -> None:
    sent = {"ip": f'"{BERLIN}"', part: '"Rome"'}
    assert policy.apply(batch(context=dict(sent)), project(), Sender(), VENDOR).events[0].context == sent


def test_an_address_that_is_not_to_be_stored_still_finds_its_place(policy: Policy) -> None:
    [event] = policy.apply(batch(), project(store_ip=False), Sender(), VENDOR).events
    assert "ip" not in event.context and event.context["city"] == '"Berlin"'
    assert event.envelope == {"id": "2", "other": "3"}


def test_a_privacy_signal_that_drops(policy: Policy) -> None:
    settings = project(privacy_signals=PrivacySignals.DROP)
    assert policy.apply(batch(), settings, Sender(opted_out=True), VENDOR) == Accepted()
    assert len(policy.apply(batch(), settings, Sender(), VENDOR).events) == 1


def test_a_privacy_signal_that_strips(policy: Policy) -> None:
    settings = project(privacy_signals=PrivacySignals.STRIP)
    kept = policy.apply(batch(), settings, Sender(opted_out=True), VENDOR)
    assert (kept.updates, kept.links) == ([], [])
    [event] = kept.events
    assert (event.distinct_id, event.user_id, event.device_id, event.session_id) == ("", "", "", None)
    assert (event.user_properties, event.envelope) == ({}, {"other": "3"})
    assert event.context == {"country": '"DE"', "region": '"Land Berlin"', "city": '"Berlin"'}
    assert policy.apply(batch(), settings, Sender(), VENDOR).events[0].distinct_id == "u"


def test_limits_of_the_vendor(policy: Policy) -> None:
    properties = {"a": '"12345"', "b": '"123456"', "c": "1234567", "d": "1", "e": "2"}
    cut = policy.apply(batch(properties=dict(properties)), project(vendor_limits=True), Sender(), VENDOR)
    assert cut.events[0].properties == {"a": '"12345"', "b": '"12345"', "c": "1234567"}
    assert [(issue.kind, issue.count) for issue in cut.issues] == [("corrected", 1), ("corrected", 1)]
    whole = policy.apply(batch(properties=dict(properties)), project(), Sender(), VENDOR)
    assert whole.events[0].properties == properties


def test_a_bound_of_the_project() -> None:
    policy = Policy(Places())
    bounded = project(events_per_minute=10)
    assert [policy.too_many(bounded, 4, NOW + 20_000 * n) for n in range(4)] == [False, False, True, False]
    assert not policy.too_many(project(), 10_000, NOW)


def test_counts_of_lately() -> None:
    lately = Lately(30, 1)
    for second in (0, 10, 29):
        lately.add("a", 2, NOW + second * 1000)
    assert [lately.count("a", NOW + second * 1000) for second in (29, 30, 45, 100)] == [6, 4, 2, 0]
    assert lately.count("b", NOW) == 0
