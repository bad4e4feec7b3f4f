"""Who is signed in: by password, and what people change about themselves. JSON, for the web app's own pages."""

from functools import partial
from typing import Annotated

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.exceptions import (
    HTTPException,
    NotAuthorizedException,
    NotFoundException,
    PermissionDeniedException,
    TooManyRequestsException,
)
from litestar.params import FromPath

from diptych.control import Control
from diptych.control.attempts import Attempt
from diptych.control.invitations import Offer
from diptych.control.sign_ins import Visitor
from diptych.control.users import User, checked_password
from diptych.model import Project, Role
from diptych.web.access import (
    Asked,
    Session,
    access_of,
    ended_cookies,
    require_same_origin,
    session_cookie,
    session_of,
    visitor_of,
)
from diptych.web.browsers import browser_of

_Password = Annotated[str, msgspec.Meta(max_length=1_000)]
_Text = Annotated[str, msgspec.Meta(max_length=300)]
_WRONG = "The e-mail address or the password is wrong."
_GONE = "This invitation does not work any more: it was used, withdrawn, or is older than a week. Ask for a new one."


class OpenProject(Project, frozen=True, kw_only=True):
    """A project, and what the one who asks may do in it."""

    role: Role


class SignedIn(msgspec.Struct, kw_only=True):
    """What the web app may show. `demo`: let in without having signed in, and then without `user`.

    `by_link`: signed in with a link, so that a new password can be set without the one before.
    """

    demo: bool
    by_link: bool
    user: User | None
    projects: list[OpenProject]
    signed_in: bool = True


class SignIn(msgspec.Struct, forbid_unknown_fields=True):
    """An account's e-mail address and password."""

    email: _Text
    password: _Password


class AccountChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is to be different. Another address or password needs the current password, unless a link signed in."""

    name: _Text | None = None
    email: _Text | None = None
    password: _Password | None = None
    current_password: _Password | None = None


class SessionDetails(msgspec.Struct, kw_only=True):
    """A session of the one who asks. Times are UTC milliseconds."""

    id: int
    browser: str
    created: int
    last_seen: int
    current: bool


class SessionList(msgspec.Struct):
    """Sessions, the one seen last first."""

    sessions: list[SessionDetails]


class Acceptance(msgspec.Struct, forbid_unknown_fields=True):
    """Who joins. Both are left out by somebody who is signed in with the invited address."""

    name: _Text = ""
    password: _Password = ""


@get("/api/v1/session")
async def session(request: Asked) -> SignedIn:
    """Who is signed in, and the projects to choose from."""
    found = await session_of(request)
    if found is None:
        raise NotAuthorizedException("sign in with the link in the server's terminal, or run `diptych sign-in-link`")
    return await _signed_in(access_of(request).control, found)


@post("/api/v1/session", status_code=200)
async def sign_in(request: Asked, data: SignIn) -> Response[SignedIn]:
    """Sign in with a password."""
    require_same_origin(request)
    control = access_of(request).control
    user = await _proven(request, control, data.email, data.password)
    return await _started(request, control, await control.sign_ins.start(user.id, _agent(request)))


@delete("/api/v1/session", status_code=200)
async def sign_out(request: Asked) -> Response[dict[str, bool]]:
    """End the session of this browser."""
    found = await session_of(request)
    require_same_origin(request)
    if found and (visitor := found.visitor):
        control = access_of(request).control
        await control.run(partial(control.sign_ins.end, visitor.user.id, visitor.session))
    return Response({"signed_in": False}, cookies=ended_cookies(request))


@patch("/api/v1/account")
async def change_account(request: Asked, data: AccountChange) -> User:
    """Change one's own name, address or password. Another password ends the other sessions."""
    visitor, control = await visitor_of(request), access_of(request).control
    if data.email is not None or data.password is not None:
        await _require_current_password(request, control, visitor, data.current_password)
    if data.password is not None:
        checked_password(data.password, data.email or visitor.user.email)
    user = await control.run(partial(control.users.change, visitor.user.id, name=data.name, email=data.email))
    if data.password is None:
        return user
    kept = await control.passwords.kept(data.password)
    await control.run(partial(control.users.set_password, user.id, kept, keep_session=visitor.session))
    return msgspec.structs.replace(user, has_password=True)


