"""What some people did, in order: the events behind a profile."""

import asyncio
from datetime import date, timedelta
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response

from diptych.model import Project
from diptych.model.clock import now_ms
from diptych.protocols.mixpanel.asking import BadParameter, Fields, endpoint, today
from diptych.protocols.mixpanel.export import SHAPE
from diptych.protocols.services import Services
from diptych.query.activity import of_person
from diptych.query.parts import Between
from diptych.query.resolve import span
from diptych.query.sql.lines import lines
from diptych.store.sql import join, sql

_MOST_IDS = 100
_MOST = 100_000
_JSON = "application/json"


@endpoint("stream/query")
async def stream_query(project: Project, fields: Fields, services: Services) -> Any:
    """Events of some people between two days of the project's zone, the earliest first."""
    days, limit = fields.range(), fields.number("limit", _MOST, _MOST)
    found = await _events(project, fields, services, days, limit)
    return Response(f'{{"status":"ok","results":{{"events":[{",".join(found)}]}}}}'.encode(), media_type=_JSON)


class _Window(msgspec.Struct):
    value: Annotated[int, msgspec.Meta(ge=1, le=3660)] = 30
    unit: Literal["day"] = "day"


class _Days(msgspec.Struct):
    type: Literal["between", "since", "relative_after"] = "relative_after"
    first: date | None = msgspec.field(default=None, name="from")
    last: date | None = msgspec.field(default=None, name="to")
    window: _Window = msgspec.field(default_factory=_Window)


class _Bookmark(msgspec.Struct, rename="camel"):
    date_range: _Days = msgspec.field(default_factory=_Days)
    entries: Annotated[list[Any], msgspec.Meta(max_length=0)] = []


@endpoint("stream/bookmark")
async def stream_bookmark(project: Project, fields: Fields, services: Services) -> Any:
    """The latest events of some people, the earliest of them first."""
    for name in ("include_events", "exclude_events", "sentinel_event", "search", "search_properties"):
        if name in fields:
            raise BadParameter(f"{name}: expected nothing; ask for other days, or filter what comes")
    days = (fields.json("bookmark", _Bookmark) or _Bookmark()).date_range
    now = today(project)
    last = days.last or now
    first = days.first or last - timedelta(days=days.window.value)
    if last < first:
        raise BadParameter("bookmark.dateRange: expected to not before from")
    found = await _events(project, fields, services, Between(first, last), _MOST)
    kept = ",".join(found[-fields.number("limit", _MOST, _MOST) :])
    body = f'{{"status":"ok","results":{{"events":[{kept}],"sentinel_event":null}}}}'
    return Response(body.encode(), media_type=_JSON)


async def _events(project: Project, fields: Fields, services: Services, days: Between, limit: int) -> list[str]:
    """Events of the people that the request names, as JSON."""
    ids = fields.names("distinct_ids") or fields.names("distinct_id")
    if not 1 <= len(ids) <= _MOST_IDS:
        raise BadParameter(f"distinct_ids: expected a JSON list of 1 to {_MOST_IDS} ids")
    start, end = span(days, project, now_ms())
    await services.queries.settled()
    known = [await asyncio.to_thread(services.people.hashes, project, one) for one in ids]
    theirs = sql("({people})", people=join(" OR ", [of_person(hashes[0], hashes) for hashes in known]))
    statement = lines(project, start, end, [], None, SHAPE, limit=limit, only=theirs)
    return [line for (line,) in (await services.queries.rows(statement, f"project {project.id} stream")).rows]


HANDLERS = [stream_query, stream_bookmark]
