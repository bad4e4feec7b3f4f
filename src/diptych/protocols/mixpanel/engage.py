"""The query API over profiles.

Source: Mixpanel's query OpenAPI document; what its clients make of pages and totals is in docs/mixpanel.md.
"""

import re
from typing import Any

import msgspec

from diptych.model import Project
from diptych.protocols.mixpanel.asking import BadParameter, Fields, context_of, endpoint
from diptych.protocols.mixpanel.expressions import Context, filter_of, property_of
from diptych.protocols.services import Services
from diptych.query.parts import (
    All,
    Alternative,
    Compare,
    DateRange,
    EventSelector,
    Field,
    Filter,
    InCohort,
    Interval,
    Last,
    Operator,
    Property,
    Scope,
)
from diptych.query.profile_lists import NoSuchSession, Page, Wanted

_MOST = 100_000
_PAGE = 1_000
_WINDOW = re.compile(r"(\d{1,4})\s*(h|d|w|m|hour|day|week|month)s?")
_UNITS = {"h": Interval.HOUR, "d": Interval.DAY, "w": Interval.WEEK, "m": Interval.MONTH}
_ACTION = re.compile(r"\s*(\w+)\s*\((.*)\)\s*", re.DOTALL)
_PERCENTILE = re.compile(r"(.*),\s*([\d.]+)\s*", re.DOTALL)


class _Selected(msgspec.Struct):
    event: str
    selector: str | None = None


class _Behavior(msgspec.Struct):
    """`window`: `30d`; or days."""

    name: str
    event_selectors: list[_Selected]
    window: str = "30d"
    from_date: str = ""
    to_date: str = ""


class _CohortChoice(msgspec.Struct):
    id: int | str


@endpoint("engage")
async def engage(project: Project, fields: Fields, services: Services) -> Any:
    """Profiles, page by page."""
    wanted, size = _wanted(project, fields), fields.number("page_size", _PAGE, _MOST)
    number = fields.number("page", 0, 10_000_000, least=0)
    session = fields.get("session_id", "").strip('"')
    if not number:
        page = await services.profile_lists.first(project, wanted, size)
    elif not session and fields.get("behaviors") and not fields.get("as_of_timestamp"):
        raise BadParameter("request for page in uncached query for params: send the session_id of the page before")
    else:
        try:
            page = await services.profile_lists.later(project, wanted, session, number, size)
        except NoSuchSession:
            message = "session_id: expected that of the page before; sessions are kept for an hour"
            raise BadParameter(message) from None
    return _shape(page, number, size, fields)


@endpoint("engage/properties")
async def engage_properties(project: Project, fields: Fields, services: Services) -> Any:
    """Properties of profiles, and their types."""
    limit = fields.number("limit", 255, _MOST)
    found = await services.profile_lists.kinds(project, fields.get("data_group_id", ""), limit)
    return {"status": "ok", "results": {key: {"type": kind, "count": count} for key, (kind, count) in found.items()}}


@endpoint("engage/stats")
async def engage_stats(project: Project, fields: Fields, services: Services) -> Any:
    """How many profiles there are, or what the numbers of one of their properties are."""
    match = _ACTION.fullmatch(fields.get("action") or "count()")
    name, inner = (match[1], match[2]) if match else ("", "")
    wanted = _wanted(project, fields)
    if name == "count":
        page = await services.profile_lists.first(project, wanted, 1)
        return {"results": page.total, "status": "ok"}
    if name not in ("extremes", "percentile", "numeric_summary"):
        raise BadParameter("action: expected one of count(), extremes(…), percentile(…, 90), numeric_summary(…)")
    parted = _PERCENTILE.fullmatch(inner) if name == "percentile" else None
    percent = float(parted[2]) if parted else 50.0
    of = property_of(parted[1] if parted else inner, _context(project, fields))
    found = await services.profile_lists.numbers(project, wanted, of, percent)
    results: Any = {
        "extremes": {"max": found.greatest, "min": found.least},
        "percentile": {"percentile": percent, "value": found.percentile},
        "numeric_summary": {
            "count": found.count,
            "mean": found.mean,
            "var": found.variance,
            "sum_of_squares": found.sum_of_squares,
        },
    }
    return {"results": results[name] if found.count else None, "status": "ok"}


HANDLERS = [engage, engage_properties, engage_stats]


def _shape(page: Page, number: int, size: int, fields: Fields) -> dict[str, Any]:
    shown = set(fields.names("output_properties")) if fields.get("output_properties") else None
    results = [
        {
            "$distinct_id": one.id,
            "$properties": {k: v for k, v in one.properties.items() if shown is None or k in shown},
        }
        for one in page.profiles
    ]
    return {
        "page": number,
        "page_size": size,
        "results": results,
        "session_id": page.session,
        "status": "ok",
        "total": page.total,
    }


def _wanted(project: Project, fields: Fields) -> Wanted:
    context = _context(project, fields)
    chosen = fields.json("filter_by_cohort", _CohortChoice)
    if chosen and fields.get("behaviors"):
        raise BadParameter("filter_by_cohort: expected not together with behaviors")
    parts = [filter_of(text, context) for name in ("where", "selector") if (text := fields.get(name, "").strip())]
    if ids := fields.names("distinct_ids") or fields.names("distinct_id"):
        parts.append(Compare(Property(Field.DISTINCT_ID, Scope.FIELD), Operator.EQUALS, [*ids]))
    if fields.get("search"):
        raise BadParameter("search: expected nothing; choose profiles by where")
    sort = fields.get("sort_key", "").strip()
    return Wanted(
        filter=_all(parts),
        cohort=InCohort(id=str(chosen.id)) if chosen else None,
        everybody=fields.flag("include_all_users", default=True),
        group_type=fields.get("data_group_id", ""),
        sort=property_of(sort, context) if sort else None,
        falling=fields.choice("sort_order", {"ascending": False, "descending": True}, "ascending"),
    )


def _all(parts: list[Filter]) -> Filter | None:
    return parts[0] if len(parts) == 1 else All(parts) if parts else None


def _context(project: Project, fields: Fields) -> Context:
    plain = context_of(project)
    behaviors = {one.name: _behavior(one, plain) for one in fields.json("behaviors", list[_Behavior]) or []}
    return Context(plain.zone, plain.now, of_profiles=True, behaviors=behaviors)


def _behavior(one: _Behavior, context: Context) -> tuple[EventSelector, DateRange]:
    alternatives = [
        Alternative(chosen.event, filter_of(chosen.selector, context) if chosen.selector else None)
        for chosen in one.event_selectors
    ]
    if one.from_date:
        return EventSelector(alternatives=alternatives), Fields(msgspec.to_builtins(one)).range()
    window = _WINDOW.fullmatch(one.window.strip())
    if not window or not int(window[1]):
        raise BadParameter(f"behaviors: expected a window such as 30d, not {one.window!r}")
    return EventSelector(alternatives=alternatives), Last(int(window[1]), _UNITS[window[2][0]])
