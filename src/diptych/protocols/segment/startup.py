"""What libraries for browsers and phones ask or send beside messages."""

from typing import Any

from litestar import Request, Response, get, post

from diptych.protocols.segment import replies
from diptych.protocols.services import Services


@get("/v1/projects/{write_key:str}/settings")
async def settings(request: Request[Any, Any, Any], write_key: str, services: Services) -> Response[Any]:
    """The settings of a source: no destinations but this server, nothing filtered, no metrics."""
    if await services.projects.by_token(write_key) is None:
        return replies.failure(404, "invalid_write_key", f"no project has the write key {write_key[:100]}")
    destination = {"apiKey": write_key, "apiHost": f"{request.headers.get('host', '')}/v1"}
    body = {
        "integrations": {"Segment.io": destination},
        "plan": {"track": {"__default": {"enabled": True, "integrations": {}}}},
        "edgeFunction": {},
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},
        "analyticsNextEnabled": True,
    }
    return Response(body, status_code=200)


@post("/v1/m", status_code=200)
async def metrics() -> dict[str, Any]:
    """Metrics of the browser library about itself are not kept."""
    return {"success": True}
