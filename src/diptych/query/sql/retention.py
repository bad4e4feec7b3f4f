"""Retention as SQL: who started when, which windows they came back in, and how many they are.

Read bottom up: starts per person and cohort; returns per person; the windows hit by each start as bits of one
number; counts per cohort.
"""

from typing import NamedTuple

import msgspec

from diptych.model import Project
from diptych.query.parts import EventSelector, Interval, Scalar
from diptych.query.questions.retention import BreakdownOf, Criterion, Retention, StartRule, Windows
from diptych.query.resolve import local_day, starts_from
from diptych.query.sql.breakdowns import combination
from diptych.query.sql.events import both, instant, named, select, within
from diptych.query.sql.properties import number
from diptych.query.sql.rows import Rows
from diptych.query.values import texts_of
from diptych.query.windows import Clock, WindowPlan
from diptych.store.sql import Bound, Sql, renumber, sql

_LONGEST_DAY = 48 * 3_600_000
# The rows of a combination have keys: a cohort's number for the cohort itself, and behind the cohorts the number of
# a person's first cohort, under which its complete cells of all cohorts are counted once.
_STATEMENT = """
SELECT combination, sumIf(people, key < {cohorts}) AS overall, groupArray((key, people, retained)) AS cells
FROM (
    SELECT combination, one.1 AS key, count() AS people, sumForEach({bits}) AS retained
    FROM (
        SELECT combination, arrayJoin(arrayPushBack(cohorts, (toUInt16({cohorts} + cohorts[1].1), {distinct}))) AS one
        FROM ({per_person})
    )
    GROUP BY combination, key
)
GROUP BY combination
{having}
ORDER BY overall DESC, combination
LIMIT {limit}
"""
# A value of the return is one with which somebody came back: a return before its start, or outside of all windows,
# has none to show.
_SOMEBODY_BACK = "HAVING arrayExists(cell -> arrayExists(back -> back > 0, cell.3), cells)"
_BITS = "arrayMap(bit -> bitAnd(one.2, bit) != 0, arrayMap(k -> {one_bit}, range({windows})))"
_DISTINCT = """
arrayReduce('groupBitOr', arrayMap(c -> bitAnd(c.2, arrayMap(k -> {below}, {complete})[c.1 + 1]), cohorts))"""

_PER_PERSON = """
SELECT who, combination, arraySort(groupArray((cohort, {cells}))) AS cohorts
FROM (
    SELECT who, combination, s.1 AS cohort, groupBitOr({hit}) AS hits FROM ({joined}) ARRAY JOIN starts AS s
    GROUP BY who, combination, cohort
)
GROUP BY who, combination
"""
# Where a person has one start per cohort, its starts need no grouping.
_PER_PERSON_ONCE = """
SELECT who, combination, arraySort(arrayMap(s -> (s.1, {cells}), hit)) AS cohorts
FROM (SELECT who, combination, arrayMap(s -> (s.1, {hit}), starts) AS hit FROM ({joined}))
"""
_JOINED = """
SELECT who, combination, starts, returns
FROM (SELECT {keys}, groupArray((cohort, origin, started)) AS starts FROM ({starts}) GROUP BY {keys}) AS s
{join} (
    SELECT {keys_of_return}, groupArray((low, high, last)) AS returns FROM ({returns}) GROUP BY {keys_of_return}
) AS r USING who
"""
_HIT = """
arrayReduce('groupBitOr', arrayMap(r -> if(r.3 {after} s.3, bitOr(if(r.1 >= s.2, {low}, {nothing}), {high}), {nothing}),
    returns))"""

# One row per person and block of at most 24 hours: the windows that its events lie in are those of the first
# and the last, wherever a person's windows begin, because no window is shorter than a block.
_RETURNS = """
SELECT {keys}, {low} AS low, {high} AS high, toUnixTimestamp64Milli(max(time)) AS last
FROM (SELECT who, time, {combination} AS combination FROM {source} WHERE who != 0 AND {matches})
GROUP BY {keys}, {block}
"""
_LAST_RETURN = """
SELECT {keys}, {high} AS low, low AS high, toUnixTimestamp64Milli(max(time)) AS last
FROM (SELECT who, time, {combination} AS combination FROM {source} WHERE who != 0 AND {matches})
GROUP BY {keys}
"""

