"""Flows: question → paths and links → nodes, with the most frequent events of each step told apart."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from diptych.query.answers.flows import FlowLink, FlowNode, FlowPath, FlowsAnswer, Step, StepKind
from diptych.query.asked import Asked
from diptych.query.parts import InvalidQuestion, Scalar
from diptych.query.questions.flows import Flows
from diptych.query.sentence import flows as sentence
from diptych.query.sql.flows import Code, label, names_statement, people_statement, statement
from diptych.query.values import texts_of, value_of
from diptych.store.sql import Bound, Sql, join, sql

__all__ = ["FlowsAnswer", "FlowsSelection", "answer", "people", "sentence"]


class FlowPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands at a position. For `other`, `shown` are the events that are told apart there."""

    position: int
    kind: StepKind = StepKind.EVENT
    event: str = ""
    value: Scalar = None
    shown: list[Step] = []


class FlowsSelection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The paths with all of these places: one is a node or a drop-off, two are a link, more a path.

    converted   only those that reach the event they lead to, or only the others
    """

    places: list[FlowPlace] = []
    converted: bool | None = None


_CODES = {StepKind.END: Code.END, StepKind.MORE: Code.MORE, StepKind.TARGET: Code.TARGET}
_KINDS = {code: kind for kind, code in _CODES.items()}
_OTHER = -1


async def answer(question: Flows, asked: Asked) -> FlowsAnswer:
    """The graph and the most frequent paths. Raises InvalidQuestion."""
    rows = await asked.rows(statement(question, asked.project, asked.now))
    links = Counter({(link[0] - 1 - question.before, link[1], link[2]): n for link, _, n in rows if link})
    listed = [(steps, n) for link, steps, n in rows if not link]
    counts = _counts(links)
    # Without steps there are no links, and the paths are the anchors alone.
    for steps, n in listed if question.before + question.after == 0 and question.to is None else []:
        counts[0, steps[0]] += n
    steps = await _steps(question, asked, {item for _, item in counts} | {i for path, _ in listed for i in path})
    shown = _shown(question.top, counts, steps)
    nodes, edges = _graph(links, counts, shown, steps)
    return FlowsAnswer(
        total=sum(n for (position, _), n in counts.items() if position == 0),
        converted=sum(n for (_, item), n in counts.items() if item == Code.TARGET),
        nodes=nodes,
        links=edges,
        paths=[_path(question.before, path, n, steps) for path, n in listed],
        timezone=asked.project.timezone,
        explanation=asked.explanation(sentence(question, asked.project.timezone)),
    )


def people(question: Flows, selection: FlowsSelection, asked: Asked) -> Sql:
    """Who is behind a node, link, drop-off or path. Raises InvalidQuestion."""
    places = [_place(question, place) for place in selection.places]
    if selection.converted is not None:
        places.append(Sql("has(path, 2)" if selection.converted else "NOT has(path, 2)"))
    return people_statement(question, asked.project, asked.now, places)


def _counts(links: Counter[tuple[int, int, int]]) -> Counter[tuple[int, int]]:
    """(Position, label) → paths: of steps behind the anchor those that come in, of others those that go out."""
    counts: Counter[tuple[int, int]] = Counter()
    outgoing = any(position == 0 for position, _, _ in links)
    for (position, source, target), n in links.items():
        if position < 0 or (position == 0 and outgoing):
            counts[position, source] += n
        if position >= 0 or (position == -1 and not outgoing):
            counts[position + 1, target] += n
    return counts


async def _steps(question: Flows, asked: Asked, labels: set[int]) -> dict[int, Step]:
    """What labels stand for."""
    hashes = sorted(labels - set(Code))
    found = await asked.rows(names_statement(question, asked.project, asked.now, hashes)) if hashes else []
    steps = {item: Step(StepKind.EVENT, name, value_of(value)) for item, name, value in found}
    return steps | {code: Step(kind) for code, kind in _KINDS.items()} | {_OTHER: Step(StepKind.OTHER)}


def _shown(top: int, counts: Counter[tuple[int, int]], steps: dict[int, Step]) -> set[tuple[int, int]]:
    """The (position, label) that are told apart: the most frequent ones, and all that are no events."""

    def rank(item: int, n: int) -> tuple[int, str, str]:
        return -n, steps[item].event or "", str(steps[item].value)

    ranked: dict[int, list[tuple[tuple[int, str, str], int]]] = {}
    for (position, item), n in counts.items():
        if item not in _KINDS:
            ranked.setdefault(position, []).append((rank(item, n), item))
    best = {(position, item) for position, items in ranked.items() for _, item in sorted(items)[:top]}
    return best | {key for key in counts if key[1] in _KINDS}


def _graph(
    links: Counter[tuple[int, int, int]],
    counts: Counter[tuple[int, int]],
    shown: set[tuple[int, int]],
    steps: dict[int, Step],
) -> tuple[list[FlowNode], list[FlowLink]]:
    def drawn(position: int, item: int) -> tuple[int, int]:
        return position, item if (position, item) in shown else _OTHER

    taken: Counter[tuple[int, int]] = Counter()
    for key, n in counts.items():
        taken[drawn(*key)] += n
    order = sorted(taken, key=lambda key: (key[0], key[1] == _OTHER, key[1] in _KINDS, -taken[key], str(steps[key[1]])))
    places = {key: place for place, key in enumerate(order)}
    edges: Counter[tuple[int, int]] = Counter()
    for (position, source, target), n in links.items():
        edges[places[drawn(position, source)], places[drawn(position + 1, target)]] += n
    nodes = [FlowNode(position, steps[item], taken[position, item]) for position, item in order]
    return nodes, [FlowLink(source, target, n) for (source, target), n in sorted(edges.items())]


def _path(before: int, path: list[int], count: int, steps: dict[int, Step]) -> FlowPath:
    first = next(place for place, item in enumerate(path) if item != Code.NOTHING)
    return FlowPath(first - before, [steps[item] for item in path if item != Code.NOTHING], count)


def _place(question: Flows, place: FlowPlace) -> Sql:
    last = question.after + 2 if question.to else question.after
    if not -question.before <= place.position <= last:
        raise InvalidQuestion("selection.position", f"a position from {-question.before} to {last}")
    at = sql("path[{place}]", place=Bound(question.before + 1 + place.position, "UInt32"))
    if place.kind is StepKind.EVENT:
        return sql("{at} IN [{labels}]", at=at, labels=_labels([Step(place.kind, place.event, place.value)]))
    if place.kind is StepKind.OTHER:
        shown = [step for step in place.shown if step.kind is StepKind.EVENT]
        return sql("({at} > 3 AND {at} NOT IN [{labels}])", at=at, labels=_labels(shown or [Step(place.kind, "")]))
    return sql("{at} = {code}", at=at, code=Bound(int(_CODES[place.kind]), "UInt64"))


def _labels(steps: Iterable[Any]) -> Sql:
    return join(", ", [label(step.event or "", text) for step in steps for text in texts_of(step.value)])
