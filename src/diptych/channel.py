"""How commands reach the server that has the data open: a Unix socket in the data directory.

A request is one line of JSON, `{"command": …, "arguments": {…}}`; the answer is one line too, `{"result": …}` or
`{"error": …}`. Before it there may be lines `{"progress": …}`, each with a few words on how far it is. Who may open
the socket is who may read the data directory.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from diptych.settings import StartupError

_NAME = "commands"
_LONGEST_LINE = 1 << 20

Told = Callable[[str], None]
Perform = Callable[[str, Mapping[str, Any], Told], Awaitable[Any]]


class Request(msgspec.Struct):
    """One command."""

    command: str
    arguments: dict[str, Any] = {}


@asynccontextmanager
async def serving(data_dir: Path, perform: Perform) -> AsyncIterator[None]:
    """Answer commands as long as the context lasts. Whatever `perform` raises is told as its message.

    `perform` may tell its progress from any thread.
    """

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()

        def told(progress: str) -> None:
            loop.call_soon_threadsafe(writer.write, msgspec.json.encode({"progress": progress}) + b"\n")

        writer.write(msgspec.json.encode(await _answer(await reader.readline(), perform, told)) + b"\n")
        await writer.drain()
        writer.close()

    with _short(data_dir) as directory:
        path = f"{directory}/{_NAME}"
        Path(path).unlink(missing_ok=True)
        server = await asyncio.start_unix_server(answer, path, limit=_LONGEST_LINE)
        Path(path).chmod(0o600)
        try:
            yield
        finally:
            server.close()
            Path(path).unlink(missing_ok=True)


async def _answer(line: bytes, perform: Perform, told: Told) -> dict[str, Any]:
    try:
        asked = msgspec.json.decode(line, type=Request)
        return {"result": await perform(asked.command, asked.arguments, told)}
    except Exception as error:
        return {"error": str(error) or type(error).__name__}


def ask(data_dir: Path, command: str, arguments: Mapping[str, Any], told: Told) -> Any:
    """The result of a command that a running server did. Raises NoServer when none runs, and CommandFailed."""
    with _short(data_dir) as directory, socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(f"{directory}/{_NAME}")
        except (FileNotFoundError, ConnectionRefusedError):
            raise NoServer from None
        connection.sendall(msgspec.json.encode({"command": command, "arguments": arguments}) + b"\n")
        with connection.makefile("rb") as lines:
            for line in lines:
                answer = msgspec.json.decode(line)
                if "error" in answer:
                    raise CommandFailed(answer["error"])
                if "result" in answer:
                    return answer["result"]
                told(answer["progress"])
    raise CommandFailed("The server ended before it answered: try again.")


class NoServer(Exception):
    """No server runs on the data directory."""


class CommandFailed(StartupError):
    """A command did not do what it was asked to."""


@contextmanager
def _short(directory: Path) -> Iterator[str]:
    """A short name of a directory: the path of a Unix socket may have a hundred characters only."""
    plain = str(directory.resolve())
    if len(plain) < 90 or not Path("/proc/self/fd").exists():
        yield plain
        return
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        yield plain
        return
    try:
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
