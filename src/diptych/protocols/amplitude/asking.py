"""What all endpoints that read have in common: parameters, credentials, errors.

Source: the Dashboard REST API's reference. It documents no shape of errors; clients read `error` or `message`.
"""

import base64
import binascii
import json
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, Literal, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar import Request, Response, route

from diptych.control import ControlUnavailable
from diptych.model import Project
from diptych.protocols import bodies
from diptych.protocols.services import Services
from diptych.query.parts import Between, InvalidQuestion
from diptych.query.run import QuestionStopped
from diptych.store.engine import EngineRefused, EngineUnavailable

T = TypeVar("T")
Asked = Request[Any, Any, Any]
Answered = Response[Any]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
BODY_LIMIT = 1 << 20
_EMPTY = ("", "[]", "{}", "null")


class BadParameter(ValueError):
    """A parameter is missing or wrong; the message names it."""


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Fields(dict[str, list[str]]):
    """The parameters of a request; each may repeat. Every method raises BadParameter."""

    def text(self, name: str, default: str = "") -> str:
        """The last value."""
        return self.get(name, [""])[-1] or default

    def required(self, name: str) -> str:
        """A value that must be there."""
        if not self.text(name):
            raise BadParameter(f"{name}: expected a value")
        return self.text(name)

    def all(self, name: str) -> list[str]:
        """Every value that says something: some clients send `g=` and `s=[]` for none."""
        return [value for value in self.get(name, []) if value.strip() not in _EMPTY]

    def number(self, name: str, default: int, most: int, least: int = 1) -> int:
        """A whole number within bounds."""
        text = self.text(name, str(default))
        if not text.isascii() or not text.isdigit() or not least <= int(text[:20]) <= most:
            raise BadParameter(f"{name}: expected a whole number from {least} to {most}")
        return int(text)

    def choice(self, name: str, choices: dict[str, T], default: str = "") -> T:
        """One of some words."""
        text = self.text(name, default)
        if text not in choices:
            raise BadParameter(f"{name}: expected one of {', '.join(choices)}, not {text!r}")
        return choices[text]

    def flag(self, name: str, default: bool = False) -> bool:
        """True or false."""
        words = {"true": True, "1": True, "false": False, "0": False}
        return self.choice(name, words, str(default).lower())

    def day(self, name: str) -> date:
        """A day such as 20260131."""
        text = self.text(name)
        try:
            if len(text) != 8 or not text.isascii() or not text.isdigit():
                raise ValueError
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        except ValueError:
            raise BadParameter(f"{name}: expected a day such as 20260131") from None

    def range(self) -> Between:
        """`start` to `end`, both included."""
        first, last = self.day("start"), self.day("end")
        if last < first:
            raise BadParameter("end: expected a day not before start")
        return Between(first, last)

    def limit(self) -> int:
        """How many groups."""
        return self.number("limit", 100, 1000)

    def json(self, name: str, kind: type[T]) -> T | None:
        """A JSON value of a type; None when it was not sent."""
        return decoded(self.text(name), kind, name) if self.all(name) else None


def decoded(text: str, kind: type[T], name: str) -> T:
    """A JSON value of a type. Raises BadParameter that names the parameter."""
    try:
        return msgspec.json.decode(text.encode("utf-8", "surrogateescape"), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadParameter(f"{name}: {error}") from None


Answer = Callable[[Project, Fields, Services, Asked], Awaitable[Any]]
Refusal = Callable[[int, str], Answered]


def refused(status: int, message: str) -> Answered:
    """An error."""
    headers = {"Retry-After": "5"} if status == 503 else {}
    printable = message.encode("utf-8", "replace").decode()
    return Response({"error": printable, "message": printable, "code": status}, status_code=status, headers=headers)


def endpoint(
    *paths: str, methods: tuple[Method, ...] = ("GET", "POST"), words: Refusal = refused
) -> Callable[[Answer], Any]:
    """A handler: a function of the project that the keys open, the parameters, the services and the request.

    A dict or list that it returns is answered as JSON. `words` makes the answers that are errors.
    """

    def made(answer: Answer) -> Any:
        async def handler(request: Asked, services: Services) -> Answered:
            return await answered(request, services, answer, words)

        handler.__name__, handler.__doc__ = answer.__name__, answer.__doc__
        return route(list(paths), http_method=list(methods), status_code=200)(handler)

    return made


async def answered(request: Asked, services: Services, answer: Answer, words: Refusal = refused) -> Answered:
    """The answer, or the error."""
    try:
        project = await project_of(request, services)
        if project is None:
            return words(401, "Invalid API key or secret key")
        found = await answer(project, await parameters(request), services, request)
        return found if isinstance(found, Response) else Response(found)
    except (BadParameter, InvalidQuestion, QuestionStopped) as error:
        return words(400, str(error))
    except Refused as error:
        return words(error.status, str(error))
    except (EngineUnavailable, ControlUnavailable) as error:
        return words(503, f"the engine does not answer: {error}")
    except EngineRefused as error:
        return words(500, f"the engine refuses the question: {error}"[:500])


async def project_of(request: Asked, services: Services) -> Project | None:
    """The project whose API key and secret key the request has as Basic authorization."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        key, _, secret = base64.b64decode(value.strip()).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return await services.projects.by_token_and_secret(key, secret) if key and secret else None


async def parameters(request: Asked) -> Fields:
    """Parameters of the query string, and of a form or JSON body, whatever its Content-Type says."""
    found = Fields()
    _add(found, request.scope["query_string"])
    if request.headers.get("content-type", "").startswith("multipart/"):
        return found
    try:
        body = (await bodies.read(request, BODY_LIMIT)).strip()
    except (bodies.TooLarge, bodies.BadEncoding) as error:
        raise BadParameter(str(error)) from None
    if body[:1] != b"{":
        _add(found, body)
        return found
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        raise BadParameter("the body is not JSON") from None
    for name, value in sent.items():
        text = "" if value is None else value if isinstance(value, str) else json.dumps(value)
        found[name] = [text]
    return found


def _add(found: Fields, text: bytes) -> None:
    pairs = parse_qsl(text.decode("utf-8", "surrogateescape"), keep_blank_values=True, errors="surrogateescape")
    for name, value in pairs:
        found.setdefault(name, []).append(value)
