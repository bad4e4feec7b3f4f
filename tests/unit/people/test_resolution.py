"""Every worked flow of the vendors' guides to identity, and the rules behind them, without an engine."""

import uuid
from itertools import count

import pytest

from diptych.model import IdentityMode, LinkKind
from diptych.people.identity import device_actor, read_ids
from diptych.people.resolution import (
    RESOLVE,
    Statement,
    amplitude,
    original,
    refusals,
    simplified,
    standing,
    user_at,
)

ALIAS, UNLINK, MERGED = LinkKind.ALIAS, LinkKind.UNLINK, LinkKind.MERGED
IDENTIFIED, RENAMED, STATED = LinkKind.IDENTIFIED, LinkKind.RENAMED, LinkKind.STATED
ANON = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(600)]


class History:
    """Events as (device, user), in order; what they state, and when each id was first seen."""

    def __init__(self, mode: IdentityMode, *events: tuple[str, str]) -> None:
        self.mode = mode
        self.orders = count(1)
        self.statements: list[Statement] = []
        self.seen: dict[str, int] = {}
        self.actors: list[tuple[str, int]] = []
        for device, user in events:
            self.event(device, user)

    def event(self, device: str, user: str = "") -> None:
        ids = read_ids(self.mode, user_id=user, device_id=device)
        if ids.links:
            self.say(STATED, device_actor(device), user)
        order = next(self.orders)
        self.seen.setdefault(ids.distinct_id, order)
        self.actors.append((ids.distinct_id, order))

    def say(self, kind: LinkKind, actor: str, person: str) -> None:
        self.statements.append(Statement(next(self.orders), kind, actor, person))

    def people(self) -> list[str]:
        """The person of each event."""
        resolved = RESOLVE[self.mode](self.statements, self.seen)
        return [resolved[actor].person if actor in resolved else actor for actor in self.own()]

    def own(self) -> list[str]:
        """The id that each event counts under before anything is merged."""
        if self.mode is IdentityMode.AMPLITUDE:
            return [user_at(self.statements, actor, order) for actor, order in self.actors]
        return [actor for actor, _ in self.actors]

    def owners(self) -> list[str]:
        """Whose properties each event has: Amplitude's own amplitude id of the event."""
        resolved = RESOLVE[self.mode](self.statements, self.seen)
        return [resolved[actor].owner if actor in resolved else actor for actor in self.own()]


def flow(*events: tuple[str, str]) -> list[str]:
    return History(IdentityMode.SIMPLIFIED, *events).people()


# Mixpanel, Simplified ID Merge: the guide's flows.


def test_simplified_events_before_and_after_login_are_the_users() -> None:
    assert flow(("D1", ""), ("D1", ""), ("D1", "U1")) == ["U1"] * 3


def test_simplified_a_second_device_joins_the_same_user() -> None:
    first = [("D1", ""), ("D1", ""), ("D1", "U1")]
    assert flow(*first, ("D2", ""), ("D2", ""), ("D2", "U1")) == ["U1"] * 6


def test_simplified_two_users_of_a_device_with_a_reset_between() -> None:
    events = [("D1", ""), ("D1", "U1"), ("D2", ""), ("D2", ""), ("D2", "U2")]
    assert flow(*events) == ["U1", "U1", "U2", "U2", "U2"]


def test_simplified_without_a_reset_the_device_stays_with_its_first_user() -> None:
    assert flow(("D1", ""), ("D1", "U1"), ("D1", ""), ("D1", "U2"), ("D1", "")) == ["U1", "U1", "U1", "U2", "U1"]


def test_simplified_two_users_cannot_be_merged() -> None:
    history = History(IdentityMode.SIMPLIFIED, ("", "U1"), ("", "U2"))
    for kind in (IDENTIFIED, RENAMED, MERGED):
        history.say(kind, "U1", "U2")
    assert history.people() == ["U1", "U2"]


def test_simplified_a_user_may_have_any_number_of_devices() -> None:
    assert set(flow(*((f"D{n}", "U1") for n in range(2 * 500)))) == {"U1"}


# Mixpanel, Original ID Merge.


def merged(*said: tuple[LinkKind, str, str]) -> tuple[list[set[str]], list[str]]:
    """Clusters, and the reasons of what was refused."""
    statements = [Statement(order, *parts) for order, parts in enumerate(said, 1)]
    clusters: dict[str, set[str]] = {}
    for member, whose in original(statements, {}).items():
        clusters.setdefault(whose.person, {whose.person}).add(member)
    return sorted(clusters.values(), key=sorted), list(refusals(statements).values())


