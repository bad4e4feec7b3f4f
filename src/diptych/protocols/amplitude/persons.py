"""User search, user activity and the User Profile API.

Source: the Dashboard REST API's and the User Profile API's references. An `amplitude_id` names any id that a person
is or was known by; the canonical one is that of the id under which the person is known now.
"""

import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

import msgspec
from litestar import Response, get

from diptych.control import ControlUnavailable
from diptych.control.saved import Kind, Saved
from diptych.model import Project
from diptych.protocols.amplitude.asking import Answered, Asked, BadParameter, Fields, Refused, endpoint, parameters
from diptych.protocols.amplitude.rows import amplitude_id, hashes_of, rows
from diptych.protocols.services import Services
from diptych.query.activity import BEGINNING, ActivityPage
from diptych.query.person import PersonDetails
from diptych.query.person_summary import PersonSummary
from diptych.query.search import PeopleSearch
from diptych.store.engine import EngineRefused, EngineUnavailable
from diptych.store.sql import Bound, sql

_MOST_EVENTS = 1000
_MOST_OFFSET = 1_000_000
_MOST_FOUND = 100
_MOST_ID = 2**53 - 1
_DEVICE = "$device:"
# Key of `userData` → canonical name of the built-in property.
_LATEST = {
    "platform": "platform",
    "os": "os",
    "version": "app_version",
    "device": "device_model",
    "device_type": "device_type",
    "carrier": "carrier",
    "country": "country",
    "region": "region",
    "city": "city",
    "dma": "dma",
    "language": "language",
    "start_version": "start_version",
}


class _Person(NamedTuple):
    """A person, and every id that is or was theirs: hash → id."""

    details: PersonDetails
    hashes: list[int]

    @property
    def number(self) -> int:
        return amplitude_id(self.hashes[0])

    @property
    def user_id(self) -> str | None:
        users = [one for one in (self.details.id, *self.details.ids) if not one.startswith(_DEVICE)]
        return users[0] if users else None


