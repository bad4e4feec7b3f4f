"""Where a running server can be reached, so that other commands can say it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from diptych.settings import Settings

_EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104


@contextmanager
def remembered(settings: Settings) -> Iterator[Callable[[str], None]]:
    """Takes the address down in the data directory when told, and then removes it in the end."""
    written: list[Path] = []

    def remember(address: str) -> None:
        written.append(_file(settings))
        written[0].write_text(address + "\n", "utf-8")

    try:
        yield remember
    finally:
        for file in written:
            file.unlink(missing_ok=True)


def recall(settings: Settings) -> str:
    """The address of the server on this data directory; where one would be, if none runs."""
    try:
        return _file(settings).read_text("utf-8").strip()
    except OSError:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        return reachable(f"{'https' if settings.tls_cert else 'http'}://{host}:{settings.port}")


def reachable(address: str) -> str:
    """An address to open on this machine: one that stands for every address is no place to go."""
    parts = urlsplit(address)
    return f"{parts.scheme}://localhost:{parts.port}" if parts.hostname in _EVERY_ADDRESS else address


def _file(settings: Settings) -> Path:
    return settings.data_dir / "address"