_STARTS = """
SELECT {keys}, toUInt16(indexOf({cohorts}, roundDown(toUnixTimestamp(at), {cohorts})) - 1) AS cohort,
    {origin} AS origin, toUnixTimestamp64Milli(at) AS started
FROM ({starts})
"""
_FIRST_EVER = """
SELECT who, emptyArrayString() AS combination, min(time) AS at
FROM {source} WHERE who != 0 AND {matches}
GROUP BY who HAVING at >= {start}
"""
_FIRST_OF_INTERVAL = """
SELECT who, combination, min(time) AS at
FROM (SELECT who, time, {combination} AS combination FROM {source} WHERE who != 0 AND {matches})
GROUP BY who, combination, roundDown(toUnixTimestamp(time), {cohorts})
"""
# As for returns: of the starts of a block, the first and the last one open all windows that its starts open.
_EVERY = """
SELECT who, combination, arrayJoin(arrayDistinct([min(time), max(time)])) AS at
FROM (SELECT who, time, {combination} AS combination FROM {source} WHERE who != 0 AND {matches})
GROUP BY who, combination, roundDown(toUnixTimestamp(time), {cohorts}), {block}
"""
_NEW = """
SELECT who, combination, min(first) AS at
FROM (SELECT who, time, {combination} AS combination FROM {source} WHERE who != 0 AND {matches}) AS s
INNER JOIN (
    SELECT who, min(time) AS first FROM {any_event} WHERE who != 0 GROUP BY who
    HAVING first >= {start} AND first < {end}
) AS f USING who
WHERE {together}
GROUP BY who, combination
"""

# Each returning event with the places of the windows that it counts in.
_AMOUNTS = """
SELECT combination, cohort, place, sum(amount) AS total
FROM ({placed}) WHERE {counts}
GROUP BY combination, cohort, place
"""
_PLACED = """
SELECT combination, cohort, {place} AS place, amount
FROM ({returns}) AS r INNER JOIN ({starts}) AS s USING who
WHERE last {after} started
"""
_PLACED_ONCE = """
SELECT combination, cohort, arrayJoin({places}) AS place, any(amount) AS amount
FROM ({placed}) GROUP BY combination, cohort, event
"""
_RETURNING = """
SELECT who, {keys} accept_id AS event, toUnixTimestamp64Milli(time) AS last, {position} AS position, {amount} AS amount
FROM {source}
WHERE who != 0 AND {matches} AND amount IS NOT NULL
"""
_PEOPLE_BEHIND = """
SELECT DISTINCT who FROM ({per_person}) ARRAY JOIN cohorts AS one WHERE {cell}
"""


class Selection(NamedTuple):
    """A cell: `cohorts` by number, a window or None for the cohort itself, whether its people came back in it."""

    cohorts: list[int]
    window: int | None
    returned: bool
    breakdown: list[Scalar] | None


