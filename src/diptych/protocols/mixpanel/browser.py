"""What browser and mobile SDKs ask at start-up, answered truthfully for a project without those features."""

from typing import Any

from litestar import Request, Response, route

from diptych.ingest.metrics import REPLAYS

Asked = Request[Any, Any, Any]


@route("/settings", http_method=["GET", "POST"], status_code=200)
async def settings() -> dict[str, Any]:
    """Remote settings of an SDK: none."""
    return {"sdk_config": {"config": {}}}


@route("/flags", http_method=["GET", "POST"], status_code=200)
async def flags() -> dict[str, Any]:
    """Feature flags of a person: none. `code` is for the Python SDK."""
    return {"code": 200, "flags": {}, "pending_first_time_events": []}


@route("/flags/definitions", http_method=["GET"], status_code=200)
async def flag_definitions() -> dict[str, Any]:
    """Feature flags for evaluation in servers: none."""
    return {"code": 200, "flags": []}


@route("/decide", http_method=["GET", "POST"], status_code=200)
async def decide() -> dict[str, Any]:
    """What very old SDKs ask."""
    return {"notifications": [], "config": {"enable_collect_everything": False}}


@route("/record", http_method=["GET", "POST"], status_code=200)
async def record(request: Asked) -> Response[dict[str, Any]]:
    """Session replays are not kept. A 4xx makes the SDK drop them and not try again."""
    REPLAYS.labels("mixpanel").inc()
    return Response({"error": "session replay is not a feature of this server", "status": "error"}, status_code=400)
