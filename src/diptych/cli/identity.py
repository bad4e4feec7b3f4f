"""`diptych identity …`: who an id is, and what people link or take back by hand."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from diptych.cli.commanding import ProjectOption, perform
from diptych.cli.options import AsJson, DataDir, settings_of
from diptych.cli.output import console, print_json

commands = typer.Typer(
    help="Who an id is; link ids, and take links back. Also while a server runs.",
    epilog="Example: diptych identity show user-1 --project 1",
    no_args_is_help=True,
)

Id = Annotated[str, typer.Argument(metavar="ID", help="An id as events have it; a device's is $device:… .")]


@commands.command("show", epilog="Example: diptych identity show user-1 --project 1")
def show(identifier: Id, project: ProjectOption = None, data_dir: DataDir = None, json: AsJson = False) -> None:
    """Show who an id is: the person, all their ids, and everything that was said of them."""
    _print(perform(settings_of(data_dir=data_dir), "identity show", project=project, id=identifier), json)


@commands.command("link", epilog="Example: diptych identity link 'old@example.com' user-1 --project 1")
def link(
    identifier: Id,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="The id of whoever it is.")],
    project: ProjectOption = None,
    data_dir: DataDir = None,
    json: AsJson = False,
) -> None:
    """Say that an id is whoever another id is. Reports follow at once; `unlink` takes it back."""
    settings = settings_of(data_dir=data_dir)
    _print(perform(settings, "identity link", project=project, actor=identifier, person=person), json)


@commands.command("unlink", epilog="Example: diptych identity unlink '$device:8f3a' user-1 --project 1")
def unlink(
    identifier: Id,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="From which id; without it, from every one.")] = "",
    project: ProjectOption = None,
    data_dir: DataDir = None,
    json: AsJson = False,
) -> None:
    """Take back everything that was said until now of two ids being one person. No event is lost."""
    settings = settings_of(data_dir=data_dir)
    _print(perform(settings, "identity unlink", project=project, actor=identifier, person=other), json)


def _print(found: dict[str, Any], json: bool) -> None:
    if json:
        print_json(found)
        return
    console.print(f"{found['id']} is {found['person']}")
    console.print(f"  All ids: {', '.join(found['ids'])}")
    for said in found["log"]:
        when = datetime.fromtimestamp(said["received"] / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
        console.print(f"  {when}  {said['actor']} {said['kind']} {said['person']} ({said['source']}): {said['effect']}")
