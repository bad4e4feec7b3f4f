"""Commands about the data: done by the server that has it open, or here when none runs."""

import asyncio
from typing import Annotated, Any

import msgspec
import typer

from diptych import channel
from diptych.cli.output import print_progress
from diptych.settings import Settings

ProjectOption = Annotated[
    int | None, typer.Option("--project", metavar="PROJECT_ID", help="Which project; may be left out if there is one.")
]


def perform(settings: Settings, command: str, **arguments: Any) -> Any:
    """The result, as plain JSON values. Raises StartupError."""
    try:
        return channel.ask(settings.data_dir, command, arguments, print_progress)
    except channel.NoServer:
        return _perform_here(settings, command, arguments)
    finally:
        print_progress("")


def _perform_here(settings: Settings, command: str, arguments: dict[str, Any]) -> Any:
    # The engine takes a second to import; a running server has it already.
    from diptych import admin
    from diptych.instance import locked, opened
    from diptych.store.engine import EngineRefused, EngineUnavailable

    with locked(settings.data_dir), opened(settings) as instance:
        try:
            return msgspec.to_builtins(asyncio.run(admin.perform(instance, command, arguments, print_progress)))
        except (admin.Refused, EngineUnavailable, EngineRefused) as error:
            raise channel.CommandFailed(str(error)) from None
