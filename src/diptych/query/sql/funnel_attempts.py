"""The attempts of a funnel as SQL, one row each, for every option.

Read `_ATTEMPTS` from the inside:

1. the events that satisfy a step or an exclusion (`funnel_matches`);
2. one row per person (and session, and held values) with lists of keys: `p1`, `p2` ... of each step,
   `xs1`, `xs2` ... of exclusions, and where attempts may begin;
3. search by search, per attempt `c0`, the key of its first event, `c1`, `c2` ... of each step, the first one in the
   step's list after what came before, and `l0`, `l1` ... of the first event that excludes. Where a person may begin
   only once these are numbers, else lists, with one place per attempt;
4. per attempt `level`, how many steps were reached in time and without exclusion, and what is told of it.

Each list is walked once per step, so that the work grows with events and steps, whoever did how many of them.
"""

from diptych.model import Project
from diptych.query.answer import Bucket
from diptych.query.parts import Property
from diptych.query.questions.funnel import (
    Attribution,
    Entry,
    Funnel,
    Order,
    OverTime,
    Simultaneity,
    WindowUnit,
    groups,
    share_events,
)
from diptych.query.sql import breakdowns, funnel_matches as matches
from diptych.query.sql.events import both, within
from diptych.query.sql.filters import TRUE, condition
from diptych.query.sql.funnel_keys import Keys
from diptych.query.sql.funnel_matches import listing, name
from diptych.query.sql.rows import Rows
from diptych.query.sql.sessions import Sessions, sessions
from diptych.store.sql import Bound, Sql, sql

_ATTEMPTS = """(
    SELECT {who}, {bucket} AS bucket, {level} AS level, {reached} AS reached, {passes} AS passes, {labels}
    FROM {searched}
    {of_each}
    {once}
)"""

# One of these per step and exclusion, so that each search can name what was found before.
_SEARCHED = "(SELECT *, {search} FROM {before})"

_UNITS_WITH_LISTS = """(
    SELECT {who}, {lists}
    FROM (SELECT who, {columns} FROM {source} {sessions} WHERE who != 0 AND {population})
    WHERE {wanted}
    GROUP BY {who}
    HAVING {entered}
)"""

_FIRST_ENTRY = Sql("minIf(key, entering) AS c0")
_ENTRIES = Sql("arraySort(groupArrayIf(key, entering)) AS c0")
_LIST = "groupArrayIf({what}, {step}) AS {list}"

# An attempt may begin after the end of the one before it.
_CHOSEN = """arrayFold((open, entry, ended) ->
        (if(entry > open.1, ended, open.1), arrayPushBack(open.2, entry > open.1)),
        c0, {ends}, ({type}(0), emptyArrayUInt8())).2 AS chosen"""

_VALUE = "{values}[indexOf({list}, {key})] AS {value}"
# As `funnel_keys.next_of_each`, with the value beside each key.
_VALUE_OF_EACH = """arrayMap((next, x) -> next.2, arrayFilter((next, x) -> x.1 % 2 = 1,
        arrayReverseFill(x -> x.1 % 2 = 0, arraySort(x -> x.1, arrayConcat(arrayMap(x -> ({type}(x - 1), ''), {key}),
            arrayZip({list}, {values}), [({never}, '')])) AS {merged}), {merged}),
        arrayFilter(x -> x.1 % 2 = 1, {merged})) AS {value}"""

_TOUCHED = "arrayFilter(x -> x.3 AND x.2 NOT IN ('', 'null'), [{touches}])"

_UNITS = {
    WindowUnit.SECOND: 1_000,
    WindowUnit.MINUTE: 60_000,
    WindowUnit.HOUR: 3_600_000,
    WindowUnit.DAY: 86_400_000,
    WindowUnit.WEEK: 604_800_000,
    WindowUnit.MONTH: 2_592_000_000,
}


