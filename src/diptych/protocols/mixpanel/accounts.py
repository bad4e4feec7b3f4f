"""Service accounts of a project, as the app API manages them. There is one organization.

Source: the OpenAPI document of service accounts. What credentials open is a project, so the organization's accounts
are those of that project.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
from litestar import Response, route

from diptych.control.accounts import ServiceAccount
from diptych.control.lexicon import number_of
from diptych.model import Project, Role
from diptych.protocols.mixpanel.asking import BadParameter, Fields, Refused, answered
from diptych.protocols.mixpanel.management import ORGANIZATION, Asked, Managed, Method, managed, ok
from diptych.protocols.services import Services

_PREFIX = "/api/app/organizations/{organization:int}/service-accounts"
_MOST_NAME = 255
_ROLES = {"owner": Role.OWNER, "admin": Role.OWNER, "analyst": Role.EDITOR, "consumer": Role.VIEWER}
_WORDS = {Role.OWNER: "owner", Role.EDITOR: "analyst", Role.VIEWER: "consumer"}
_ORDER = {"owner": 4, "analyst": 2, "consumer": 1}


class _Membership(msgspec.Struct):
    id: int
    role: str = ""


def _organized(path: str, *methods: Method) -> Callable[[Managed], Any]:
    """A handler of the organization: for owners alone."""

    def made(answer: Managed) -> Any:
        async def handler(request: Asked, organization: int, services: Services) -> Response[Any]:
            async def inner(project: Project, fields: Fields, services: Services) -> Any:
                if organization != ORGANIZATION:
                    raise Refused(404, f"there is no organization {organization}")
                return await answer(project, fields, services, request)

            return await answered(request, services, inner, needs=Role.OWNER)

        handler.__name__, handler.__doc__ = answer.__name__, answer.__doc__
        return route(f"{_PREFIX}{path}", http_method=list(methods), status_code=200)(handler)

    return made


@managed("service-accounts", "GET")
async def service_accounts(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """The service accounts of a project, and what they may do."""
    return ok([_account(one) | _in_project(one) for one in await _listed(project, services)])


@_organized("", "GET", "POST")
async def accounts(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """All service accounts, or a new one with its secret, which is shown only now."""
    if request.method == "GET":
        return ok([_account(one) for one in await _listed(project, services)])
    name = fields.required("username").strip()[:_MOST_NAME]
    if fields.get("expires"):
        raise BadParameter("expires: expected nothing; accounts do not expire, but can be deleted")
    role = _role(project, fields)
    made = await services.control.run(partial(services.control.accounts.create, project.id, name, role))
    [found] = [one for one in await _listed(project, services) if one.username == made.username]
    return Response(ok(_account(found) | {"token": made.secret}), status_code=201)


@_organized("/{number:int}", "GET", "DELETE")
async def account(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """One service account (without an envelope), or no longer."""
    number = int(request.path_params["number"])
    found = [one for one in await _listed(project, services) if number_of(one.username) == number]
    if not found:
        raise Refused(404, f"there is no service account {number}")
    if request.method == "GET":
        return _account(found[0])
    await services.control.run(partial(services.control.accounts.revoke, project.id, found[0].username))
    return Response({"status": "ok"})


@_organized("/add-to-project", "POST")
async def add_to_project(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """Not done: an account is made for its project."""
    raise BadParameter("service_account_ids: expected none; an account opens the project that it was made in")


@_organized("/remove-from-project", "POST")
async def remove_from_project(project: Project, fields: Fields, services: Services, request: Asked) -> Any:
    """Not done: an account that is not to open its project any more is deleted."""
    raise BadParameter("projects: expected none; delete an account that is not to open its project any more")


HANDLERS = [service_accounts, add_to_project, remove_from_project, account, accounts]


def _role(project: Project, fields: Fields) -> Role:
    """The role that is asked for: by itself, or for the project."""
    role = fields.get("role", "")
    for one in fields.json("projects", list[_Membership]) or []:
        if one.id != project.id:
            raise BadParameter(f"projects: expected the project {project.id}, which the credentials open")
        role = one.role or role
    found: Role = Fields({"role": role}).choice("role", _ROLES, "consumer")
    return found


async def _listed(project: Project, services: Services) -> list[ServiceAccount]:
    return await services.control.run(partial(services.control.accounts.list, project.id))


def _account(one: ServiceAccount) -> dict[str, Any]:
    """`last_used` and `expires` are left out: nothing is known of the one, and there is none of the other."""
    created = datetime.fromtimestamp(one.created / 1000, UTC).isoformat()
    return {"id": number_of(one.username), "username": one.username, "created": created, "creator": 1, "user": 1}


def _in_project(one: ServiceAccount) -> dict[str, Any]:
    role = _WORDS[one.role]
    own = {"role": role, "role_order": _ORDER[role], "target_type": "individual", "email": ""}
    return own | {"hasSensitiveAccess": one.role is not Role.VIEWER}
