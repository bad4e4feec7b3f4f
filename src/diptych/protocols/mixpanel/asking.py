"""What all endpoints that answer questions have in common: parameters, credentials, errors."""

import json
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, route

from diptych.control import ControlUnavailable
from diptych.model import Project, Role
from diptych.model.clock import now_ms
from diptych.protocols import bodies
from diptych.protocols.mixpanel import auth, decode
from diptych.protocols.mixpanel.expressions import Context, ExpressionError, filter_of, property_of
from diptych.protocols.services import Services
from diptych.query.parts import Between, Breakdown, EventSelector, Filter, InvalidQuestion, Property
from diptych.query.run import QuestionStopped
from diptych.store.engine import EngineRefused, EngineUnavailable

T = TypeVar("T")
Asked = Request[Any, Any, Any]
Answered = Response[Any]
_FORM_LIMIT = 1 << 20
_CUSTOM_EVENT = "$custom_event:"
_LATER = {429: "60", 503: "5"}  # other answers never have the header: clients take it for a limit of rate


class BadParameter(ValueError):
    """A parameter is missing or wrong; the message names it."""


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Fields(dict[str, str]):
    """The parameters of a request, and what they are read as. Every method raises BadParameter."""

    def required(self, name: str) -> str:
        """Text that must be there."""
        if not self.get(name):
            raise BadParameter(f"{name}: expected a value")
        return self[name]

    def number(self, name: str, default: int, most: int, least: int = 1) -> int:
        """A whole number within bounds."""
        text = self.get(name, "").strip('"') or str(default)
        if not text.isascii() or not text.isdigit() or not least <= int(text[:20]) <= most:
            raise BadParameter(f"{name}: expected a whole number from {least} to {most}")
        return int(text)

    def choice(self, name: str, choices: dict[str, T], default: str = "") -> T:
        """One of some words."""
        text = self.get(name) or default
        if text not in choices:
            raise BadParameter(f"{name}: expected one of {', '.join(choices)}, not {text!r}")
        return choices[text]

    def flag(self, name: str, default: bool = False) -> bool:
        """True or false, in the spellings of all clients."""
        text = self.get(name, "").strip('"').lower()
        if text not in ("", "true", "1", "false", "0"):
            raise BadParameter(f"{name}: expected true or false")
        return text in ("true", "1") if text else default

    def day(self, name: str, default: date | None = None) -> date:
        """A day."""
        text = self.get(name, "").strip('"')
        if not text and default is not None:
            return default
        try:
            return date.fromisoformat(text[:10])
        except ValueError:
            raise BadParameter(f"{name}: expected a day such as 2026-01-31") from None

    def range(self) -> Between:
        """`from_date` to `to_date`, both included."""
        first, last = self.day("from_date"), self.day("to_date")
        if last < first:
            raise BadParameter("to_date: expected a day not before from_date")
        return Between(first, last)

    def name(self, name: str = "event") -> str:
        """A name; some clients send it as a JSON string, or as a list of one."""
        found = self.names(name)
        if len(found) != 1:
            raise BadParameter(f"{name}: expected one name")
        return found[0]

    def names(self, name: str) -> list[str]:
        """A JSON list of texts, one JSON string, or one name as it is; empty when it was not sent."""
        text = self.get(name, "")
        if not text:
            return []
        if text[:1] not in ('"', "["):
            return [text]
        try:
            found = json.loads(text)
        except ValueError:
            return [text]
        items = found if isinstance(found, list) else [found]
        return [item if isinstance(item, str) else json.dumps(item) for item in items]

    def json(self, name: str, kind: type[T]) -> T | None:
        """A JSON value of a type; None when it was not sent. It may be JSON inside a JSON string."""
        text = self.get(name, "").strip()
        if not text:
            return None
        try:
            inner = msgspec.json.decode(text)
            return msgspec.convert(msgspec.json.decode(inner) if isinstance(inner, str) else inner, kind)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise BadParameter(f"{name}: {error}") from None

    def event(self) -> EventSelector:
        """The one event that the request names."""
        return selector([self.name()])

    def where(self, context: Context, name: str = "where") -> Filter | None:
        """An expression as a filter."""
        text = self.get(name, "").strip()
        return filter_of(text, context) if text else None

    def on(self, context: Context) -> list[Breakdown]:
        """The property to break down by; an empty list when there is none."""
        text = self.get("on", "").strip()
        return [Breakdown(property_of(text, context), as_text=True)] if text else []

    def on_property(self, context: Context) -> Property:
        """The property that is measured."""
        return property_of(self.required("on"), context)


