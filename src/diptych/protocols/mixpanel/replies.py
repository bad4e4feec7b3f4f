"""Answers of the ingestion endpoints, to the byte.

Node compares the body with `1`, Python needs the integer status, Go the code: see docs/sdks.md.
"""

import base64
import json
import re
from typing import Any

from litestar import MediaType, Response

from diptych.protocols.mixpanel.records import Rejected

_PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_CALLBACK = re.compile(r"[A-Za-z_$][\w$.]{0,100}")
_SOME_FAILED = "some data points in the request failed validation"


def stored(fields: dict[str, str], *, good: int, error: str = "") -> Response[Any]:
    """The answer of /track, /engage and /groups: success when at least one record was good."""
    status = 1 if good else 0
    if fields.get("img") == "1":
        return Response(_PIXEL, media_type="image/gif", headers={"Cache-Control": "no-store"})
    callback = fields.get("callback", "")
    verbose = fields.get("verbose", "0") not in ("", "0")
    body = json.dumps({"error": None if good else error, "status": status}) if verbose else str(status)
    if _CALLBACK.fullmatch(callback):
        return Response(
            f"{callback}({body});", media_type="text/javascript", headers={"X-Content-Type-Options": "nosniff"}
        )
    kind = MediaType.JSON if verbose else MediaType.TEXT
    return Response(body.encode(), media_type=kind, status_code=200)


def imported(fields: dict[str, str], *, good: int, failed: list[tuple[int, Rejected]]) -> Response[Any]:
    """The answer of /import: the strict report, the lenient one or a bare digit."""
    if fields.get("strict") == "1":
        return _strict(good, failed)
    if fields.get("verbose", "0") not in ("", "0"):
        error = _SOME_FAILED if failed else None
        return _json(200, {"code": 200, "error": error, "num_records_imported": good, "status": 0 if failed else 1})
    return Response(b"1" if good or not failed else b"0", media_type=MediaType.TEXT, status_code=200)


def _strict(good: int, failed: list[tuple[int, Rejected]]) -> Response[Any]:
    if not failed:
        return _json(200, {"code": 200, "num_records_imported": good, "status": "OK"})
    records = [
        {
            "index": index,
            "$insert_id": rejected.insert_id,
            "insert_id": rejected.insert_id,
            "field": rejected.field,
            "message": rejected.message,
        }
        for index, rejected in failed
    ]
    report = {"error": _SOME_FAILED, "failed_records": records, "num_records_imported": good}
    return _json(400, {"code": 400, **report, "status": "Bad Request"})


def identity_events_refused(messages: int) -> Response[Any]:
    """A strict import of identity events into a project with simplified identity: all is refused."""
    text = "identity events are not allowed when project is using simplified identity management"
    report = {"error": _SOME_FAILED, "failed_records": [text] * messages, "num_records_imported": 0}
    return _json(400, {"code": 400, **report, "status": "Bad Request"})


def failure(status: int, error: str, retry_after: int | None = None) -> Response[Any]:
    """An error that concerns the whole request, in the dialect of /import."""
    names = {400: "Bad Request", 401: "Unauthorized", 413: "Request Entity Too Large", 429: "Too Many Requests"}
    body = {"code": status, "error": error, "status": names.get(status, "Service Unavailable")}
    answer = _json(status, body)
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    return answer


def throttled() -> Response[Any]:
    """The project's own bound is reached."""
    text = "Project exceeded rate limits. Please retry the request with exponential backoff."
    return failure(429, text, retry_after=60)


def _json(status: int, body: dict[str, Any]) -> Response[Any]:
    return Response(body, media_type=MediaType.JSON, status_code=status)
