"""Signing in with a one-time link.

Opening the link shows a page with one button; only the button's POST spends the link, so that programs that
merely look at links (mail scanners, previews of chats) do not.
"""

from typing import Any

from litestar import MediaType, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from diptych.web.access import Asked, access_of, from_own_page, session_cookie
from diptych.web.headers import SECURITY

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
    "<h1>Sign in to Diptych</h1><p>This link signs you in, once.</p>"
    '<form method="post"><button autofocus>Sign in</button></form>'
)
_SPENT = _PAGE % (
    "<h1>This link does not sign in any more</h1><p>It was used already, or is older than a day. "
    "For a new one, run this where Diptych runs:</p><pre>diptych sign-in-link</pre>"
    '<p><a href="/app/">Sign in with a password</a></p>'
)
_ELSEWHERE = _PAGE % "<h1>Not signed in</h1><p>Open the link itself, and press the button on its page.</p>"


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
    token = await access_of(request).control.sign_ins.use(link, request.headers.get("user-agent", ""))
    if token is None:
        return _page(_SPENT, 410)
    return Redirect("/app/", status_code=303, cookies=[session_cookie(request, token)], headers=_HEADERS)


_HEADERS = SECURITY | {"Cache-Control": "no-store"}


def _page(text: str, status: int = 200) -> Response[str]:
    return Response(text, media_type=MediaType.HTML, status_code=status, headers=_HEADERS)
