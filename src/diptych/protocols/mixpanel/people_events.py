"""What some people did, in order: the events behind a profile."""

import asyncio
from typing import Any

from litestar import Response

from diptych.model import Project
from diptych.model.clock import now_ms
from diptych.protocols.mixpanel.asking import BadParameter, Fields, endpoint
from diptych.protocols.mixpanel.export import SHAPE
from diptych.protocols.services import Services
from diptych.query.activity import of_person
from diptych.query.resolve import span
from diptych.query.sql.lines import lines
from diptych.store.sql import join, sql

_MOST_IDS = 100
_MOST = 100_000


@endpoint("stream/query")
async def stream_query(project: Project, fields: Fields, services: Services) -> Any:
    """Events of some people between two days of the project's zone, the earliest first."""
    ids = fields.names("distinct_ids") or fields.names("distinct_id")
    if not 1 <= len(ids) <= _MOST_IDS:
        raise BadParameter(f"distinct_ids: expected a JSON list of 1 to {_MOST_IDS} ids")
    start, end = span(fields.range(), project, now_ms())
    await services.queries.settled()
    known = [await asyncio.to_thread(services.people.hashes, project, one) for one in ids]
    theirs = sql("({people})", people=join(" OR ", [of_person(hashes[0], hashes) for hashes in known]))
    statement = lines(project, start, end, [], None, SHAPE, limit=fields.number("limit", _MOST, _MOST), only=theirs)
    rows = (await services.queries.rows(statement, f"project {project.id} stream")).rows
    body = ",".join(line for (line,) in rows)
    return Response(f'{{"status":"ok","results":{{"events":[{body}]}}}}'.encode(), media_type="application/json")
