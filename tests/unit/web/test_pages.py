"""The built web app: its page, its files, its headers."""

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.web.conftest import Browser, Connect

from diptych.web import pages
from diptych.web.assets import Assets

INDEX = "<!doctype html><title>Diptych</title><script src=/app/assets/main-a1b2.js></script>"
SCRIPT = "export const answer = 42;\n" * 100


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small built app in place of the real one."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "assets" / "main-a1b2.js").write_text(SCRIPT)
    (folder / "assets" / "font-c3d4.woff2").write_bytes(b"\0woff2")
    (tmp_path / "secret.txt").write_text("not for the web")
    monkeypatch.setattr(pages, "ASSETS", Assets(folder))
    yield folder


@pytest.fixture
def browser(connect: Connect, built: Path) -> Browser:
    """A browser that follows no redirect by itself."""
    browser = connect()
    browser.follow_redirects = False
    return browser


def test_the_root_leads_to_the_app(browser: Browser) -> None:
    answer = browser.get("/")
    assert (answer.status_code, answer.headers["location"]) == (302, "/app/")


@pytest.mark.parametrize("path", ["/app", "/app/", "/app/projects/1/events", "/app/report?q=1", "/app/a.b/c"])
def test_every_place_in_the_app_is_the_one_page(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert (answer.status_code, answer.text) == (200, INDEX)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    policy = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))
    assert policy == {
        "default-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "connect-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }


@pytest.mark.parametrize(
    ("path", "media_type", "caching"),
    [
        ("/app/assets/main-a1b2.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("/app/assets/font-c3d4.woff2", "font/woff2", "public, max-age=31536000, immutable"),
        ("/app/favicon.svg", "image/svg+xml", "no-cache"),
    ],
)
def test_files(browser: Browser, built: Path, path: str, media_type: str, caching: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 200
    assert answer.content == (built / path.removeprefix("/app/")).read_bytes()
    assert answer.headers["content-type"] == media_type
    assert answer.headers["cache-control"] == caching


def test_text_is_compressed_for_who_takes_it(browser: Browser) -> None:
    with browser.stream("GET", "/app/assets/main-a1b2.js", headers={"Accept-Encoding": "gzip, br"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert len(raw) < len(SCRIPT) / 10
    assert gzip.decompress(raw).decode() == SCRIPT
    plain = browser.get("/app/assets/main-a1b2.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == SCRIPT
    assert plain.headers["etag"] != answer.headers["etag"]
    assert plain.headers["vary"] == "Accept-Encoding"
    font = browser.get("/app/assets/font-c3d4.woff2", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in font.headers


def test_what_a_browser_has_is_not_sent_again(browser: Browser, built: Path) -> None:
    tag = browser.get("/app/").headers["etag"]
    again = browser.get("/app/", headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content) == (304, b"")
    (built / "index.html").write_text(INDEX + "<!-- new -->")
    os.utime(built / "index.html", ns=(1, 1))
    changed = browser.get("/app/", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert "new" in changed.text


def test_head(browser: Browser) -> None:
    answer = browser.head("/app/")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/app/assets/missing.js",
        "/app/assets/../../secret.txt",
        "/app/assets/%2e%2e/%2e%2e/secret.txt",
        "/app/../secret.txt",
        "/app/%2e%2e/secret.txt",
        "/app/..%2fsecret.txt",
        "/app//etc/passwd",
    ],
)
def test_no_path_leads_out(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code in (200, 404)
    assert answer.text == INDEX or answer.status_code == 404


def test_an_app_that_is_not_built(connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "ASSETS", Assets(tmp_path / "nothing"))
    answer = connect().get("/app/")
    assert answer.status_code == 503
    assert "make demo" in answer.text
