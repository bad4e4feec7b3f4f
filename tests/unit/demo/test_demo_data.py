"""The demo data keeps the promises of docs/demo.md, on a small run."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from diptych.demo import DEFAULT_EVENTS, generate
from diptych.demo.calendar import DAY, DAYS, Calendar
from diptych.demo.catalog import MARKETS
from diptych.model import Accepted, Event, IdentityLink, IdentityMode, Operation, ProfileUpdate, canonical
from diptych.model.jsontext import dump
from diptych.people.identity import device_actor, read_ids

PROJECT = 42
UNTIL = datetime(2026, 11, 24, 12, 20, 31, 250_000, tzinfo=UTC)
UNTIL_MS = int(UNTIL.timestamp() * 1000)
START_MS = UNTIL_MS - DAYS * DAY
EVENTS = 20_000
BIG = 60_000
BILLING = {
    "Subscription Started",
    "Subscription Renewed",
    "Subscription Upgraded",
    "Subscription Downgraded",
    "Subscription Cancelled",
}


@dataclass
class Data:
    """One run, by kind of row."""

    batches: list[Accepted]
    events: list[Event] = field(default_factory=list)
    updates: list[ProfileUpdate] = field(default_factory=list)
    links: list[IdentityLink] = field(default_factory=list)

    def __post_init__(self) -> None:
        for batch in self.batches:
            self.events += batch.events
            self.updates += batch.updates
            self.links += batch.links

    def named(self, *names: str) -> list[Event]:
        return [event for event in self.events if event.name in names]


@pytest.fixture(scope="module")
def data() -> Data:
    return Data(list(generate(PROJECT, until=UNTIL, events=EVENTS)))


@pytest.fixture(scope="module")
def big() -> Data:
    """For what a small run has too few cases of."""
    return Data(list(generate(PROJECT, until=UNTIL, events=BIG)))


def digest(batches: Iterator[Accepted]) -> str:
    state = hashlib.sha256()
    for batch in batches:
        state.update(msgspec.msgpack.encode(batch))
    return state.hexdigest()


def day_of_week(event: Event) -> int:
    return datetime.fromtimestamp(event.time / 1000, UTC).weekday()


def test_equal_arguments_give_equal_bytes_in_any_process() -> None:
    program = "from test_demo_data import *; print(digest(generate(PROJECT, until=UNTIL, events=3000)))"
    digests = set()
    for hash_seed in ("1", "2"):
        path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": path, "TZ": f"UTC+{hash_seed}"}
        run = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        digests.add(run.stdout)
    assert digests == {digest(generate(PROJECT, until=UNTIL, events=3000)) + "\n"}


def test_another_seed_gives_other_data() -> None:
    assert digest(generate(PROJECT, until=UNTIL, events=3000, seed=8)) != digest(
        generate(PROJECT, until=UNTIL, events=3000)
    )


def test_until_is_an_instant_however_its_zone_is_written() -> None:
    tokyo = UNTIL.astimezone(timezone(timedelta(hours=9)))
    assert digest(generate(PROJECT, until=tokyo, events=2000)) == digest(generate(PROJECT, until=UNTIL, events=2000))


def test_until_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="until: expected a datetime with a time zone"):
        generate(PROJECT, until=datetime(2026, 1, 1))


def test_does_not_look_at_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise AssertionError("the clock was read")

    for name in ("time", "time_ns"):
        monkeypatch.setattr(time, name, refuse)
    past = datetime(2019, 3, 1, tzinfo=UTC)
    run = Data(list(generate(PROJECT, until=past, events=2000)))
    assert max(e.received for e in run.events) <= past.timestamp() * 1000


def test_there_are_about_as_many_events_as_asked_for(data: Data, big: Data) -> None:
    assert EVENTS * 0.99 <= len(data.events) <= EVENTS * 1.02
    assert BIG * 0.99 <= len(big.events) <= BIG * 1.02


def test_by_default_there_are_more_than_a_million() -> None:
    assert DEFAULT_EVENTS * 0.99 >= 1_000_000


def test_times_lie_in_the_window_and_nothing_arrives_before_it_happens(data: Data) -> None:
    for event in data.events:
        assert START_MS <= event.time <= event.received <= UNTIL_MS
        assert event.client_time == event.time
        assert event.upload_time is None or event.time <= event.upload_time <= event.received
    others: list[ProfileUpdate | IdentityLink] = [*data.updates, *data.links]
    for row in others:
        assert START_MS <= row.time <= row.received <= UNTIL_MS
    last = max(event.time for event in data.events)
    assert UNTIL_MS - last < 2 * 3_600_000


def test_rows_come_in_order_of_receipt_in_batches_of_some_20_000(big: Data) -> None:
    sizes = [len(b.events) + len(b.updates) + len(b.links) for b in big.batches]
    assert len(sizes) >= 3
    assert all(size == 20_000 for size in sizes[:-1])
    previous = 0
    for batch in big.batches:
        rows: list[Event | ProfileUpdate | IdentityLink] = [*batch.events, *batch.updates, *batch.links]
        received = [row.received for row in rows]
        assert min(received) >= previous
        previous = max(received)
    order = [event.received for event in big.events]
    assert order == sorted(order)


def test_some_events_arrive_hours_late(data: Data) -> None:
    late = [event for event in data.events if event.received - event.time > 3_600_000]
    assert 0.001 < len(late) / len(data.events) < 0.02


def test_every_value_is_canonical_json(data: Data) -> None:
    texts: set[str] = set()
    for event in data.events:
        for values in (event.properties, event.user_properties, event.context, event.envelope):
            texts.update(values.values())
    for update in data.updates:
        texts.update(update.values.values())
    assert all(canonical(text.encode()) == text for text in texts)
    kinds = {type(json.loads(text)) for text in texts}
    assert {str, int, float, bool, list, dict} <= kinds


def test_accept_ids_are_left_to_the_pipeline(data: Data) -> None:
    rows: list[Event | ProfileUpdate | IdentityLink] = [*data.events, *data.updates, *data.links]
    assert {row.accept_id for row in rows} == {0}
    assert {row.project for row in rows} == {PROJECT}


def test_ids_are_what_simplified_mode_reads(data: Data) -> None:
    for event in data.events:
        ids = read_ids(IdentityMode.SIMPLIFIED, user_id=event.user_id, device_id=event.device_id)
        assert (event.distinct_id, event.user_id, event.device_id) == ids[:3]
        assert event.distinct_id


def test_copy_keys_follow_the_sender_and_are_unique(data: Data) -> None:
    for event in data.events:
        if event.protocol == "amplitude":
            assert event.copy_key == dump(["i", event.insert_id, event.device_id])
        else:
            assert event.copy_key == dump([event.name, event.distinct_id, event.time, event.insert_id])
        assert event.first_copy_wins is (event.protocol == "amplitude")
    assert len({event.copy_key for event in data.events}) == len(data.events)
    assert len({event.insert_id for event in data.events}) == len(data.events)


def test_a_device_with_a_user_has_exactly_one_link_to_that_user(data: Data) -> None:
    users = defaultdict(set)
    for event in data.events:
        if event.device_id and event.user_id:
            users[device_actor(event.device_id)].add(event.user_id)
    assert len(data.links) == len(users)
    assert {link.actor: {link.person} for link in data.links} == users


def test_device_only_events_of_people_who_signed_up_belong_to_them(data: Data) -> None:
    persons = {link.actor: link.person for link in data.links}
    anonymous = [event for event in data.events if not event.user_id]
    theirs = [event for event in anonymous if event.distinct_id in persons]
    assert 0.05 < len(theirs) / len(anonymous) < 0.4
    for signed_up in data.named("Signed Up"):
        assert persons[device_actor(signed_up.device_id)] == signed_up.user_id
        before = [e for e in theirs if e.device_id == signed_up.device_id]
        assert before
        assert all(e.time < signed_up.time for e in before)


def test_weekends_are_quieter(data: Data) -> None:
    days = Counter(day_of_week(event) for event in data.events)
    assert max(days[5], days[6]) < 0.6 * min(days[d] for d in range(5))


def test_people_work_in_their_own_daytime(big: Data) -> None:
    countries = Counter(market.country for market in MARKETS)
    zones = {dump(m.country): ZoneInfo(m.zone) for m in MARKETS if countries[m.country] == 1}
    hours = [
        datetime.fromtimestamp(event.time / 1000, zones[event.context["country"]]).hour
        for event in big.events
        if event.context.get("country") in zones
    ]
    utc = [event.time // 3_600_000 % 24 for event in big.events if event.context.get("country") in zones]
    at_work = range(8, 19)
    assert sum(hour in at_work for hour in hours) > 0.8 * len(hours)
    assert sum(hour < 5 for hour in hours) < 0.03 * len(hours)
    assert sum(hour < 5 for hour in utc) > 2 * sum(hour < 5 for hour in hours)


def test_it_grows(data: Data) -> None:
    third = DAYS // 3 * DAY
    first = [e for e in data.events if e.time < START_MS + third]
    last = [e for e in data.events if e.time >= UNTIL_MS - third]
    assert len(last) > 1.3 * len(first)
    assert len({e.user_id for e in last}) > len({e.user_id for e in first})


def test_the_outage_is_a_dip_with_errors(data: Data) -> None:
    outage = Calendar(UNTIL_MS).outage
    week = 7 * DAY

    def count(shift: int, name: str = "") -> int:
        return sum(e.time + shift in outage and name in ("", e.name) for e in data.events)

    assert count(0) < 0.4 * min(count(week), count(-week))
    assert count(0, "Error Shown") > 2 * max(count(week, "Error Shown"), count(-week, "Error Shown"))


def test_nobody_uses_the_timeline_before_its_launch_and_more_and_more_after(data: Data) -> None:
    launch = Calendar(UNTIL_MS).launch
    used = data.named("Timeline Viewed")
    assert min(event.time for event in used) >= launch
    middle = (launch + UNTIL_MS) // 2
    early, late = (
        len({e.user_id for e in used if since <= e.time < to}) for since, to in ((launch, middle), (middle, UNTIL_MS))
    )
    assert 0 < early < late


def test_conversion_differs_by_source(big: Data) -> None:
    visitors, signed_up = defaultdict(set), defaultdict(set)
    for event in big.events:
        if source := event.context.get("utm_source"):
            visitors[source].add(event.device_id)
            if event.name == "Signed Up":
                signed_up[source].add(event.device_id)
    rate = {source: len(signed_up[source]) / len(ids) for source, ids in visitors.items()}
    assert rate['"facebook"'] < rate['"google"'] < rate['"newsletter"'] < rate['"invite"']


def test_revenue_is_on_billing_events_only(data: Data) -> None:
    with_revenue = [event for event in data.events if "revenue" in event.properties]
    assert {event.name for event in with_revenue} <= BILLING
    assert len(with_revenue) == len(data.named(*BILLING)) > 20
    for event in with_revenue:
        assert event.library.startswith("python ")
        assert not event.device_id
        assert {"plan", "billing_interval", "currency", "items"} <= set(event.properties)
        assert (json.loads(event.properties["revenue"]) > 0) or event.name in (
            "Subscription Cancelled",
            "Subscription Downgraded",
        )


def test_plans_change_over_time_on_profiles_and_on_events(data: Data) -> None:
    plans = defaultdict(set)
    for update in data.updates:
        if "plan" in update.values:
            plans[update.group_type, update.profile_id].add(update.values["plan"])
    for group_type in ("", "company"):
        changed = [key for key, values in plans.items() if key[0] == group_type and len(values) > 1]
        assert len(changed) > 10
    on_events = defaultdict(set)
    for event in data.events:
        if event.user_id:
            on_events[event.user_id].add(event.properties.get("plan", "null"))
    assert sum(len(values - {"null"}) > 1 for values in on_events.values()) > 10


def test_an_event_carries_the_plan_that_its_profile_had(data: Data) -> None:
    history = defaultdict(list)
    for update in data.updates:
        if not update.group_type and "plan" in update.values:
            history[update.profile_id].append((update.time, update.values["plan"]))
    agree, seen = 0, 0
    for event in data.events:
        if event.user_id and not event.control:
            before = [plan for at, plan in history[event.user_id] if at <= event.time]
            seen += 1
            agree += bool(before) and event.properties["plan"] == before[-1]
    assert agree > 0.99 * seen


def test_everyone_with_an_account_has_a_profile_and_a_company(data: Data) -> None:
    profiles = {u.profile_id: u.values for u in data.updates if "email" in u.values}
    companies = {u.profile_id for u in data.updates if u.group_type == "company" and "industry" in u.values}
    for event in data.events:
        if event.user_id and not event.control:
            profile = profiles[event.user_id]
            assert json.loads(profile["email"]).endswith("@example.com")
            assert event.groups == {"company": [json.loads(profile["company"])]}
            assert event.groups["company"][0] in companies
        elif not event.user_id:
            assert event.groups == {}


def test_updates_use_several_operations(data: Data) -> None:
    used = {update.operation for update in data.updates}
    assert used >= {Operation.SET, Operation.SET_ONCE, Operation.ADD, Operation.UNION}


def test_senders_are_mixed_and_people_have_several_devices(data: Data) -> None:
    libraries = Counter(event.library.split("/")[0].split(" ")[0] for event in data.events)
    assert set(libraries) == {"web", "amplitude-kotlin", "amplitude-swift", "python"}
    assert min(libraries["amplitude-kotlin"], libraries["amplitude-swift"]) > 0.03 * len(data.events)
    devices = defaultdict(set)
    for event in data.events:
        if event.user_id and event.device_id:
            devices[event.user_id].add(event.device_id)
    assert sum(len(ids) > 1 for ids in devices.values()) > 0.2 * len(devices)


def test_sessions_begin_with_their_id(data: Data) -> None:
    sessions: dict[tuple[str, int], list[int]] = defaultdict(list)
    for event in data.events:
        if event.device_id:
            assert event.session_id is not None
            sessions[event.device_id, event.session_id].append(event.time)
        else:
            assert event.session_id is None
    assert all(session_id <= min(times) for (_, session_id), times in sessions.items())
    assert len(sessions) > EVENTS / 15


def test_event_ids_count_up_on_a_phone(data: Data) -> None:
    phones = defaultdict(list)
    for event in data.events:
        assert (event.event_id is not None) is (event.protocol == "amplitude")
        if event.event_id is not None:
            phones[event.device_id].append(event.event_id)
    assert all(len(set(ids)) == len(ids) for ids in phones.values())


def test_only_identify_is_a_control_event(data: Data) -> None:
    assert {event.name for event in data.events if event.control} == {"$identify"}
    for event in data.named("$identify"):
        assert event.control
        assert set(json.loads(event.user_properties["$set"])) == {"push_enabled", "theme"}


def test_activity_follows_a_power_law_and_people_leave_and_return(data: Data) -> None:
    counts = sorted(Counter(e.user_id for e in data.events if e.user_id).values(), reverse=True)
    assert sum(counts[: len(counts) // 10]) > 0.3 * sum(counts)
    days = defaultdict(set)
    for event in data.events:
        if event.user_id and event.device_id:
            days[event.user_id].add((event.time - START_MS) // DAY)
    gone = [user for user, active in days.items() if max(active) < DAYS - 30]
    assert len(gone) > 0.1 * len(days)
    gaps = [max(b - a for a, b in pairwise(s)) for d in days.values() if len(s := sorted(d)) > 1]
    assert any(gap >= 14 for gap in gaps)


DOCUMENT = (Path(__file__).parents[3] / "docs" / "demo.md").read_text(encoding="utf-8")


def test_the_document_names_every_event_and_profile_property(big: Data) -> None:
    names = {event.name for event in big.events}
    names |= {key for update in big.updates for key in update.values}
    assert {name for name in names if f"`{name}`" not in DOCUMENT} == set()


def test_the_example_in_the_document_runs(capsys: pytest.CaptureFixture[str]) -> None:
    example = DOCUMENT.split("```python\n")[1].split("```")[0]
    exec(example, {})
    assert sum(int(line.split()[0]) for line in capsys.readouterr().out.splitlines()) > 19_000
