"""Serves the built web app under `/app/`. Its places are the browser's business: any path gets the one page."""

import asyncio
from pathlib import Path
from typing import Any

from litestar import HttpMethod, MediaType, Request, Response, get, route
from litestar.response import Redirect

from diptych.web.assets import Asset, Assets
from diptych.web.headers import SECURITY

ASSETS = Assets(Path(__file__).parent / "static")
_NOT_BUILT = (
    "The web app is not built. In a checkout, `make demo` builds it and starts a server; "
    "elsewhere, install the package again. Receiving events and the APIs work without it.\n"
)


@get("/", include_in_schema=False)
async def root() -> Redirect:
    """To the web app."""
    return Redirect("/app/", status_code=302)


@route(["/app", "/app/{path:path}"], http_method=[HttpMethod.GET, HttpMethod.HEAD], include_in_schema=False)
async def page(request: Request[Any, Any, Any]) -> Response[Any]:
    """The app's page, or one of its files."""
    path = request.scope["path"].removeprefix("/app").strip("/")
    headers = request.headers
    return await asyncio.to_thread(_answer, path, headers.get("accept-encoding", ""), headers.get("if-none-match", ""))


def _answer(path: str, accepted: str, known: str) -> Response[Any]:
    if not ASSETS.built:
        return Response(_NOT_BUILT, media_type=MediaType.TEXT, status_code=503, headers=SECURITY)
    found = ASSETS.find(path)
    if found is None:
        return Response("There is no such file.\n", media_type=MediaType.TEXT, status_code=404, headers=SECURITY)
    return _file(found, accepted, known)


def _file(asset: Asset, accepted: str, known: str) -> Response[bytes]:
    compress = asset.compressible and "gzip" in accepted
    tag = f'"{asset.tag}-gzip"' if compress else f'"{asset.tag}"'
    headers = SECURITY | {
        "Cache-Control": "public, max-age=31536000, immutable" if asset.forever else "no-cache",
        "ETag": tag,
        "Vary": "Accept-Encoding",
    }
    if tag in known:
        return Response(b"", status_code=304, headers=headers)
    if compress:
        headers["Content-Encoding"] = "gzip"
    body = asset.compressed if compress else asset.body
    return Response(body, media_type=asset.media_type, headers=headers)
