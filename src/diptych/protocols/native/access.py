"""Who may ask our own API about a project: a signed-in person or a service account."""

import base64
import binascii
from typing import Any

from litestar import Request

from diptych.model import Project
from diptych.protocols.native.errors import ApiError
from diptych.protocols.services import Services
from diptych.web.sign_in import require_same_origin, session_of


async def project_for(request: Request[Any, Any, Any], services: Services, project_id: int) -> Project:
    """The project, if the request may see it. Raises ApiError 401, 403 or 404."""
    if (credentials := _basic(request)) is not None:
        project = await services.projects.by_service_account(*credentials, project_id)
        if project is None:
            raise ApiError(401, "the service account's username or secret is wrong, or it has no such project")
        return project
    session = await session_of(request)
    if session is None:
        raise ApiError(401, "sign in, or send a service account's username and secret as Basic authorization")
    require_same_origin(request)
    project = await services.projects.by_id(project_id)
    if project is None:
        raise ApiError(404, f"there is no project {project_id}", "project_id")
    return project


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
