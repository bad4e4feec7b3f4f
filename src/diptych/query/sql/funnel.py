"""Funnel as SQL: attempts (`funnel_attempts`) counted by step, combination of values and time."""

from diptych.model import Project
from diptych.query.answer import Bucket
from diptych.query.parts import Scalar
from diptych.query.questions.funnel import Entry, Funnel
from diptych.query.sql.events import both
from diptych.query.sql.filters import TRUE
from diptych.query.sql.funnel_attempts import Attempts
from diptych.query.sql.funnel_keys import WIDE, Keys, not_narrow
from diptych.query.sql.funnel_matches import listing, name
from diptych.query.values import texts_of
from diptych.store.sql import Bound, Sql, join, renumber, sql

# The empty combination stands for all attempts, whatever their values.
_STATEMENT = """
SELECT bucket, combination, sumForEach(arrayResize([1], level, 1)) AS attempts, {people} AS people, {times}
FROM (SELECT *, arrayJoin({combinations}) AS combination FROM {attempts} WHERE passes)
WHERE {kept}
GROUP BY bucket, combination
ORDER BY attempts[1] DESC, combination, bucket
{limit}
"""

_PEOPLE_BEHIND = """
SELECT DISTINCT who
FROM {attempts}
WHERE passes AND {part} AND {cell}
"""

_CROSSED = """arrayReduce('groupArrayArray', arrayMap(head ->
    arrayMap(item -> arrayPushBack(head, item), {items}), {heads}))"""

# Milliseconds from the step before and from the first one, per step from the second on.
_FROM_PREVIOUS = Sql("arrayMap((a, b) -> greatest(a - b, 0), arrayPopFront(reached), arrayPopBack(reached))")
_FROM_START = Sql("arrayMap(a -> greatest(a - reached[1], 0), arrayPopFront(reached))")
_TIMES = """avgForEach({spans}) AS mean_{name}, quantileExactInclusiveForEach(0.5)({spans}) AS median_{name},
    sumMap(arrayMap((span, step) -> (step, roundDown(span, {bins})), {spans}, arrayEnumerate({spans})),
        arrayResize([1], level - 1, 1)) AS spread_{name}"""

BINS = [
    0, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 7_200_000,
    14_400_000, 28_800_000, 43_200_000, 86_400_000, 172_800_000, 345_600_000, 604_800_000, 1_209_600_000,
    2_592_000_000, 5_184_000_000, 7_776_000_000, 15_552_000_000,
]  # fmt: skip
"""Where the bins of times to convert begin, in milliseconds; the last one has no end."""


def statement(
    question: Funnel,
    project: Project,
    buckets: list[Bucket],
    keys: Keys,
    *,
    split: bool = False,
    only: list[list[str]] | None = None,
) -> Sql:
    """The counts of a funnel, for the whole range or split into its buckets. Raises InvalidQuestion.

    `only`: no other combinations; else as many as the question wants, and the total.

    Columns: bucket (its start in epoch seconds, or 0), combination (array of JSON texts, empty for the total),
    attempts and people (arrays, one number per step), and with `times` mean_previous, median_previous,
    spread_previous and the same `_start`.
    """
    limit = sql("LIMIT {limit}", limit=Bound(question.limit + 1, "UInt32"))
    kept = sql("combination IN {only}", only=Bound(only, "Array(Array(String))"))
    return renumber(
        sql(
            _STATEMENT.strip(),
            people=_people(question),
            times=_times(question),
            combinations=_combinations(question),
            attempts=Attempts(question, project, buckets, keys, split=split).source(),
            kept=TRUE if only is None else kept,
            limit=limit if only is None else Sql(""),
        )
    )


def wide_statement(question: Funnel, project: Project, buckets: list[Bucket]) -> Sql:
    """A row if events of the funnel need wide keys."""
    scan = Attempts(question, project, buckets, WIDE).scan()
    return renumber(not_narrow(Bound(project.id, "UInt32"), scan))


def people_statement(
    question: Funnel,
    project: Project,
    buckets: list[Bucket],
    part: Sql,
    values: list[Scalar] | None,
    bucket: int | None,
) -> Sql:
    """Who is behind a part of the funnel: a column `who`. `part` is a condition on `level`."""
    split = bucket is not None
    cells = [
        sql("hasAny({name}, {texts})", name=name("b", number), texts=Bound(texts_of(value), "Array(String)"))
        for number, value in enumerate(values or [])
    ]
    if bucket is not None:
        cells.append(sql("bucket = {start}", start=Bound(buckets[bucket].start // 1000, "UInt32")))
    return renumber(
        sql(
            _PEOPLE_BEHIND.strip(),
            attempts=Attempts(question, project, buckets, WIDE, split=split).source(),
            part=part,
            cell=both(*cells),
        )
    )


def _combinations(question: Funnel) -> Sql:
    """The empty combination, and one for every choice of an item per breakdown."""
    found = Sql("[emptyArrayString()]")
    for number in range(len(question.breakdowns)):
        found = sql(_CROSSED, items=name("b", number), heads=found)
    return sql("arrayConcat([emptyArrayString()], {all})", all=found) if question.breakdowns else found


def _people(question: Funnel) -> Sql:
    if question.entry in (Entry.FIRST, Entry.LONGEST) and not question.each_held_value:
        return Sql("attempts")
    steps = range(1, len(question.steps) + 1)
    return sql("[{steps}]", steps=listing([Sql(f"uniqExactIf(who, level >= {step})") for step in steps]))


def _times(question: Funnel) -> Sql:
    if not question.times:
        return Sql("NULL")
    bins = Bound(BINS, "Array(Int64)")
    spans = {"previous": _FROM_PREVIOUS, "start": _FROM_START}
    parts = [sql(_TIMES, spans=span, name=Sql(which), bins=bins) for which, span in spans.items()]
    return join(", ", parts)
