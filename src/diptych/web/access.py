"""Who a request comes from: somebody who signed in, or in demo mode anybody on this machine.

Demo mode signs in by itself only when the server listens on loopback, is asked by a loopback name (another
site's name that was made to lead here is not one) and nothing says that a proxy stands in between.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from litestar import Request
from litestar.datastructures import Cookie, State
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException

from diptych.control import Control
from diptych.control.sign_ins import SESSION_DAYS, Visitor
from diptych.model import Role
from diptych.settings import Settings

Asked = Request[Any, Any, Any]

_SECURE_COOKIE = "__Host-diptych"
_PLAIN_COOKIE = "diptych"
_LOOPBACK_HOST = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?", re.IGNORECASE)
_FORWARDING = frozenset({"forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Session:
    """Somebody who may use the web app. Without a visitor: let in by demo mode, and may do everything."""

    visitor: Visitor | None = None

    @property
    def demo(self) -> bool:
        """Whether demo mode let them in, without having signed in."""
        return self.visitor is None

    @property
    def admin(self) -> bool:
        """Whether they run the installation."""
        return self.visitor is None or self.visitor.user.admin

    def role_in(self, project_id: int) -> Role | None:
        """What they may do in a project; None if it is not there for them."""
        return Role.OWNER if self.visitor is None else self.visitor.role_in(project_id)


class Access:
    """What decides who gets in. Handlers find it in the application's state."""

    def __init__(self, control: Control, settings: Settings, *, demo: bool = False) -> None:
        self.control = control
        self.demo = demo and settings.loopback

    def state(self) -> State:
        """The application state that carries this."""
        return State({"access": self})

    async def session_of(self, request: Asked) -> Session | None:
        """The session of a request, if it has one."""
        for name in _cookies_of(request):
            token = request.cookies.get(name)
            if token and (visitor := await self.control.sign_ins.visitor(token)):
                return Session(visitor)
        return Session() if self.demo and _on_this_machine(request) else None


def access_of(request: Asked) -> Access:
    """The application's access rules."""
    access: Access = request.app.state.access
    return access


def require_same_origin(request: Asked) -> None:
    """Refuse a request that changes something unless our own pages sent it.

    For requests that a cookie or demo mode let in. A page of another site can make a browser send them, but
    neither as JSON nor from our origin. Raises PermissionDeniedException.
    """
    if request.method in _SAFE_METHODS:
        return
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise PermissionDeniedException("Content-Type must be application/json when a browser's session is used")
    if not from_own_page(request):
        raise PermissionDeniedException("a browser's session can only be used by Diptych's own pages")


def from_own_page(request: Asked) -> bool:
    """Whether a browser says that a page of this very origin sent the request.

    Browsers tell `Sec-Fetch-Site` to https and loopback addresses only; elsewhere `Origin` names the sender.
    Behind a proxy that ends TLS the scheme is not known, so only host and port are compared.
    """
    if site := request.headers.get("sec-fetch-site"):
        return site == "same-origin"
    scheme, _, sender = request.headers.get("origin", "").lower().partition("://")
    return scheme in ("http", "https") and sender == request.headers.get("host", "").lower()


async def session_of(request: Asked) -> Session | None:
    """The session of a request: by its cookie, or by demo mode on this machine."""
    return await access_of(request).session_of(request)


async def visitor_of(request: Asked) -> Visitor:
    """Who has signed in, for what only a person can do. Raises NotAuthorizedException, PermissionDeniedException."""
    session = await session_of(request)
    if session is None:
        raise NotAuthorizedException("sign in first")
    require_same_origin(request)
    if session.visitor is None:
        raise PermissionDeniedException("demo mode has no accounts: sign in with the link of `diptych sign-in-link`")
    return session.visitor


def ended_cookies(request: Asked) -> list[Cookie]:
    """The cookies of a session, taken back."""
    sent = [name for name in (_SECURE_COOKIE, _PLAIN_COOKIE) if name in request.cookies]
    return [replace(session_cookie(request, ""), key=name, max_age=0, secure=name == _SECURE_COOKIE) for name in sent]


def session_cookie(request: Asked, token: str) -> Cookie:
    """The cookie of a new session, for https only where the browser uses https."""
    secure = _is_https(request)
    return Cookie(
        key=_SECURE_COOKIE if secure else _PLAIN_COOKIE,
        value=token,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
        max_age=SESSION_DAYS * 24 * 3600,
    )


def _cookies_of(request: Asked) -> tuple[str, ...]:
    # Another site's page on the same name could set the plain one, so https does not read it.
    return (_SECURE_COOKIE,) if request.scope["scheme"] == "https" else (_SECURE_COOKIE, _PLAIN_COOKIE)


def _is_https(request: Asked) -> bool:
    """Whether the browser uses https, to us or to a proxy in front; it says so itself in `Origin`."""
    return request.scope["scheme"] == "https" or request.headers.get("origin", "").startswith("https://")


def _on_this_machine(request: Asked) -> bool:
    hosts = request.headers.getall("host", [])
    forwarded = any(name in _FORWARDING or name.startswith("x-forwarded") for name in request.headers)
    return not forwarded and len(hosts) == 1 and _LOOPBACK_HOST.fullmatch(hosts[0]) is not None