def test_original_identify_joins_an_anonymous_id_and_a_user() -> None:
    assert merged((IDENTIFIED, ANON[0], "u1")) == ([{ANON[0], "u1"}], [])


def test_original_identify_takes_the_prefix_that_the_browser_sends() -> None:
    prefixed = f"$device:{uuid.uuid4()}"
    assert merged((IDENTIFIED, prefixed, "u1")) == ([{prefixed, "u1"}], [])


@pytest.mark.parametrize(
    "anonymous", ["u0", "1234", "1d1c6cfc-e944-11f1-96c2-02fc00000001", ANON[0] + "x", "$device:abc", ""]
)
def test_original_identify_refuses_what_is_no_uuid_v4(anonymous: str) -> None:
    assert merged((IDENTIFIED, anonymous, "u1"))[0] == []


def test_original_identify_refuses_an_anonymous_id_that_another_user_has() -> None:
    clusters, refused = merged((IDENTIFIED, ANON[0], "u1"), (IDENTIFIED, ANON[0], "u2"))
    assert clusters == [{ANON[0], "u1"}]
    assert refused == ["the anonymous id belongs to another id already"]


def test_original_many_anonymous_ids_belong_to_one_user() -> None:
    assert merged(*((IDENTIFIED, anon, "u1") for anon in ANON[:5])) == ([{*ANON[:5], "u1"}], [])


def test_original_many_aliases_point_to_one_id() -> None:
    assert merged((RENAMED, "a", "u"), (RENAMED, "b", "u"))[0] == [{"a", "b", "u"}]


def test_original_aliases_may_be_chained() -> None:
    assert merged((RENAMED, "a", "u"), (RENAMED, "b", "a"), (RENAMED, "c", "b"))[0] == [{"a", "b", "c", "u"}]


def test_original_an_alias_points_to_one_id_only() -> None:
    clusters, refused = merged((RENAMED, "a", "u"), (RENAMED, "a", "v"))
    assert clusters == [{"a", "u"}]
    assert refused == ["the alias belongs to another id already"]


def test_original_merge_joins_any_two_ids() -> None:
    assert merged((MERGED, "u2", "u1"), (MERGED, ANON[1], ANON[0]))[0] == [{ANON[0], ANON[1]}, {"u1", "u2"}]


def test_original_the_cluster_of_the_id_that_was_there_gives_the_name() -> None:
    statements = [Statement(1, IDENTIFIED, ANON[0], "u1"), Statement(2, MERGED, "u2", "u1")]
    assert {one: whose.person for one, whose in original(statements, {}).items()} == {ANON[0]: "u1", "u2": "u1"}


def test_original_a_cluster_of_500_is_taken_and_one_more_is_refused() -> None:
    said = [(IDENTIFIED, anon, "u1") for anon in ANON[:500]]
    (cluster,), refused = merged(*said)
    assert len(cluster) == 500
    assert refused == ["more than 500 ids would be one person"]


def test_original_two_clusters_that_are_too_large_together_stay_two() -> None:
    said = [(IDENTIFIED, anon, "u1") for anon in ANON[:300]] + [(IDENTIFIED, anon, "u2") for anon in ANON[300:600]]
    clusters, refused = merged(*said, (MERGED, "u2", "u1"))
    assert [len(cluster) for cluster in clusters] == [301, 301]
    assert len(refused) == 1


def test_original_device_and_user_beside_a_distinct_id_link_nothing() -> None:
    assert merged((LinkKind.TOGETHER, "$device:d", "u1"))[0] == []


# Amplitude: the guide's scenarios, as (device, user); the answer numbers people by first appearance.


def numbered(names: list[str]) -> list[int]:
    known: dict[str, int] = {}
    return [known.setdefault(name, len(known) + 1) for name in names]


def scenario(*events: tuple[str, str]) -> tuple[list[int], list[int]]:
    history = History(IdentityMode.AMPLITUDE, *events)
    return numbered(history.owners()), numbered(history.people())


def test_amplitude_scenario_1_no_user_ids() -> None:
    own, people = scenario(("A", ""), ("B", ""), ("B", ""), ("C", ""), ("A", ""), ("C", ""))
    assert own == people == [1, 2, 2, 3, 1, 3]


def test_amplitude_scenario_2_login_after_anonymous_events() -> None:
    own, people = scenario(("G", ""), ("G", ""), ("G", "John"))
    assert own == people == [1, 1, 1]


def test_amplitude_scenario_3_one_user_with_two_devices() -> None:
    own, people = scenario(("K", "Zack"), ("L", "Zack"))
    assert own == people == [1, 1]


