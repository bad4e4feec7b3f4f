"""Behavioral Cohorts API: list, download, upload, and changes of who is on an uploaded list.

Source: the Behavioral Cohorts API's reference. A download is made while it is read, so that a request for one is
done at once; the request's id says what was asked for.
"""

import asyncio
import base64
import binascii
import csv
import io
from collections.abc import AsyncIterator
from functools import partial
from typing import Any, Literal

import msgspec
from litestar import Response
from litestar.response import Stream

from diptych.control.saved import Draft, Kind, Saved
from diptych.model import Project
from diptych.protocols.amplitude.asking import (
    Answered,
    Asked,
    BadParameter,
    Fields,
    Refused,
    decoded,
    endpoint,
)
from diptych.protocols.amplitude.rows import BITS_LEFT_OUT, amplitude_id
from diptych.protocols.services import Services
from diptych.query.parts import InCohort
from diptych.query.questions import CohortSizes
from diptych.store.cohort_lists import Members

_MOST_IDS = 100_000
_MOST_KEYS = 100
_SAMPLE = 10
_DEVICE = "$device:"
_NUMBER_LIMIT = 10


class _Upload(msgspec.Struct):
    name: str
    id_type: Literal["BY_USER_ID", "BY_AMP_ID"]
    ids: list[str | int]
    app_id: int | None = None
    owner: str = ""
    published: bool = False
    skip_invalid_ids: bool = True
    skip_save: bool = False
    existing_cohort_id: str | None = None


class _Change(msgspec.Struct):
    ids: list[str | int]
    id_type: Literal["BY_ID", "BY_NAME"]
    operation: Literal["ADD", "REMOVE"]


class _Changes(msgspec.Struct):
    cohort_id: str
    memberships: list[_Change]
    count_group: str = "User"
    skip_invalid_ids: bool = True


def _words(status: int, message: str) -> Answered:
    """An error in the shape of uploads, with what other endpoints have at its side."""
    kind = {400: "BadRequest", 401: "Unauthorized", 404: "NotFound"}.get(status, "ServerError")
    printable = message.encode("utf-8", "replace").decode()
    error = {"http_code": status, "type": kind, "message": printable, "metadata": {}}
    return Response({"error": error, "message": printable}, status_code=status)


