"""Settings: command-line flags, then the environment (`DIPTYCH_*`, the same names), then defaults."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec


class StartupError(Exception):
    """A reason not to start, in one sentence that says what to do."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a server is started with. Documented in docs/settings.md."""

    host: str = "127.0.0.1"
    port: int = 8000
    data_dir: Path = Path("diptych-data")
    tls_cert: Path | None = None
    tls_key: Path | None = None
    clickhouse_url: str | None = None
    control_url: str | None = None

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in ("localhost", "::1") or self.host.startswith("127.")


def read(flags: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from flags (those that are not None), the environment and defaults.

    Raises StartupError for the first one that is wrong.
    """
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    environment = os.environ if environment is None else environment
    for name in Settings.__struct_fields__:
        text = environment.get(variable(name), "")
        if name not in given and text:
            given[name] = text
    values = {name: _READERS[name](str(value), _origin(name, flags)) for name, value in given.items()}
    settings = Settings(**values)
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise StartupError("--tls-cert and --tls-key belong together: give both, or neither.")
    return settings


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"DIPTYCH_{name.upper()}"


def _origin(name: str, flags: Mapping[str, Any] | None) -> str:
    from_flag = (flags or {}).get(name) is not None
    return f"--{name.replace('_', '-')}" if from_flag else variable(name)


def _port(text: str, origin: str) -> int:
    if not text.isdigit() or not 0 <= int(text) <= 65535:
        raise StartupError(f"{origin} must be a port number from 0 to 65535 (0: any free port), not {text!r}.")
    return int(text)


def _host(text: str, origin: str) -> str:
    if not text.strip() or "/" in text or "://" in text:
        raise StartupError(f"{origin} must be an address or host name such as 127.0.0.1 or 0.0.0.0, not {text!r}.")
    return text.strip().strip("[]")


def _directory(text: str, origin: str) -> Path:
    path = Path(text).expanduser()
    if path.exists() and not path.is_dir():
        raise StartupError(f"{origin} must name a directory, and {text} is a file: choose another path.")
    return path


def _file(text: str, origin: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_file():
        raise StartupError(f"{origin} names {text}, where there is no file: give the path of a PEM file.")
    return path


def _clickhouse(text: str, origin: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise StartupError(f"{origin} must look like http://user:password@host:8123/database, not {_masked(text)!r}.")
    return text


def _control(text: str, origin: str) -> str:
    if not text.startswith(("postgresql://", "sqlite:///")):
        raise StartupError(f"{origin} must look like postgresql://user:password@host/database, not {_masked(text)!r}.")
    return text


def _masked(url: str) -> str:
    """Without what may be a password."""
    return url.split("@")[-1]


_READERS: dict[str, Any] = {
    "host": _host,
    "port": _port,
    "data_dir": _directory,
    "tls_cert": _file,
    "tls_key": _file,
    "clickhouse_url": _clickhouse,
    "control_url": _control,
}
