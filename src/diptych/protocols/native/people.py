"""The people of a project, invitations, and those who run the installation."""

from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from litestar import Request, delete, get, patch, post
from litestar.params import Parameter

from diptych.control.invitations import Invitation
from diptych.control.users import Member, User
from diptych.model import Role
from diptych.protocols.native.access import admin_of, open_project, project_for
from diptych.protocols.native.errors import ApiError
from diptych.protocols.services import Services
from diptych.web.access import access_of

Asked = Request[Any, Any, Any]
ProjectId = Annotated[int, Parameter(ge=1, le=2**31 - 1)]
UserId = Annotated[int, Parameter(ge=1, le=2**31 - 1)]


class People(msgspec.Struct):
    """Who may open a project, and who is invited. Invitations are there for owners only."""

    people: list[Member]
    invitations: list[Invitation]


class NewInvitation(msgspec.Struct, forbid_unknown_fields=True):
    """Whom to invite, as what."""

    email: Annotated[str, msgspec.Meta(max_length=300)]
    role: Role


class InvitationLink(msgspec.Struct, kw_only=True):
    """A new invitation. `path` is that of its link on this server, shown only now; it works once, for a week."""

    invitation: Invitation
    path: str


class RoleChange(msgspec.Struct, forbid_unknown_fields=True):
    """Another role."""

    role: Role


class Users(msgspec.Struct):
    """Everybody who can sign in."""

    users: list[User]


class AdminChange(msgspec.Struct, forbid_unknown_fields=True):
    """Whether somebody runs the installation."""

    admin: bool


class SignInLink(msgspec.Struct):
    """The path of a link on this server that signs one user in, once, within a day."""

    path: str


class Done(msgspec.Struct):
    """It is so."""

    done: bool = True


@get("/projects/{project_id:int}/people")
async def list_people(request: Asked, project_id: ProjectId, services: Services) -> People:
    """Who may open a project, and the invitations that can still be accepted."""
    found, control = await open_project(request, services, project_id), access_of(request).control
    owner = found.role is Role.OWNER
    invited = await control.run(partial(control.invitations.list, project_id)) if owner else []
    return People(await control.run(partial(control.users.members, project_id)), invited)


@post(
    "/projects/{project_id:int}/invitations",
    status_code=200,
    opt={"example": {"email": "anna@example.com", "role": "editor"}},
)
async def invite(request: Asked, project_id: ProjectId, services: Services, data: NewInvitation) -> InvitationLink:
    """Invite somebody to a project. Nothing is sent: pass the link on yourself."""
    found, control = await open_project(request, services, project_id, Role.OWNER), access_of(request).control
    create = partial(control.invitations.create, data.email, project_id, data.role, found.user_id)
    invitation, link = await control.run(create)
    return InvitationLink(invitation=invitation, path=_invitation_path(link))


@delete("/projects/{project_id:int}/invitations/{invitation_id:int}", status_code=200)
async def withdraw_invitation(request: Asked, project_id: ProjectId, services: Services, invitation_id: UserId) -> Done:
    """Let an invitation's link work no more."""
    await project_for(request, services, project_id, Role.OWNER)
    control = access_of(request).control
    if not await control.run(partial(control.invitations.withdraw, project_id, invitation_id)):
        raise ApiError(404, f"there is no invitation {invitation_id}", "invitation_id")
    return Done()


@patch("/projects/{project_id:int}/people/{user_id:int}", opt={"example": {"role": "viewer"}})
async def change_role(
    request: Asked, project_id: ProjectId, services: Services, user_id: UserId, data: RoleChange
) -> Done:
    """Give somebody of the project another role."""
    await project_for(request, services, project_id, Role.OWNER)
    control = access_of(request).control
    await _require_member(request, project_id, user_id)
    await control.run(partial(control.users.set_role, user_id, project_id, data.role))
    return Done()


@delete("/projects/{project_id:int}/people/{user_id:int}", status_code=200)
async def remove_from_project(request: Asked, project_id: ProjectId, services: Services, user_id: UserId) -> Done:
    """Take somebody out of the project; their account stays."""
    await project_for(request, services, project_id, Role.OWNER)
    await _require_member(request, project_id, user_id)
    control = access_of(request).control
    await control.run(partial(control.users.leave, user_id, project_id))
    return Done()


@get("/users")
async def users(request: Asked) -> Users:
    """Everybody who can sign in; for those who run the installation."""
    await admin_of(request)
    control = access_of(request).control
    return Users(await control.run(control.users.everybody))


@patch("/users/{user_id:int}", opt={"example": {"admin": True}})
async def change_user(request: Asked, user_id: UserId, data: AdminChange) -> Done:
    """Let somebody run the installation, or no more."""
    await admin_of(request)
    control = access_of(request).control
    await control.run(partial(control.users.set_admin, user_id, data.admin))
    return Done()


@delete("/users/{user_id:int}", status_code=200)
async def remove_user(request: Asked, user_id: UserId) -> Done:
    """Take somebody out of everything, and sign them out everywhere."""
    await admin_of(request)
    control = access_of(request).control
    if not await control.run(partial(control.users.remove, user_id)):
        raise ApiError(404, f"there is no user {user_id}", "user_id")
    return Done()


@post("/users/{user_id:int}/sign-in-links", status_code=200)
async def make_sign_in_link(request: Asked, user_id: UserId) -> SignInLink:
    """A link for somebody who forgot the password. Nothing is sent: pass it on yourself."""
    await admin_of(request)
    control = access_of(request).control
    if user_id not in [user.id for user in await control.run(control.users.everybody)]:
        raise ApiError(404, f"there is no user {user_id}", "user_id")
    return SignInLink(f"/app/sign-in/{await control.run(partial(control.sign_ins.new_link, user_id))}")


@post(
    "/invitations",
    status_code=200,
    opt={"example": {"email": "anna@example.com"}},
)
async def invite_admin(request: Asked, data: "NewAdmin") -> InvitationLink:
    """Invite somebody to run the installation."""
    session, control = await admin_of(request), access_of(request).control
    by = session.visitor.user.id if session.visitor else None
    invitation, link = await control.run(partial(control.invitations.create, data.email, None, Role.OWNER, by))
    return InvitationLink(invitation=invitation, path=_invitation_path(link))


class NewAdmin(msgspec.Struct, forbid_unknown_fields=True):
    """Whom to invite."""

    email: Annotated[str, msgspec.Meta(max_length=300)]


ENDPOINTS = [
    list_people,
    invite,
    withdraw_invitation,
    change_role,
    remove_from_project,
    users,
    change_user,
    remove_user,
    make_sign_in_link,
    invite_admin,
]


async def _require_member(request: Asked, project_id: int, user_id: int) -> None:
    """Raises ApiError when the user is not a member of the project, or one by running the installation."""
    control = access_of(request).control
    found = [one for one in await control.run(partial(control.users.members, project_id)) if one.id == user_id]
    if not found:
        raise ApiError(404, f"nobody with the number {user_id} is in this project", "user_id")
    if found[0].admin:
        raise ApiError(409, f"{found[0].name} runs the installation and is an owner of every project", "user_id")


def _invitation_path(link: str) -> str:
    return f"/app/invitation/{quote(link)}"
