"""Funnels that documents describe, each by its name. The oracle and the engine must both give what they say."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.oracle import funnel as oracle
from tests.oracle.engine import ask, people, project_of, store
from tests.oracle.log import Log

from diptych.query.parts import InvalidQuestion
from diptych.query.reports.funnel import FunnelSelection, Part

DEFAULTS: dict[str, Any] = {
    "type": "funnel",
    "range": {"type": "between", "from": "2026-01-01", "to": "2026-01-31"},
    "window": {"count": 1, "unit": "hour"},
    "entry": "first",
    "order": "loose",
    "simultaneity": "exact",
    "exclusions": [],
    "held": [],
    "each_held_value": False,
    "filter": None,
    "breakdowns": [],
    "limit": 100,
    "interval": None,
    "over_time": "entry",
    "times": False,
}
# The choices that make a funnel count as each vendor's does (docs/funnels.md).
MIXPANEL_UNIQUES = {"entry": "first", "simultaneity": "two_seconds"}
MIXPANEL_TOTALS = {"entry": "every", "simultaneity": "two_seconds"}
AMPLITUDE = {"entry": "longest", "simultaneity": "same_second"}


def event(name: str, when: str, who: str = "u", **more: Any) -> dict[str, Any]:
    """`when`: 13:00, 13:00:01.5 (of the first of January), or 2026-01-05 13:00."""
    moment = datetime.fromisoformat(when if len(when) > 14 else f"2026-01-01 {when}").replace(tzinfo=UTC)
    own = {"copy": None, "first_wins": False, "control": False, "event_id": None, "session": more.pop("session", None)}
    time = round(moment.timestamp() * 1000)
    return {"name": name, "time": time, "received": time, "id": who, "properties": more, **own}


def selector(*names: str) -> dict[str, Any]:
    return {"names": list(names), "filter": None, "alternatives": []}


def step(*names: str, **more: Any) -> dict[str, Any]:
    return {"event": selector(*names), "anchored": False, "optional": False, **more}


def steps(names: str) -> list[dict[str, Any]]:
    return [step(name) for name in names.split()]


def by(key: str, attribution: str = "first", number: int = 1) -> dict[str, Any]:
    return {"by": held(key), "attribution": attribution, "step": number}


def held(key: str) -> dict[str, Any]:
    return {"property": {"key": key, "scope": "event"}, "as_text": False, "each_item": True}


@pytest.fixture
def counts(engine, new_project):
    """Per combination (None: all) the attempts per step, as the oracle and the engine both count them."""

    def count(events: list[dict[str, Any]], names: str | list[dict[str, Any]], **more: Any) -> dict[Any, list[int]]:
        log = Log(events)
        question = DEFAULTS | {"steps": steps(names) if isinstance(names, str) else names} | more
        project = project_of(new_project(), log)
        store(engine, project.id, log)
        answer = ask(engine, project, question)
        found = {
            row.breakdown and tuple(map(str, row.breakdown)): [s.attempts for s in row.steps] for row in answer.rows
        }
        expected = oracle.funnel(log, question)
        assert sorted(found.values()) == sorted(attempts for attempts, _, _ in expected.values())
        return found

    return count


def test_the_window_begins_with_the_first_event_of_the_first_step(counts) -> None:
    events = [event("A", "13:00"), event("A", "13:30"), event("B", "13:45"), event("C", "14:15")]
    assert counts(events, "A B C", **MIXPANEL_UNIQUES)[None] == [1, 1, 0]


@pytest.mark.parametrize(
    ("order", "level"),
    [("A B F C D E", 5), ("A B D C D E", 5), ("A B C E", 3)],
)
def test_mixpanels_loose_order(counts, order: str, level: int) -> None:
    events = [event(name, f"13:{minute:02}") for minute, name in enumerate(order.split())]
    found = counts(events, "A B C D E", **MIXPANEL_UNIQUES)[None]
    assert found == [1] * level + [0] * (5 - level)


def test_totals_with_the_first_step_excluded_are_two_entries_and_one_conversion(counts) -> None:
    events = [event("A", "13:00"), event("A", "13:01"), event("A", "13:02"), event("B", "13:03")]
    exclusions = [{"event": selector("A"), "after": 1, "before": 2}]
    assert counts(events, "A B", exclusions=exclusions, **MIXPANEL_TOTALS)[None] == [2, 1]


def test_who_did_the_excluded_event_still_comes_as_far_as_before(counts) -> None:
    events = [event("A", "13:00"), event("B", "13:01"), event("X", "13:02"), event("C", "13:03")]
    exclusions = [{"event": selector("X"), "after": 2, "before": 3}]
    assert counts(events, "A B C", exclusions=exclusions, **MIXPANEL_UNIQUES)[None] == [1, 1, 0]


def test_browse_a_shirt_and_shoes_is_one_conversion_on_the_shirt(counts) -> None:
    events = [
        event("Browse", "13:00", product="shirt"),
        event("Browse", "13:01", product="jeans"),
        event("Add", "13:02"),
        event("Browse", "13:03", product="shoes"),
    ]
    found = counts(events, "Browse Add", breakdowns=[by("product")], **MIXPANEL_TOTALS)
    assert found == {None: [2, 1], ("shirt",): [1, 1], ("shoes",): [1, 0]}


def test_re_entry_before_the_end_of_the_window(counts) -> None:
    events = [event("A", "13:00"), event("A", "13:30"), event("B", "14:10")]
    assert counts(events, "A B", **MIXPANEL_UNIQUES)[None] == [1, 0]
    assert counts(events, "A B", **MIXPANEL_TOTALS)[None] == [1, 0]
    # The optimized rule for uniques: the attempt that converts counts.
    assert counts(events, "A B", entry="longest", simultaneity="two_seconds")[None] == [1, 1]


@pytest.mark.parametrize(("apart", "converts"), [("13:00:58", 1), ("13:00:57.999", 0)])
def test_mixpanels_steps_within_two_seconds_are_interchangeable(counts, apart: str, converts: int) -> None:
    events = [event("A", "13:01:00"), event("B", apart)]
    assert counts(events, "A B", **MIXPANEL_UNIQUES)[None] == [1, converts]


def test_mixpanels_held_value_is_that_of_the_first_entry(counts) -> None:
    events = [event("A", "13:00", item=1), event("A", "13:01", item=2), event("B", "13:02", item=2)]
    assert counts(events, "A B", held=[held("item")], **MIXPANEL_UNIQUES)[None] == [1, 0]
    assert counts(events, "A B", held=[held("item")], **MIXPANEL_TOTALS)[None] == [2, 1]


def test_attribution_of_the_first_last_and_a_fixed_step(counts) -> None:
    events = [event("A", "13:00"), event("B", "13:01", p="two"), event("C", "13:02", p="three")]
    for attribution, number, value in [("first", 1, "two"), ("last", 1, "three"), ("step", 1, "None")]:
        found = counts(events, "A B C", breakdowns=[by("p", attribution, number)], **MIXPANEL_UNIQUES)
        assert found == {None: [1, 1, 1], (value,): [1, 1, 1]}


SIGN_UPS = [
    event("Sign Up", "10:00", "u1"),
    event("Buy", "10:05", "u1", price=10),
    event("Buy", "2026-01-03 09:00", "u1", price=5),
    event("Sign Up", "12:00", "u2"),
    event("Buy", "2026-01-02 11:30", "u2", price=20),
    event("Sign Up", "2026-01-02 08:00", "u3"),
]


def test_amplitudes_worked_example(engine, new_project, counts) -> None:
    more = AMPLITUDE | {"window": {"count": 86_400, "unit": "second"}, "interval": "day"}
    more |= {"range": {"type": "between", "from": "2026-01-01", "to": "2026-01-03"}}
    both = [step("Sign Up"), step("Buy")]
    assert counts(SIGN_UPS, both, **more)[None] == [3, 2]
    project = project_of(new_project(), Log(SIGN_UPS))
    store(engine, project.id, Log(SIGN_UPS))
    answer = ask(engine, project, DEFAULTS | {"steps": both} | more)
    assert [point.attempts for point in answer.rows[0].over_time] == [[2, 2], [1, 0], [0, 0]]
    assert round(answer.rows[0].steps[1].of_first, 4) == 0.6667
    dropped = FunnelSelection(step=1, part=Part.DROPPED, bucket=1)
    assert len(people(engine, project, DEFAULTS | {"steps": both} | more, dropped)) == 1
    assert len(people(engine, project, DEFAULTS | {"steps": both} | more, FunnelSelection(step=2))) == 2


def test_amplitudes_search_four_times_and_add_once_is_one_conversion(counts) -> None:
    events = [event("Search", f"13:0{minute}") for minute in range(4)] + [event("Add", "13:05")]
    assert counts(events, "Search Add", **AMPLITUDE)[None] == [1, 1]


def test_amplitudes_longest_path_then_the_earliest(counts) -> None:
    events = [
        event("A", "13:00", p="late"),
        event("A", "15:00", p="first"),
        event("A", "15:10", p="second"),
        event("B", "15:20"),
    ]
    found = counts(events, "A B", breakdowns=[by("p", "step", 1)], **AMPLITUDE)
    assert found == {None: [1, 1], ("first",): [1, 1]}


def test_amplitudes_attribution_of_landing_pages(counts) -> None:
    events = [
        event("Land", "13:00", page="A", session=1),
        event("Land", "13:20", page="B", session=2),
        event("Register", "13:25", session=2),
    ]
    page = [by("page", "step", 1)]
    assert counts(events, "Land Register", breakdowns=page, **AMPLITUDE) == {None: [1, 1], ("A",): [1, 1]}
    found = counts(events, "Land Register", breakdowns=page, entry="session", simultaneity="same_second")
    assert found == {None: [2, 1], ("A",): [1, 0], ("B",): [1, 1]}


def test_amplitudes_funnel_over_time_counts_once_per_day_of_entry(engine, new_project) -> None:
    events = [event("A", f"2026-01-{day:02} 10:00") for day in (1, 5, 20)]
    events += [event("B", f"2026-01-{day:02} 10:00") for day in (2, 6)]
    question = DEFAULTS | {"steps": steps("A B"), "window": {"count": 7, "unit": "day"}, "interval": "day"}
    question |= AMPLITUDE | {"over_time": "independent"}
    log = Log(events)
    project = project_of(new_project(), log)
    store(engine, project.id, log)
    row = ask(engine, project, question).rows[0]
    assert [s.attempts for s in row.steps] == [1, 1]
    assert [row.over_time[day - 1].attempts for day in (1, 5, 20)] == [[1, 1], [1, 1], [1, 0]]


def test_amplitudes_held_list_counts_each_item(counts) -> None:
    events = [event("A", "13:00", item=[1, 2, 3]), event("B", "13:01", item=3)]
    found = counts(events, "A B", held=[held("item")], each_held_value=True, **AMPLITUDE)
    assert found[None] == [3, 1]


def test_amplitudes_events_in_one_second(counts) -> None:
    assert counts([event("A", "13:00:00.9"), event("B", "13:00:00.1")], "A B", **AMPLITUDE)[None] == [1, 1]
    # Two equal events in one second are one.
    assert counts([event("A", "13:00:00.1"), event("A", "13:00:00.9")], "A A", **AMPLITUDE)[None] == [1, 0]
    milliseconds = {"entry": "longest", "simultaneity": "exact"}
    assert counts([event("A", "13:00:00.9"), event("B", "13:00:00.1")], "A B", **milliseconds)[None] == [1, 0]
    assert counts([event("A", "13:00:00.1"), event("A", "13:00:00.9")], "A A", **milliseconds)[None] == [1, 1]


def test_amplitudes_exact_order_tolerates_an_event_in_the_same_second(counts) -> None:
    near = [event("A", "13:00:00.1"), event("F", "13:00:00.5"), event("B", "13:00:07")]
    far = [event("A", "13:00:00.1"), event("F", "13:00:05"), event("B", "13:00:07")]
    assert counts(near, "A B", order="strict", **AMPLITUDE)[None] == [1, 1]
    assert counts(far, "A B", order="strict", **AMPLITUDE)[None] == [1, 0]


def test_amplitudes_exclusion_spares_a_clean_path_and_the_same_second(counts) -> None:
    exclusions = [{"event": selector("X"), "after": 1, "before": 2}]
    clean = [event("A", "13:00"), event("X", "13:01"), event("A", "13:02"), event("B", "13:03")]
    assert counts(clean, "A B", exclusions=exclusions, **AMPLITUDE)[None] == [1, 1]
    together = [event("A", "13:00:00"), event("X", "13:00:00.5"), event("B", "13:01")]
    assert counts(together, "A B", exclusions=exclusions, **AMPLITUDE)[None] == [1, 1]


def test_a_window_does_not_begin_again_at_each_step(counts) -> None:
    """A rule that restarts it counted 1,018 conversions of one data set, where this one counts 192."""
    events = [event("A", "13:00"), event("B", "13:50"), event("C", "14:40")]
    assert counts(events, "A B C")[None] == [1, 1, 0]


def test_steps_after_the_end_of_the_range_count(counts) -> None:
    events = [event("A", "2026-01-31 23:30"), event("B", "2026-02-01 00:15"), event("A", "2026-02-01 00:01", "late")]
    assert counts(events, "A B")[None] == [1, 1]


def test_any_order_with_anchors(counts) -> None:
    wanted = [step("A", anchored=True), step("B"), step("C"), step("D", anchored=True)]
    for order, level in [("A C B D", 4), ("A B C D", 4), ("B A C D", 2), ("A C D B", 3)]:
        events = [event(name, f"13:{minute:02}") for minute, name in enumerate(order.split())]
        assert counts(events, wanted, order="any")[None] == [1] * level + [0] * (4 - level)


def test_twenty_identical_steps(counts) -> None:
    events = [event("A", f"13:{minute:02}") for minute in range(19)]
    assert counts(events, " ".join(["A"] * 20))[None] == [1] * 19 + [0]


def test_the_funnel_without_its_optional_step(engine, new_project) -> None:
    log = Log([event("A", "13:00"), event("C", "13:02")])
    project = project_of(new_project(), log)
    store(engine, project.id, log)
    question = DEFAULTS | {"steps": [step("A"), step("B", optional=True), step("C")]}
    answer = ask(engine, project, question)
    assert [s.attempts for s in answer.rows[0].steps] == [1, 0, 0]
    assert answer.required_only is not None
    assert [s.attempts for s in answer.required_only[0].steps] == [1, 1]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"exclusions": [{"event": selector("X"), "after": 2, "before": 2}]}, "exclusions[0]"),
        ({"exclusions": [{"event": selector("X"), "after": 1, "before": 3}]}, "exclusions[0]"),
        ({"order": "any", "steps": [step("A"), step("A")]}, "steps[1]"),
        ({"order": "any", "steps": [step("A"), step()]}, "steps[1]"),
        ({"breakdowns": [by("p", "step", 3)]}, "breakdowns.step"),
        ({"entry": "every", "over_time": "independent", "interval": "day"}, "over_time"),
        ({"steps": [step("A", optional=True), step("B")]}, "steps.optional"),
        (
            {
                "order": "any",
                "exclusions": [{"event": selector("X"), "after": 2, "before": 0}],
                "steps": steps("A B C"),
            },
            "exclusions[0].after",
        ),
    ],
)
def test_what_cannot_be_counted_is_refused(engine, new_project, more: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidQuestion) as raised:
        ask(engine, project_of(new_project(), Log()), DEFAULTS | {"steps": steps("A B")} | more)
    assert raised.value.field == field