Answer = Callable[[Project, Fields, Services], Awaitable[Any]]


def endpoint(*paths: str, prefixes: tuple[str, ...] = ("/api/query", "/api/2.0")) -> Callable[[Answer], Any]:
    """A handler at every path, with either prefix and both methods: a function of the project and the parameters."""

    def made(answer: Answer) -> Any:
        async def handler(request: Asked, services: Services) -> Answered:
            return await answered(request, services, answer)

        handler.__name__, handler.__doc__ = answer.__name__, answer.__doc__
        full = [f"{prefix}/{path}" for path in paths for prefix in prefixes]
        return route(full, http_method=["GET", "POST"], status_code=200)(handler)

    return made


async def answered(
    request: Asked, services: Services, answer: Answer, *, project_id: int | None = None, needs: Role = Role.VIEWER
) -> Answered:
    """The answer, or the error in the words of the query API. `project_id`: that of the path, if it names one."""
    try:
        fields = await parameters(request)
        if project_id is not None:
            fields["project_id"] = str(project_id)
        project = await auth.project_of(request, fields, services, needs)
        if project is None:
            return refused(401, "Unable to authenticate request")
        if fields.get("project_id", "") not in ("", str(project.id)):
            return refused(403, "the credentials open no such project")
        if services.policy.too_many_queries(project, _family(request.url.path), now_ms()):
            return refused(429, "Query rate limit exceeded")
        found = await answer(project, fields, services)
        return found if isinstance(found, Response) else Response(found)
    except (BadParameter, ExpressionError, InvalidQuestion) as error:
        return refused(400, str(error))
    except Refused as error:
        return refused(error.status, str(error))
    except QuestionStopped as error:
        return refused(400, str(error))
    except (EngineUnavailable, ControlUnavailable) as error:
        return refused(503, f"the engine does not answer: {error}")
    except EngineRefused as error:
        return refused(500, f"the engine refuses the question: {error}"[:500])


async def parameters(request: Asked) -> Fields:
    """Parameters of the query string and of a form or JSON body, whatever its Content-Type says."""
    fields = decode.query_fields(request)
    try:
        body = (await bodies.read(request, _FORM_LIMIT)).strip()
    except (bodies.TooLarge, bodies.BadEncoding) as error:
        raise BadParameter(str(error)) from None
    if body[:1] == b"{":
        try:
            sent = json.loads(body)
        except ValueError:
            raise BadParameter("the body is not JSON") from None
        fields |= {key: v if isinstance(v, str) else json.dumps(v) for key, v in sent.items() if v is not None}
    else:
        fields |= decode.form_fields(body)
    return Fields(fields)


def refused(status: int, message: str) -> Answered:
    """An error as the query API words it."""
    headers = {"Retry-After": _LATER[status]} if status in _LATER else {}
    return Response({"error": message, "status": "error"}, status_code=status, headers=headers)


def _family(path: str) -> str:
    """What endpoints that are limited together are called."""
    if "/app/" in path:
        return "app"
    return "export" if path.rstrip("/").endswith("/export") else "query"


def context_of(project: Project, *, of_profiles: bool = False) -> Context:
    """Where an expression is asked."""
    return Context(project.timezone, now_ms(), of_profiles)


def today(project: Project) -> date:
    """The current day in the project's zone."""
    return datetime.fromtimestamp(now_ms() / 1000, ZoneInfo(project.timezone)).date()


def computed_at(instant: int) -> str:
    """As answers write it: `2019-10-07T23:02:11.666000+00:00`."""
    return datetime.fromtimestamp(instant / 1000, ZoneInfo("UTC")).isoformat(timespec="microseconds")


def selector(names: list[str], where: Filter | None = None, label: str = "") -> EventSelector:
    """The events of some names; `$custom_event:` before a number or a name means a saved custom event."""
    if len(names) == 1 and names[0].startswith(_CUSTOM_EVENT):
        return EventSelector(custom=names[0].removeprefix(_CUSTOM_EVENT), filter=where, label=label)
    return EventSelector(names, where, label=label)
