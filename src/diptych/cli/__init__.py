"""The command line. Every failure that can be expected is one sentence on standard error."""

import sys
from collections.abc import Sequence

import typer

from diptych.cli import identity, maintenance, project, properties, server, user
from diptych.cli.output import print_failure
from diptych.settings import SettingsError, StartupError

app = typer.Typer(
    help="Product analytics that speaks both Mixpanel and Amplitude.",
    epilog="Example: diptych demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command(epilog="Example: diptych serve --port 8080 --data-dir /var/lib/diptych")(server.serve)
app.command(epilog="Example: diptych demo --port 8080")(server.demo)
app.command(epilog="Example: diptych sign-in-link --address https://analytics.example.com")(server.sign_in_link)
app.command(epilog="Example: diptych rebuild --project 1")(maintenance.rebuild)
app.command(epilog="Example: diptych check --project 1 --json")(maintenance.check)
app.add_typer(identity.commands, name="identity")
app.add_typer(project.commands, name="project")
app.add_typer(properties.commands, name="properties")
app.add_typer(user.commands, name="user")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command. Ends with 2 when it was called wrongly, with 1 when it failed."""
    try:
        app(args=arguments, prog_name="diptych")
    except SettingsError as error:
        print_failure(error)
        sys.exit(2)
    except StartupError as error:
        print_failure(error)
        sys.exit(1)
