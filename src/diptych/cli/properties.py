"""`diptych properties …`: which properties have a column of their own, and giving or taking one by hand."""

from typing import Annotated, Any

import typer

from diptych.cli.commanding import perform
from diptych.cli.options import AsJson, DataDir, settings_of
from diptych.cli.output import console, print_json

commands = typer.Typer(
    help="Properties with a column of their own, which reports read faster. No answer changes by it.",
    epilog="Example: diptych properties promote plan",
    no_args_is_help=True,
)

Key = Annotated[str, typer.Argument(metavar="PROPERTY", help="The name of a property.")]
Scope = Annotated[
    str,
    typer.Option(
        "--scope", metavar="SCOPE", help="event: as the sender names it; builtin: a canonical name; user: of people."
    ),
]


@commands.command("list", epilog="Example: diptych properties list --json")
def list_(data_dir: DataDir = None, json: AsJson = False) -> None:
    """List the promoted properties, and when a report last used each."""
    found = perform(settings_of(data_dir=data_dir), "properties list")
    if json:
        print_json(found)
        return
    for one in found["promoted"]:
        how = "by hand" if one["pinned"] else "as it is used"
        console.print(f"{one['scope']} {one['key']}: promoted {how}, last used {one['used']}")
    if not found["promoted"]:
        console.print("No property is promoted: `diptych properties promote NAME` does it by hand.")


@commands.command("promote", epilog="Example: diptych properties promote country --scope builtin")
def promote(key: Key, scope: Scope = "event", data_dir: DataDir = None, json: AsJson = False) -> None:
    """Give a property a column of its own, for good. It is filled in the background."""
    _print(perform(settings_of(data_dir=data_dir), "properties promote", key=key, scope=scope), "Promoted", json)


@commands.command("demote", epilog="Example: diptych properties demote plan")
def demote(key: Key, scope: Scope = "event", data_dir: DataDir = None, json: AsJson = False) -> None:
    """Take a property's column back. Nothing is lost: the property stays where it was."""
    _print(perform(settings_of(data_dir=data_dir), "properties demote", key=key, scope=scope), "Demoted", json)


def _print(done: dict[str, Any], word: str, json: bool) -> None:
    if json:
        print_json(done)
    else:
        console.print(f"{word}: {done['scope']} {done['key']}")