@endpoint("/api/3/cohorts", methods=("GET",))
async def cohorts_list(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """The saved cohorts, and how many users are in each now."""
    found = await services.control.run(partial(services.control.saved.all, project.id, Kind.COHORT))
    saved = sorted(found, key=lambda one: one.id)
    sizes: list[int] = []
    for start in range(0, len(saved), 10):
        asked = CohortSizes(cohorts=[InCohort(id=str(one.id)) for one in saved[start : start + 10]])
        sizes += [one.size for one in (await services.queries.ask(project, asked)).series]
    synced = fields.flag("includeSyncInfo")
    return {"cohorts": [_described(project, one, size, synced) for one, size in zip(saved, sizes, strict=True)]}


@endpoint("/api/3/cohorts/{cohort:str}", methods=("GET",))
async def cohort_details(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """One saved cohort."""
    saved = await _cohort(project, str(request.path_params["cohort"]), services)
    answer = await services.queries.ask(project, CohortSizes(cohorts=[InCohort(id=str(saved.id))]))
    return _described(project, saved, answer.series[0].size, False)


@endpoint("/api/5/cohorts/request/{cohort:str}", methods=("GET",))
async def cohort_request(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """Ask for the members of a cohort."""
    saved = await _cohort(project, str(request.path_params["cohort"]), services)
    keys = fields.all("propKeys")
    if len(keys) > _MOST_KEYS:
        raise BadParameter(f"propKeys: expected at most {_MOST_KEYS} names")
    if fields.flag("props") and not keys:
        keys = sorted(await services.profile_lists.kinds(project, "", _MOST_KEYS))
    packed = msgspec.json.encode([str(saved.id), keys if fields.flag("props") else []])
    number = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    return Response({"request_id": number, "cohort_id": str(saved.id)}, status_code=202)


@endpoint("/api/5/cohorts/request-status/{number:str}", methods=("GET",))
async def cohort_request_status(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """Whether the members can be read, which is always so."""
    number = str(request.path_params["number"])
    cohort, _ = _requested(number)
    await _cohort(project, cohort, services)
    return {"request_id": number, "cohort_id": cohort, "async_status": "JOB COMPLETED"}


@endpoint("/api/5/cohorts/request/{number:str}/file", methods=("GET",))
async def cohort_file(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """The members as CSV."""
    cohort, keys = _requested(str(request.path_params["number"]))
    await _cohort(project, cohort, services)
    await services.membership.count(project, cohort)  # what cannot be counted is told before the answer begins
    return Stream(_csv(project, cohort, keys, services), media_type="text/csv; charset=utf-8")


@endpoint("/api/3/cohorts/upload", methods=("POST",), words=_words)
async def cohort_upload(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """A cohort that is a list of users: a new one, or others in place of those of an uploaded one."""
    sent = _body(fields, _Upload)
    if sent.app_id not in (None, project.id):
        raise BadParameter(f"app_id: expected {project.id}, the project of the keys")
    before = await _cohort(project, sent.existing_cohort_id, services) if sent.existing_cohort_id else None
    old = _list_of(before) if before else None
    members, invalid = await _members(project, sent.ids, sent.id_type == "BY_AMP_ID", services)
    if invalid and not sent.skip_invalid_ids:
        raise BadParameter(f"ids: {len(invalid)} of them are not known, such as {invalid[0]!r}")
    answer = {"matched": len(members), "totals": len(sent.ids), "invalid_ids_sample": invalid[:_SAMPLE]}
    if sent.skip_save:
        return {"cohortId": None, "metadata": answer}
    name = await asyncio.to_thread(services.cohort_lists.create, project.id, members)
    content = msgspec.json.encode({"cohort": {"condition": {"type": "on_list", "list": name}}})
    author = sent.owner[:255] or "api"
    if before is None:
        draft = Draft(name=sent.name[:255] or "Uploaded", description="", content=content)
        saved = await services.control.run(
            partial(services.control.saved.create, project.id, Kind.COHORT, draft, author)
        )
        return {"cohortId": str(saved.id), "metadata": answer}
    change = {"content": content} | ({"name": sent.name[:255]} if sent.name else {})
    work = partial(services.control.saved.change, project.id, Kind.COHORT, before.id, before.version, change, author)
    await services.control.run(work)
    await asyncio.to_thread(services.cohort_lists.delete, project.id, old or "")
    return {"cohortId": str(before.id), "metadata": answer}


@endpoint("/api/3/cohorts/membership", methods=("POST",), words=_words)
async def cohort_membership(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """Users to be put on the list of an uploaded cohort, or taken off it."""
    sent = _body(fields, _Changes)
    if sent.count_group != "User":
        raise BadParameter("count_group: expected User")
    name = _list_of(await _cohort(project, sent.cohort_id, services))
    found = [await _members(project, one.ids, one.id_type == "BY_ID", services) for one in sent.memberships]
    if not sent.skip_invalid_ids and any(invalid for _, invalid in found):
        raise BadParameter("memberships.ids: some of them are not known")
    results = []
    for change, (members, invalid) in zip(sent.memberships, found, strict=True):
        remove = change.operation == "REMOVE"
        await asyncio.to_thread(services.cohort_lists.change, project.id, name, members, remove=remove)
        results.append({"skipped_ids": invalid, "id_type": change.id_type, "operation": change.operation})
    return {"cohort_id": sent.cohort_id, "memberships_result": results}


HANDLERS = [
    cohorts_list,
    cohort_details,
    cohort_request,
    cohort_request_status,
    cohort_file,
    cohort_upload,
    cohort_membership,
]


async def _cohort(project: Project, number: str, services: Services) -> Saved:
    found = None
    if number.isascii() and number.isdigit() and len(number) < _NUMBER_LIMIT:
        work = partial(services.control.saved.get, project.id, Kind.COHORT, int(number))
        found = await services.control.run(work)
    if found is None or found.deleted:
        raise Refused(404, f"there is no cohort {number!r} in this project")
    return found


def _described(project: Project, saved: Saved, size: int, synced: bool) -> dict[str, Any]:
    cohort = msgspec.json.decode(saved.content)["cohort"]
    uploaded = cohort["condition"].get("type") == "on_list"
    return {
        "id": str(saved.id),
        "appId": project.id,
        "name": saved.name,
        "description": saved.description or None,
        "definition": cohort,
        "type": "redshift" if not uploaded else "static",
        "size": size,
        "archived": False,
        "finished": True,
        "published": True,
        "hidden": False,
        "owners": [saved.created_by],
        "viewers": [],
        "createdAt": saved.created // 1000,
        "lastMod": saved.updated // 1000,
        "lastComputed": saved.updated // 1000,
        "metadata": ["uploaded"] if uploaded else [],
        "chart_id": None,
        "edit_id": None,
        "is_predictive": False,
        "is_official_content": False,
        "location_id": None,
        "shortcut_ids": [],
        "view_count": 0,
        "popularity": 0,
        "last_viewed": None,
    } | ({"syncMetadata": []} if synced else {})


def _requested(number: str) -> tuple[str, list[str]]:
    """Cohort and names of properties of a request."""
    try:
        packed = base64.urlsafe_b64decode(number + "=" * (-len(number) % 4))
        return msgspec.json.decode(packed, type=tuple[str, list[str]])
    except (binascii.Error, msgspec.DecodeError, ValueError):
        raise Refused(404, "there is no such request") from None


async def _csv(project: Project, cohort: str, keys: list[str], services: Services) -> AsyncIterator[bytes]:
    yield _lines([["amplitude_id", "user_id", *keys]])
    async for block in services.membership.everybody(project, cohort, keys):
        yield _lines(
            [
                [amplitude_id(person), "" if one.startswith(_DEVICE) else one, *map(_plain, values)]
                for person, one, values in block
            ]
        )


def _lines(rows: list[list[Any]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode("utf-8", "replace")


def _plain(text: str) -> str:
    """A property's value as a cell: texts without quotes, all else as JSON."""
    return str(msgspec.json.decode(text)) if text.startswith('"') else "" if text == "null" else text


def _body(fields: Fields, kind: type[Any]) -> Any:
    """The JSON body that became fields."""
    sent = {name: _value(values[-1]) for name, values in fields.items() if values[-1]}
    try:
        return msgspec.convert(sent, kind, strict=False)
    except msgspec.ValidationError as error:
        raise BadParameter(f"the body: {error}") from None


def _value(text: str) -> Any:
    return decoded(text, Any, "the body") if text[:1] in ("[", "{") else text


def _list_of(saved: Saved) -> str:
    condition = msgspec.json.decode(saved.content)["cohort"]["condition"]
    if condition.get("type") != "on_list":
        raise BadParameter("cohort_id: expected a cohort that was uploaded")
    return str(condition["list"])


async def _members(
    project: Project, ids: list[str | int], by_number: bool, services: Services
) -> tuple[Members, list[str]]:
    """The ids that are known, and those that are not."""
    if len(ids) > _MOST_IDS:
        raise BadParameter(f"ids: expected at most {_MOST_IDS}")
    await services.queries.settled()
    texts = list(dict.fromkeys(str(one) for one in ids))
    if not by_number:
        members = await asyncio.to_thread(services.cohort_lists.known, project.id, texts)
        return members, sorted(set(texts) - set(members.values()))
    numbers = {int(one): one for one in texts if one.isascii() and one.isdigit() and len(one) < 17}
    lists = services.cohort_lists
    members = await asyncio.to_thread(lists.known_by_prefix, project.id, list(numbers), BITS_LEFT_OUT)
    met = {numbers[amplitude_id(hashed)] for hashed in members}
    return members, [one for one in texts if one not in met]
