"""Retention against its oracle, over random raw logs, for every option and pairs of options."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings, strategies as st
from tests.examples import examples
from tests.oracle import raw
from tests.oracle.engine import store
from tests.oracle.log import Log
from tests.oracle.retention import Retention

from diptych.query.parts import InvalidQuestion
from diptych.query.sql import retention as sql_module, rows as rows_sql
from diptych.store.sql import Sql

NOW = raw.milli("2026-03-25T12:00:00+00:00")
PLAIN: dict[str, Any] = {
    "type": "retention",
    "start": {"names": ["A"]},
    "returning": {"names": []},
    "rule": "first_ever",
    "range": {"type": "between", "from": "2026-03-07", "to": "2026-03-16"},
    "interval": "day",
    "measured_by": "rolling",
    "windows": 4,
    "brackets": [],
    "criterion": "on",
    "start_counts": False,
    "measure": "people",
    "property": None,
    "breakdowns": [],
    "breakdown_of": "start",
    "limit": 1000,
}
BRACKETS: list[list[list[int]]] = [[], [], [[0, 1], [1, 3], [5, 9]], [[1, 2], [2, 20]]]
PRO = {"type": "compare", "property": {"key": "p"}, "operator": "equals", "values": ["pro"], "as_text": False}
selectors = st.fixed_dictionaries(
    {"names": st.sampled_from([["A"], ["B"], [], ["A", "B"]]), "filter": st.sampled_from([None, None, PRO])}
)
measures = st.sampled_from([("people", None), ("people", None), ("sum", {"key": "p"}), ("average", {"key": "p"})])
questions = st.builds(
    lambda base, measure: PLAIN | base | {"measure": measure[0], "property": measure[1]},
    st.fixed_dictionaries(
        {
            "start": selectors,
            "returning": selectors,
            "rule": st.sampled_from(["first_ever", "first_of_interval", "every", "new"]),
            "range": st.sampled_from(
                [
                    {"type": "between", "from": "2026-03-07", "to": "2026-03-16"},
                    {"type": "between", "from": "2026-03-08", "to": "2026-03-29"},
                ]
            ),
            "interval": st.sampled_from(["day", "day", "week", "month"]),
            "measured_by": st.sampled_from(["rolling", "rolling_hours", "calendar"]),
            "windows": st.sampled_from([1, 3, 5, 63, 64, 130]),
            "brackets": st.sampled_from(BRACKETS),
            "criterion": st.sampled_from(["on", "on_or_after", "on_or_before", "streak"]),
            "start_counts": st.booleans(),
            "breakdowns": st.sampled_from([[], [], [{"property": {"key": "q"}}]]),
            "breakdown_of": st.sampled_from(["start", "return"]),
        }
    ),
    measures,
).filter(lambda q: q["measure"] == "people" or q["criterion"] != "streak")


def label(values: list[Any]) -> Any:
    return (type(values[0]).__name__.replace("float", "int"), values[0]) if values else ()


def as_oracle(answer: Any) -> dict[Any, Any]:
    """The engine's answer in the oracle's form; empty cohorts are left out."""
    found = {}
    for series in answer.series:
        table = {
            cohort.date: (row.people, row.returned, [round(v, 9) for v in row.values])
            for cohort, row in zip(answer.cohorts, series.cohorts, strict=True)
            if row.people
        }
        distinct = series.distinct and (series.distinct.people, series.distinct.values)
        if table:
            found[label(series.breakdown)] = {"cohorts": table, "distinct": distinct}
    return found


def difference(engine, project: int, log: Log, zone: str, question: dict[str, Any]) -> tuple[Any, Any] | None:
    store(engine, project, log)
    expected = Retention(log, question, zone, NOW).answer()
    for one in expected.values():
        one["cohorts"] = {c: (p, r, [round(v, 9) for v in values]) for c, (p, r, values) in one["cohorts"].items()}
        if question["measure"] != "people":
            one["distinct"] = None
    found = as_oracle(raw.answer(engine, project, zone, question, NOW))
    return None if found == expected else (found, expected)


slow = settings(
    max_examples=examples(50),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@slow
@given(log=raw.logs(), question=questions, zone=st.sampled_from(raw.ZONES))
def test_the_engine_counts_as_the_oracle_does(engine, new_project, log: Log, question: dict, zone: str) -> None:
    assert difference(engine, new_project(), log, zone, question) is None


def changed(**options: Any) -> dict[str, Any]:
    return PLAIN | options


SUM = {"measure": "sum", "property": {"key": "p"}, "returning": {"names": ["B"]}}
RECURRING = changed(rule="first_of_interval", interval="week", range=PLAIN["range"] | {"to": "2026-03-29"})
# (module, constant, right, wrong, the question that shows it)
MISTAKES: dict[str, tuple[Any, str, str, str, dict[str, Any]]] = {
    "copies are counted": (rows_sql, "_SCAN", "FROM events FINAL", "FROM events", changed(**SUM)),
    "links are ignored": (rows_sql, "PERSON", "if(joinGet", "id_hash + 0 * if(joinGet", PLAIN),
    "nobody is a person": (sql_module, "_FIRST_EVER", "who != 0", "true", PLAIN),
    "who started before the range is new in it": (
        sql_module,
        "_FIRST_EVER",
        "at >= {start}",
        "at >= {start} OR true",
        changed(range=PLAIN["range"] | {"from": "2026-03-09"}),
    ),
    "the last start of an interval counts": (sql_module, "_FIRST_OF_INTERVAL", "min(time)", "max(time)", RECURRING),
    "only the first start of a block counts": (
        sql_module,
        "_EVERY",
        "[min(time), max(time)]",
        "[min(time)]",
        changed(rule="every"),
    ),
    "new people may start any time": (
        sql_module,
        "_NEW",
        "WHERE {together}",
        "WHERE ({together} OR true)",
        changed(rule="new"),
    ),
    "returns before the start count": (sql_module, "_HIT", "r.3 {after} s.3", "(r.3 {after} s.3 OR true)", PLAIN),
    "the first return of a block is lost": (sql_module, "_HIT", "r.1 >= s.2", "r.1 < s.2", PLAIN),
    "blocks are too long": (sql_module, "_RETURNS", "{keys}, {block}", "{keys}, {block} IS NULL", PLAIN),
    "incomplete cells are in the overall row": (sql_module, "_DISTINCT", "bitAnd(c.2", "bitOr(c.2", RECURRING),
    "an event is added once per start": (
        sql_module,
        "_PLACED_ONCE",
        "any(amount)",
        "sum(amount)",
        RECURRING | SUM | {"rule": "every"},
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_sql_is_caught(engine, new_project, monkeypatch, mistake: str) -> None:
    module, name, right, wrong, question = MISTAKES[mistake]
    old = getattr(module, name)
    text = old.text if isinstance(old, Sql) else old
    assert right in text
    new = text.replace(right, wrong)
    monkeypatch.setattr(module, name, Sql(new) if isinstance(old, Sql) else new)
    logs = (raw.dense_log(seed, size) for seed, size in enumerate((6, 10, 15, 20, 30, 50, 80, 80, 80)))
    caught = any(difference(engine, new_project(), log, "UTC", question) for log in logs)
    assert caught, f"no random log shows that {mistake}"


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(log=raw.logs(), question=questions, returned=st.booleans(), window=st.sampled_from([None, 0, 1]))
def test_the_people_behind_a_cell(engine, new_project, log, question, returned: bool, window: int | None) -> None:
    question = question | {"windows": 3, "brackets": [], "breakdowns": [], "measure": "people", "property": None}
    project = new_project()
    store(engine, project, log)
    oracle = Retention(log, question, "UTC", NOW)
    cohort = "2026-03-08"
    dates = [c.date for c in raw.answer(engine, project, "UTC", question, NOW).cohorts]
    assume(cohort in dates)
    expected = {
        who
        for (who, _, begun), backs in oracle.rows.items()
        if begun == cohort and (window is None or oracle.cells({e["unit"] for e in backs})[window] == returned)
    }
    selection = {"cohort": dates.index(cohort), "window": window, "returned": returned}
    found = raw.people(engine, project, "UTC", question, selection, NOW)
    assert found == raw.hashes(engine, project, expected)


def numbers(engine, project: int, log: Log, question: dict[str, Any], now: str = "2026-12-31") -> Any:
    """Cohort → (people, values), empty ones left out; and the series."""
    store(engine, project, log)
    found = raw.answer(engine, project, "UTC", question, raw.milli(now + "T00:00:00+00:00"))
    series = found.series[0]
    rows = zip(found.cohorts, series.cohorts, strict=True)
    return {cohort.date[5:]: (row.people, row.values) for cohort, row in rows if row.people}, series


def at(text: str) -> int:
    return raw.milli(f"2026-{text}:00+00:00")


JANUARY = {"range": {"type": "between", "from": "2026-01-01", "to": "2026-01-03"}}
THREE = raw.log_of(
    [
        ("u1", "Sign Up", at("01-01T10:00")),
        ("u1", "Buy", at("01-01T10:05"), {"price": 10}),
        ("u1", "Buy", at("01-03T09:00"), {"price": 5}),
        ("u2", "Sign Up", at("01-01T12:00")),
        ("u2", "Buy", at("01-02T11:30"), {"price": 20}),
        ("u3", "Sign Up", at("01-02T08:00")),
    ]
)
NEW_TO_BUY = changed(**JANUARY, rule="new", start={"names": []}, returning={"names": ["Buy"]}, windows=3)


def test_amplitude_new_users_who_buy_in_24_hour_windows(engine, new_project) -> None:
    # u2's purchase is 23 hours behind the hour of the sign-up: day 0.
    found, _ = numbers(engine, new_project(), THREE, NEW_TO_BUY | {"measured_by": "rolling_hours"})
    assert found == {"01-01": (2, [2, 1, 0]), "01-02": (1, [0, 0, 0])}


def test_amplitude_the_same_by_the_calendar(engine, new_project) -> None:
    found, _ = numbers(engine, new_project(), THREE, NEW_TO_BUY | {"measured_by": "calendar"})
    assert found == {"01-01": (2, [1, 1, 1]), "01-02": (1, [0, 0, 0])}


def test_amplitude_hours_are_cut_before_windows_are_counted(engine, new_project) -> None:
    log = raw.log_of([("a", "A", at("03-11T17:59")), ("a", "B", at("03-12T17:00"))])
    question = changed(returning={"names": ["B"]}, range=PLAIN["range"], windows=2)
    assert numbers(engine, new_project(), log, question | {"measured_by": "rolling_hours"})[0] == {"03-11": (1, [0, 1])}
    assert numbers(engine, new_project(), log, question)[0] == {"03-11": (1, [1, 0])}


@pytest.mark.parametrize(("day", "week"), [("07", 0), ("08", 1), ("14", 1), ("15", 2)])
def test_amplitude_weeks_are_seven_days_from_the_day_of_the_start(engine, new_project, day: str, week: int) -> None:
    log = raw.log_of([("a", "A", at("12-01T23:00")), ("a", "B", at(f"12-{day}T00:00"))])
    question = changed(returning={"names": ["B"]}, interval="week", measured_by="rolling_hours", windows=3)
    question |= {"range": {"type": "between", "from": "2026-12-01", "to": "2026-12-01"}}
    ((_, values),) = numbers(engine, new_project(), log, question, "2027-06-30")[0].values()
    assert values == [int(week == n) for n in range(3)]


def test_amplitude_every_start_opens_its_own_windows(engine, new_project) -> None:
    log = raw.log_of([("a", "A", at("03-08T08:00")), ("a", "A", at("03-09T08:00")), ("a", "B", at("03-10T09:00"))])
    question = changed(rule="every", returning={"names": ["B"]}, windows=3, measured_by="rolling_hours")
    found, series = numbers(engine, new_project(), log, question)
    assert found == {"03-08": (1, [0, 0, 1]), "03-09": (1, [0, 1, 0])}
    assert (series.summed.people, series.summed.values) == ([2, 2, 2], [0, 1, 1])
    assert (series.distinct.people, series.distinct.values) == ([1, 1, 1], [0, 1, 1])


def test_amplitude_overall_leaves_young_cohorts_out_of_both_numbers(engine, new_project) -> None:
    rows = [("a", "A", at("01-01T08:00")), ("b", "A", at("01-01T08:00")), ("c", "A", at("01-02T08:00"))]
    backs = [("a", "B", at("01-01T09:00")), ("a", "B", at("01-02T08:30")), ("b", "B", at("01-01T09:00"))]
    log = raw.log_of([*rows, *backs, ("c", "B", at("01-02T09:00"))])
    question = changed(**JANUARY, returning={"names": ["B"]}, windows=2, measured_by="rolling_hours")
    found, series = numbers(engine, new_project(), log, question, "2026-01-04")
    assert found == {"01-01": (2, [2, 1]), "01-02": (1, [1, 0])}
    assert (series.summed.people, series.summed.values) == ([3, 2], [3, 1])


def test_amplitude_brackets_end_before_their_end(engine, new_project) -> None:
    rows = [("a", "A", at("03-08T08:00")), ("a", "B", at("03-12T08:00")), ("b", "A", at("03-08T08:00"))]
    log = raw.log_of([*rows, ("b", "B", at("03-13T08:00"))])
    question = changed(returning={"names": ["B"]}, brackets=[[0, 5]])
    assert numbers(engine, new_project(), log, question)[0] == {"03-08": (2, [1])}


def cohorts(*sizes: tuple[str, int, int]) -> Log:
    """Cohorts of (day, people, those back after a day)."""
    rows: list[tuple[Any, ...]] = []
    for day, count, back in sizes:
        rows += [(f"{day}-{n}", "A", at(f"{day}T08:00")) for n in range(count)]
        rows += [(f"{day}-{n}", "B", at(f"{day}T09:00") + 24 * raw.HOUR) for n in range(back)]
    return raw.log_of(rows)


def test_mixpanel_the_average_row_is_weighted_by_the_size_of_cohorts(engine, new_project) -> None:
    # Each number is a tenth of the documented ones: 1000 → 500, 500 → 400, and 700 → 10 incomplete give 56 %.
    log = cohorts(("03-08", 100, 50), ("03-09", 50, 40), ("03-10", 70, 1))
    question = changed(returning={"names": ["B"]}, windows=2)
    _, series = numbers(engine, new_project(), log, question, "2026-03-12")
    people, values = series.weighted.people[1], series.weighted.values[1]
    assert (round(people, 3), round(values, 3), round(values / people, 6)) == (83.333, 46.667, 0.56)
    assert series.summed.values[1] / series.summed.people[1] == 0.6


def test_mixpanel_intervals_of_24_hours_from_the_birth(engine, new_project) -> None:
    rows: list[tuple[Any, ...]] = [(f"u{n}", "A", at("03-08T08:00")) for n in range(10)]
    for day, count in enumerate((9, 7, 6)):
        rows += [(f"u{n}", "B", at("03-08T08:00") + (24 * day + 23) * raw.HOUR) for n in range(count)]
    found, _ = numbers(engine, new_project(), raw.log_of(rows), changed(returning={"names": ["B"]}, windows=3))
    assert found == {"03-08": (10, [9, 7, 6])}


def test_mixpanel_the_birth_itself_is_no_return_except_in_a_streak_that_says_so(engine, new_project) -> None:
    log = raw.log_of([("a", "A", at("03-08T08:00")), ("a", "A", at("03-09T09:00")), ("a", "A", at("03-11T09:00"))])
    question = changed(returning={"names": ["A"]}, windows=4)
    assert numbers(engine, new_project(), log, question)[0] == {"03-08": (1, [0, 1, 0, 1])}
    streak = question | {"criterion": "streak", "start_counts": True}
    assert numbers(engine, new_project(), log, streak)[0] == {"03-08": (1, [1, 1, 0, 0])}


def test_mixpanel_on_or_after_on_or_before(engine, new_project) -> None:
    log = raw.log_of([("a", "A", at("03-08T08:00")), ("a", "B", at("03-10T09:00")), ("b", "A", at("03-08T08:00")),
                      ("b", "B", at("05-08T08:00"))])  # fmt: skip
    question = changed(returning={"names": ["B"]}, windows=4)
    assert numbers(engine, new_project(), log, question | {"criterion": "on_or_after"})[0] == {
        "03-08": (2, [2, 2, 2, 1])
    }
    assert numbers(engine, new_project(), log, question | {"criterion": "on_or_before"})[0] == {
        "03-08": (2, [0, 0, 1, 1])
    }


def test_mixpanel_a_weekly_buyer_is_in_every_week(engine, new_project) -> None:
    log = raw.log_of([("a", "A", at(f"03-{day}T08:00")) for day in ("02", "09", "16")])
    question = changed(rule="first_of_interval", interval="week", returning={"names": ["A"]}, windows=2)
    question |= {"range": {"type": "between", "from": "2026-03-02", "to": "2026-03-22"}}
    found, _ = numbers(engine, new_project(), log, question)
    assert found == {"03-02": (1, [0, 1]), "03-09": (1, [0, 1]), "03-16": (1, [0, 0])}


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"interval": "hour"}, "interval"),
        ({"brackets": [[3, 5], [4, 6]]}, "brackets"),
        ({"brackets": [[2, 2]]}, "brackets"),
        ({"measure": "sum"}, "property"),
        ({"property": {"key": "p"}}, "property"),
        ({"measure": "sum", "property": {"key": "p"}, "criterion": "streak"}, "criterion"),
    ],
)
def test_what_cannot_be_asked_is_said(engine, options: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidQuestion) as caught:
        raw.answer(engine, 1, "UTC", changed(**options), NOW)
    assert caught.value.field == field


def test_the_answer_explains_itself(engine, new_project) -> None:
    question = changed(rule="every", criterion="on_or_after", interval="week", returning={"names": ["B"]})
    found = raw.answer(engine, new_project(), "UTC", question, NOW)
    assert found.explanation.sentence == (
        "Of the people for whom any “A” was from 2026-03-07 to 2026-03-16, by week of the start, how many came back "
        "with “B” in each week or later after it, counted from the moment of the start (UTC)."
    )
    assert json.dumps(found.explanation.sql)