class RetentionSql:
    """The statements of one question."""

    def __init__(self, question: Retention, project: Project, plan: WindowPlan, complete: list[int]) -> None:
        """`complete`: per cohort, how many windows have ended."""
        self._question = question
        self._project = project
        self._plan = plan
        self._complete = complete
        self._windows = len(plan.brackets)
        # One bit more than there are windows stands for what lies behind the last one.
        width = next(bits for bits in (64, 128, 256) if self._windows < bits)
        self._number = Sql(f"'UInt{width}'")
        self._of_return = bool(question.breakdowns) and question.breakdown_of is BreakdownOf.RETURN

    def people(self, *, whole: bool = False) -> Sql:
        """Rows of combination, people of all cohorts, and [(key, people, people back per window)].

        A key below the number of cohorts is a cohort's. The others stand for the people whose first cohort is
        number key - number of cohorts: each is counted once per window, in complete cells only.
        `whole` leaves breakdowns of the returning event out.
        """
        bits = sql(_BITS, one_bit=self._bit(Sql("k")), windows=Bound(self._windows, "UInt16"))
        distinct = sql(_DISTINCT, below=self._below(Sql("k")), complete=Bound(self._complete, "Array(UInt16)"))
        return renumber(
            sql(
                _STATEMENT.strip(),
                cohorts=Bound(len(self._plan.cohorts), "UInt16"),
                bits=bits,
                distinct=distinct,
                per_person=self._per_person(whole=whole),
                having=Sql(_SOMEBODY_BACK if self._of_return and not whole else ""),
                limit=Bound(self._question.limit, "UInt32"),
            )
        )

    def amounts(self) -> Sql:
        """Rows of combination, cohort, place and sum of the property: what belongs to a window by its place.

        on: the window itself. on_or_before: the first window it counts in. on_or_after: how many it counts in.
        """
        placed = sql(
            _PLACED.replace("cohort,", "cohort, event,") if self._many_starts else _PLACED,
            place=self._place(sql("intDiv(position - origin, {width})", width=self._width)),
            returns=self._returning(),
            starts=self._starts(by_return=self._of_return),
            after=self._after,
        )
        if self._many_starts:
            places = {
                Criterion.ON_OR_AFTER: Sql("[max(place)]"),
                Criterion.ON_OR_BEFORE: Sql("[min(place)]"),
            }.get(self._question.criterion, Sql("groupUniqArray(place)"))
            placed = sql(_PLACED_ONCE, places=places, placed=placed)
        beyond = Bound(self._windows, "UInt16")
        later = self._question.criterion is Criterion.ON_OR_AFTER
        counts = Sql("place > 0") if later else sql("place < {beyond}", beyond=beyond)
        return renumber(sql(_AMOUNTS.strip(), placed=placed, counts=counts))

    def people_behind(self, selection: Selection) -> Sql:
        """Who is behind a cell: a column `who`."""
        cells = [sql("one.1 IN {cohorts}", cohorts=Bound(selection.cohorts, "Array(UInt16)"))]
        if selection.window is not None:
            bit = self._bit(Bound(selection.window, "UInt16"))
            cells.append(sql("(bitAnd(one.2, {bit}) != 0) = {back}", bit=bit, back=Bound(selection.returned, "Bool")))
        for place, value in enumerate(selection.breakdown or []):
            texts = Bound(texts_of(value), "Array(String)")
            cells.append(sql("combination[{n}] IN {texts}", n=Bound(place + 1, "UInt8"), texts=texts))
        return renumber(sql(_PEOPLE_BEHIND.strip(), per_person=self._per_person(), cell=both(*cells)))

    @property
    def _many_starts(self) -> bool:
        return self._question.rule is StartRule.EVERY

    @property
    def _after(self) -> Sql:
        return Sql(">=") if self._question.start_counts else Sql(">")

    @property
    def _width(self) -> Bound:
        return Bound(self._plan.width, "Int64")

    @property
    def _cohorts(self) -> Bound:
        return Bound([cohort.start // 1000 for cohort in self._plan.cohorts], "Array(UInt32)")

    @property
    def _hour(self) -> Bound:
        return Bound(self._project.timezone, "String")

    def _per_person(self, *, whole: bool = False) -> Sql:
        by_return = self._of_return and not whole
        with_combination, alone = Sql("who, combination"), Sql("who")
        joined = sql(
            _JOINED,
            keys=alone if by_return else with_combination,
            keys_of_return=with_combination if by_return else alone,
            join=Sql("INNER JOIN" if by_return else "LEFT ANY JOIN"),
            starts=self._starts(by_return=by_return),
            returns=self._returns(by_return=by_return),
        )
        if self._many_starts:
            return sql(_PER_PERSON, cells=self._cells(Sql("hits")), hit=self._hit(), joined=joined)
        return sql(_PER_PERSON_ONCE, cells=self._cells(Sql("s.2")), hit=self._hit(), joined=joined)

    def _hit(self) -> Sql:
        def counted(position: str) -> Sql:
            unit = sql("greatest(intDiv({p} - s.2, {width}), 0)", p=Sql(position), width=self._width)
            return self._counted(self._place(unit))

        nothing = sql("CAST(0, {number})", number=self._number)
        return sql(_HIT, after=self._after, low=counted("r.1"), high=counted("r.2"), nothing=nothing)

    def _place(self, unit: Sql) -> Sql:
        """Which window a unit stands for. As many as there are: none, or for on_or_after the number of windows."""
        later = self._question.criterion is Criterion.ON_OR_AFTER
        beyond = Bound(self._windows, "UInt16")
        if not self._question.brackets:
            return sql(
                "toUInt16(least({unit}, {beyond}))", unit=sql("{u} + 1", u=unit) if later else unit, beyond=beyond
            )
        froms = Bound([first for first, _ in self._plan.brackets], "Array(Int64)")
        ends = Bound([end for _, end in self._plan.brackets], "Array(Int64)")
        begun = sql("arrayCount(f -> f <= {unit}, {froms})", unit=unit, froms=froms)
        if later:
            return begun
        over = sql("arrayCount(e -> e <= {unit}, {ends})", unit=unit, ends=ends)
        if self._question.criterion is Criterion.ON_OR_BEFORE:
            return over
        return sql("if({begun} > {over}, {over}, {beyond})", begun=begun, over=over, beyond=beyond)

    def _counted(self, place: Sql) -> Sql:
        """The windows in which one return counts, as bits."""
        match self._question.criterion:
            case Criterion.ON_OR_AFTER:
                return self._below(place)
            case Criterion.ON_OR_BEFORE:
                return sql("bitNot({below})", below=self._below(place))
            case _:
                return self._bit(place)

    def _cells(self, hits: Sql) -> Sql:
        if self._question.criterion is not Criterion.STREAK:
            return hits
        return sql("CAST(bitShiftRight(bitXor({h}, {h} + 1), 1), {number})", h=hits, number=self._number)

    def _bit(self, place: Sql | Bound) -> Sql:
        return sql("bitShiftLeft(CAST(1, {number}), {place})", number=self._number, place=place)

    def _below(self, place: Sql) -> Sql:
        return sql("CAST({bit} - 1, {number})", bit=self._bit(place), number=self._number)

    def _position(self, time: Sql) -> Sql:
        match self._plan.clock:
            case Clock.MILLISECONDS:
                return sql("toUnixTimestamp64Milli({time})", time=time)
            case Clock.HOURS:
                template = "toInt64(toUnixTimestamp(toStartOfHour({time}, {zone})))"
                return sql(template, time=time, zone=self._hour)
            case Clock.LISTED:
                listed = Bound([start // 1000 for start in self._plan.listed], "Array(UInt32)")
                template = "toInt64(indexOf({listed}, roundDown(toUnixTimestamp({time}), {listed})))"
                return sql(template, time=time, listed=listed)

    def _block(self) -> Sql:
        match self._plan.clock:
            case Clock.MILLISECONDS:
                return Sql("toDate(time)")
            case Clock.HOURS:
                return sql("toDate(toStartOfHour(time, {zone}), 'UTC')", zone=self._hour)
            case Clock.LISTED:
                listed = Bound([start // 1000 for start in self._plan.listed], "Array(UInt32)")
                return sql("roundDown(toUnixTimestamp(time), {listed})", listed=listed)

    def _returns(self, *, by_return: bool) -> Sql:
        rows = Rows(self._project, self._question.group_type, prefix="r")
        chosen = select(rows, self._question.returning)
        parts: dict[str, Sql | Bound] = {
            "keys": Sql("who, combination" if by_return else "who"),
            "combination": combination(rows, self._question.breakdowns if by_return else []),
            "high": self._position(Sql("max(time)")),
            "matches": chosen.matches,
            "source": rows.source(both(chosen.scan, self._return_span())),
        }
        if self._question.criterion is Criterion.ON_OR_AFTER:
            return sql(_LAST_RETURN, **parts)
        return sql(_RETURNS, **parts, low=self._position(Sql("min(time)")), block=self._block())

    def _returning(self) -> Sql:
        """Each returning event that has a number for the property."""
        assert self._question.property
        rows = Rows(self._project, self._question.group_type, prefix="r")
        chosen = select(rows, self._question.returning)
        keys = Sql("")
        if self._of_return:
            keys = sql("{values} AS combination,", values=combination(rows, self._question.breakdowns))
        return sql(
            _RETURNING,
            keys=keys,
            position=self._position(Sql("time")),
            amount=number(rows.value(self._question.property)),
            matches=chosen.matches,
            source=rows.source(both(chosen.scan, self._return_span())),
        )

    def _return_span(self) -> Sql:
        start = self._plan.cohorts[0].start
        if self._question.criterion is Criterion.ON_OR_AFTER:
            return sql("time >= {start}", start=instant(start))
        return within(start, self._plan.horizon)

    def _starts(self, *, by_return: bool) -> Sql:
        at = Sql("at")
        keys = Sql("who") if by_return else Sql("who, combination")
        return sql(_STARTS, keys=keys, cohorts=self._cohorts, origin=self._position(at), starts=self._started())

    def _span(self) -> dict[str, Bound]:
        return {"start": instant(self._plan.cohorts[0].start), "end": instant(self._plan.cohorts[-1].end)}

    def _any_event(self) -> Sql:
        rows = Rows(self._project, self._question.group_type, prefix="n")
        return rows.source(both(named(EventSelector()), sql("time < {end}", end=self._span()["end"])))

    def _together(self) -> Sql:
        """Whether an event lies in the first hour or on the first day of its person."""
        if self._question.measured_by is not Windows.CALENDAR:
            return sql("toStartOfHour(time, {zone}) = toStartOfHour(first, {zone})", zone=self._hour)
        first = local_day(self._plan.cohorts[0].start, self._project)
        last = local_day(self._plan.cohorts[-1].end, self._project)
        midnights = starts_from(first, Interval.DAY, (last - first).days + 2, self._project)
        days = Bound([midnight // 1000 for midnight in midnights], "Array(UInt32)")
        return sql("roundDown(toUnixTimestamp(time), {days}) = roundDown(toUnixTimestamp(first), {days})", days=days)

    def _started(self) -> Sql:
        """Columns who, combination and at: the moments of the starts that open windows."""
        question = self._question
        start, end = self._plan.cohorts[0].start, self._plan.cohorts[-1].end
        values = [] if self._of_return else question.breakdowns
        rule = _simplest(question, values=bool(values))
        rows = Rows(self._project, question.group_type, prefix="s")
        if rule is StartRule.FIRST_EVER and not values:
            chosen = select(rows, question.start)
            source = rows.source(both(chosen.scan, sql("time < {end}", end=instant(end))))
            return sql(_FIRST_EVER, source=source, matches=chosen.matches, start=instant(start))
        first = rule is StartRule.FIRST_EVER and not question.start.nth
        chosen = select(rows, msgspec.structs.replace(question.start, first_time=True) if first else question.start)
        reach = end + (_LONGEST_DAY if rule is StartRule.NEW else 0)
        parts: dict[str, Sql | Bound] = {
            "combination": combination(rows, values),
            "matches": chosen.matches,
            "source": rows.source(both(chosen.scan, within(start, reach))),
        }
        if rule is StartRule.NEW:
            return sql(_NEW, **parts, any_event=self._any_event(), together=self._together(), **self._span())
        if rule is StartRule.EVERY:
            return sql(_EVERY, **parts, cohorts=self._cohorts, block=self._block())
        return sql(_FIRST_OF_INTERVAL, **parts, cohorts=self._cohorts)


def _simplest(question: Retention, *, values: bool) -> StartRule:
    """Who is new by any event, and by no property, is new by the first event ever."""
    trivial = question.start == EventSelector() and not values
    return StartRule.FIRST_EVER if question.rule is StartRule.NEW and trivial else question.rule
