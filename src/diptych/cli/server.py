"""`diptych serve`, `diptych demo` and `diptych sign-in-link`."""

import signal
from collections.abc import Callable
from types import FrameType
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from diptych import __version__
from diptych.cli.address import reachable, recall, remembered
from diptych.cli.control import opened
from diptych.cli.first_events import first_events
from diptych.cli.options import DataDir, Host, Port, TlsCert, TlsKey, settings_of
from diptych.cli.output import console
from diptych.control import CreatedProject
from diptych.model import Project
from diptych.settings import Settings, StartupError

_FIRST_QUESTION = """\
curl -u {account.username}:{account.secret} {address}/api/v1/sql -H 'Content-Type: application/json' \\
  -d '{{"project_id": {project}, "sql": "SELECT name, count() AS n FROM events GROUP BY name ORDER BY n DESC"}}'
"""


def serve(
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
) -> None:
    """Start the server: what SDKs send to, the query APIs and the web app, on one port."""
    settings = settings_of(host=host, port=port, data_dir=data_dir, tls_cert=tls_cert, tls_key=tls_key)
    _run(settings, lambda address: _welcome(settings, address))


def demo(
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    events: Annotated[int, typer.Option(metavar="N", min=1000, help="About how many events to make.")] = 1_050_000,
) -> None:
    """Make a project with demo data if there is none, then start the server.

    Who opens the web app on this machine is signed in at once, unless the server listens on other addresses.
    """
    settings = settings_of(host=host, port=port, data_dir=data_dir, tls_cert=tls_cert, tls_key=tls_key)
    project, keys = _demo_project(settings, events)
    _run(settings, lambda address: _welcome_to_demo(settings, address, project, keys), demo=True)


def sign_in_link(
    data_dir: DataDir = None,
    address: Annotated[
        str | None,
        typer.Option(metavar="URL", help="How browsers reach the server, if not as it was started."),
    ] = None,
) -> None:
    """Print a new link that signs the owner in to the web app. It works once, for a day."""
    settings = settings_of(data_dir=data_dir)
    with opened(settings) as control:
        console.print(_link((address or recall(settings)).rstrip("/"), control.sign_ins.new_link()))


def _run(settings: Settings, welcome: Callable[[str], None], *, demo: bool = False) -> None:
    # The engine takes a second to import; other commands should not wait for it.
    from diptych import app
    from diptych.store.engine import EngineRefused, EngineUnavailable

    with remembered(settings) as remember:

        def ready(address: str) -> None:
            remember(reachable(address))
            welcome(reachable(address))

        signal.signal(signal.SIGTERM, _end)
        try:
            app.run(settings, demo=demo, ready=ready)
        except KeyboardInterrupt:
            return
        except (EngineUnavailable, EngineRefused) as error:
            raise StartupError(f"ClickHouse does not work as it should ({error}): look into its log.") from error


def _end(number: int, frame: FrameType | None) -> None:
    """Unwind, so that everything is closed. The web server raises the signal again when it has ended."""
    raise SystemExit(0)


def _demo_project(settings: Settings, events: int) -> tuple[Project, CreatedProject | None]:
    """The project, and its secrets if it was made now."""
    from diptych import app

    with opened(settings) as control:
        found = [project for project in control.projects.list() if project.name == app.DEMO_NAME]
        if found:
            console.print(f"The project {app.DEMO_NAME} is there already.")
            return found[0], None
        columns = (TextColumn("Loading demo data"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console) as progress:
            task = progress.add_task("", total=events)

            def show(done: int) -> None:
                progress.update(task, completed=min(done, events))

            created = app.load_demo(settings, control, events, show)
            show(events)
        project = next(project for project in control.projects.list() if project.id == created.project_id)
        return project, created


def _welcome(settings: Settings, address: str) -> None:
    console.print(f"Diptych {__version__} listens on {address}")
    console.print(f"Web app: {address}/app/")
    with opened(settings) as control:
        if control.sign_ins.nobody_yet():
            console.print(f"Sign in with this link, once: {_link(address, control.sign_ins.new_link())}")
        if not control.projects.list():
            console.print("There is no project yet. Create one with: diptych project create NAME")


def _welcome_to_demo(settings: Settings, address: str, project: Project, keys: CreatedProject | None) -> None:
    console.print(f"\nWeb app:        {address}/app/")
    if not settings.loopback:
        with opened(settings) as control:
            console.print(f"Sign in, once:  {_link(address, control.sign_ins.new_link())}")
    console.print(f"Project token:  {project.token}")
    if keys is None:
        console.print(f"Other keys:     {address}/app/p/{project.id}/settings/keys\n")
    else:
        account = keys.service_account
        console.print(f"Secret:         {keys.secret}")
        console.print(f"Account:        {account.username}:{account.secret}\n")
        console.print("The secret and the service account are not shown again. Ask something with them:\n")
        console.print(_FIRST_QUESTION.format(account=account, address=address, project=project.id))
    console.print("Send a first event with any of these:")
    for client, lines in first_events(address, project.token).items():
        console.print(f"\n# {client}\n{lines}", end="")
    console.print("\nStop the server with Ctrl+C.")


def _link(address: str, token: str) -> str:
    return f"{address}/app/sign-in/{token}"
