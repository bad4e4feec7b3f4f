"""Flows: what people do before and after an event, in the shapes that Mixpanel's clients read.

Source: how Mixpanel's own clients write flows and read their answers; there is no public document of them.
"""

from typing import Annotated, Any, Literal

import msgspec

from diptych.model import Project
from diptych.protocols.mixpanel.asking import BadParameter, Fields, computed_at, endpoint
from diptych.protocols.mixpanel.insights import saved_question
from diptych.protocols.services import Services
from diptych.query.answers.flows import FlowNode, FlowPath, FlowsAnswer, Step as FlowStep, StepKind
from diptych.query.parts import Between, Duration, EventSelector, Last, TimeUnit
from diptych.query.questions import Flows
from diptych.query.questions.flows import FlowCount

_COUNTS = {"unique": FlowCount.PEOPLE, "total": FlowCount.TOTAL, "session": FlowCount.SESSIONS}
_UNITS = {unit.value: unit for unit in TimeUnit}
_DAYS = {"day": 1, "week": 7, "month": 30}
_ENDS = {StepKind.END: "DROPOFF", StepKind.OTHER: "PRUNED", StepKind.MORE: "PRUNED"}
_OTHER = "Other events"
_Steps = Annotated[int, msgspec.Meta(ge=0, le=10)]


class _Anchor(msgspec.Struct):
    event: str
    forward: _Steps = 3
    reverse: _Steps = 0
    property_filter_params_list: list[Any] = []


class _Window(msgspec.Struct):
    value: Annotated[int, msgspec.Meta(ge=1)] = 30
    unit: str = "day"


class _Days(msgspec.Struct):
    type: str = "in the last"
    from_date: Any = None
    to_date: Any = None
    window: _Window = msgspec.field(default_factory=_Window)


class _Bookmark(msgspec.Struct):
    steps: Annotated[list[_Anchor], msgspec.Meta(min_length=1)]
    date_range: _Days = msgspec.field(default_factory=_Days)
    count_type: str = "unique"
    cardinality_threshold: Annotated[int, msgspec.Meta(ge=1, le=100)] = 3
    conversion_window: _Window = msgspec.field(default_factory=_Window)
    collapse_repeated: bool = False
    hidden_events: list[str] = []
    exclusions: list[Any] = []


@endpoint("arb_funnels")
async def arb_funnels(project: Project, fields: Fields, services: Services) -> Any:
    """Flows of a saved report, or of the one that the request describes."""
    kinds: dict[str, Literal["graph", "paths"]] = {"flows_sankey": "graph", "flows_top_paths": "paths"}
    kind = fields.choice("query_type", kinds, "flows_sankey")
    bookmark = fields.json("bookmark", _Bookmark)
    question = _question(bookmark) if bookmark else await saved_question(project, fields, services, Flows)
    answer: FlowsAnswer = await services.queries.ask(project, question)
    found: dict[str, Any] = {"computed_at": computed_at(answer.explanation.computed_at), "metadata": {}}
    if kind == "paths":
        return found | {"flows": [{"flowSteps": _path(path)} for path in answer.paths]}
    rate = round(answer.converted / answer.total, 4) if answer.total else 0
    return found | {"breakdowns": [], "steps": _graph(answer), "overallConversionRate": rate}


HANDLERS = [arb_funnels]


def _question(bookmark: _Bookmark) -> Flows:
    anchors = bookmark.steps
    if len(anchors) > 2 or bookmark.exclusions or any(one.property_filter_params_list for one in anchors):
        raise BadParameter("bookmark: expected one or two steps, without exclusions and filters")
    unit = _known(_UNITS, bookmark.conversion_window.unit, "conversion_window.unit")
    two = len(anchors) == 2
    try:
        return Flows(
            anchor=EventSelector([anchors[0].event]),
            to=EventSelector([anchors[1].event]) if two else None,
            before=0 if two else anchors[0].reverse,
            after=anchors[0].forward,
            range=_range(bookmark.date_range),
            count=_known(_COUNTS, bookmark.count_type, "count_type"),
            window=Duration(bookmark.conversion_window.value, unit),
            hidden=bookmark.hidden_events,
            collapse_repeats=bookmark.collapse_repeated,
            top=bookmark.cardinality_threshold,
        )
    except ValueError as error:
        raise BadParameter(f"bookmark: {error}") from None


def _range(days: _Days) -> Between | Last:
    if days.type != "between":
        return Last(days.window.value * _known(_DAYS, days.window.unit, "date_range.window.unit"))
    try:
        found = msgspec.convert({"type": "between", "from": days.from_date, "to": days.to_date}, Between)
    except msgspec.ValidationError as error:
        raise BadParameter(f"bookmark.date_range: {error}") from None
    if found.last < found.first:
        raise BadParameter("bookmark.date_range.to_date: expected a day not before from_date")
    return found


def _known(choices: dict[str, Any], word: str, path: str) -> Any:
    if word not in choices:
        raise BadParameter(f"bookmark.{path}: expected one of {', '.join(choices)}, not {word!r}")
    return choices[word]


def _graph(answer: FlowsAnswer) -> list[dict[str, Any]]:
    """One step per position, with its nodes, and these with where their paths lead."""
    edges: dict[int, list[dict[str, Any]]] = {}
    for link in answer.links:
        target = answer.nodes[link.target]
        edge = _named(target.step, target.position) | {"step": target.position, "totalCount": str(link.count)}
        edges.setdefault(link.source, []).append(edge)
    steps: dict[int, list[dict[str, Any]]] = {}
    for place, node in enumerate(answer.nodes):
        steps.setdefault(node.position, []).append(_node(node, edges.get(place, [])))
    return [{"nodes": steps[position]} for position in sorted(steps)]


def _node(node: FlowNode, edges: list[dict[str, Any]]) -> dict[str, Any]:
    return _named(node.step, node.position) | {
        "anchorType": "NORMAL" if node.position == 0 else "NONE",
        "totalCount": str(node.count),
        "isComputed": False,
        "isCustomEvent": False,
        "conversionRateChange": 0,
        "edges": edges,
    }


def _path(path: FlowPath) -> list[dict[str, Any]]:
    return [
        _named(step, path.position + place) | {"totalCount": str(path.count)} for place, step in enumerate(path.steps)
    ]


def _named(step: FlowStep, position: int) -> dict[str, Any]:
    if step.kind in _ENDS:
        return {"event": "DROPOFF" if step.kind is StepKind.END else _OTHER, "type": _ENDS[step.kind]}
    kind = "ANCHOR" if position == 0 or step.kind is StepKind.TARGET else "FORWARD" if position > 0 else "REVERSE"
    return {"event": step.event, "type": kind}
