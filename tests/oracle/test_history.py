"""Sessions, lifecycle, frequency, composition, revenue and impact against their oracle, over random raw logs."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.examples import examples
from tests.oracle import raw
from tests.oracle.engine import store
from tests.oracle.history import History
from tests.oracle.log import Log

from diptych.query.parts import InvalidQuestion
from diptych.query.sql import lifecycle as lifecycle_sql, revenue as revenue_sql, whole_sessions as sessions_sql

NOW = raw.milli("2026-03-25T12:00:00+00:00")
PRO = {"type": "compare", "property": {"key": "p"}, "operator": "equals", "values": ["pro"], "as_text": False}
RANGES = [
    {"type": "between", "from": "2026-03-07", "to": "2026-03-16"},
    {"type": "between", "from": "2026-03-08", "to": "2026-04-06"},
]
selectors = st.fixed_dictionaries(
    {"names": st.sampled_from([[], ["A"], ["B"], ["$identify"]]), "filter": st.sampled_from([None, None, PRO])}
)
ranges = st.sampled_from(RANGES)
intervals = st.sampled_from(["day", "week", "month"])


def fixed(kind: str, **options: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.just(kind), "range": ranges, **options})


SESSIONS = fixed(
    "sessions",
    sessions_by=st.one_of(
        st.fixed_dictionaries({"rule": st.just("amplitude")}),
        st.fixed_dictionaries(
            {
                "rule": st.sampled_from(["mixpanel", "timeout"]),
                "timeout_minutes": st.sampled_from([30, 1440]),
                "excluded": st.sampled_from([[], ["B"]]),
            }
        ),
    ),
    measure=st.sampled_from(["count", "people", "per_person", "average_length", "average_events"]),
    containing=st.none() | selectors,
    interval=intervals,
    bins=st.sampled_from([[0, 3, 60, 86400], [0, 600, 3600, 7200, 86401]]),
    breakdowns=st.sampled_from(
        [[], [{"part": "entry"}], [{"part": "exit"}], [{"part": "property", "property": {"key": "q"}}]]
    ),
)
LIFECYCLE = fixed("lifecycle", event=selectors, interval=intervals)
FREQUENCY = st.builds(
    lambda base, units: base | {"period": units[0], "unit": units[1]},
    fixed("frequency", event=selectors, at_least=st.booleans()),
    st.sampled_from([("day", "hour"), ("week", "day"), ("month", "day")]),
)
COMPOSITION = fixed(
    "composition",
    event=selectors,
    breakdown=st.just({"property": {"key": "p"}}),
    values=st.sampled_from(["any", "latest"]),
)
REVENUE = fixed("revenue", event=selectors, active=selectors, property=st.just({"key": "p"}), interval=intervals)
LIFETIME = fixed(
    "lifetime_value",
    event=selectors,
    property=st.just({"key": "p"}),
    interval=intervals,
    new_where=st.sampled_from([None, None, PRO]),
    one_cohort=st.booleans(),
    days=st.just([0, 1, 4, 12]),
)
IMPACT = fixed(
    "impact",
    treatment=selectors,
    outcome=selectors,
    interval=intervals,
    quiet_days=st.sampled_from([0, 2, 90]),
    before=st.just(3),
    after=st.just(2),
)


def label(value: Any) -> Any:
    return (type(value).__name__, value)


def rounded(value: float) -> float:
    return round(value, 9)


def of_sessions(found: Any, _: Any) -> Any:
    return {
        tuple(None if v is None else str(v) for v in s.breakdown): (
            s.sessions,
            rounded(s.overall),
            {b.date: rounded(v) for b, v in zip(found.buckets, s.values, strict=True) if v},
            s.lengths,
        )
        for s in found.series
        if s.sessions
    }


def sessions_as_shown(oracle: History) -> Any:
    return {
        combination: (count, overall, {bucket: value for bucket, value in points.items() if value}, bins)
        for combination, (count, overall, points, bins) in oracle.session_report().items()
    }


def frequency_as_shown(oracle: History) -> Any:
    found = {}
    for period, people in oracle.frequency().items():
        counts = list(people.values())
        most = max(counts)
        at_least = oracle.q["at_least"]
        found[period] = [sum(c >= n if at_least else c == n for c in counts) for n in range(1, most + 1)]
    return found


def of_frequency(found: Any, oracle: History) -> Any:
    shown = {}
    for period, active, people in zip(found.periods, found.active, found.people, strict=True):
        assert active == (people[0] if oracle.q["at_least"] else sum(people))
        most = max((n for n, count in enumerate(people, 1) if count), default=0)
        if most:
            shown[period.date] = people[:most]
    return shown


def of_revenue(found: Any, _: Any) -> Any:
    rows = zip(found.buckets, found.revenue, found.active, found.paying, strict=True)
    return {b.date: (total, active, paying) for b, total, active, paying in rows if total or active or paying}


def revenue_as_shown(oracle: History) -> Any:
    rows = {name: (total, len(active), len(paying)) for name, (total, active, paying) in oracle.revenue().items()}
    return {name: row for name, row in rows.items() if any(row)}


def lifetime_as_shown(oracle: History) -> Any:
    return {
        oracle.intervals(oracle.q["interval"])[0] if name == "all" else name: row
        for name, row in oracle.lifetime().items()
    }


# What the oracle says, and what the engine's answer says in the same form.
FORMS: dict[str, tuple[Any, Any]] = {
    "sessions": (sessions_as_shown, of_sessions),
    "lifecycle": (
        lambda oracle: {state: [len(w) for w in row] for state, row in oracle.lifecycle().items()},
        lambda found, _: {s: getattr(found, s) for s in ("new", "current", "resurrected", "dormant")},
    ),
    "frequency": (frequency_as_shown, of_frequency),
    "composition": (
        lambda oracle: {value: len(people) for value, people in oracle.composition().items()},
        lambda found, _: {label(v.value): v.people for v in found.values},
    ),
    "revenue": (revenue_as_shown, of_revenue),
    "lifetime_value": (
        lifetime_as_shown,
        lambda found, _: {
            c.date: (c.people, c.old_enough, c.paying, c.revenue, c.ever_paid, c.total) for c in found.cohorts
        },
    ),
    "impact": (lambda oracle: oracle.impact(), lambda found, _: (found.treated, found.events, found.people)),
}


def difference(engine, project: int, log: Log, zone: str, question: dict[str, Any]) -> tuple[Any, Any] | None:
    store(engine, project, log)
    oracle = History(log, question, zone, NOW)
    expect, read = FORMS[question["type"]]
    found, expected = read(raw.answer(engine, project, zone, question, NOW), oracle), expect(oracle)
    return None if found == expected else (found, expected)


@pytest.mark.parametrize(
    "questions",
    [SESSIONS, LIFECYCLE, FREQUENCY, COMPOSITION, REVENUE, LIFETIME, IMPACT],
    ids=["sessions", "lifecycle", "frequency", "composition", "revenue", "lifetime_value", "impact"],
)
def test_the_engine_counts_as_the_oracle_does(engine, new_project, questions: Any) -> None:
    @settings(max_examples=examples(50), deadline=None, suppress_health_check=list(HealthCheck))
    @given(log=raw.logs(), question=questions, zone=st.sampled_from(raw.ZONES))
    def compare(log: Log, question: dict[str, Any], zone: str) -> None:
        assert difference(engine, new_project(), log, zone, question) is None

    compare()


MARCH = {"range": RANGES[0]}
ANY: dict[str, Any] = {"names": [], "filter": None}
BY_TIME = {"rule": "timeout", "timeout_minutes": 30, "excluded": []}
PLAIN: dict[str, dict[str, Any]] = {
    "sessions": {
        "sessions_by": BY_TIME,
        "measure": "count",
        "containing": None,
        "interval": "day",
        "bins": [0, 600, 86400],
        "breakdowns": [],
    },
    "lifecycle": {"event": ANY, "interval": "day"},
    "frequency": {"event": ANY, "period": "week", "unit": "day", "at_least": False},
    "composition": {"event": ANY, "breakdown": {"property": {"key": "p"}}, "values": "latest"},
    "revenue": {"event": {"names": ["A"]}, "active": ANY, "property": {"key": "p"}, "interval": "day"},
    "lifetime_value": {
        "event": ANY,
        "property": {"key": "p"},
        "interval": "day",
        "one_cohort": False,
        "days": [0, 1, 4, 17],
    },
    "impact": {
        "treatment": {"names": ["A"]},
        "outcome": {"names": ["B"]},
        "interval": "day",
        "quiet_days": 90,
        "before": 2,
        "after": 2,
    },
}


def plain(kind: str, **options: Any) -> dict[str, Any]:
    return {"type": kind, **MARCH, **PLAIN[kind], **options}


LATER = {"range": RANGES[0] | {"from": "2026-03-09"}}
# (module, constant, right, wrong, the question that shows it)
MISTAKES: dict[str, tuple[Any, str, str, str, dict[str, Any]]] = {
    "a gap as long as the timeout splits": (
        sessions_sql, "_OPENS", "gap > {timeout}", "gap >= {timeout}", plain("sessions"),
    ),
    "a gap as long as the timeout splits what single events are": (
        sessions_sql, "_OPENS", "gap > {timeout}", "gap >= {timeout}",
        plain("sessions", breakdowns=[{"part": "entry"}]),
    ),
    "the last moment of a session is its first": (
        sessions_sql, "_STRETCHES", "stretch[-1] AS ended", "stretch[1] AS ended",
        plain("sessions", measure="average_length"),
    ),
    "moments are in no order": (sessions_sql, "_STRETCHES", "arraySort(groupArray", "(groupArray", plain("sessions")),
    "midnight does not split": (
        sessions_sql, "_OPENS", "day != 0", "false",
        plain("sessions", sessions_by={"rule": "mixpanel", "timeout_minutes": 1440}),
    ),
    "sessions of before the range are in it": (
        sessions_sql, "_IN_SPAN", "began >= {start}", "ended >= {start}",
        plain("sessions", sessions_by=BY_TIME | {"timeout_minutes": 600}, **LATER),
    ),
    "-1 is a session": (
        sessions_sql, "_BY_ID", "session_id != -1", "true",
        plain("sessions", sessions_by={"rule": "amplitude"}, range={"type": "between", "from": "2026-03-12",
              "to": "2026-03-13"}),
    ),
    "an SDK's session is anybody's": (
        sessions_sql, "_PER_SESSION", "GROUP BY who, session", "GROUP BY session, who % 1 AS who",
        plain("sessions", sessions_by={"rule": "amplitude"}),
    ),
    "who was active long ago is current": (
        lifecycle_sql, "_BIT", "if(place = 1", "if(place = 0", plain("lifecycle", **LATER),
    ),
    "who came before the range is new": (
        lifecycle_sql, "_BORN", "first < {start}", "first > {start}", plain("lifecycle", **LATER),
    ),
    "days fall together": (lifecycle_sql, "_DAYS", "% 64", "% 2", plain("frequency")),
    "the first value is the last": (revenue_sql, "_LATEST_VALUE", "argMax", "argMin", plain("composition")),
    "any event's amount is revenue": (
        revenue_sql, "_REVENUE", "sumIf(amount, pays)", "sumIf(amount, pays OR true)", plain("revenue"),
    ),
    "a day of life has one moment more": (
        revenue_sql, "_LIFETIME", "p.1 < end", "p.1 <= end", plain("lifetime_value"),
    ),
    "who paid nothing ever paid": (
        revenue_sql, "_LIFETIME", "countIf(paid)", "count()", plain("lifetime_value"),
    ),
    "the young are old enough": (
        revenue_sql, "_LIFETIME", "{now} - first >= end", "{now} - first >= 0", plain("lifetime_value"),
    ),
    "the last event decides who is new as wanted": (
        revenue_sql, "_FIRST_HOLDS", "argMin", "argMax", plain("lifetime_value", new_where=PRO),
    ),
    "the last treatment counts": (revenue_sql, "_TREATED", "min(time)", "max(time)", plain("impact")),
    "an earlier treatment does not matter": (
        revenue_sql, "_TREATED", "HAVING first >= {start}", "HAVING first >= {start} OR true", plain("impact", **LATER),
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_sql_is_caught(engine, new_project, monkeypatch, mistake: str) -> None:
    module, name, right, wrong, question = MISTAKES[mistake]
    assert right in getattr(module, name)
    monkeypatch.setattr(module, name, getattr(module, name).replace(right, wrong))
    logs = (raw.dense_log(seed, size) for seed, size in enumerate((6, 10, 15, 20, 30, 50, 80, 80, 80, 80)))
    assert any(difference(engine, new_project(), log, "UTC", question) for log in logs)


@pytest.mark.parametrize("state", ["new", "current", "resurrected", "dormant"])
def test_the_people_behind_a_state(engine, new_project, state: str) -> None:
    project, log, question = new_project(), raw.dense_log(3, 30), plain("lifecycle")
    store(engine, project, log)
    for bucket, who in enumerate(History(log, question, "UTC", NOW).lifecycle()[state]):
        found = raw.people(engine, project, "UTC", question, {"state": state, "bucket": bucket}, NOW)
        assert found == raw.hashes(engine, project, who)


def test_the_people_behind_other_bars(engine, new_project) -> None:
    project, log = new_project(), raw.dense_log(4, 40)
    store(engine, project, log)

    def behind(kind: str, selection: dict[str, Any], who: set[str], **options: Any) -> None:
        found = raw.people(engine, project, "UTC", plain(kind, **options), selection, NOW)
        assert found == raw.hashes(engine, project, who)

    frequency = History(log, plain("frequency"), "UTC", NOW).frequency()["2026-03-09"]
    behind("frequency", {"period": 1, "count": 3}, {w for w, days in frequency.items() if days == 3})
    behind("frequency", {"period": 1, "count": 2}, {w for w, days in frequency.items() if days >= 2}, at_least=True)
    composition = History(log, plain("composition"), "UTC", NOW).composition()
    behind("composition", {"value": "pro"}, composition.get(("str", "pro"), set()))
    revenue = History(log, plain("revenue"), "UTC", NOW).revenue()
    behind("revenue", {"bucket": 2}, revenue["2026-03-09"][2])
    sessions = History(log, plain("sessions"), "UTC", NOW).sessions()
    behind("sessions", {}, {s[0]["who"] for s in sessions})


def at(text: str) -> int:
    return raw.milli(f"2026-{text}+00:00")


def rows_of(*events: tuple[str, str, str], **more: Any) -> Log:
    log = raw.log_of([(who, name, at(time)) for who, name, time in events])
    for event, session in zip(log.events, more.get("sessions", []), strict=False):
        event["session"] = session
    return log


def shown(engine, project: int, log: Log, question: dict[str, Any], now: int = NOW) -> Any:
    store(engine, project, log)
    return raw.answer(engine, project, "UTC", question, now)


def test_mixpanel_sessions_end_after_inactivity_and_at_midnight(engine, new_project) -> None:
    log = rows_of(("a", "A", "03-08T23:00:00"), ("a", "B", "03-08T23:30:00"), ("a", "A", "03-08T23:59:00"),
                  ("a", "A", "03-09T00:01:00"), ("a", "A", "03-09T00:31:00.001"))  # fmt: skip
    question = plain("sessions", sessions_by={"rule": "mixpanel"}, breakdowns=[{"part": "exit"}])
    found = shown(engine, new_project(), log, question)
    assert [(s.breakdown, s.sessions) for s in found.series] == [(["A"], 3)]
    found = raw.answer(engine, 0, "UTC", question, NOW)
    assert found.series == []
    question = plain("sessions", sessions_by={"rule": "mixpanel"}, measure="average_length")
    assert shown(engine, new_project(), log, question).series[0].overall == 3540 / 3


def test_mixpanel_excluded_events_are_in_no_session(engine, new_project) -> None:
    log = rows_of(("a", "A", "03-08T12:00:00"), ("a", "$campaign_delivery", "03-08T12:20:00"),
                  ("a", "A", "03-08T12:40:00"))  # fmt: skip
    for excluded, count in (([], 1), (["$campaign_delivery"], 2)):
        question = plain("sessions", sessions_by={"rule": "mixpanel", "excluded": excluded})
        assert shown(engine, new_project(), log, question).series[0].overall == count


def test_mixpanel_a_session_has_the_first_value_that_its_events_define(engine, new_project) -> None:
    log = raw.log_of([("a", "A", at("03-08T12:00:00"), {"q": None}), ("a", "A", at("03-08T12:01:00"), {"q": "x"}),
                      ("a", "A", at("03-08T12:02:00"), {"q": "y"})])  # fmt: skip
    question = plain("sessions", breakdowns=[{"part": "property", "property": {"key": "q"}}])
    assert [s.breakdown for s in shown(engine, new_project(), log, question).series] == [["x"]]


def test_amplitude_sessions_by_id(engine, new_project) -> None:
    log = rows_of(
        ("a", "A", "03-08T23:50:00"), ("a", "A", "03-09T00:20:00"),  # one, dated by its start
        ("a", "A", "03-09T12:00:00"),  # of no length
        ("b", "A", "03-09T12:00:00"),  # the same id of somebody else
        ("a", "A", "03-10T12:00:00"),  # -1
        ("a", "A", "03-10T13:00:00"),  # none
        ("c", "A", "03-10T00:00:00"), ("c", "A", "03-11T00:00:01"),  # over a day
        ("d", "A", "03-06T23:59:00"), ("d", "A", "03-07T00:01:00"),  # began before the range
        sessions=[1, 1, 2, 2, -1, None, 3, 3, 4, 4],
    )  # fmt: skip
    question = plain("sessions", sessions_by={"rule": "amplitude"}, measure="average_length")
    del question["bins"]
    found = shown(engine, new_project(), log, question)
    (series,) = found.series
    assert (series.sessions, series.overall, series.values[:3]) == (3, 600, [0, 1800, 0])
    assert (found.bins, series.lengths) == (
        [0, 3, 10, 30, 60, 180, 600, 1800, 3600, 86400],
        [2, 0, 0, 0, 0, 0, 0, 1, 0],
    )
    question["measure"] = "per_person"
    assert raw.answer(engine, 0, "UTC", question, NOW).series[0].overall == 0
    assert shown(engine, new_project(), log, question).series[0].overall == 1.5


def test_amplitude_ten_bins_of_a_minute(engine, new_project) -> None:
    log = rows_of(("a", "A", "03-08T12:00:00"), ("a", "A", "03-08T12:09:59"))
    question = plain("sessions", bins=[60 * n for n in range(11)])
    assert shown(engine, new_project(), log, question).series[0].lengths == [0] * 9 + [1]


def test_the_session_rule_is_the_projects_where_the_question_has_none(engine, new_project) -> None:
    assert shown(engine, new_project(), rows_of(("a", "A", "03-08T12:00:00"), ("a", "A", "03-08T12:31:00")),
                 {"type": "sessions", **MARCH}).series[0].overall == 2  # fmt: skip


def test_mixpanel_addiction_falls_with_the_number_of_hours(engine, new_project) -> None:
    times = [("a", f"03-08T{hour:02}:{minute}:00") for hour, minute in ((0, 10), (0, 50), (5, 10), (23, 10))]
    log = rows_of(*((who, "A", time) for who, time in [*times, ("b", "03-08T07:00:00")]))
    question = plain("frequency", period="day", unit="hour", at_least=True)
    found = shown(engine, new_project(), log, question)
    assert found.people[1] == [2, 1, 1] + [0] * 21


def test_amplitude_stickiness_in_a_week(engine, new_project) -> None:
    days = [("a", day) for day in ("09", "10", "11")] + [("b", "09"), ("b", "10"), ("c", "15")]
    log = rows_of(*((who, "A", f"03-{day}T12:00:00") for who, day in days))
    exactly = shown(engine, new_project(), log, plain("frequency"))
    assert (exactly.active[1], exactly.people[1]) == (3, [1, 1, 1, 0, 0, 0, 0])
    assert shown(engine, new_project(), log, plain("frequency", at_least=True)).people[1] == [3, 2, 1, 0, 0, 0, 0]


def test_amplitude_lifecycle_and_pulse(engine, new_project) -> None:
    days = [("a", "08"), ("a", "09"), ("a", "12"), ("b", "09"), ("c", "01"), ("c", "12"), ("d", "11")]
    log = rows_of(*((who, "A", f"03-{day}T12:00:00") for who, day in days))
    found = shown(engine, new_project(), log, plain("lifecycle"))
    days = [bucket.date[-2:] for bucket in found.buckets]
    of = {day: (found.new[n], found.current[n], found.resurrected[n], found.dormant[n]) for n, day in enumerate(days)}
    assert {day: row for day, row in of.items() if any(row)} == {
        "08": (1, 0, 0, 0), "09": (1, 1, 0, 0), "10": (0, 0, 0, 2), "11": (1, 0, 0, 0), "12": (0, 0, 2, 1),
        "13": (0, 0, 0, 2),
    }  # fmt: skip
    assert found.pulse[5] == 2 and found.pulse[1] is None


def test_amplitude_day_n_of_life_ends_after_n_plus_one_times_24_hours(engine, new_project) -> None:
    hours = [0, 23, 47, 48, 143, 144]
    log = raw.log_of(
        [("a", "Buy", at("03-08T12:00:00") + hour * raw.HOUR, {"p": 10**n}) for n, hour in enumerate(hours)]
    )
    log.events += raw.log_of([("b", "A", at("03-24T12:00:00"))]).events
    question = plain("lifetime_value", days=[0, 1, 5], one_cohort=True, range={"type": "between", "from": "2026-03-07",
                     "to": "2026-03-24"})  # fmt: skip
    found = shown(engine, new_project(), log, question)
    (cohort,) = found.cohorts
    # b is one day old: of day 0, and left out of the later ones.
    assert (cohort.people, cohort.old_enough, cohort.paying) == (2, [2, 1, 1], [1, 1, 1])
    assert cohort.revenue == [11, 111, 11111]


def test_amplitude_composition_by_the_last_value_or_by_any(engine, new_project) -> None:
    log = raw.log_of([("a", "A", at("03-08T12:00:00"), {"p": "1.0"}), ("a", "A", at("03-09T12:00:00"), {"p": "2.0"}),
                      ("b", "A", at("03-09T12:00:00"))])  # fmt: skip
    for values, counts in (("any", {"1.0": 1, "2.0": 1, None: 1}), ("latest", {"2.0": 1, None: 1})):
        found = shown(engine, new_project(), log, plain("composition", values=values))
        assert {v.value: v.people for v in found.values} == counts


def test_amplitude_revenue_per_active_and_per_paying_person(engine, new_project) -> None:
    log = raw.log_of([("a", "Buy", at("03-08T12:00:00"), {"p": 9.5}), ("b", "A", at("03-08T12:00:00")),
                      ("a", "Buy", at("03-08T13:00:00"), {"p": 0.5})])  # fmt: skip
    found = shown(engine, new_project(), log, plain("revenue", event={"names": ["Buy"]}))
    day = (found.revenue[1], found.active[1], found.paying[1], found.per_active[1], found.per_paying[1])
    assert day == (10, 2, 1, 5, 10)


def test_amplitude_impact_around_the_first_treatment(engine, new_project) -> None:
    log = rows_of(("a", "A", "03-10T12:00:00"), ("a", "B", "03-10T11:00:00"), ("a", "B", "03-11T11:00:00"),
                  ("a", "B", "03-11T13:00:00"), ("b", "A", "02-10T12:00:00"), ("b", "A", "03-10T12:00:00"))  # fmt: skip
    found = shown(engine, new_project(), log, plain("impact"))
    assert (found.treated, found.relative, found.events) == (1, [-2, -1, 0, 1, 2], [0, 1, 1, 1, 0])


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ({"type": "sessions", "interval": "hour"}, "interval"),
        ({"type": "sessions", "bins": [3, 1]}, "bins"),
        ({"type": "sessions", "sessions_by": {"rule": "amplitude", "timeout_minutes": 5}}, "sessions_by"),
        ({"type": "lifecycle", "interval": "hour", "range": RANGES[0]}, "interval"),
        ({"type": "lifecycle", "interval": "day", "range": {"type": "last", "count": 300, "unit": "day"}}, "range"),
        ({"type": "frequency", "period": "month", "unit": "hour"}, "period"),
        ({"type": "lifetime_value", "days": [5, 1]}, "days"),
        ({"type": "lifetime_value", "interval": "hour"}, "interval"),
        ({"type": "impact", "treatment": {}, "outcome": {}, "interval": "hour"}, "interval"),
    ],
)
def test_what_cannot_be_asked_is_said(engine, question: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidQuestion) as caught:
        raw.answer(engine, 0, "UTC", question, NOW)
    assert caught.value.field == field
