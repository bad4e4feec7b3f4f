"""`diptych user …`: the people who can sign in, for whoever runs the server."""

from typing import Annotated

import typer
from rich.table import Column, Table

from diptych.cli.address import recall
from diptych.cli.control import opened
from diptych.cli.options import AsJson, DataDir, settings_of
from diptych.cli.output import console, print_json
from diptych.control import Control, InvalidUser
from diptych.control.users import LastOwner, User
from diptych.model import Role
from diptych.settings import Settings, SettingsError

commands = typer.Typer(
    help="The people who can sign in to the web app, also while a server runs.",
    epilog="Example: diptych user reset-link anna@example.com",
    no_args_is_help=True,
)

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The address that the person signs in with.")]
Address = Annotated[
    str | None, typer.Option(metavar="URL", help="How browsers reach the server, if not as it was started.")
]

_NOBODY = "Nobody has signed in yet. The server's first link makes an owner; so does: diptych user invite EMAIL"


@commands.command("list", epilog="Example: diptych user list --json")
def list_users(data_dir: DataDir = None, json: AsJson = False) -> None:
    """List the people who can sign in."""
    with opened(settings_of(data_dir=data_dir)) as control:
        users = control.users.everybody()
    if json:
        print_json(users)
    elif users:
        console.print(_table(users))
    else:
        console.print(_NOBODY)


@commands.command("invite", epilog="Example: diptych user invite anna@example.com --project 1 --role editor")
def invite(
    email: Email,
    project: Annotated[
        int | None, typer.Option(metavar="PROJECT_ID", help="Which project; without it, to run the installation.")
    ] = None,
    role: Annotated[str, typer.Option(metavar="ROLE", help=f"{', '.join(Role)}; for a project.")] = Role.VIEWER.value,
    address: Address = None,
    data_dir: DataDir = None,
) -> None:
    """Print a link with which somebody joins a project, or those who run the installation.

    It works once, for a week.
    """
    settings = settings_of(data_dir=data_dir)
    with opened(settings) as control:
        _check(control, project, role)
        try:
            chosen = Role.OWNER if project is None else Role(role)
            _, link = control.invitations.create(email, project, chosen, None)
        except InvalidUser as error:
            raise SettingsError(str(error)) from None
    console.print(f"{_address(settings, address)}/app/invitation/{link}")


@commands.command("reset-link", epilog="Example: diptych user reset-link anna@example.com")
def reset_link(email: Email, address: Address = None, data_dir: DataDir = None) -> None:
    """Print a link that signs somebody in who forgot the password, to set a new one. It works once, for a day."""
    settings = settings_of(data_dir=data_dir)
    with opened(settings) as control:
        link = control.sign_ins.new_link(_user(control, email).id)
    console.print(f"{_address(settings, address)}/app/sign-in/{link}")


@commands.command("remove", epilog="Example: diptych user remove anna@example.com")
def remove(email: Email, data_dir: DataDir = None) -> None:
    """Take somebody out of everything, and sign them out everywhere."""
    with opened(settings_of(data_dir=data_dir)) as control:
        try:
            control.users.remove(_user(control, email).id)
        except LastOwner as error:
            raise SettingsError(str(error)) from None
    console.print(f"{email} cannot sign in any more.")


def _check(control: Control, project: int | None, role: str) -> None:
    if role not in list(Role):
        raise SettingsError(f"The role must be one of {', '.join(Role)}, not {role!r}.")
    if project is not None and project not in [one.id for one in control.projects.list()]:
        raise SettingsError(f"There is no project {project}: see diptych project list.")


def _user(control: Control, email: str) -> User:
    found = control.users.by_email(email)
    if found is None:
        raise SettingsError(f"Nobody signs in with {email}: see diptych user list.")
    return found[0]


def _address(settings: Settings, address: str | None) -> str:
    return (address or recall(settings)).rstrip("/")


def _table(users: list[User]) -> Table:
    table = Table("Id", Column("Name", overflow="fold"), Column("E-mail", overflow="fold"), "Runs all", box=None)
    for user in users:
        table.add_row(str(user.id), user.name, user.email or "not set", "yes" if user.admin else "")
    return table