@get("/api/v1/account/sessions")
async def sessions(request: Asked) -> SessionList:
    """The browsers in which one is signed in."""
    visitor, control = await visitor_of(request), access_of(request).control
    found = await control.run(partial(control.sign_ins.sessions, visitor.user.id))
    return SessionList(
        [
            SessionDetails(
                id=one.id,
                browser=browser_of(one.agent),
                created=one.created,
                last_seen=one.last_seen,
                current=one.id == visitor.session,
            )
            for one in found
        ]
    )


@delete("/api/v1/account/sessions/{session_id:int}", status_code=200)
async def end_session(request: Asked, session_id: FromPath[int]) -> SessionList:
    """Sign out in another browser."""
    visitor, control = await visitor_of(request), access_of(request).control
    if not await control.run(partial(control.sign_ins.end, visitor.user.id, session_id)):
        raise NotFoundException(f"there is no session {session_id}", extra={"field": "session_id"})
    found: SessionList = await sessions.fn(request)
    return found


@get("/api/v1/invitations/{link:str}")
async def invitation(request: Asked, link: FromPath[str]) -> Offer:
    """What an invitation's link offers."""
    control = access_of(request).control
    found = await control.run(partial(control.invitations.offer, link))
    if found is None:
        raise NotFoundException(_GONE)
    return found


@post("/api/v1/invitations/{link:str}", status_code=200)
async def accept_invitation(request: Asked, link: FromPath[str], data: Acceptance) -> Response[SignedIn]:
    """Join a project: as somebody new with a name and a password, or as the one who is signed in."""
    require_same_origin(request)
    control, found = access_of(request).control, await session_of(request)
    offer = await invitation.fn(request, link)
    visitor = found.visitor if found else None
    if visitor and visitor.user.email == offer.email:
        if not await control.run(partial(control.invitations.accept_as, link, visitor.user.id, visitor.user.email)):
            raise NotFoundException(_GONE)
        return Response(await _signed_in(control, await _fresh(request)))
    if offer.known:
        raise PermissionDeniedException(f"{offer.email} has an account: sign in with it, then open the link again")
    kept = await control.passwords.kept(checked_password(data.password, offer.email))
    new = partial(control.invitations.accept_as_new, link, data.name, kept, _agent(request))
    token = await control.run(new)
    if token is None:
        raise NotFoundException(_GONE)
    return await _started(request, control, token)


HANDLERS = [
    session,
    sign_in,
    sign_out,
    change_account,
    sessions,
    end_session,
    invitation,
    accept_invitation,
]


async def _proven(request: Asked, control: Control, email: str, password: str) -> User:
    """The user whose password that is. Raises NotAuthorizedException, TooManyRequestsException."""
    attempt = Attempt(email.strip().lower(), request.client.host if request.client else "")
    if seconds := await control.run(partial(control.attempts.begin, attempt)):
        raise TooManyRequestsException(
            f"There were too many attempts: try again in {-(-seconds // 60)} minutes.",
            headers={"Retry-After": str(seconds)},
        )
    found = await control.run(partial(control.users.by_email, email))
    user, kept = found or (None, None)
    if not await control.passwords.matches(password, kept) or user is None:
        raise NotAuthorizedException(_WRONG, extra={"field": "password"})
    await control.run(partial(control.attempts.succeeded, attempt))
    return user


async def _require_current_password(request: Asked, control: Control, visitor: Visitor, password: str | None) -> None:
    user = visitor.user
    if visitor.by_link or user.email is None or not user.has_password:
        return
    if not password:
        raise HTTPException("Your current password is needed.", status_code=400, extra={"field": "current_password"})
    try:
        await _proven(request, control, user.email, password)
    except NotAuthorizedException:
        wrong = "This is not your current password."
        raise HTTPException(wrong, status_code=400, extra={"field": "current_password"}) from None


async def _started(request: Asked, control: Control, token: str) -> Response[SignedIn]:
    visitor = await control.sign_ins.visitor(token)
    if visitor is None:
        raise NotAuthorizedException(_WRONG)
    return Response(await _signed_in(control, Session(visitor)), cookies=[session_cookie(request, token)])


async def _fresh(request: Asked) -> Session:
    return Session(await visitor_of(request))


async def _signed_in(control: Control, found: Session) -> SignedIn:
    visitor = found.visitor
    projects = await control.run(control.projects.list)
    return SignedIn(
        demo=found.demo,
        by_link=visitor is not None and visitor.by_link,
        user=visitor.user if visitor else None,
        projects=[
            OpenProject(**msgspec.structs.asdict(project), role=role)
            for project in projects
            if (role := found.role_in(project.id))
        ],
    )


def _agent(request: Asked) -> str:
    return request.headers.get("user-agent", "")
