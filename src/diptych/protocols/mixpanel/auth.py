"""Credentials in every form that Mixpanel's clients send them.

Source: Mixpanel's reference of authentication; Tap and Airbyte send the secret without a colon, one of them in
the URL-safe alphabet.
"""

import base64
import binascii
from typing import Any

from litestar import Request

from diptych.model import Project, Role
from diptych.protocols.services import Services


async def project_of(
    request: Request[Any, Any, Any], fields: dict[str, str], services: Services, needs: Role = Role.VIEWER
) -> Project | None:
    """The project that the credentials open for what needs the role; None when they open none.

    Secrets have no role: what needs an owner they do not open.
    """
    project_id = _number(fields.get("project_id", ""))
    username, password = basic(request)
    if username and password:
        found = await services.projects.by_service_account(username, password, project_id, needs)
        if found or needs is Role.OWNER:
            return found
        return await services.projects.by_token_and_secret(username, password)
    secret = username or fields.get("api_secret", "")
    return await services.projects.by_secret(secret) if secret and needs is not Role.OWNER else None


async def importing_project(
    request: Request[Any, Any, Any], fields: dict[str, str], services: Services
) -> Project | None:
    """As `project_of`; importing is writing, for which the public token is enough."""
    found = await project_of(request, fields, services, Role.EDITOR)
    if found is not None:
        return found
    username, password = basic(request)
    key = fields.get("api_key", "") or (username if not password else "")
    if not key:
        return None
    return await services.projects.by_token(key) or await services.projects.by_secret(key)


def basic(request: Request[Any, Any, Any]) -> tuple[str, str]:
    """Username and password of Basic authorization, base64 or plain, with or without a colon."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    text = _decoded(value.strip()) or value.strip()
    username, _, password = text.partition(":")
    return username, password


def _decoded(value: str) -> str:
    if ":" in value:  # not a character of base64
        return value
    packed = value.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        text = base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return text if text.isprintable() else ""


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 else None
