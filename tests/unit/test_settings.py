"""Settings: flag, else environment, else default; and what a wrong one is told."""

from pathlib import Path

import pytest
import trustme
from tests.harness import ROOT

from diptych.settings import SETTINGS, Settings, SettingsError, read


def test_defaults() -> None:
    assert read({}, {}) == Settings(host="127.0.0.1", port=8000, data_dir=Path("diptych-data"))


def test_table_and_settings_agree() -> None:
    assert list(SETTINGS) == list(Settings.__dataclass_fields__)


def test_flag_before_environment_before_default() -> None:
    environment = {"DIPTYCH_PORT": "9000", "DIPTYCH_HOST": "0.0.0.0", "DIPTYCH_TLS_CERT": ""}
    settings = read({"port": "9100", "host": None}, environment)
    assert (settings.port, settings.host, settings.tls_cert) == (9100, "0.0.0.0", None)


def test_addresses_come_from_the_environment() -> None:
    clickhouse = "https://someone:p%40ss@db.example.com:8443/events?cluster=main"
    control = "postgresql://someone:pass@db.example.com/diptych"
    socket = "postgresql:///diptych?host=/run/postgresql"
    settings = read({}, {"DIPTYCH_CLICKHOUSE_URL": clickhouse, "DIPTYCH_CONTROL_URL": control})
    assert (settings.clickhouse_url, settings.control_url) == (clickhouse, control)
    assert read({}, {"DIPTYCH_CONTROL_URL": socket}).control_url == socket


@pytest.mark.parametrize(
    ("host", "kept", "loopback"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.9.9.9", "127.9.9.9", True),
        ("::1", "::1", True),
        ("[::1]", "::1", True),
        ("localhost", "localhost", True),
        ("0.0.0.0", "0.0.0.0", False),
        ("::", "::", False),
        ("192.168.1.10", "192.168.1.10", False),
        ("analytics.example.com", "analytics.example.com", False),
        ("localhost.example.com", "localhost.example.com", False),
    ],
)
def test_hosts(host: str, kept: str, loopback: bool) -> None:
    settings = read({"host": host}, {})
    assert (settings.host, settings.loopback) == (kept, loopback)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("host", "", "a host name or an IP address"),
        ("host", "http://localhost", "without scheme and port"),
        ("host", "localhost:8000", "without scheme and port"),
        ("host", "256.1.1.1", "a host name or an IP address"),
        ("port", "x", "a port number from 0 to 65535"),
        ("port", "-1", "a port number"),
        ("port", "65536", "a port number"),
        ("port", "８０００", "a port number"),
        ("data_dir", __file__, "a directory"),
        ("tls_cert", "/no/such/file.pem", "a file that can be read (No such file or directory)"),
        ("clickhouse_url", "clickhouse://db:9000", "such as http://user:password@host:8123/database"),
        ("clickhouse_url", "db:8123", "such as http://user:password@host:8123/database"),
        ("clickhouse_url", "http://db:http/", "such as http://user:password@host:8123/database"),
        ("control_url", "mysql://u:hunter2@db/x", "such as postgresql://user:password@host:5432/database"),
        ("control_url", "postgresql://u:hunter2@db", "such as postgresql://user:password@host:5432/database"),
    ],
)
def test_a_wrong_setting_is_told_in_one_sentence(name: str, value: str, words: str) -> None:
    setting = SETTINGS[name]
    sources: list[tuple[dict[str, str], dict[str, str], str]] = []
    if value:
        sources.append(({}, {setting.variable: value}, setting.variable))
    if setting.has_flag:
        sources.append(({name: value}, {}, setting.flag))
    for flags, environment, source in sources:
        with pytest.raises(SettingsError) as caught:
            read(flags, environment)
        message = str(caught.value)
        assert message.startswith(f"{source} must be ")
        assert words in message and message.endswith(".") and "\n" not in message
        assert "hunter2" not in message


@pytest.fixture
def certificate(tmp_path: Path) -> dict[str, str]:
    """A certificate, its key, and the key of another one."""
    authority = trustme.CA()
    made, other = authority.issue_cert("localhost"), authority.issue_cert("localhost")
    files = {"cert": made.cert_chain_pems[0], "key": made.private_key_pem, "other": other.private_key_pem}
    for name, blob in files.items():
        blob.write_to_path(tmp_path / name)
    return {name: str(tmp_path / name) for name in files}


def test_certificate_and_key(certificate: dict[str, str]) -> None:
    settings = read({"tls_cert": certificate["cert"], "tls_key": certificate["key"]}, {})
    assert settings.tls_cert == Path(certificate["cert"])


@pytest.mark.parametrize(
    ("cert", "key", "words"),
    [
        ("cert", None, "give --tls-key too"),
        (None, "key", "give --tls-cert too"),
        ("cert", "other", "are not a certificate and its private key"),
        ("key", "cert", "are not a certificate and its private key"),
    ],
)
def test_files_that_do_not_make_a_certificate(
    certificate: dict[str, str], cert: str | None, key: str | None, words: str
) -> None:
    flags = {"tls_cert": certificate[cert] if cert else None, "tls_key": certificate[key] if key else None}
    with pytest.raises(SettingsError, match=words):
        read(flags, {})


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_documented(name: str) -> None:
    setting = SETTINGS[name]
    [row] = [line for line in SETTINGS_PAGE.splitlines() if f"| `{setting.variable}` |" in line]
    assert setting.meaning in row
    assert not setting.has_flag or f"`{setting.flag}`" in row
    assert (f"`{setting.default}`" if setting.default else "not set") in row


SETTINGS_PAGE = (ROOT / "docs" / "settings.md").read_text("utf-8")