@endpoint("/api/2/usersearch")
async def usersearch(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """Who has an id: an amplitude id, a user id or its beginning, or a device id."""
    text = fields.required("user")
    people = await _by_number(project, text, services)
    kind = "match_amplitude_id" if people else "match_user_or_device_id"
    if not people:
        exact = [await _person(project, one, services) for one in (text, _DEVICE + text)]
        people = [one for one in exact if one is not None]
    if not people:
        kind = "match_user_id_prefix"
        found = await services.search.people(project, PeopleSearch(text=text[:255], limit=_MOST_FOUND))
        some = [await _person(project, one.id, services) for one in found.people if one.id.startswith(text)]
        people = [one for one in some if one is not None]
    matches = {one.number: {"user_id": one.user_id, "amplitude_id": one.number} for one in people}
    return {"matches": list(matches.values()), "type": kind if matches else "nomatch"}


@endpoint("/api/2/useractivity")
async def useractivity(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """One user: what is known, and a page of events."""
    text = fields.required("user")
    people = await _by_number(project, text, services)
    if not people:
        raise Refused(404, f"user: there is no user with the amplitude id {text!r}")
    person = people[0]
    summary = await services.summaries.summary(project, int(person.details.person), person.hashes)
    latest = fields.choice("direction", {"latest": True, "earliest": False}, "latest")
    offset = fields.number("offset", 0, _MOST_OFFSET, least=0)
    limit = fields.number("limit", _MOST_EVENTS, _MOST_EVENTS)
    events = await _events(project, person, services, offset, limit, latest=latest)
    return {"userData": _user_data(person, summary), "events": events}


@get("/v1/userprofile")
async def userprofile(request: Asked, services: Services) -> Answered:
    """The properties and cohorts of one user. The secret key alone opens it."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "api-key" or not secret.strip():
        return _error(401, "Missing Api-Key in Authorization header")
    try:
        project = await services.projects.by_secret(secret.strip())
        if project is None:
            return _error(401, "Invalid Api-Key")
        return await _profile(project, await parameters(request), services)
    except BadParameter as error:
        return _error(400, str(error))
    except (EngineUnavailable, ControlUnavailable, EngineRefused) as error:
        return _error(503, f"the engine does not answer: {error}")


HANDLERS = [usersearch, useractivity, userprofile]


async def _person(project: Project, one: str, services: Services) -> _Person | None:
    details = await services.people.person(project, one)
    if details is None:
        return None
    return _Person(details, await asyncio.to_thread(services.people.hashes, project, one))


async def _by_number(project: Project, text: str, services: Services) -> list[_Person]:
    """Those with an id of that number: one, unless two ids share all 53 bits."""
    if not (text.isascii() and text.isdigit()) or len(text) > 16 or int(text) > _MOST_ID:
        return []
    found = await services.summaries.ids(project, *hashes_of(int(text)))
    people = [await _person(project, one, services) for one in found.values()]
    return list({one.details.person: one for one in people if one is not None}.values())


async def _events(
    project: Project, person: _Person, services: Services, offset: int, limit: int, *, latest: bool
) -> list[Any]:
    """A page of rows; those before it are passed over in pages of the same kind."""
    place: str | None = None if latest else BEGINNING
    left, chosen = offset, ActivityPage([], None, None)
    while left >= 0:
        size = min(left, _MOST_EVENTS) or limit
        before, after = (place, None) if latest else (None, place)
        who = int(person.details.person)
        chosen = await services.activity.page(project, who, person.hashes, limit=size, before=before, after=after)
        place = chosen.older if latest else chosen.newer
        if not left:
            break
        if place is None:
            return []
        left -= size
    accept_ids = [int(event.accept_id) for event in chosen.events]
    return await _rows(project, services, accept_ids, chosen, latest=latest)


async def _rows(
    project: Project, services: Services, accept_ids: list[int], page: ActivityPage, *, latest: bool
) -> list[Any]:
    if not accept_ids:
        return []
    times = [event.time for event in page.events]
    scan = sql(
        "time BETWEEN fromUnixTimestamp64Milli({first}, 'UTC') AND fromUnixTimestamp64Milli({last}, 'UTC') "
        "AND accept_id IN {ids}",
        first=Bound(min(times), "Int64"),
        last=Bound(max(times), "Int64"),
        ids=Bound(accept_ids, "Array(UInt64)"),
    )
    direction = "DESC" if latest else "ASC"
    order = f"ORDER BY time {direction}, ifNull(event_id, -1) {direction}, received {direction}, accept_id {direction}"
    found = await services.queries.rows(rows(project, scan, order=order), f"project {project.id} activity")
    return [msgspec.Raw(line.encode()) for (line,) in found.rows]


def _user_data(person: _Person, summary: PersonSummary) -> dict[str, Any]:
    known = {name: _plain(summary.latest.get(canonical)) for name, canonical in _LATEST.items()}
    merged = sorted({amplitude_id(one) for one in person.hashes} - {person.number})
    return known | {
        "user_id": person.user_id,
        "canonical_amplitude_id": person.number,
        "merged_amplitude_ids": merged,
        "num_events": summary.events,
        "num_sessions": summary.sessions,
        "usage_time": summary.usage,
        "first_used": _day(summary.first),
        "last_used": _day(summary.last),
        "purchases": summary.paid,
        "revenue": summary.revenue,
        "device_ids": summary.devices,
        "last_location": None,
        "properties": person.details.properties,
    }


def _plain(text: str | None) -> Any:
    return None if text is None else msgspec.json.decode(text)


def _day(instant: int | None) -> str | None:
    return None if instant is None else f"{datetime.fromtimestamp(instant / 1000, UTC):%Y-%m-%d}"


def _error(status: int, message: str) -> Answered:
    return Response({"error": message}, status_code=status)


async def _profile(project: Project, fields: Fields, services: Services) -> Answered:
    user, device = fields.text("user_id"), fields.text("device_id")
    if not user and not device:
        raise BadParameter("user_id: expected a user_id or a device_id")
    person = await _person(project, user or _DEVICE + device, services)
    if person is None:
        return _error(400, "User id and device id not seen before")
    data: dict[str, Any] = {
        "recommendations": None,
        "user_id": user or person.user_id,
        "device_id": device or None,
        "amp_props": None,
        "cohort_ids": None,
    }
    if fields.flag("get_amp_props"):
        summary = await services.summaries.summary(project, int(person.details.person), person.hashes)
        seen = {"first_used": _day(summary.first), "last_used": _day(summary.last)}
        data["amp_props"] = person.details.properties | seen
    if fields.flag("get_cohort_ids"):
        data["cohort_ids"] = await _cohorts_of(project, person, services)
    return Response({"userData": data})


async def _cohorts_of(project: Project, person: _Person, services: Services) -> list[str]:
    """The saved cohorts of people that the person is in now."""
    saved = await services.control.run(partial(services.control.saved.all, project.id, Kind.COHORT))
    return [
        str(one.id)
        for one in sorted(saved, key=lambda one: one.id)
        if _of_people(one) and await services.membership.has(project, str(one.id), int(person.details.person))
    ]


def _of_people(saved: Saved) -> bool:
    return not msgspec.json.decode(saved.content).get("cohort", {}).get("group_type")