class Attempts:
    """The attempts of a question. `split`: as the points over time need them, each with its bucket."""

    def __init__(
        self, question: Funnel, project: Project, buckets: list[Bucket], keys: Keys, *, split: bool = False
    ) -> None:
        self.question = question
        self.project = project
        self.buckets = buckets
        self.keys = keys
        self.split = split
        self.count = len(question.steps)
        self.groups = [[position + 1 for position in group] for group in groups(question)]
        self.gaps = matches.gaps(question)
        self.carried = matches.carried(question)
        self.window = question.window.count * _UNITS[question.window.unit]
        self.independent = split and question.over_time is OverTime.INDEPENDENT
        # Whether a person can begin more than once, as long as nothing is chosen.
        self.several = question.entry in (Entry.EVERY, Entry.LONGEST) or self.independent

    def source(self) -> Sql:
        """What stands behind FROM: one row per attempt. Raises InvalidQuestion.

        Columns: who, bucket (start in epoch seconds), level (steps reached), reached (milliseconds of each of
        them), passes (whether the filter of attempts holds), b0, b1 ... (arrays of texts per breakdown).
        """
        searched = self._units()
        for search in self._searches():
            searched = sql(_SEARCHED, search=search, before=searched)
        return sql(
            _ATTEMPTS,
            who=self._who(),
            bucket=self._bucket(),
            level=self._by_level([Sql(f"toUInt8({level})") for level in range(1, self.count + 1)]),
            reached=self._reached(),
            passes=self._passes(),
            labels=listing(self._labels()),
            searched=searched,
            of_each=self._of_each(),
            once=self._once(),
        )

    def scan(self) -> Sql:
        """The condition on columns of `events` that all events of the funnel satisfy."""
        start, end = self.buckets[0].start, self.buckets[-1].end
        # Steps may lie as long before an entry, or after its window, as they may be together with others.
        span = within(start - 2_000, end + self.window + 1_000)
        return both(matches.scan(self.question), span)

    # ---- lists

    def _units(self) -> Sql:
        """One row per person, session and held values, with the lists of keys."""
        rows = Rows(self.project, self.question.group_type)
        start, end = self.buckets[0].start, self.buckets[-1].end
        columns = matches.columns(self.question, rows, within(start, end), self.keys)
        found = Sessions(Sql(""), Sql("0"))
        if self.question.entry is Entry.SESSION:
            found = sessions(rows, self.question.sessions, start - 2_000, end + self.window + 1_000)
        return sql(
            _UNITS_WITH_LISTS,
            who=self._who(),
            lists=listing([_ENTRIES if self.several else _FIRST_ENTRY, *self._lists()]),
            columns=listing([columns, _as(found.session, Sql("session"))]),
            population=rows.condition(self.question.population),
            source=rows.source(self.scan()),
            sessions=found.join,
            wanted=matches.wanted(self.question),
            entered=Sql("notEmpty(c0)") if self.several else Sql("c0 != 0"),
        )

    def _who(self) -> Sql:
        return listing([Sql("who"), *matches.units(self.question)])

    def _lists(self) -> list[Sql]:
        valued = {step for steps in self.carried.values() for step in steps}
        own = [n for n in range(1, self.count + 1) if n in valued or self.groups[0] != [n]]
        found = [_list(Sql("key"), name("s", n), name("p", n)) for n in own]
        excluding = range(1, len(matches.excluded(self.question)) + 1)
        found += [_list(Sql("key"), name("x", n), name("xs", n)) for n in excluding]
        for number, steps in enumerate(self.carried.values()):
            found += [_list(name("v", number), name("s", n), name("vs", number, n)) for n in sorted(steps)]
        for number, _ in matches.by_cohorts(self.question):
            labels = name("g", number)
            found.append(sql("argMinIf({labels}, key, entering) AS {labels}", labels=labels))
        return found

    # ---- searches

    def _searches(self) -> list[Sql]:
        """What each level of the statement looks for, from the inside."""
        found = []
        if len(self.groups[0]) == 1:
            found.append(Sql("c0 AS c1"))
        else:
            found += self._group(self.groups[0], self.keys.before(name("c", 0)), [name("c", 0)])
        found.append(self._late())
        for number, group in enumerate(self.groups[1:], 1):
            found += self._latest(number)
            for step in group:
                bound, of = self._bound(step, number)
                found += self._group([step], bound, of)
        for number, gap in enumerate(self.gaps):
            found += self._limit(number, gap)
        for number, steps in enumerate(self.carried.values()):
            found += [self._value(number, step) for step in sorted(steps)]
        return found + ([self._chosen()] if self.question.entry is Entry.EVERY else [])

    def _group(self, steps: list[int], bound: Sql, of: list[Sql]) -> list[Sql]:
        return [part for n in steps for part in self._search(name("c", n), name("p", n), bound, of)]

    def _search(self, found: Sql, list_: Sql, bound: Sql, of: list[Sql]) -> list[Sql]:
        """`found`: the first key of the list beyond a bound, which is made of the keys `of`."""
        beyond = Sql(f"{found}_beyond")
        if not self.several:
            return [listing([_as(bound, beyond), _as(self.keys.next_of(list_, beyond), found)])]
        bounds = sql(
            "arrayMap(({of}) -> least({bound}, {never}), {of})",
            of=listing(of),
            bound=bound,
            never=self.keys.before(self.keys.never),
        )
        return [_as(self.keys.next_of_each(list_, bounds, Sql(f"{found}_merged")), found)]

    def _late(self) -> Sql:
        """The bound that no event of the attempt lies beyond."""
        entry = name("c", 0)
        late = self.keys.deadline(entry, self.window, self.question.simultaneity)
        return _as(sql("arrayMap(c0 -> {late}, c0)", late=late) if self.several else late, Sql("late"))

    def _latest(self, group: int) -> list[Sql]:
        """`t1`, `t2` ...: the latest key of all steps before a group. A step of one group is after all before it."""
        exact = self.question.simultaneity is Simultaneity.EXACT
        before = [name("c", n) for n in self.groups[group - 1]]
        before += [name("t", group - 1)] if group > 1 and not exact else []
        latest = _greatest(before)
        if self.several and len(before) > 1:
            latest = sql("arrayMap(({of}) -> {latest}, {of})", of=listing(before), latest=latest)
        return [_as(latest, name("t", group))]

    def _bound(self, step: int, group: int) -> tuple[Sql, list[Sql]]:
        """What a step has to lie beyond, given the steps before its group; and what that is made of."""
        rule = self.question.simultaneity
        latest = name("t", group)
        if rule is Simultaneity.EXACT:
            return self.keys.after_same(latest, rule), [latest]
        alike = [name("c", n) for n in self._alike(step, [n for one in self.groups[:group] for n in one])]
        after = [self.keys.after_same(key, rule) for key in alike]
        return _greatest([self.keys.earliest_together(latest, rule), *after]), [latest, *alike]

    def _alike(self, step: int, earlier: list[int]) -> list[int]:
        """The earlier steps that share events with a step, but for those that are before another one of them."""
        steps = self.question.steps
        found: list[int] = []
        for n in earlier:
            if share_events(steps[n - 1], steps[step - 1]):
                found = [m for m in found if not share_events(steps[m - 1], steps[n - 1])] + [n]
        return found

    def _limit(self, number: int, gap: matches.Gap) -> list[Sql]:
        from_ = name("c", 0 if gap.after == 1 else gap.after)
        bound = self.keys.after_together(from_, self.question.simultaneity)
        return self._search(name("l", number), name("xs", gap.list), bound, [from_])

    def _value(self, number: int, step: int) -> Sql:
        parts = {
            "values": name("vs", number, step),
            "list": name("p", step),
            "key": name("c", step),
            "value": name("w", number, step),
        }
        if not self.several:
            return sql(_VALUE, **parts)
        return sql(
            _VALUE_OF_EACH, **parts, never=self.keys.never, merged=name("w", number, step, 0), type=Sql(self.keys.type)
        )

    def _chosen(self) -> Sql:
        of = listing(self._keys())
        ends = sql("arrayMap(({of}) -> {end}, {of})", of=of, end=self._end())
        return sql(_CHOSEN, ends=ends, type=Sql(self.keys.type))

    def _keys(self) -> list[Sql]:
        """Names of all keys of an attempt."""
        steps = [name("c", n) for n in range(self.count + 1)]
        return [*steps, Sql("late"), *(name("l", n) for n in range(len(self.gaps)))]

    # ---- attempts

    def _places(self) -> list[Sql]:
        """The key of the first, second ... reached step: of steps in any order, whichever came then."""
        found: list[Sql] = []
        for group in self.groups:
            members = [name("c", n) for n in group]
            if len(group) == 1:
                found += members
                continue
            ordered = sql("arraySort([{members}])", members=listing(members))
            found += [sql("{ordered}[{n}]", ordered=ordered, n=Sql(str(n))) for n in range(1, len(group) + 1)]
        return found

    def _by_level(self, per_level: list[Sql]) -> Sql:
        """The one that belongs to the number of steps that an attempt reached."""
        parts: list[Sql] = []
        for level, place in enumerate(self._places()[1:], 1):
            parts += [sql("NOT ({reached})", reached=self._is_reached(level + 1, place)), per_level[level - 1]]
        return sql("multiIf({parts}, {all})", parts=listing(parts), all=per_level[-1])

    def _is_reached(self, step: int, place: Sql) -> Sql:
        rule = self.question.simultaneity
        conditions = [sql("{place} < late", place=place)]
        for number, gap in enumerate(self.gaps):
            if gap.after < step <= gap.before:
                earliest = self.keys.earliest_together(place, rule)
                conditions.append(sql("{limit} > {earliest}", limit=name("l", number), earliest=earliest))
        return both(*conditions)

    def _end(self) -> Sql:
        """The key or bound where an attempt is over: converted, excluded or out of time."""
        rule = self.question.simultaneity
        out_of_time = Sql("late")
        ends = []
        for level in range(1, self.count):
            limits = [name("l", n) for n, gap in enumerate(self.gaps) if gap.after <= level < gap.before]
            ends.append(sql("least({ends})", ends=listing([out_of_time, *limits])) if limits else out_of_time)
        converted = _greatest([name("c", n) for n in range(1, self.count + 1)])
        return _greatest([self.keys.after_same(name("c", 0), rule), self._by_level([*ends, converted])])

    def _reached(self) -> Sql:
        places = [self.keys.time_of(place, self.question.simultaneity) for place in self._places()]
        return sql("arraySlice([{places}], 1, level)", places=listing(places))

    def _bucket(self) -> Sql:
        if not self.split:
            return Sql("0")
        starts = Bound([bucket.start // 1000 for bucket in self.buckets], "Array(UInt32)")
        entered = self.keys.time_of(name("c", 0), Simultaneity.EXACT)
        return sql("roundDown(toUInt32(intDiv({entered}, 1000)), {starts})", entered=entered, starts=starts)

    def _of_each(self) -> Sql:
        if not self.several:
            return Sql("")
        values = [name("w", number, n) for number, steps in enumerate(self.carried.values()) for n in sorted(steps)]
        every = self.question.entry is Entry.EVERY
        joined = listing([*self._keys(), *values, *([Sql("chosen")] if every else [])])
        return sql("ARRAY JOIN {joined} {chosen}", joined=joined, chosen=Sql("WHERE chosen" if every else ""))

    def _once(self) -> Sql:
        """One attempt per person, where the question wants no more and there may be more."""
        question = self.question
        first_value = bool(question.held) and not question.each_held_value and question.entry is not Entry.EVERY
        if not (question.entry is Entry.LONGEST or self.independent or first_value):
            return Sql("")
        per = [Sql("who")] + ([Sql("session")] if question.entry is Entry.SESSION else [])
        per += [name("h", n) for n in range(len(question.held))] if question.each_held_value else []
        per += [Sql("bucket")] if self.independent else []
        order = [Sql("level DESC")] if question.entry is Entry.LONGEST else []
        order += [name("c", 0), *(name("h", n) for n in range(len(question.held)))]
        return sql("ORDER BY {order} LIMIT 1 BY {per}", order=listing(order), per=listing(per))

    # ---- values

    def _labels(self) -> list[Sql]:
        found = []
        for number, one in enumerate(self.question.breakdowns):
            if one.by.property is None:
                texts = name("g", number)
            else:
                value = self._attributed(one.by.property, one.attribution, one.step)
                texts = breakdowns.texts(value, one.by, self.project.timezone)
            found.append(_as(texts, name("b", number)))
        return found or [Sql("[''] AS b0")]

    def _passes(self) -> Sql:
        attempt = self.question.filter
        if attempt is None:
            return TRUE

        def value_of(reference: Property) -> Sql:
            return self._attributed(reference, attempt.attribution, attempt.step)

        return condition(attempt.filter, value_of, self.project.timezone)

    def _attributed(self, reference: Property, attribution: Attribution, step: int) -> Sql:
        """An attempt's value of a property."""
        number = list(self.carried).index(reference)
        if attribution is Attribution.STEP:
            return sql("if({counted}, {value}, '')", counted=self._counted(step), value=name("w", number, step))
        touches = listing(
            [
                sql("({key}, {value}, {counted})", key=name("c", n), value=name("w", number, n), counted=counted)
                for n in range(1, self.count + 1)
                for counted in [self._counted(n)]
            ]
        )
        touched = sql(_TOUCHED, touches=touches)
        if self.question.order is Order.ANY:
            touched = sql("arraySort(x -> x.1, {touched})", touched=touched)
        return sql("{touched}[{n}].2", touched=touched, n=Sql("1" if attribution is Attribution.FIRST else "-1"))

    def _counted(self, step: int) -> Sql:
        """Whether the attempt reached this very step."""
        group = next(group for group in self.groups if step in group)
        if len(group) == 1:
            return Sql(f"level >= {step}")
        last = sql("[{places}][level]", places=listing(self._places()))
        return sql("{key} <= {last}", key=name("c", step), last=last)


def _list(what: Sql, step: Sql, alias: Sql) -> Sql:
    return sql(_LIST, what=what, step=step, list=alias)


def _greatest(parts: list[Sql]) -> Sql:
    return parts[0] if len(parts) == 1 else sql("greatest({parts})", parts=listing(parts))


def _as(value: Sql, alias: Sql) -> Sql:
    return sql("{value} AS {alias}", value=value, alias=alias)
