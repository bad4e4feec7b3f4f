"""Where commands print: results on standard output, failures on standard error."""

import sys
from typing import Any

import msgspec
from rich.console import Console

# Text is printed as it is: names are never read as markup, addresses never broken over lines.
console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """One JSON value on a line of its own."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")


def print_progress(progress: str) -> None:
    """How far a command is, in place of what was said before; only for people."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{progress}\r")
        sys.stderr.flush()


def print_failure(error: Exception) -> None:
    """Why a command failed, for the person at the terminal."""
    sys.stderr.write(f"diptych: {error}\n")
