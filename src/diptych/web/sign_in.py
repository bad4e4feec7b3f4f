"""Signing in with a one-time link, and what the web app asks about itself.

Opening the link shows a page with one button; only the button's POST spends the link, so that programs that
merely look at links (mail scanners, previews of chats) do not.
"""

from typing import Any

import msgspec
from litestar import MediaType, Response, get, post
from litestar.exceptions import NotAuthorizedException
from litestar.params import FromPath
from litestar.response import Redirect

from diptych.model import Project
from diptych.web.access import (
    Asked,
    Session,
    access_of,
    from_own_page,
    require_same_origin,
    session_cookie,
)
from diptych.web.headers import SECURITY

__all__ = ["Session", "require_same_origin", "session", "session_of", "show_link", "use_link"]

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in · Diptych</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  main { max-width: 30rem; margin: 15vh auto; padding: 0 1rem }
  h1 { font-size: 1.5rem }
  button { font: inherit; padding: .5rem 1.25rem; cursor: pointer }
</style>
<main>%s</main>
</html>
"""
_ASK = _PAGE % (
    "<h1>Sign in to Diptych</h1><p>This link signs you in as the owner, once.</p>"
    '<form method="post"><button autofocus>Sign in</button></form>'
)
_SPENT = _PAGE % (
    "<h1>This link does not sign in any more</h1><p>It was used already, or is older than a day. "
    "For a new one, run this where Diptych runs:</p><pre>diptych sign-in-link</pre>"
)
_ELSEWHERE = _PAGE % "<h1>Not signed in</h1><p>Open the link itself, and press the button on its page.</p>"


class SignedIn(msgspec.Struct):
    """What the web app may show. `demo`: let in without having signed in."""

    demo: bool
    projects: list[Project]
    signed_in: bool = True


async def session_of(request: Asked) -> Session | None:
    """The session of a request: by its cookie, or by demo mode on this machine."""
    return await access_of(request).session_of(request)


@get("/app/sign-in/{link:str}", include_in_schema=False)
async def show_link(request: Asked, link: FromPath[str]) -> Response[str]:
    """The page of a one-time link."""
    if not await access_of(request).control.sign_ins.is_open(link):
        return _page(_SPENT, 410)
    return _page(_ASK)


@post("/app/sign-in/{link:str}", include_in_schema=False)
async def use_link(request: Asked, link: FromPath[str]) -> Response[Any]:
    """Spend a one-time link and start a session."""
    if not from_own_page(request):
        return _page(_ELSEWHERE, 403)
    token = await access_of(request).control.sign_ins.use(link)
    if token is None:
        return _page(_SPENT, 410)
    return Redirect("/app/", status_code=303, cookies=[session_cookie(request, token)], headers=_HEADERS)


@get("/api/v1/session", tags=["Diptych"])
async def session(request: Asked) -> SignedIn:
    """Who is signed in, and the projects to choose from."""
    found = await session_of(request)
    if found is None:
        raise NotAuthorizedException("sign in with the link in the server's terminal, or run `diptych sign-in-link`")
    control = access_of(request).control
    return SignedIn(demo=found.demo, projects=await control.run(control.projects.list))


_HEADERS = SECURITY | {"Cache-Control": "no-store"}


def _page(text: str, status: int = 200) -> Response[str]:
    return Response(text, media_type=MediaType.HTML, status_code=status, headers=_HEADERS)