def test_amplitude_scenario_4_several_users_on_one_device() -> None:
    own, people = scenario(("R", "Jane"), ("R", ""), ("R", "Mary"), ("R", ""), ("R", ""))
    assert own == people == [1, 1, 2, 2, 2]


def test_amplitude_scenario_5_a_second_device_that_was_anonymous_first() -> None:
    own, people = scenario(("Y", "David"), ("Z", ""), ("Z", "David"), ("Z", ""))
    assert own == [1, 2, 1, 1]
    assert people == [1, 1, 1, 1]


def test_amplitude_scenario_6_after_the_merge() -> None:
    events = [("A", ""), ("A", "David"), ("A", "David"), ("B", ""), ("B", "David"), ("B", "David")]
    own, people = scenario(*events)
    assert own == [1, 1, 1, 2, 1, 1]
    assert people == [1] * 6


def test_amplitude_rule_4_an_unknown_user_on_a_device_that_has_one_is_new() -> None:
    assert scenario(("D", ""), ("D", "U1"), ("D", "U2"))[1] == [1, 1, 2]


def test_amplitude_rule_5_logging_out_alone_makes_no_anonymous_user() -> None:
    assert scenario(("D", "U1"), ("D", ""))[1] == [1, 1]


def test_amplitude_rule_6_a_user_known_without_a_device_is_merged_and_not_taken_over() -> None:
    own, people = scenario(("", "U1"), ("D", ""), ("D", "U1"))
    assert own == [1, 2, 1]
    assert people == [1, 1, 1]


def test_amplitude_rule_7_users_are_never_merged() -> None:
    assert scenario(("D", "U1"), ("D", "U2"), ("E", "U2"), ("E", "U1"))[1] == [1, 2, 2, 1]


def test_amplitude_user_mapping_counts_two_users_once_and_moves_no_properties() -> None:
    history = History(IdentityMode.AMPLITUDE, ("D", ""), ("D", "u"), ("", "g"))
    history.say(ALIAS, "u", "g")
    assert history.people() == ["g", "g", "g"]
    assert history.owners() == ["u", "u", "g"]


def test_amplitude_a_mapping_is_replaced_by_the_next_one_and_taken_back_by_unmap() -> None:
    history = History(IdentityMode.AMPLITUDE, ("", "u"))
    history.say(ALIAS, "u", "g1")
    history.say(ALIAS, "u", "g2")
    assert history.people() == ["g2"]
    history.say(UNLINK, "u", "")
    assert history.people() == ["u"]


# What holds in every mode.


@pytest.mark.parametrize("mode", IdentityMode)
def test_an_alias_makes_one_person_of_two_in_every_mode(mode: IdentityMode) -> None:
    history = History(mode, ("", "a"), ("", "b"))
    history.say(ALIAS, "a", "b")
    assert history.people() == ["b", "b"]


@pytest.mark.parametrize("mode", IdentityMode)
def test_unlink_takes_back_what_was_said_before_and_not_what_is_said_later(mode: IdentityMode) -> None:
    history = History(mode, ("D", ""), ("D", "U1"))
    assert history.people()[0] == "U1"
    history.say(UNLINK, "U1", "$device:D")
    assert history.people()[0] == "$device:D"
    history.event("D", "U1")
    assert history.people()[0] == "U1"


@pytest.mark.parametrize("mode", IdentityMode)
def test_ids_that_are_each_others_alias_are_one_person_wherever_it_began(mode: IdentityMode) -> None:
    history = History(mode, ("D", "U1"), ("D", ""))
    history.say(ALIAS, "U1", "$device:D")
    assert len(set(history.people())) == 1


def test_amplitude_unlinking_a_device_gives_its_events_back_to_the_user_before() -> None:
    history = History(IdentityMode.AMPLITUDE, ("D", "U1"), ("D", ""), ("D", "U2"), ("D", ""))
    history.say(UNLINK, "$device:D", "U2")
    assert history.people() == ["U1", "U1", "U2", "U1"]


def test_the_order_of_acceptance_counts_and_not_that_of_arrival() -> None:
    first, second = Statement(1, STATED, "$device:d", "u1"), Statement(2, STATED, "$device:d", "u2")
    for resolve in (simplified, amplitude):
        assert resolve([second, first], {}) == resolve([first, second], {})
        assert resolve([second, first], {})["$device:d"].person == "u1"


def test_a_statement_read_twice_counts_once() -> None:
    said = [Statement(1, STATED, "$device:d", "u1")] * 2
    assert standing(said) == said[:1]
