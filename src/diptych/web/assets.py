"""The files of the built web app, in memory and compressed."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_INDEX = "index.html"
# Fonts and pictures are compressed already.
_COMPRESSIBLE = {".html", ".js", ".css", ".svg", ".json", ".map", ".txt"}
# Windows' registry and some systems' tables have other ideas.
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


@dataclass(frozen=True)
class Asset:
    """One file. `forever`: its name changes with its content."""

    body: bytes
    media_type: str
    compressible: bool
    forever: bool

    @cached_property
    def tag(self) -> str:
        """Changes with the content."""
        return hashlib.sha256(self.body).hexdigest()[:20]

    @cached_property
    def compressed(self) -> bytes:
        """The content in gzip."""
        return gzip.compress(self.body, 9, mtime=0)


class Assets:
    """The files below a folder, by their path there. They are read again when the app is built again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._built: int | None = None
        self._files: dict[str, Asset] = {}

    def find(self, path: str) -> Asset | None:
        """The file for a path below `/app/`: itself, or the one page for what is a place in the app.

        None: there is no such file, or nothing is built. Only names that were listed are looked up, so no
        path leads out of the folder.
        """
        self._refresh()
        if path.startswith("assets/"):
            return self._files.get(path)
        return self._files.get(path) or self._files.get(_INDEX)

    @property
    def built(self) -> bool:
        """Whether there is an app to serve."""
        self._refresh()
        return _INDEX in self._files

    def _refresh(self) -> None:
        try:
            built = (self._folder / _INDEX).stat().st_mtime_ns
        except FileNotFoundError:
            built = None
        if built != self._built:
            self._files = dict(_read(self._folder)) if built is not None else {}
            self._built = built


def _read(folder: Path) -> list[tuple[str, Asset]]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return [(file.relative_to(folder).as_posix(), _asset(folder, file)) for file in files]


def _asset(folder: Path, file: Path) -> Asset:
    guessed = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Asset(
        body=file.read_bytes(),
        media_type=guessed,
        compressible=file.suffix in _COMPRESSIBLE,
        forever=file.relative_to(folder).parts[0] == "assets",
    )
