"""What the browser SDK asks or sends beside events."""

from typing import Any

from litestar import Response, get, post

from diptych.ingest.metrics import REPLAYS


@get("/config/{api_key:str}")
async def remote_config(api_key: str) -> dict[str, Any]:
    """Remote configuration: none. Its absence would delay the SDK's start."""
    return {"configs": {}}


@post("/sessions/v2/track")
async def session_replay() -> Response[dict[str, Any]]:
    """Session replays are not kept; a 4xx makes the plugin drop them."""
    REPLAYS.labels("amplitude").inc()
    return Response({"code": 400, "error": "session replay is not a feature of this server"}, status_code=400)


@post("/v1/capture", status_code=200)
async def diagnostics() -> dict[str, Any]:
    """Diagnostics of the SDK about itself are not kept."""
    return {"code": 200}
