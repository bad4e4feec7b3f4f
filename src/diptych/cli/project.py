"""`diptych project …`."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.table import Column, Table

from diptych.cli.control import opened
from diptych.cli.options import AsJson, DataDir, settings_of
from diptych.cli.output import console, print_json
from diptych.control import CreatedProject, InvalidProject
from diptych.model import IdentityMode, Project
from diptych.settings import SettingsError

commands = typer.Typer(
    help="Create and list projects, also while a server runs.",
    epilog="Example: diptych project create Shop --timezone Europe/Berlin",
    no_args_is_help=True,
)

_NONE_YET = "There is no project yet. Create one with: diptych project create NAME"
_TOKEN_LENGTH = 32


@commands.command("create", epilog="Example: diptych project create Shop --timezone Europe/Berlin --json")
def create(
    name: Annotated[str, typer.Argument(help="What people call the project.")],
    timezone: Annotated[str, typer.Option(metavar="ZONE/CITY", help="Time zone in which days begin.")] = "UTC",
    identity: Annotated[
        str, typer.Option(metavar="MODE", help=f"Whose identity rules to follow: {', '.join(IdentityMode)}.")
    ] = IdentityMode.SIMPLIFIED.value,
    data_dir: DataDir = None,
    json: AsJson = False,
) -> None:
    """Create a project and print its keys. The secrets are shown only now.

    A running server takes the project up at once.
    """
    with opened(settings_of(data_dir=data_dir)) as control:
        try:
            created = control.projects.create(name, timezone, identity)
        except InvalidProject as error:
            raise SettingsError(str(error)) from None
    if json:
        print_json(created)
    else:
        _print_created(created)


@commands.command("list", epilog="Example: diptych project list --json")
def list_projects(data_dir: DataDir = None, json: AsJson = False) -> None:
    """List the projects with their tokens."""
    with opened(settings_of(data_dir=data_dir)) as control:
        projects = control.projects.list()
    if json:
        print_json([_listed(project) for project in projects])
    elif projects:
        console.print(_table(projects))
    else:
        console.print(_NONE_YET)


def _print_created(created: CreatedProject) -> None:
    account = created.service_account
    console.print(f"Project {created.project_id}: {created.name} ({created.timezone}, {created.identity})\n")
    console.print(f"  Token             {created.token}")
    console.print(f"  Secret            {created.secret}")
    console.print(f"  Service account   {account.username}")
    console.print(f"  Its secret        {account.secret}\n")
    console.print("The token is public: Mixpanel's project token, Amplitude's API key, Segment's write key.")
    console.print("Keep the secrets; they are not shown again.")


def _listed(project: Project) -> dict[str, Any]:
    return {
        "project_id": project.id,
        "name": project.name,
        "token": project.token,
        "timezone": project.timezone,
        "identity": project.identity,
        "week_start": project.week_start,
    }


def _table(projects: Sequence[Project]) -> Table:
    # A token that is cut off is worth nothing.
    token = Column("Token", no_wrap=True, min_width=_TOKEN_LENGTH)
    table = Table("Id", Column("Name", overflow="fold"), token, "Time zone", "Identity", box=None)
    for project in projects:
        table.add_row(str(project.id), project.name, project.token, project.timezone, project.identity)
    return table
