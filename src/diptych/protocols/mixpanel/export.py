"""The raw export: every event as a line of JSON, in bounded memory however many there are.

Source: the export OpenAPI document; what clients make of empty and broken-off answers is in docs/mixpanel.md.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from litestar import Request, Response, route
from litestar.response import Stream

from diptych.model import Project
from diptych.model.clock import now_ms
from diptych.protocols.mixpanel.asking import BadParameter, Fields, answered, context_of, today
from diptych.protocols.mixpanel.builtins import CANONICAL
from diptych.protocols.services import Services
from diptych.query.parts import Filter
from diptych.query.sql.lines import Shape, days, lines
from diptych.store.engine import EngineRefused, EngineUnavailable
from diptych.store.sql import Sql

# An address that the server noted is left out: what was not sent does not come out, and Mixpanel keeps none.
SHAPE = Shape("mixpanel", {name: canonical for name, canonical in CANONICAL.items() if canonical != "ip"})
_DAY = 86_400_000
_MOST = 100_000
_SMALL = 1_400
_BROKEN_OFF = b"terminated early\n"


@route("/api/2.0/export", http_method=["GET", "POST"], status_code=200)
async def export(request: Request[Any, Any, Any], services: Services) -> Response[Any]:
    """Events of some days of UTC as lines of JSON."""
    zipped = "gzip" in request.headers.get("accept-encoding", "")

    async def answer(project: Project, fields: Fields, services: Services) -> Any:
        pieces = await _begun(_Export(project, fields), services)
        headers = {"Content-Encoding": "gzip"} if zipped and len(pieces.first) > _SMALL else {}
        body = _gzipped(pieces.all()) if headers else pieces.all()
        return Stream(body, media_type="text/plain; charset=utf-8", headers=headers | {"Vary": "Accept-Encoding"})

    return await answered(request, services, answer)


class _Export:
    """What is exported."""

    def __init__(self, project: Project, fields: Fields) -> None:
        self.project = project
        asked = fields.range()
        latest = max(today(project), datetime.fromtimestamp(now_ms() / 1000, UTC).date())
        if asked.last > latest:
            raise BadParameter("to_date cannot be later than today")
        self.start, self.end = _midnight(asked.first), _midnight(asked.last + timedelta(days=1))
        self.names = fields.names("event")
        self.matching: Filter | None = fields.where(context_of(project))
        self.milliseconds = fields.flag("time_in_ms")
        self.limit = fields.number("limit", 1, _MOST) if fields.get("limit") else None
        self.lines(self.start, 1)  # what cannot be asked is told before the answer begins

    def days(self) -> Sql:
        """The days that have events."""
        return days(self.project, self.start, self.end, self.names)

    def lines(self, start: int, limit: int | None) -> Sql:
        """The lines of one day."""
        return lines(
            self.project,
            start,
            start + _DAY,
            self.names,
            self.matching,
            SHAPE,
            milliseconds=self.milliseconds,
            limit=limit,
        )


def _midnight(day: date) -> int:
    return round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


class _Pieces:
    """The first piece, read before the answer begins, so that an engine that refuses is an error; and the rest."""

    def __init__(self, first: bytes, rest: AsyncIterator[bytes]) -> None:
        self.first = first
        self._rest = rest

    async def all(self) -> AsyncIterator[bytes]:
        """All pieces. What breaks off ends with a line that is no JSON, as clients know it."""
        try:
            if self.first:
                yield self.first
                async for piece in self._rest:
                    yield piece
        except (EngineRefused, EngineUnavailable):
            yield _BROKEN_OFF


async def _begun(asked: _Export, services: Services) -> _Pieces:
    first, rest = b"", _pieces(asked, services)
    while len(first) <= _SMALL and (piece := await anext(rest, b"")):
        first += piece
    return _Pieces(first, rest)


async def _pieces(asked: _Export, services: Services) -> AsyncIterator[bytes]:
    """Lines day by day; only the days that have events are read."""
    name = f"project {asked.project.id} export"
    await services.queries.settled()
    left = asked.limit
    for (day,) in (await services.queries.rows(asked.days(), name)).rows:
        async for block in services.exports.blocks([asked.lines(day * _DAY, left)], name):
            yield ("\n".join(line for (line,) in block) + "\n").encode("utf-8", "surrogatepass")
            left = left if left is None else left - len(block)
        if left == 0:
            return


async def _gzipped(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    async for piece in pieces:
        if packed := await asyncio.to_thread(packer.compress, piece):
            yield packed
    yield packer.flush()
