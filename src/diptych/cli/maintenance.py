"""`diptych rebuild` and `diptych check`: what is derived from the logs."""

import typer

from diptych.cli.commanding import ProjectOption, perform
from diptych.cli.options import AsJson, DataDir, settings_of
from diptych.cli.output import console, print_json


def rebuild(project: ProjectOption = None, data_dir: DataDir = None, json: AsJson = False) -> None:
    """Make who is who and what profiles hold anew from what was received; of one project, or of all."""
    done = perform(settings_of(data_dir=data_dir), "rebuild", project=project)
    if json:
        print_json(done)
    else:
        console.print(f"Derived anew: {', '.join(f'project {number}' for number in done['projects']) or 'nothing'}.")


def check(project: ProjectOption = None, data_dir: DataDir = None, json: AsJson = False) -> None:
    """Prove that what is derived is what was received, or print the differences and end with 1."""
    found = perform(settings_of(data_dir=data_dir), "check", project=project)
    if json:
        print_json(found)
    for difference in () if json else found["differences"] or ["No differences."]:
        console.print(difference)
    if found["differences"]:
        raise typer.Exit(1)
