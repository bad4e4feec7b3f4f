"""What can go wrong when a server is asked, as exceptions. All are `DiptychError`."""

from typing import Any

import httpx
import msgspec


class DiptychError(Exception):
    """Whatever this client raises of its own."""


class Unreachable(DiptychError):
    """There was no answer: nobody listens at the address, the connection broke, or it took too long."""


class MissingPackage(DiptychError, ImportError):
    """A package that is not part of Diptych is needed for this, and not installed."""


class ApiError(DiptychError):
    """The server said no.

    message      the server's sentence
    field        the part of the request at fault, as `question.range.count`; None: no single one
    status       of HTTP; 0: the answer had begun when it went wrong
    retry_after  seconds after which to try again, if the server names them
    """

    def __init__(self, message: str, field: str | None = None, status: int = 0, retry_after: float | None = None):
        super().__init__(f"{field}: {message}" if field else message)
        self.message = message
        self.field = field
        self.status = status
        self.retry_after = retry_after


class InvalidRequest(ApiError):
    """The question, the SQL or a parameter is wrong (400)."""


class NotAllowed(ApiError):
    """The credentials are wrong, or do not allow this (401, 403)."""


class NotFound(ApiError):
    """There is no such person, profile or address (404)."""


class QuestionStopped(ApiError):
    """The question took too long or too much memory, or was cancelled (422)."""


class Unavailable(ApiError):
    """The server cannot answer at the moment (503)."""


_KINDS: dict[int, type[ApiError]] = {
    400: InvalidRequest,
    401: NotAllowed,
    403: NotAllowed,
    404: NotFound,
    422: QuestionStopped,
    503: Unavailable,
}


class _Said(msgspec.Struct):
    message: str
    field: str | None = None
    status: int = 0


class _Refusal(msgspec.Struct):
    error: _Said


def refusal(answer: httpx.Response) -> ApiError:
    """The exception for an answer that is no success; its body has been read."""
    after = answer.headers.get("Retry-After", "")
    seconds = float(after) if after.isdigit() else None
    try:
        said = msgspec.json.decode(answer.content, type=_Refusal).error
    except msgspec.DecodeError:
        said = _Said(f"HTTP {answer.status_code} without an explanation; is {answer.url} the address of Diptych?")
    return _KINDS.get(answer.status_code, ApiError)(said.message, said.field, answer.status_code, seconds)


def told_late(error: Any) -> ApiError:
    """The exception for an error that came in the last line of an answer."""
    said = msgspec.convert(error, _Said)
    return _KINDS.get(said.status, ApiError)(said.message, said.field, said.status)


def unreachable(error: httpx.TransportError) -> Unreachable:
    """The exception for a connection that failed."""
    what = "took too long" if isinstance(error, httpx.TimeoutException) else "cannot be reached"
    return Unreachable(
        f"{error.request.url.copy_with(path='/', query=None)} {what}: {str(error) or type(error).__name__}"
    )
