"""Errors of our own API: `{"error": {"field": …, "message": …}}`."""

import logging
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import Scope

from diptych.control import ControlUnavailable, InvalidProject, InvalidUser
from diptych.control.passwords import TooBusy
from diptych.control.saved import StaleVersion
from diptych.control.users import LastOwner
from diptych.ingest.pipeline import Overloaded
from diptych.query.parts import InvalidQuestion
from diptych.query.run import QuestionStopped
from diptych.store.engine import EngineRefused, EngineUnavailable

_LOG = logging.getLogger(__name__)


class ApiError(Exception):
    """An answer that is not a success. `field` names the part of the request at fault, if one is."""

    def __init__(self, status: int, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.field = field


def _answer(status: int, message: str, field: str | None = None) -> Response[dict[str, Any]]:
    return Response({"error": {"field": field, "message": message}}, status_code=status)


def api_error(request: Request[Any, Any, Any], error: ApiError) -> Response[dict[str, Any]]:
    """Our own refusals; a missing credential also asks for Basic."""
    answer = _answer(error.status, str(error), error.field)
    if error.status == 401 and "authorization" in request.headers:
        answer.headers["WWW-Authenticate"] = 'Basic realm="Diptych"'
    return answer


def invalid_question(request: Request[Any, Any, Any], error: InvalidQuestion) -> Response[dict[str, Any]]:
    """A question that cannot be asked."""
    return _answer(400, f"expected {error.expected}", f"question.{error.field}")


def invalid_request(request: Request[Any, Any, Any], error: ValidationException) -> Response[dict[str, Any]]:
    """A body or a parameter of the wrong shape."""
    extra = error.extra if isinstance(error.extra, list) else []
    first = extra[0] if extra and isinstance(extra[0], dict) else {}
    return _answer(400, str(first.get("message") or error.detail), first.get("key"))


def http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, Any]]:
    """What the framework and the web app refuse: unknown paths, wrong methods, wrong passwords."""
    extra = error.extra if isinstance(error.extra, dict) else {}
    answer = _answer(error.status_code, error.detail, extra.get("field"))
    answer.headers.update(error.headers or {})
    return answer


def invalid_value(request: Request[Any, Any, Any], error: InvalidProject | InvalidUser) -> Response[dict[str, Any]]:
    """A project, or somebody, that cannot be so."""
    return _answer(400, str(error), error.field)


def last_owner(request: Request[Any, Any, Any], error: LastOwner) -> Response[dict[str, Any]]:
    """Somebody has to stay."""
    return _answer(409, str(error))


def stale_version(request: Request[Any, Any, Any], error: StaleVersion) -> Response[dict[str, Any]]:
    """Somebody else was faster."""
    return _answer(409, str(error), "version")


def too_busy(request: Request[Any, Any, Any], error: TooBusy) -> Response[dict[str, Any]]:
    """Too many passwords wait to be checked."""
    answer = _answer(503, "Too many people sign in at this moment: try again.")
    answer.headers["Retry-After"] = "2"
    return answer


def unavailable(
    request: Request[Any, Any, Any], error: EngineUnavailable | Overloaded | ControlUnavailable
) -> Response[dict[str, Any]]:
    """The engine or the disk does not answer now."""
    answer = _answer(503, f"The engine is not available: {error}")
    answer.headers["Retry-After"] = "5"
    return answer


def refused(request: Request[Any, Any, Any], error: EngineRefused) -> Response[dict[str, Any]]:
    """The engine did not run the statement: too much memory, too long, or a defect of ours."""
    status = refused_status(error)
    if status == 500:
        _LOG.error("%s %s: the engine refused a statement: %s", request.method, request.url.path, error)
    return _answer(status, str(error)[:500])


def refused_status(error: EngineRefused) -> int:
    """400 when the statement asked for too much, 500 otherwise."""
    return 400 if error.code in (158, 159, 160, 241, 307) else 500


def stopped(request: Request[Any, Any, Any], error: QuestionStopped) -> Response[dict[str, Any]]:
    """A question that took too long or too much, or was cancelled."""
    return _answer(422, str(error))


async def log_unexpected(error: Exception, scope: Scope) -> None:
    """Say what nobody foresaw where the operator sees it; the client hears only that it is our fault."""
    if not isinstance(error, tuple(HANDLERS)):
        _LOG.error("%s %s failed", scope.get("method", ""), scope["path"], exc_info=error)


HANDLERS: dict[Any, Any] = {
    ApiError: api_error,
    InvalidQuestion: invalid_question,
    ValidationException: invalid_request,
    HTTPException: http_error,
    InvalidProject: invalid_value,
    InvalidUser: invalid_value,
    LastOwner: last_owner,
    StaleVersion: stale_version,
    TooBusy: too_busy,
    EngineUnavailable: unavailable,
    Overloaded: unavailable,
    ControlUnavailable: unavailable,
    EngineRefused: refused,
    QuestionStopped: stopped,
}
