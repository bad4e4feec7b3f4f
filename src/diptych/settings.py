"""What can be set when Diptych starts: by flag, else by the environment, else by default."""

import ipaddress
import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")


class StartupError(Exception):
    """A reason not to start, in one sentence that says what to do."""


class SettingsError(StartupError):
    """A setting has a value that it cannot have."""


@dataclass(frozen=True)
class Setting:
    """One setting: its name in `Settings`, what it does, and its default as text.

    Addresses that may contain a password have no flag, because other users of a machine see flags; nor has what
    belongs to an installation rather than to one start of it.
    """

    name: str
    meaning: str
    default: str | None = None
    has_flag: bool = True

    @property
    def flag(self) -> str:
        """`--data-dir`."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """`DIPTYCH_DATA_DIR`."""
        return "DIPTYCH_" + self.name.upper()


SETTINGS = {
    setting.name: setting
    for setting in (
        Setting("host", "Address to listen on.", "127.0.0.1"),
        Setting("port", "Port to listen on; 0 takes a free one.", "8000"),
        Setting("data_dir", "Directory for everything that is kept on this machine.", "./diptych-data"),
        Setting("tls_cert", "File with the TLS certificate chain (PEM); the server then speaks https."),
        Setting("tls_key", "File with the certificate's private key (PEM), without a passphrase."),
        Setting("spool_mb", "Bound of what is accepted and not yet in ClickHouse, in MB.", "4096", False),
        Setting("geoip_file", "Database of places in MaxMind's format (.mmdb), for client addresses.", None, False),
        Setting("trusted_proxies", "Addresses or networks of proxies whose X-Forwarded-For counts.", None, False),
        Setting("clickhouse_url", "ClickHouse server to keep events in, instead of the data directory.", None, False),
        Setting("control_url", "PostgreSQL database for projects and sign-in, instead of SQLite.", None, False),
    )
}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Valid settings. Either both TLS files are set, or none."""

    host: str = "127.0.0.1"
    port: int = 8000
    data_dir: Path = Path("diptych-data")
    tls_cert: Path | None = None
    tls_key: Path | None = None
    spool_mb: int = 4096
    geoip_file: Path | None = None
    trusted_proxies: tuple[str, ...] = ()
    clickhouse_url: str | None = None
    control_url: str | None = None

    @property
    def loopback(self) -> bool:
        """Whether only programs on this machine can connect."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"


def read(flags: Mapping[str, str | None], environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from flags (by setting name; None: not given), the environment and the defaults.

    An empty environment variable counts as not set. Raises SettingsError.
    """
    given = {name: _given(setting, flags, environment) for name, setting in SETTINGS.items()}
    settings = Settings(
        host=_host(given["host"]),
        port=_port(given["port"]),
        data_dir=_directory(given["data_dir"]),
        tls_cert=_file(given["tls_cert"]),
        tls_key=_file(given["tls_key"]),
        spool_mb=_megabytes(given["spool_mb"]),
        geoip_file=_file(given["geoip_file"]),
        trusted_proxies=_networks(given["trusted_proxies"]),
        clickhouse_url=_clickhouse(given["clickhouse_url"]),
        control_url=_control(given["control_url"]),
    )
    _check_tls(settings)
    return settings


@dataclass(frozen=True)
class _Given:
    """The text of a setting, and what whoever gave it calls it."""

    text: str | None
    source: str

    def wrong(self, expected: str, *, secret: bool = False) -> SettingsError:
        was = "" if secret else f", not {self.text!r}"
        return SettingsError(f"{self.source} must be {expected}{was}.")


def _given(setting: Setting, flags: Mapping[str, str | None], environment: Mapping[str, str]) -> _Given:
    if (text := flags.get(setting.name)) is not None:
        return _Given(text, setting.flag)
    return _Given(environment.get(setting.variable) or setting.default, setting.variable)


def _host(given: _Given) -> str:
    text = given.text or ""
    try:
        return str(ipaddress.ip_address(text.removeprefix("[").removesuffix("]")))
    except ValueError:
        pass
    if not _HOST_NAME.fullmatch(text) or text.replace(".", "").isdigit():
        raise given.wrong("a host name or an IP address such as 127.0.0.1 or 0.0.0.0, without scheme and port")
    return text


def _megabytes(given: _Given) -> int:
    text = given.text or ""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1 << 20):
        raise given.wrong("a number of megabytes from 1 to 1048576")
    return int(text)


def _port(given: _Given) -> int:
    text = given.text or ""
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise given.wrong("a port number from 0 to 65535")
    return int(text)


def _directory(given: _Given) -> Path:
    path = Path(given.text or "").expanduser()
    if not given.text or (path.exists() and not path.is_dir()):
        raise given.wrong("a directory, or a path where one can be made")
    return path


def _file(given: _Given) -> Path | None:
    if given.text is None:
        return None
    path = Path(given.text).expanduser()
    try:
        path.read_bytes()
    except OSError as error:
        raise given.wrong(f"a file that can be read ({error.strerror})") from None
    return path


def _networks(given: _Given) -> tuple[str, ...]:
    found = [text.strip() for text in (given.text or "").split(",") if text.strip()]
    try:
        return tuple(str(ipaddress.ip_network(text)) for text in found)
    except ValueError:
        raise given.wrong("addresses or networks with commas between them, such as 10.0.0.5,192.168.0.0/16") from None


def _check_tls(settings: Settings) -> None:
    certificate, key = settings.tls_cert, settings.tls_key
    if (certificate is None) != (key is None):
        missing = "--tls-key" if key is None else "--tls-cert"
        raise SettingsError(f"--tls-cert and --tls-key only work together: give {missing} too.")
    if certificate is None or key is None:
        return
    try:
        # An empty passphrase keeps OpenSSL from asking for one on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=lambda: "")
    except (ssl.SSLError, ValueError):
        raise SettingsError(
            f"{certificate} and {key} are not a certificate and its private key without a passphrase: "
            "give two PEM files that belong together with --tls-cert and --tls-key."
        ) from None


def _clickhouse(given: _Given) -> str | None:
    parts = _address(given.text)
    if given.text is not None and not (parts and parts.scheme in ("http", "https") and parts.hostname):
        raise given.wrong("an address such as http://user:password@host:8123/database", secret=True)
    return given.text


def _control(given: _Given) -> str | None:
    # Without a host it is a socket of this machine.
    parts = _address(given.text)
    if given.text is not None and not (parts and parts.scheme == "postgresql" and parts.path.strip("/")):
        raise given.wrong("an address such as postgresql://user:password@host:5432/database", secret=True)
    return given.text


def _address(text: str | None) -> SplitResult | None:
    try:
        parts = urlsplit(text or "")
        return None if parts.port == 0 else parts
    except ValueError:
        return None
