"""Who gets in: links, cookies, demo mode, and requests that other sites' pages make a browser send."""

import pytest
from tests.unit.web.conftest import Browser, Connect

from diptych.control import Control

HTTP, HTTPS = "http://localhost:8000", "https://analytics.example.com"


def sign_in(browser: Browser, link: str, **headers: str) -> str:
    """Use a link as a browser does; the cookie's header."""
    headers = headers or {"Origin": str(browser.base_url)}
    answer = browser.post(f"/app/sign-in/{link}", headers=headers, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/app/")
    return answer.headers["set-cookie"]


def test_nobody_is_let_in_without_a_session(connect: Connect) -> None:
    answer = connect().get("/api/v1/session")
    assert answer.status_code == 401
    assert answer.json()["error"]["field"] is None
    assert "diptych sign-in-link" in answer.json()["error"]["message"]


def test_signing_in_shows_the_projects(connect: Connect, control: Control) -> None:
    made = control.projects.create("Shop", "Europe/Berlin", "original")
    browser = connect(HTTP)
    sign_in(browser, control.sign_ins.new_link())
    project = {
        "id": made.project_id,
        "name": "Shop",
        "token": made.token,
        "timezone": "Europe/Berlin",
        "identity": "original",
        "week_start": 1,
        "settings": {},
        "role": "owner",
    }
    owner = {"id": 1, "email": None, "name": "Owner", "admin": True, "has_password": False}
    answer = browser.get("/api/v1/session")
    assert answer.json() == {"signed_in": True, "demo": False, "by_link": True, "user": owner, "projects": [project]}
    assert made.secret not in answer.text


def test_looking_at_a_link_does_not_spend_it(connect: Connect, control: Control) -> None:
    link = control.sign_ins.new_link()
    browser = connect(HTTP)
    for _ in range(3):
        answer = browser.get(f"/app/sign-in/{link}")
        assert answer.status_code == 200
        assert '<form method="post">' in answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "set-cookie" not in answer.headers
    sign_in(browser, link)


@pytest.mark.parametrize("kind", ["spent", "unknown"])
def test_a_link_that_does_not_work(connect: Connect, control: Control, kind: str) -> None:
    link = control.sign_ins.new_link()
    if kind == "spent":
        sign_in(connect(HTTP), link)
    else:
        link = "0" * 43
    browser = connect(HTTP)
    for answer in (
        browser.get(f"/app/sign-in/{link}"),
        browser.post(f"/app/sign-in/{link}", headers={"Origin": HTTP}),
    ):
        assert answer.status_code == 410
        assert "diptych sign-in-link" in answer.text
        assert "set-cookie" not in answer.headers


def test_another_site_cannot_spend_a_link(connect: Connect, control: Control) -> None:
    link = control.sign_ins.new_link()
    browser = connect(HTTP)
    answer = browser.post(f"/app/sign-in/{link}", headers={"Origin": "https://evil.example.com"})
    assert answer.status_code == 403
    sign_in(browser, link)


@pytest.mark.parametrize(
    ("address", "headers", "name", "secure"),
    [
        (HTTP, {"Origin": HTTP}, "diptych", False),
        (HTTPS, {"Origin": HTTPS}, "__Host-diptych", True),
        # A proxy ends TLS: the server sees http, the browser's own word tells.
        ("http://analytics.example.com", {"Origin": HTTPS}, "__Host-diptych", True),
        (HTTP, {"Sec-Fetch-Site": "same-origin"}, "diptych", False),
    ],
)
def test_the_cookie(
    connect: Connect, control: Control, address: str, headers: dict[str, str], name: str, secure: bool
) -> None:
    cookie = sign_in(connect(address), control.sign_ins.new_link(), **headers)
    first, *attributes = [part.strip() for part in cookie.split(";")]
    assert first.startswith(f"{name}=") and len(first) == len(name) + 1 + 43
    expected = {"HttpOnly", "Path=/", "SameSite=lax", "Max-Age=2592000"} | ({"Secure"} if secure else set())
    assert set(attributes) == expected


@pytest.mark.parametrize(
    ("address", "name", "accepted"),
    [
        (HTTP, "diptych", True),
        (HTTP, "__Host-diptych", True),
        (HTTPS, "__Host-diptych", True),
        (HTTPS, "diptych", False),
    ],
)
def test_which_cookie_counts(connect: Connect, control: Control, address: str, name: str, accepted: bool) -> None:
    cookie = sign_in(connect(HTTP), control.sign_ins.new_link())
    token = cookie.partition(";")[0].partition("=")[2]
    answer = connect(address).get("/api/v1/session", headers={"Cookie": f"{name}={token}"})
    assert (answer.status_code == 200) is accepted


@pytest.mark.parametrize("cookie", ["diptych=", "diptych=x", "diptych=%00", "other=x"])
def test_cookies_that_open_nothing(connect: Connect, cookie: str) -> None:
    assert connect(HTTP).get("/api/v1/session", headers={"Cookie": cookie}).status_code == 401


@pytest.mark.parametrize("demo", [True, False])
@pytest.mark.parametrize("bound", ["127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "192.168.1.10"])
@pytest.mark.parametrize(
    ("host", "loopback_name"),
    [
        ("localhost", True),
        ("localhost:8000", True),
        ("LocalHost:8000", True),
        ("127.0.0.1:8000", True),
        ("[::1]:8000", True),
        ("analytics.example.com", False),
        ("localhost.example.com", False),
        ("localhost:8000.example.com", False),
        ("evil@localhost", False),
        ("192.168.1.10:8000", False),
        ("127.0.0.1.example.com", False),
        ("", False),
    ],
)
def test_who_demo_mode_lets_in(connect: Connect, demo: bool, bound: str, host: str, loopback_name: bool) -> None:
    answer = connect(HTTP, host=bound, demo=demo).get("/api/v1/session", headers={"Host": host})
    let_in = demo and bound in ("127.0.0.1", "::1", "localhost") and loopback_name
    assert answer.status_code == (200 if let_in else 401)
    assert not let_in or answer.json()["demo"] is True


@pytest.mark.parametrize(
    "header",
    ["Forwarded", "Via", "X-Real-IP", "X-Forwarded-For", "X-Forwarded-Host", "x-forwarded-proto", "CF-Connecting-IP"],
)
def test_demo_mode_lets_nobody_in_through_a_proxy(connect: Connect, header: str) -> None:
    browser = connect(HTTP, demo=True)
    assert browser.get("/api/v1/session").status_code == 200
    assert browser.get("/api/v1/session", headers={header: "127.0.0.1"}).status_code == 401


JSON = "application/json"
OWN, OTHER = {"Origin": HTTP}, {"Origin": "https://evil.example.com"}


@pytest.mark.parametrize("by", ["cookie", "demo"])
@pytest.mark.parametrize(
    ("content_type", "headers", "status"),
    [
        (JSON, OWN, 200),
        ("application/json; charset=utf-8", OWN, 200),
        (JSON, {"Sec-Fetch-Site": "same-origin"}, 200),
        (JSON, {"Sec-Fetch-Site": "same-origin"} | OTHER, 200),  # a proxy that does not pass Host on
        (JSON, {}, 403),
        (JSON, OTHER, 403),
        (JSON, {"Origin": "null"}, 403),
        (JSON, {"Origin": "http://["}, 403),
        (JSON, {"Origin": "http://localhost:8000.example.com"}, 403),
        (JSON, {"Origin": "http://localhost:9000"}, 403),
        (JSON, {"Origin": "http://localhost"}, 403),
        (JSON, {"Sec-Fetch-Site": "cross-site"} | OWN, 403),
        (JSON, {"Sec-Fetch-Site": "same-site"}, 403),
        (JSON, {"Sec-Fetch-Site": "none"}, 403),
        ("text/plain", OWN, 403),
        ("application/x-www-form-urlencoded", OWN, 403),
        ("text/plain; application/json", OWN, 403),
        ("", OWN, 403),
    ],
)
def test_requests_that_other_pages_make_a_browser_send(
    connect: Connect, control: Control, by: str, content_type: str, headers: dict[str, str], status: int
) -> None:
    browser = connect(HTTP, demo=by == "demo")
    if by == "cookie":
        sign_in(browser, control.sign_ins.new_link())
    sent = headers | {"Content-Type": content_type}
    answer = browser.post("/change", content=b"{}", headers=sent)
    assert answer.status_code == status
    assert status == 200 or answer.json()["error"]["message"]
