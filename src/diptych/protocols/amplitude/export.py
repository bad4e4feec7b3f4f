"""The Export API: events by the hour in which they were received, as a zip of gzipped lines of JSON.

Source: the Export API's reference; names of the files as connectors have recorded them.
"""

import asyncio
import gzip
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from litestar.response import Stream

from diptych.model import Project
from diptych.protocols.amplitude.asking import Asked, BadParameter, Fields, Refused, endpoint
from diptych.protocols.amplitude.rows import rows, rows_by_hour
from diptych.protocols.services import Services
from diptych.query.sql.snapshots import hours, received

_HOUR = 3_600_000
_MOST_DAYS = 366
# A statement joins so many events with what their people were; a file has as many lines.
_EVENTS_AT_ONCE = 200_000
# Hours with few events are read together: a statement looks through all events for those of its hours.
_EVENTS_OF_HOURS = 200_000
_FILE_BYTES = 64 << 20
_EPOCH = (1980, 1, 1, 0, 0, 0)


@endpoint("/api/2/export")
async def export(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """Events that were received from one hour of UTC to another, both included."""
    start, end = _hour(fields, "start"), _hour(fields, "end") + _HOUR
    if end <= start:
        raise BadParameter("end: expected an hour not before start")
    if end - start > _MOST_DAYS * 24 * _HOUR:
        raise BadParameter(f"end: expected at most {_MOST_DAYS - 1} days after start")
    await services.queries.settled()
    name = f"project {project.id} export"
    found = (await services.queries.rows(hours(project, start, end), name)).rows
    if not found:
        raise Refused(404, "there are no events that were received in these hours")
    headers = {"Content-Disposition": 'attachment; filename="export.zip"'}
    return Stream(_zipped(project, services, name, found), media_type="application/zip", headers=headers)


HANDLERS = [export]


def _hour(fields: Fields, name: str) -> int:
    """An hour such as 20260131T08, in UTC milliseconds."""
    try:
        moment = datetime.strptime(fields.text(name), "%Y%m%dT%H").replace(tzinfo=UTC)
    except ValueError:
        raise BadParameter(f"{name}: expected an hour of UTC such as 20260131T08") from None
    return round(moment.timestamp()) * 1000


class _Sink:
    """What a zip file is written into, to be sent from there."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""

    def take(self) -> bytes:
        """What was written since."""
        found, self._parts = b"".join(self._parts), []
        return found


class _Files:
    """The zip file: lines go into gzipped files of bounded size, one after the other."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_STORED)  # type: ignore[call-overload]
        self._number = 0

    def add(self, hour: int, lines: bytes) -> bytes:
        """Another file of an hour."""
        day = datetime.fromtimestamp(hour * 3600, UTC)
        name = f"{self._project.id}/{self._project.id}_{day:%Y-%m-%d}_{day.hour}#{self._number}.json.gz"
        self._number += 1
        self._zip.writestr(zipfile.ZipInfo(name, _EPOCH), gzip.compress(lines, 1, mtime=0))
        return self._sink.take()

    def next_hour(self) -> None:
        """Files are numbered within their hour."""
        self._number = 0

    def end(self) -> bytes:
        """The directory."""
        self._zip.close()
        return self._sink.take()


async def _zipped(
    project: Project, services: Services, name: str, found: list[tuple[Any, ...]]
) -> AsyncIterator[bytes]:
    """The zip file in pieces. What breaks off lacks its end, and is no zip file."""
    files = _Files(project)
    for several in _together(found):
        if len(several) == 1:
            async for piece in _of_one(project, services, name, several[0], files):
                yield piece
        else:
            async for piece in _of_several(project, services, name, several, files):
                yield piece
    yield files.end()


def _together(found: list[tuple[Any, ...]]) -> list[list[tuple[Any, ...]]]:
    """Hours that follow each other, as many as have few events together."""
    groups: list[list[tuple[Any, ...]]] = []
    size = 0
    for one in found:
        size += one[1]
        if not groups or size > _EVENTS_OF_HOURS:
            groups.append([])
            size = one[1]
        groups[-1].append(one)
    return groups


async def _of_one(
    project: Project, services: Services, name: str, one: tuple[Any, ...], files: _Files
) -> AsyncIterator[bytes]:
    hour, events = one
    files.next_hour()
    waiting, size = [], 0
    async for lines in _lines(project, services, name, hour, events):
        waiting.append(lines)
        size += len(lines)
        if size >= _FILE_BYTES:
            yield await asyncio.to_thread(files.add, hour, b"".join(waiting))
            waiting, size = [], 0
    if waiting:
        yield await asyncio.to_thread(files.add, hour, b"".join(waiting))


async def _of_several(
    project: Project, services: Services, name: str, several: list[tuple[Any, ...]], files: _Files
) -> AsyncIterator[bytes]:
    scan = received(several[0][0] * _HOUR, (several[-1][0] + 1) * _HOUR)
    waiting: list[str] = []
    current, size = several[0][0], 0
    files.next_hour()
    async for block in services.exports.blocks([rows_by_hour(project, scan)], name):
        for hour, line in block:
            if waiting and (hour != current or size >= _FILE_BYTES):
                yield await asyncio.to_thread(files.add, current, _joined(waiting))
                waiting, size = [], 0
            if hour != current:
                files.next_hour()
                current = hour
            waiting.append(line)
            size += len(line)
    if waiting:
        yield await asyncio.to_thread(files.add, current, _joined(waiting))


def _joined(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode("utf-8", "surrogatepass")


def _lines(project: Project, services: Services, name: str, hour: int, events: int) -> AsyncIterator[bytes]:
    """Lines of one hour, person by person where there are many, so that what is joined stays small."""
    scan = received(hour * _HOUR, (hour + 1) * _HOUR)
    parts = events // _EVENTS_AT_ONCE + 1
    statements = (rows(project, scan, (number, parts)) for number in range(parts))
    return services.exports.lines(statements, name)
