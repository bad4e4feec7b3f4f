"""The query API over what people saved, and over the ways of people: cohorts, funnels, retention.

Source: Mixpanel's query OpenAPI document and its worked examples.
"""

import asyncio
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import msgspec

from diptych.control.saved import Kind, Saved
from diptych.model import Project
from diptych.protocols.mixpanel.asking import BadParameter, Fields, Refused, computed_at, context_of, endpoint, selector
from diptych.protocols.mixpanel.query import key_of
from diptych.protocols.services import Services
from diptych.query.answers.funnel import FunnelAnswer, FunnelRow
from diptych.query.answers.lifecycle import FrequencyAnswer
from diptych.query.answers.retention import RetentionAnswer, RetentionSeries
from diptych.query.parts import Between, EventSelector, InCohort, Interval
from diptych.query.questions import CohortSizes, Flows, Funnel, Retention, Segmentation
from diptych.query.questions.funnel import AttemptFilter, FunnelBreakdown, Window, WindowUnit
from diptych.query.questions.lifecycle import Frequency
from diptych.query.questions.retention import BreakdownOf, Criterion, StartRule
from diptych.query.resolve import buckets

_UNITS = {unit.value: unit for unit in (Interval.DAY, Interval.WEEK, Interval.MONTH)}
_LENGTHS = {
    "second": (WindowUnit.SECOND, 86_400),
    "minute": (WindowUnit.MINUTE, 1_440),
    "hour": (WindowUnit.HOUR, 24),
    "day": (WindowUnit.DAY, 1),
}
_MOST_DAYS = 90
_MOST_FUNNELS = 100
_MOST_VALUES = 10_000
_MOST_WINDOWS = 250


