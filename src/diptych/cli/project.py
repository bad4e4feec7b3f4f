"""`diptych project …`."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
import typer
from rich.table import Column, Table

from diptych.cli.commanding import perform
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
_LISTS = ("silenced_devices", "group_keys", "session_excluded_events")


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


@commands.command("set", epilog="Example: diptych project set 1 store_ip=false privacy_signals=strip")
def set_settings(
    project_id: Annotated[int, typer.Argument(metavar="PROJECT_ID", help="As `diptych project list` shows it.")],
    changes: Annotated[list[str], typer.Argument(metavar="NAME=VALUE...", help="See docs/projects.md.")],
    data_dir: DataDir = None,
    json: AsJson = False,
) -> None:
    """Change what a project does with what it receives. A running server follows within two seconds.

    `identity=MODE` changes the identity mode: who is who is derived anew, which takes a while.
    """
    settings = settings_of(data_dir=data_dir)
    wanted = dict(_change(text) for text in changes)
    mode = wanted.pop("identity", None)
    with opened(settings) as control:
        try:
            project = control.projects.change(project_id, wanted)
            if mode is not None:
                perform(settings, "identity mode", project=project_id, mode=mode)
                project = control.projects.change(project_id, {})
        except InvalidProject as error:
            raise SettingsError(str(error)) from None
    if json:
        print_json(_listed(project))
    else:
        console.print(f"  {'identity':26}{project.identity}", highlight=False)
        for name in project.settings.__struct_fields__:
            console.print(f"  {name:26}{_plain(getattr(project.settings, name))}", highlight=False)


def _change(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise SettingsError(f"A change looks like store_ip=false, not {text!r}.")
    if name in _LISTS:
        return name, [item for item in value.split(",") if item]
    try:
        return name, msgspec.json.decode(value)
    except msgspec.DecodeError:
        return name, value


def _plain(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)


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
        "settings": {name: getattr(project.settings, name) for name in project.settings.__struct_fields__},
    }


def _table(projects: Sequence[Project]) -> Table:
    # A token that is cut off is worth nothing.
    token = Column("Token", no_wrap=True, min_width=_TOKEN_LENGTH)
    table = Table("Id", Column("Name", overflow="fold"), token, "Time zone", "Identity", box=None)
    for project in projects:
        table.add_row(str(project.id), project.name, project.token, project.timezone, project.identity)
    return table
