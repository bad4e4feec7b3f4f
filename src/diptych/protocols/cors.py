"""Cross-origin access for the paths that SDKs in browsers call.

Browsers send events from any site, some with credentials, so the origin is echoed. These paths read no
cookie, and nothing else is opened to other origins. Error answers carry the headers too: without them a
browser sees a network error, and the SDK may drop what it would have sent again.
"""

import re

from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

_OPEN = frozenset(
    [
        "/track",
        "/engage",
        "/groups",
        "/import",
        "/settings",
        "/flags",
        "/record",
        "/decide",
        "/2/httpapi",
        "/batch",
        "/identify",
        "/groupidentify",
        "/attribution",
        "/usermap",
        "/httpapi",
        "/sessions/v2/track",
        "/v1/capture",
        *(f"/v1/{call}" for call in ("track", "page", "screen", "identify", "group", "alias", "batch", "import")),
        *(f"/v1/{letter}" for letter in "tpsigabm"),
    ]
)
_OPEN_BELOW = ("/config/", "/flags/", "/v1/projects/")
# What SDKs of today send. Others ask for more (amplitude-js 8: Cross-Origin-Resource-Policy), and get it.
_ALLOWED_HEADERS = (
    "Authorization, Content-Type, Content-Encoding, Accept, traceparent, X-Requested-With, "
    "x-client-version, x-client-library, x-client-url, x-client-sample-rate, x-sampling-hash-alg, "
    "x-retry-count"
)
_NAMES = re.compile(r"[A-Za-z0-9, \-_]{1,1000}")


def is_open(path: str, method: str) -> bool:
    """Whether a browser on another site may call this path (`POST /` is an old SDK's endpoint)."""
    return path in _OPEN or path.startswith(_OPEN_BELOW) or (path == "/" and method in ("POST", "OPTIONS"))


class CrossOrigin:
    """ASGI middleware: answers preflights and adds the headers to every answer of an open path."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        origin = _header(scope, b"origin")
        if origin is None or not is_open(scope["path"], scope["method"]):
            await self.app(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            await _answer_preflight(origin, _header(scope, b"access-control-request-headers") or "", send)
        else:
            await self.app(scope, receive, _with_headers(origin, send))


def _header(scope: HTTPScope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)


def _headers(origin: str) -> dict[str, str]:
    return {
        "access-control-allow-origin": origin,
        "access-control-allow-credentials": "true",
        "vary": "Origin",
    }


async def _answer_preflight(origin: str, asked: str, send: Send) -> None:
    allowed = f"{_ALLOWED_HEADERS}, {asked}" if _NAMES.fullmatch(asked) else _ALLOWED_HEADERS
    headers = _headers(origin) | {
        "access-control-allow-methods": "GET, POST, OPTIONS",
        "access-control-allow-headers": allowed,
        "access-control-max-age": "86400",
        "content-length": "0",
    }
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 204, "headers": encoded})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _with_headers(origin: str, send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableScopeHeaders.from_message(message)
            for name, value in _headers(origin).items():
                headers[name] = value
        await send(message)

    return wrapped
