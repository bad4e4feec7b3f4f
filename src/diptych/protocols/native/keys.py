"""Service accounts and the secret of a project: shown once, revocable."""

from functools import partial
from typing import Annotated

import msgspec
from litestar import delete, get, post

from diptych.control.accounts import NewAccount, ServiceAccount
from diptych.model import Role
from diptych.protocols.native.access import project_for
from diptych.protocols.native.errors import ApiError
from diptych.protocols.native.people import Asked, Done, ProjectId
from diptych.protocols.services import Services
from diptych.web.access import access_of


class ServiceAccounts(msgspec.Struct):
    """Service accounts that work."""

    accounts: list[ServiceAccount]


class AccountDraft(msgspec.Struct, forbid_unknown_fields=True):
    """A service account to be made. The user name begins with the name."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    role: Role = Role.EDITOR


class NewSecret(msgspec.Struct):
    """A project's secret, shown only now."""

    secret: str


@get("/projects/{project_id:int}/service-accounts")
async def service_accounts(request: Asked, project_id: ProjectId, services: Services) -> ServiceAccounts:
    """The service accounts of a project that are not revoked; for owners."""
    await project_for(request, services, project_id, Role.OWNER)
    control = access_of(request).control
    return ServiceAccounts(await control.run(partial(control.accounts.list, project_id)))


@post(
    "/projects/{project_id:int}/service-accounts",
    status_code=200,
    opt={"example": {"name": "Warehouse", "role": "viewer"}},
)
async def create_service_account(
    request: Asked, project_id: ProjectId, services: Services, data: AccountDraft
) -> NewAccount:
    """Make a service account. Its secret is shown only now."""
    await project_for(request, services, project_id, Role.OWNER)
    control = access_of(request).control
    return await control.run(partial(control.accounts.create, project_id, data.name, data.role))


@delete("/projects/{project_id:int}/service-accounts/{username:str}", status_code=200)
async def revoke_service_account(request: Asked, project_id: ProjectId, services: Services, username: str) -> Done:
    """Let a service account open nothing any more, within two seconds."""
    await project_for(request, services, project_id, Role.OWNER)
    control = access_of(request).control
    if not await control.run(partial(control.accounts.revoke, project_id, username)):
        raise ApiError(404, f"there is no service account {username!r} that works", "username")
    return Done()


@post("/projects/{project_id:int}/secret", status_code=200)
async def replace_secret(request: Asked, project_id: ProjectId, services: Services) -> NewSecret:
    """Replace the project's secret. The one before opens nothing any more within two seconds."""
    await project_for(request, services, project_id, Role.OWNER)
    control = access_of(request).control
    return NewSecret(await control.run(partial(control.projects.replace_secret, project_id)))


ENDPOINTS = [service_accounts, create_service_account, revoke_service_account, replace_secret]
