"""Answers of the tracking API. Source: HTTP API source, errors; what the libraries do with each status."""

from typing import Any

from litestar import Response

from diptych.protocols.segment.values import Rejected


def stored(rejected: list[tuple[int, Rejected]]) -> Response[Any]:
    """What is good of the request is stored."""
    body: dict[str, Any] = {"success": True}
    if rejected:
        body["rejected"] = [
            {"index": index, "code": problem.code, "field": problem.field, "message": problem.message}
            for index, problem in rejected
        ]
    return Response(body, status_code=200)


def failure(status: int, code: str, message: str, retry_after: int | None = None) -> Response[Any]:
    """The request as a whole is refused. Python's library shows `code` and `message`."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Response({"success": False, "code": code, "message": message}, status_code=status, headers=headers)
