"""Cohorts as SQL: each condition is a set of people (or groups), and a row asks whether its own is inside.

What holds of those who did nothing ("fewer than three times") is asked the other way round: who is not among
those of whom it does not hold. So no condition needs a list of everybody, and only `members` makes one.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count

from diptych.model import Project
from diptych.model.jsontext import dump
from diptych.people.groups import group_owners
from diptych.people.persons import persons_of
from diptych.query.cohorts import Evaluated
from diptych.query.parts import (
    All as AllFilters,
    AllOf,
    Any as AnyFilter,
    AnyOf,
    At,
    Compare,
    Condition,
    Did,
    DidMore,
    EventSelector,
    Filter,
    FirstUse,
    HasProfile,
    InCohort,
    InOrder,
    InvalidQuestion,
    Items,
    Latest,
    Not,
    NotSo,
    OnList,
    Operator,
    Property,
    Scope,
    Tally,
    When,
)
from diptych.query.relative import absolute
from diptych.query.resolve import end_of_day, span
from diptych.query.sql import events as ev, filters, properties as p, rows
from diptych.query.sql.hidden import shown
from diptych.store.sql import Bound, Sql, join, renumber, sql

_DID = "SELECT who FROM {source} WHERE {matches} AND who != 0 GROUP BY who HAVING {having}"
_COMPARED = "ifNull({tally} {operator} {value}, false)"
_FIRST_USE = """{source} INNER JOIN (
    SELECT who AS user, min(time) AS first_use FROM {everything} GROUP BY who
) AS users ON who = user"""
_SOON_AFTER = "time <= first_use + toIntervalMillisecond({within})"

# Each event once per step that it can be, later steps first where times are equal: a step is later than the one
# before it, so that one event is never two steps. Times are multiplied to make room for that order.
_IN_ORDER = """
SELECT who FROM (
    SELECT who, toUInt64(toUnixTimestamp64Milli(time)) AS at, arrayJoin(arrayFilter(s -> s > 0, [{steps}])) AS step
    FROM {source} WHERE {matches} AND who != 0
)
GROUP BY who
HAVING windowFunnel({window})(toUInt64(at * {number} + {number} - step), {levels}) = {number}
"""
_LATEST = """
SELECT who FROM (
    SELECT who, argMax({condition}, (time, ifNull(event_id, 0), received, accept_id)) AS last
    FROM {source} WHERE {matches} AND who != 0 GROUP BY who
)
WHERE last
"""
_PROFILE_NOW = """
SELECT owner FROM profiles FINAL
WHERE project = {project} AND group_type = {group_type} AND {condition} AND {shown}
"""
_PROFILE_THEN = """
SELECT owner FROM (
    SELECT owner, {values} FROM profile_history FINAL
    WHERE project = {project} AND group_type = {group_type} AND key IN {keys} AND time < {until}
    GROUP BY owner
)
WHERE {condition} AND {shown}
"""
_ON_LIST = "SELECT owner AS actor FROM cohort_lists FINAL WHERE project = {project} AND list = {list}"
_INSIDE = "{owner} {inside} ({members})"

_EVERYBODY = """
SELECT who FROM {source} WHERE who != 0 AND {known}
UNION DISTINCT
SELECT owner FROM profile_history WHERE project = {project} AND group_type = {group_type} AND {known} AND {shown}
UNION DISTINCT
SELECT owner FROM profiles FINAL WHERE project = {project} AND group_type = {group_type} AND {all_known} AND {shown}
"""
_MEMBERS = "SELECT DISTINCT who FROM ({candidates}) AS candidates WHERE {holds}"

_TALLIES = {
    Tally.COUNT: "count()",
    Tally.DAYS: "uniqExact(toDate(time, {zone}))",
    Tally.WEEKS: "uniqExact(toMonday(toDate(time, {zone}) - {shift}))",
    Tally.MONTHS: "uniqExact(toStartOfMonth(toDate(time, {zone})))",
    Tally.DISTINCT_VALUES: "uniqExactArray(arrayFilter(x -> x != '', {items}))",
    Tally.SUM: "ifNull(sum({value}), 0)",
    Tally.AVERAGE: "avg({value})",
    Tally.MINIMUM: "min({value})",
    Tally.MAXIMUM: "max({value})",
}
_OPERATORS: dict[Operator, tuple[str, str, Callable[[float, float], bool]]] = {
    Operator.EQUALS: ("=", "!=", float.__eq__),
    Operator.NOT_EQUALS: ("!=", "=", float.__ne__),
    Operator.LESS: ("<", ">=", float.__lt__),
    Operator.LESS_OR_EQUAL: ("<=", ">", float.__le__),
    Operator.GREATER: (">", "<=", float.__gt__),
    Operator.GREATER_OR_EQUAL: (">=", "<", float.__ge__),
}
"""Operator → in SQL, its opposite, and its meaning."""
_OF_NOTHING = (Tally.AVERAGE, Tally.MINIMUM, Tally.MAXIMUM)
"""Tallies that who did nothing has no number of."""
_LONGEST = 10**15


class _Set:
    """Those for whom a condition holds: who is in `members`, or with `outside` everybody who is not."""

    def __init__(self, members: Sql, *, outside: bool = False) -> None:
        self.members = members
        self.outside = outside

    def has(self, owner: Sql) -> Sql:
        inside = Sql("NOT IN" if self.outside else "IN")
        return sql(_INSIDE, owner=owner, inside=inside, members=self.members)


def of_row(of: "rows.Rows", cohort: Evaluated) -> Sql:
    """The condition that the person (or group, or one of the groups) of a row is in the cohort; nobody is in none."""
    writer = _Writer(of.project, cohort, of.prefix)
    if writer.group_type and writer.group_type != of.group_type:
        owners = group_owners(of.project, writer.group_type)
        return sql("arrayExists(g -> {holds}, {owners})", holds=writer.holds(writer.condition, Sql("g")), owners=owners)
    owner = Sql("who") if writer.group_type else Sql("person_now")
    return sql("({owner} != 0 AND {holds})", owner=owner, holds=writer.holds(writer.condition, owner))


def of_owner(project: Project, cohort: Evaluated, owner: Sql) -> Sql:
    """The condition that the owner of a profile is in the cohort."""
    writer = _Writer(project, cohort, "o")
    return writer.holds(writer.condition, owner)


def members(project: Project, cohort: Evaluated) -> Sql:
    """Everybody in the cohort: a statement with the column `who`."""
    writer = _Writer(project, cohort, "m")
    some = writer.superset(writer.condition)
    candidates = writer.everybody() if some is None else join(" UNION ALL ", some)
    return renumber(sql(_MEMBERS, candidates=candidates, holds=writer.holds(writer.condition, Sql("who"))))


def size(project: Project, cohort: Evaluated) -> Sql:
    """How many are in the cohort: one number."""
    return renumber(sql("SELECT count() FROM ({members})", members=members(project, cohort)))


def labels(of: "rows.Rows", cohorts: list[InCohort]) -> Sql:
    """For each cohort one row, with its name, or "Not in" its name, as JSON text."""
    return sql("arrayJoin({labels})", labels=label_list(of, cohorts))


def label_list(of: "rows.Rows", cohorts: list[InCohort]) -> Sql:
    """The same in one row, as an array."""
    return sql("[{labels}]", labels=join(", ", (_label(of, one, n) for n, one in enumerate(cohorts, 1))))


def _label(of: "rows.Rows", cohort: InCohort, number: int) -> Sql:
    if not isinstance(cohort, Evaluated):
        raise InvalidQuestion("cohort", "a cohort that was evaluated")
    name = cohort.name or f"Cohort {number}"
    return sql(
        "if({holds}, {name}, {other})",
        holds=of_row(of, cohort),
        name=Bound(dump(name), "String"),
        other=Bound(dump(f"Not in {name}"), "String"),
    )


class _Writer:
    """Writes the conditions of one cohort."""

    def __init__(self, project: Project, cohort: Evaluated, prefix: str, names: Iterator[int] | None = None) -> None:
        if cohort.cohort is None:
            raise InvalidQuestion("cohort", "a definition")
        self.condition = absolute(cohort.cohort.condition, cohort.now, project.timezone)
        self.group_type = cohort.cohort.group_type
        self._project = project
        self._cohort = cohort
        self._prefix = prefix
        self._names = count(1) if names is None else names

    def holds(self, condition: Condition, owner: Sql) -> Sql:
        """Whether the condition holds for an owner, that is a person or group."""
        inner = partial(self.holds, owner=owner)
        match condition:
            case AllOf(conditions=[]):
                return filters.TRUE
            case AnyOf(conditions=[]):
                return Sql("false")
            case AllOf(conditions=conditions):
                return sql("({parts})", parts=join(" AND ", map(inner, conditions)))
            case AnyOf(conditions=conditions):
                return sql("({parts})", parts=join(" OR ", map(inner, conditions)))
            case NotSo(condition=negated):
                return sql("NOT ({inner})", inner=inner(negated))
            case InCohort():
                other = self._other(condition)
                return other.holds(other.condition, owner)
        return self._set(condition).has(owner)

    def superset(self, condition: Condition) -> list[Sql] | None:
        """Statements that together find everybody for whom the condition holds, and more; None: there are none."""
        match condition:
            case AllOf(conditions=conditions):
                return next((some for one in conditions if (some := self.superset(one)) is not None), None)
            case AnyOf(conditions=conditions):
                parts = [self.superset(one) for one in conditions]
                return [one for some in parts for one in some or []] if parts and None not in parts else None
            case NotSo() | OnList():  # a list may have ids that no one has
                return None
            case InCohort():
                other = self._other(condition)
                return other.superset(other.condition)
        found = self._set(condition)
        return None if found.outside else [sql("SELECT * FROM ({one}) AS s (who)", one=found.members)]

    def everybody(self) -> Sql:
        """Every person or group that is known by an event or a profile."""
        until = self._cohort.until
        return sql(
            _EVERYBODY.strip(),
            source=self._rows().source(filters.TRUE),
            project=self._id,
            group_type=self._type,
            known=filters.TRUE if until is None else sql("time < {until}", until=ev.instant(until)),
            all_known=filters.TRUE if until is None else Sql("false"),
            shown=shown(self._project, self.group_type),
        )

    @property
    def _id(self) -> Bound:
        return Bound(self._project.id, "UInt32")

    @property
    def _type(self) -> Bound:
        return Bound(self.group_type, "String")

    def _other(self, node: InCohort) -> "_Writer":
        if not isinstance(node, Evaluated):
            raise InvalidQuestion("cohort", "a cohort that was evaluated")
        other = _Writer(self._project, node, self._prefix, self._names)
        if other.group_type != self.group_type:
            raise InvalidQuestion("cohort.group_type", "one type for a cohort and the cohorts that it is made of")
        return other

    def _rows(self) -> "rows.Rows":
        until = None if self._cohort.until is None else ev.instant(self._cohort.until)
        return rows.Rows(self._project, self.group_type, prefix=f"{self._prefix}c{next(self._names)}x", until=until)

    def _set(self, condition: Condition) -> _Set:
        match condition:
            case Did():
                return self._did(condition)
            case DidMore():
                return self._did_more(condition)
            case InOrder():
                return _Set(self._in_order(condition))
            case Latest():
                return _Set(self._latest(condition))
            case HasProfile():
                return self._profile(condition)
            case OnList():
                return _Set(self._on_list(condition))
        raise TypeError(condition)

    def _did(self, node: Did) -> _Set:
        mine = self._rows()
        chosen = ev.select(mine, node.event)
        when, scan = self._when(node.when)
        tally = self._tally(node, mine)
        operator, opposite, means = _OPERATORS[node.operator]
        outside = node.tally not in _OF_NOTHING and means(0.0, node.value)
        compared = sql(
            _COMPARED,
            tally=tally,
            operator=Sql(opposite if outside else operator),
            value=Bound(node.value, "Float64"),
        )
        source = self._source(mine, node.when, ev.both(chosen.scan, scan))
        return _Set(sql(_DID, source=source, matches=ev.both(chosen.matches, when), having=compared), outside=outside)

    def _tally(self, node: Did, mine: "rows.Rows") -> Sql:
        template, zone = _TALLIES[node.tally], Bound(self._project.timezone, "String")
        match node.tally:
            case Tally.COUNT:
                return Sql(template)
            case Tally.DAYS | Tally.MONTHS:
                return sql(template, zone=zone)
            case Tally.WEEKS:
                return sql(template, zone=zone, shift=Bound(self._project.week_start - 1, "UInt8"))
        if node.property is None:
            raise InvalidQuestion("property", f"a property for the tally {node.tally}")
        value = mine.value(node.property)
        if node.tally is Tally.DISTINCT_VALUES:
            return sql(template, items=p.items(value))
        return sql(template, value=p.number(value))

    def _did_more(self, node: DidMore) -> _Set:
        mine = self._rows()
        when, scan = self._when(node.when)
        ours, theirs = (self._either(mine, one) for one in (node.event, node.than))
        operator, opposite, means = _OPERATORS[node.operator]
        outside = means(0.0, 0.0)
        having = sql(
            "countIf({ours}) {operator} countIf({theirs})",
            ours=ours,
            operator=Sql(opposite if outside else operator),
            theirs=theirs,
        )
        names = sql("({a} OR {b})", a=ev.named(node.event), b=ev.named(node.than))
        source = self._source(mine, node.when, ev.both(names, scan))
        matches = ev.both(sql("({ours} OR {theirs})", ours=ours, theirs=theirs), when)
        return _Set(sql(_DID, source=source, matches=matches, having=having), outside=outside)

    def _either(self, mine: "rows.Rows", selector: EventSelector) -> Sql:
        """The selector as one condition, for a source that has other events too."""
        chosen = ev.select(mine, selector)
        return sql("({both})", both=ev.both(chosen.scan, chosen.matches))

    def _in_order(self, node: InOrder) -> Sql:
        mine = self._rows()
        when, scan = self._when(node.when)
        steps = [self._either(mine, one) for one in node.steps]
        numbers = [Sql(str(number)) for number in range(1, len(steps) + 1)]
        names = sql("({names})", names=join(" OR ", map(ev.named, node.steps)))
        window = _LONGEST if node.within is None else node.within.milliseconds
        return sql(
            _IN_ORDER.strip(),
            steps=join(", ", (sql("if({s}, {n}, 0)", s=s, n=n) for s, n in zip(steps, numbers, strict=True))),
            source=self._source(mine, node.when, ev.both(names, scan)),
            matches=when,
            window=Bound(min(window * len(steps), _LONGEST), "UInt64"),
            number=numbers[-1],
            levels=join(", ", (sql("step = {n}", n=n) for n in numbers)),
        )

    def _latest(self, node: Latest) -> Sql:
        mine = self._rows()
        chosen = ev.select(mine, node.event)
        when, scan = self._when(node.when)
        condition = mine.condition(node.filter)
        return sql(
            _LATEST.strip(),
            condition=condition,
            source=self._source(mine, node.when, ev.both(chosen.scan, scan)),
            matches=ev.both(chosen.matches, when),
        )

    def _profile(self, node: HasProfile) -> _Set:
        outside = filters.holds_of_nothing(node.filter)
        wanted: Filter = Not(node.filter) if outside else node.filter
        keys = sorted({one.key for one in self._compared(node.filter)})
        until = self._cohort.until if node.at is None else end_of_day(node.at, self._project)
        if until is None:
            condition = self._of_profile(wanted, lambda key: sql("properties[{k}]", k=Bound(key, "String")))
            return _Set(
                sql(
                    _PROFILE_NOW.strip(),
                    project=self._id,
                    group_type=self._type,
                    condition=condition,
                    shown=shown(self._project, self.group_type),
                ),
                outside=outside,
            )
        names = {key: Sql(f"v{number}") for number, key in enumerate(keys)}
        values = [
            sql("argMaxIf(value, time, key = {key}) AS {name}", key=Bound(key, "String"), name=name)
            for key, name in names.items()
        ]
        statement = sql(
            _PROFILE_THEN.strip(),
            values=join(", ", values or [Sql("1 AS nothing")]),
            project=self._id,
            group_type=self._type,
            keys=Bound(keys, "Array(String)"),
            until=ev.instant(until),
            condition=self._of_profile(wanted, names.__getitem__),
            shown=shown(self._project, self.group_type),
        )
        return _Set(statement, outside=outside)

    def _of_profile(self, node: Filter, value_of: Callable[[str], Sql]) -> Sql:
        return filters.condition(node, lambda one: p.at_path(value_of(one.key), one.path), self._project.timezone)

    def _compared(self, node: Filter) -> Iterator[Property]:
        """The properties of the owner's profile in a filter. Raises InvalidQuestion for any other."""
        match node:
            case AllFilters(filters=inside) | AnyFilter(filters=inside):
                for one in inside:
                    yield from self._compared(one)
            case Not(filter=negated):
                yield from self._compared(negated)
            case Compare(property=found) | Items(property=found):
                scope = Scope.GROUP if self.group_type else Scope.USER
                if (found.scope, found.group_type, found.at, found.lookup) != (scope, self.group_type, At.NOW, None):
                    raise InvalidQuestion("filter.property", f"a property with scope {scope}, of the cohort's own kind")
                yield found
            case InCohort():
                raise InvalidQuestion("filter", "comparisons only, no cohorts, for what a profile has")

    def _on_list(self, node: OnList) -> Sql:
        listed = sql(_ON_LIST, project=self._id, list=Bound(node.list, "String"))
        return listed if self.group_type else persons_of(self._id, listed)

    def _when(self, when: When) -> tuple[Sql, Sql]:
        """A window as a condition on rows of a source, and one on columns of `events`."""
        until = self._cohort.until
        known = filters.TRUE if until is None else sql("time < {until}", until=ev.instant(until))
        match when:
            case None:
                return filters.TRUE, known
            case FirstUse(within=within):
                return sql(_SOON_AFTER, within=Bound(within.milliseconds, "UInt64")), known
        start, end = span(when, self._project, self._cohort.now)
        return filters.TRUE, ev.within(start, end if until is None else min(end, until))

    def _source(self, mine: "rows.Rows", when: When, scan: Sql) -> Sql:
        source = mine.source(scan)
        if not isinstance(when, FirstUse):
            return source
        return sql(_FIRST_USE, source=source, everything=self._rows().source(Sql("control = 0")))