@endpoint("cohorts/list")
async def cohorts_list(project: Project, fields: Fields, services: Services) -> Any:
    """Saved cohorts, and how many people are in each now."""
    saved = await _all(project, services, Kind.COHORT)
    return [
        {
            "count": size,
            "is_visible": 1,
            "description": one.description,
            "created": datetime.fromtimestamp(one.created / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S"),
            "project_id": project.id,
            "id": one.id,
            "name": one.name,
        }
        for one, size in await cohort_sizes(project, services, saved)
    ]


async def cohort_sizes(project: Project, services: Services, saved: list[Saved]) -> list[tuple[Saved, int]]:
    """Cohorts, each with how many are in it now."""
    sizes: list[int] = []
    for start in range(0, len(saved), 10):
        asked = CohortSizes(cohorts=[InCohort(id=str(one.id)) for one in saved[start : start + 10]])
        sizes += [found.size for found in (await services.queries.ask(project, asked)).series]
    return [*zip(saved, sizes, strict=True)]


@endpoint("funnels/list")
async def funnels_list(project: Project, fields: Fields, services: Services) -> Any:
    """Saved funnels."""
    saved = await _all(project, services, Kind.REPORT)
    return [{"funnel_id": one.id, "name": one.name} for one in saved if isinstance(question_of(one), Funnel)]


@endpoint("funnels")
async def funnels(project: Project, fields: Fields, services: Services) -> Any:
    """A saved funnel, once for each interval in which people may enter it."""
    number = fields.number("funnel_id", 0, 2**31 - 1)
    saved = await services.control.run(partial(services.control.saved.get, project.id, Kind.REPORT, number))
    question = question_of(saved) if saved and not saved.deleted else None
    if not isinstance(question, Funnel):
        raise Refused(404, f"funnel_id: there is no saved funnel {number} in this project")
    context, whole = context_of(project), fields.range()
    by = [FunnelBreakdown(by=one) for one in fields.on(context)]
    where = fields.where(context)
    question = msgspec.structs.replace(
        question,
        window=_window(fields) or question.window,
        breakdowns=by or question.breakdowns,
        filter=AttemptFilter(where) if where else question.filter,
        limit=fields.number("limit", 255, _MOST_VALUES),
        interval=None,
        times=True,
    )
    dates = _entries(project, fields, whole)
    answers: list[FunnelAnswer] = await asyncio.gather(
        *(services.queries.ask(project, msgspec.structs.replace(question, range=days)) for days in dates)
    )
    names = [step_name(step.event) for step in question.steps]
    shape = _segments if question.breakdowns else _steps_and_analysis
    data = {str(days.first): shape(answer, names) for days, answer in zip(dates, answers, strict=True)}
    return {
        "meta": {"dates": list(data)},
        "data": data,
        "computed_at": computed_at(answers[0].explanation.computed_at),
    }


@endpoint("retention")
async def retention(project: Project, fields: Fields, services: Services) -> Any:
    """People who did one thing, and how many of them did another in each interval afterwards."""
    context, birth = context_of(project), fields.choice("retention_type", {"birth": True, "compounded": False}, "birth")
    width, unit = fields.number("interval", 1, 366), fields.choice("unit", _UNITS, "day")
    if not birth and width > 1:
        raise BadParameter("interval: expected 1 for retention_type compounded; choose a unit instead")
    count = fields.number("interval_count", 1, _MOST_WINDOWS) + 1
    returning = selector(fields.names("event"), fields.where(context))
    start = returning
    if birth:
        start = selector([fields.required("born_event") and fields.name("born_event")])
        start = msgspec.structs.replace(start, filter=fields.where(context, "born_where"))
    question = Retention(
        start=start,
        returning=returning,
        rule=StartRule.FIRST_EVER if birth else StartRule.FIRST_OF_INTERVAL,
        range=fields.range(),
        interval=unit,
        windows=count,
        brackets=[(number * width, (number + 1) * width) for number in range(count)] if width > 1 else [],
        criterion=Criterion.ON_OR_AFTER if fields.flag("unbounded_retention") else Criterion.ON,
        breakdowns=fields.on(context),
        breakdown_of=BreakdownOf.RETURN,
        limit=fields.number("limit", 60, _MOST_VALUES),
    )
    answer: RetentionAnswer = await services.queries.ask(project, question)
    if not question.breakdowns:
        return _retained(answer, answer.series[0], width)
    found: dict[str, dict[str, Any]] = {}
    for series in answer.series:
        for day, row in _retained(answer, series, width).items():
            found.setdefault(day, {})[key_of(series.breakdown[0])] = row
    return found


@endpoint("retention/addiction")
async def addiction(project: Project, fields: Fields, services: Services) -> Any:
    """In how many different hours or days of each period people did something: at least 1, 2, 3 …"""
    if fields.get("on", "").strip():
        raise BadParameter("on: expected nothing; addiction cannot be broken down")
    period = fields.choice("unit", _UNITS, "day")
    unit = Interval.HOUR if period is Interval.DAY else Interval.DAY
    question = Frequency(
        event=selector(fields.names("event"), fields.where(context_of(project))),
        range=fields.range(),
        period=period,
        unit=fields.choice("addiction_unit", {unit.value: unit}, unit.value),
    )
    answer: FrequencyAnswer = await services.queries.ask(project, question)
    return {"data": {one.date: people for one, people in zip(answer.periods, answer.people, strict=True)}}


@endpoint("jql")
async def jql(project: Project, fields: Fields, services: Services) -> Any:
    """Not answered: docs/decisions says why."""
    raise Refused(400, "JQL is not answered here: ask in SQL, POST /api/v1/sql (docs/sql.md)")


HANDLERS = [cohorts_list, funnels_list, funnels, retention, addiction, jql]


def question_of(saved: Saved) -> Any:
    """The question of a saved report; None for one of a kind that is not known here."""
    try:
        content = msgspec.json.decode(saved.content)
        return msgspec.convert(content["question"], Segmentation | Funnel | Retention | Flows)
    except (KeyError, TypeError, msgspec.ValidationError):
        return None


async def _all(project: Project, services: Services, kind: Kind) -> list[Saved]:
    found = await services.control.run(partial(services.control.saved.all, project.id, kind))
    return sorted(found, key=lambda one: one.id)


def _window(fields: Fields) -> Window | None:
    if not fields.get("length"):
        return None
    unit, per_day = fields.choice("length_unit", _LENGTHS, "day")
    return Window(fields.number("length", 1, _MOST_DAYS * per_day), unit)


def _entries(project: Project, fields: Fields, whole: Between) -> list[Between]:
    """The intervals of a range: `unit` of the calendar, or `interval` days."""
    if fields.get("unit"):
        starts = [date.fromisoformat(one.date) for one in buckets(whole, fields.choice("unit", _UNITS), project, 0)]
        starts[0] = max(starts[0], whole.first)
    else:
        width, days = fields.number("interval", 1, 366), (whole.last - whole.first).days + 1
        starts = [whole.first + timedelta(days=day) for day in range(0, days, width)]
    if len(starts) > _MOST_FUNNELS:
        raise BadParameter(f"interval: expected at most {_MOST_FUNNELS} intervals: a longer one or a shorter range")
    ends = [*(start - timedelta(days=1) for start in starts[1:]), whole.last]
    return [Between(first, last) for first, last in zip(starts, ends, strict=True)]


def step_name(event: EventSelector) -> str:
    """What selected events are called."""
    names = [*event.names, *(one.name for one in event.alternatives)]
    return event.label or event.custom or " or ".join(names) or "Any event"


def _steps_and_analysis(answer: FunnelAnswer, names: list[str]) -> dict[str, Any]:
    steps = _steps(answer.rows[0], names)
    drops = [step["step_conv_ratio"] for step in steps[1:]]
    analysis = {
        "completion": steps[-1]["count"],
        "starting_amount": steps[0]["count"],
        "steps": len(steps),
        "worst": drops.index(min(drops)) + 1,
    }
    return {"steps": steps, "analysis": analysis}


def _segments(answer: FunnelAnswer, names: list[str]) -> dict[str, Any]:
    return {
        "$overall" if row.breakdown is None else key_of(row.breakdown[0]): _steps(row, names) for row in answer.rows
    }


def _steps(row: FunnelRow, names: list[str]) -> list[dict[str, Any]]:
    return [
        {
            "count": step.attempts,
            "goal": name,
            "event": name,
            "step_conv_ratio": round(step.of_previous, 4),
            "overall_conv_ratio": round(step.of_first, 4),
            "avg_time": round(step.from_previous.mean / 1000) if step.from_previous else None,
            "avg_time_from_start": round(step.from_start.mean / 1000) if step.from_start else None,
        }
        for step, name in zip(row.steps, names, strict=True)
    ]


def _retained(answer: RetentionAnswer, series: RetentionSeries, width: int) -> dict[str, Any]:
    """Cohorts of `width` units: of people who are in one only, so that they add up."""
    found: dict[str, Any] = {}
    for number, row in enumerate(series.cohorts):
        day = answer.cohorts[number - number % width].date
        merged = found.setdefault(day, {"counts": [0] * len(row.returned), "first": 0})
        merged["counts"] = [a + b for a, b in zip(merged["counts"], row.returned, strict=True)]
        merged["first"] += row.people
    return found
