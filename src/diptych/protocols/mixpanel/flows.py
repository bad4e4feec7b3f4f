"""Flows: what people do before and after an event, in the shapes that Mixpanel's clients read.

Source: how Mixpanel's own clients write flows and read their answers; there is no public document of them.
"""

from datetime import date
from typing import Annotated, Any, Literal

import msgspec

from diptych.model import Project
from diptych.protocols.mixpanel.asking import BadParameter, Fields, computed_at, context_of, endpoint, selector
from diptych.protocols.mixpanel.bookmark_parts import FilterEntry, filter_of_entries
from diptych.protocols.mixpanel.insights import saved_question
from diptych.protocols.mixpanel.selectors import Context
from diptych.protocols.services import Services
from diptych.query.answers.flows import FlowNode, FlowPath, FlowsAnswer, Step as FlowStep, StepKind
from diptych.query.parts import All, Between, Duration, Filter, InCohort, Last, Not, TimeUnit
from diptych.query.questions import Flows
from diptych.query.questions.flows import FlowCount

_COUNTS = {"unique": FlowCount.PEOPLE, "total": FlowCount.TOTAL, "session": FlowCount.SESSIONS}
_UNITS = {unit.value: unit for unit in TimeUnit}
_DAYS = {"day": 1, "week": 7, "month": 30}
_ENDS = {StepKind.END: "DROPOFF", StepKind.OTHER: "PRUNED", StepKind.MORE: "PRUNED"}
_OTHER = "Other events"
_Steps = Annotated[int, msgspec.Meta(ge=0, le=10)]
_Nothing = Annotated[list[Any], msgspec.Meta(max_length=0)]


class _Anchor(msgspec.Struct):
    event: str
    forward: _Steps = 3
    reverse: _Steps = 0
    property_filter_params_list: _Nothing = []
    session_event: None = None


class _Window(msgspec.Struct):
    value: Annotated[int, msgspec.Meta(ge=1)] = 30
    unit: str = "day"


class _Days(msgspec.Struct):
    type: Literal["between", "in the last"] = "in the last"
    from_date: date | _Window | None = None
    to_date: Any = None
    window: _Window = msgspec.field(default_factory=_Window)


class _Filters(msgspec.Struct):
    children: list[FilterEntry]
    operator: Literal["and", "or"] = "and"


class _Cohort(msgspec.Struct):
    id: int | str
    negated: bool = False


class _Bookmark(msgspec.Struct):
    steps: Annotated[list[_Anchor], msgspec.Meta(min_length=1)]
    date_range: _Days = msgspec.field(default_factory=_Days)
    count_type: str = "unique"
    cardinality_threshold: Annotated[int, msgspec.Meta(ge=1, le=100)] = 3
    conversion_window: _Window = msgspec.field(default_factory=_Window)
    collapse_repeated: bool = False
    hidden_events: list[str] = []
    exclusions: _Nothing = []
    filter_by_event: _Filters | None = None
    filter_by_cohort: _Cohort | None = None
    segments: _Nothing = []
    data_group_id: None = None


@endpoint("arb_funnels")
async def arb_funnels(project: Project, fields: Fields, services: Services) -> Any:
    """Flows of a saved report, or of the one that the request describes."""
    kinds: dict[str, Literal["graph", "paths"]] = {"flows_sankey": "graph", "flows_top_paths": "paths"}
    kind = fields.choice("query_type", kinds, "flows_sankey")
    bookmark = fields.json("bookmark", _Bookmark)
    context = context_of(project)
    question = _question(bookmark, context) if bookmark else await saved_question(project, fields, services, Flows)
    answer: FlowsAnswer = await services.queries.ask(project, question)
    found: dict[str, Any] = {"computed_at": computed_at(answer.explanation.computed_at), "metadata": {}}
    if kind == "paths":
        return found | {"flows": [{"flowSteps": _path(path)} for path in answer.paths]}
    rate = round(answer.converted / answer.total, 4) if answer.total else 0
    return found | {"breakdowns": [], "steps": _graph(answer), "overallConversionRate": rate}


HANDLERS = [arb_funnels]


def _question(bookmark: _Bookmark, context: Context) -> Flows:
    anchors = bookmark.steps
    if len(anchors) > 2:
        raise BadParameter("bookmark.steps: expected one or two")
    unit = _known(_UNITS, bookmark.conversion_window.unit, "conversion_window.unit")
    two = len(anchors) == 2
    try:
        return Flows(
            anchor=selector([anchors[0].event]),
            to=selector([anchors[1].event]) if two else None,
            before=0 if two else anchors[0].reverse,
            after=anchors[0].forward,
            range=_range(bookmark.date_range),
            filter=_filter(bookmark, context),
            count=_known(_COUNTS, bookmark.count_type, "count_type"),
            window=Duration(bookmark.conversion_window.value, unit),
            hidden=bookmark.hidden_events,
            collapse_repeats=bookmark.collapse_repeated,
            top=bookmark.cardinality_threshold,
        )
    except ValueError as error:
        raise BadParameter(f"bookmark: {error}") from None


def _filter(bookmark: _Bookmark, context: Context) -> Filter | None:
    """What holds for every event of a path, and for its person."""
    found: list[Filter] = []
    if chosen := bookmark.filter_by_event:
        determiner = "any" if chosen.operator == "or" else "all"
        if one := filter_of_entries(chosen.children, determiner, context, "bookmark.filter_by_event.children"):
            found.append(one)
    if cohort := bookmark.filter_by_cohort:
        inside = InCohort(id=str(cohort.id))
        found.append(Not(inside) if cohort.negated else inside)
    return All(found) if len(found) > 1 else found[0] if found else None


def _range(days: _Days) -> Between | Last:
    if days.type == "in the last":
        window = days.from_date if isinstance(days.from_date, _Window) else days.window
        return Last(window.value * _known(_DAYS, window.unit, "date_range.from_date.unit"))
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
