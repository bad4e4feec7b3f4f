"""Who may ask our own API about a project: a signed-in person or a service account, each with a role.

What is asked with GET, and what a handler marks with `opt={"reads": True}`, needs a viewer; everything else needs an
editor, and people, keys and settings an owner. So a handler that forgets to say what it needs is not open to viewers.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from litestar import Request

from diptych.model import Project, Role
from diptych.protocols.native.errors import ApiError
from diptych.protocols.services import Services
from diptych.web.access import Session, require_same_origin, session_of

_SAFE_METHODS = frozenset({"GET", "HEAD"})
_MAY = {
    Role.VIEWER: "look",
    Role.EDITOR: "change what is saved",
    Role.OWNER: "manage people, keys and settings",
}


@dataclass(frozen=True)
class Opened:
    """A project with the one who asks: what they may do there, their number if they are a person, and a name."""

    project: Project
    role: Role
    user_id: int | None
    author: str


async def project_for(
    request: Request[Any, Any, Any], services: Services, project_id: int, needs: Role | None = None
) -> Project:
    """The project, if the request may do this in it. Raises ApiError 401, 403 or 404."""
    return (await open_project(request, services, project_id, needs)).project


async def open_project(
    request: Request[Any, Any, Any], services: Services, project_id: int, needs: Role | None = None
) -> Opened:
    """As `project_for`, with who asks."""
    credentials = _basic(request)
    if credentials is not None:
        found = await _for_account(services, credentials, project_id)
    else:
        found = await _for_person(request, services, project_id)
    needed = needs or _needed(request)
    if not found.role.covers(needed):
        raise ApiError(403, f"only {needed}s of the project may {_MAY[needed]}; your role is {found.role}")
    return found


async def admin_of(request: Request[Any, Any, Any]) -> Session:
    """The session of somebody who runs the installation. Raises ApiError 401 or 403."""
    session = await session_of(request)
    if session is None:
        raise ApiError(401, "sign in first")
    require_same_origin(request)
    if not session.admin:
        raise ApiError(403, "only owners of the installation may do this")
    return session


def _needed(request: Request[Any, Any, Any]) -> Role:
    reads = request.method in _SAFE_METHODS or request.route_handler.opt.get("reads", False)
    return Role.VIEWER if reads else Role.EDITOR


async def _for_account(services: Services, credentials: tuple[str, str], project_id: int) -> Opened:
    found = await services.projects.opened_by_account(*credentials, project_id)
    if found is None:
        raise ApiError(401, "the service account's username or secret is wrong, or it has no such project")
    return Opened(*found, user_id=None, author=credentials[0])


async def _for_person(request: Request[Any, Any, Any], services: Services, project_id: int) -> Opened:
    session = await session_of(request)
    if session is None:
        raise ApiError(401, "sign in, or send a service account's username and secret as Basic authorization")
    require_same_origin(request)
    role = session.role_in(project_id)
    project = await services.projects.by_id(project_id) if role else None
    if role is None or project is None:
        raise ApiError(404, f"there is no project {project_id}", "project_id")
    user = session.visitor.user if session.visitor else None
    author = (user.email or user.name) if user else "Demo"
    return Opened(project, role, user_id=user.id if user else None, author=author)


def _basic(request: Request[Any, Any, Any]) -> tuple[str, str] | None:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(value.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise ApiError(401, "the Basic authorization is not base64 of username:secret") from None
    username, _, secret = text.partition(":")
    return username, secret
