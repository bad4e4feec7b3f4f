"""Flags that several commands have. Their words come from the table of settings."""

from typing import Annotated, Any

import typer

from diptych.settings import SETTINGS, Settings, read


def _flag(name: str) -> Any:
    setting = SETTINGS[name]
    default = f"; default {setting.default}" if setting.default else ""
    # Checked by `settings.read`, so that a flag and its variable are refused in the same words.
    return typer.Option(setting.flag, metavar=name.upper(), help=f"{setting.meaning} ({setting.variable}{default})")


Host = Annotated[str | None, _flag("host")]
Port = Annotated[str | None, _flag("port")]
DataDir = Annotated[str | None, _flag("data_dir")]
TlsCert = Annotated[str | None, _flag("tls_cert")]
TlsKey = Annotated[str | None, _flag("tls_key")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


def settings_of(
    *,
    host: str | None = None,
    port: str | None = None,
    data_dir: str | None = None,
    tls_cert: str | None = None,
    tls_key: str | None = None,
) -> Settings:
    """Settings from a command's flags and the environment. Raises SettingsError."""
    return read({"host": host, "port": port, "data_dir": data_dir, "tls_cert": tls_cert, "tls_key": tls_key})
