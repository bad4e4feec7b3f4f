"""Answers of the ingestion endpoints. SDKs read the JSON's `code`, so every answer has one.

Source: the error sections of the HTTP V2 and Batch APIs, and what the Python and TypeScript SDKs do with them.
"""

from typing import Any

from litestar import MediaType, Response

from diptych.protocols.amplitude.events import Invalid


def stored(events: int, size: int, received: int) -> Response[Any]:
    """All of the request is stored."""
    body = {"code": 200, "events_ingested": events, "payload_size_bytes": size, "server_upload_time": received}
    return Response(body, status_code=200)


def invalid(problems: dict[int, Invalid]) -> Response[Any]:
    """Nothing of the request is stored; every bad event is listed, so that the SDK drops just those."""
    body: dict[str, Any] = {
        "events_with_invalid_fields": _indexes(problems, "values"),
        "events_with_missing_fields": _indexes(problems, "missing"),
        "events_with_invalid_id_lengths": _indexes(problems, "lengths"),
    }
    only_missing = not body["events_with_invalid_fields"] and not body["events_with_invalid_id_lengths"]
    error = "Request missing required field" if only_missing else "Invalid field values on some events"
    # `missing_field` would make SDKs drop the whole batch: it is for fields of the request.
    return Response({"code": 400, "error": error, "missing_field": None} | body, status_code=400)


def failure(code: int, error: str, missing: str | None = None, retry_after: int | None = None) -> Response[Any]:
    """The request as a whole is refused."""
    body: dict[str, Any] = {"code": code, "error": _printable(error)}
    if code == 400:
        body |= {"missing_field": missing, "events_with_invalid_fields": {}, "events_with_missing_fields": {}}
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Response(body, status_code=code, headers=headers)


def refused(body: dict[str, Any]) -> Response[Any]:
    """A bound of the project is reached. SDKs wait with the listed events and send the others again."""
    headers = {"Retry-After": "30"} if body["code"] == 429 else {}
    return Response(body, status_code=body["code"], headers=headers)


def text(code: int, message: str) -> Response[str]:
    """The plain words of the first API version."""
    return Response(_printable(message), media_type=MediaType.TEXT, status_code=code)


def _printable(text: str) -> str:
    """Text that may repeat what was sent, as UTF-8 can carry it."""
    return text.encode("utf-8", "replace").decode()


def _indexes(problems: dict[int, Invalid], kind: str) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for index, problem in problems.items():
        for field in getattr(problem, kind):
            found.setdefault(field, []).append(index)
    return found
