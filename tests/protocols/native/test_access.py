"""Roles, people, keys and sign-in of our own API."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from litestar.handlers import HTTPRouteHandler
from tests.protocols.native.conftest import Client, SignedIn

from diptych.control import Control
from diptych.control.passwords import kept
from diptych.model import Role
from diptych.protocols.native.api import ENDPOINTS
from diptych.query.questions.examples import EXAMPLES

PASSWORD = "correct horse battery"
Connect = Callable[[], Client]


def error_of(answer: Any) -> tuple[int, str | None]:
    return answer.status_code, answer.json()["error"]["field"]


def method_of(endpoint: HTTPRouteHandler) -> str:
    return next(iter(endpoint.http_methods))


def call(client: Client, endpoint: HTTPRouteHandler, project: int = 1) -> Any:
    """The endpoint asked about a project, with its own example."""
    path = min(endpoint.paths).replace("{project_id:int}", str(project))
    for parameter in ("{invitation_id:int}", "{user_id:int}", "{username:str}", "{number:int}", "{question_id:str}"):
        path = path.replace(parameter, "1")
    body = dict(endpoint.opt.get("example") or {"project_id": 1, "question": EXAMPLES["segmentation"]})
    body |= {"project_id": project} if "project_id" in body else {}
    content = None if method_of(endpoint) in ("GET", "DELETE") else body
    return client.request(
        method_of(endpoint), f"/api/v1{path}", json=content, params={"project_id": project, "id": "x"}
    )


CHANGING = [one for one in ENDPOINTS if method_of(one) != "GET" and not one.opt.get("reads")]
OF_OWNERS = [
    one
    for one in CHANGING
    if any(word in min(one.paths) for word in ("people", "invitations", "account", "secret", "settings"))
]


def named(endpoint: HTTPRouteHandler) -> str:
    return f"{method_of(endpoint)} {min(endpoint.paths)}"


@pytest.mark.parametrize("endpoint", CHANGING, ids=named)
def test_viewers_change_nothing(signed_in: SignedIn, endpoint: HTTPRouteHandler) -> None:
    answer = call(signed_in(Role.VIEWER), endpoint)
    assert answer.status_code == 403, answer.text


@pytest.mark.parametrize("endpoint", CHANGING, ids=named)
def test_viewing_service_accounts_change_nothing(
    control: Control, connect: Connect, endpoint: HTTPRouteHandler
) -> None:
    account = control.accounts.create(1, "Reader", Role.VIEWER)
    client = connect()
    client.auth = (account.username, account.secret)
    assert call(client, endpoint).status_code in (401, 403)


@pytest.mark.parametrize("endpoint", OF_OWNERS, ids=named)
def test_editors_manage_nothing(signed_in: SignedIn, endpoint: HTTPRouteHandler) -> None:
    answer = call(signed_in(Role.EDITOR), endpoint)
    assert answer.status_code == 403
    assert "owner" in answer.json()["error"]["message"]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_another_project_is_not_there(signed_in: SignedIn, endpoint: HTTPRouteHandler) -> None:
    answer = call(signed_in(Role.OWNER, project=2), endpoint, project=1)
    assert answer.status_code in (403, 404)
    assert "Shop" not in answer.text


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_nobody_is_let_in_without_a_session(connect: Connect, endpoint: HTTPRouteHandler) -> None:
    answer = call(connect(), endpoint)
    assert answer.status_code == 401


@pytest.mark.parametrize("endpoint", CHANGING, ids=named)
def test_other_sites_change_nothing(signed_in: SignedIn, endpoint: HTTPRouteHandler) -> None:
    client = signed_in(admin=True)
    client.headers["Origin"] = "https://evil.example.com"
    answer = call(client, endpoint)
    assert (answer.status_code, "own pages" in answer.text) == (403, True)


def test_the_session_shows_only_own_projects(signed_in: SignedIn) -> None:
    viewer, admin = signed_in(Role.VIEWER), signed_in(admin=True)
    [project] = viewer.get("/api/v1/session").json()["projects"]
    assert (project["name"], project["role"]) == ("Shop", "viewer")
    everything = admin.get("/api/v1/session").json()["projects"]
    assert [(one["name"], one["role"]) for one in everything] == [("Shop", "owner"), ("Blog", "owner")]


def test_signing_in_and_out(control: Control, connect: Connect) -> None:
    control.users.create("anna@example.com", "Anna", admin=True, password=kept(PASSWORD))
    client = connect()
    answer = client.post("/api/v1/session", json={"email": "Anna@Example.com ", "password": PASSWORD})
    assert answer.status_code == 200
    assert answer.json()["user"]["name"] == "Anna" and not answer.json()["by_link"]
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-diptych=") and {"HttpOnly", "Secure", "SameSite=lax"} <= set(cookie.split("; "))
    token = client.cookies["__Host-diptych"]
    assert client.get("/api/v1/session").status_code == 200
    out = client.delete("/api/v1/session")
    assert out.status_code == 200 and "Max-Age=0" in out.headers["set-cookie"]
    client.cookies.set("__Host-diptych", token)
    assert client.get("/api/v1/session").status_code == 401, "the session outlived signing out"


@pytest.mark.parametrize(
    ("email", "password"),
    [("anna@example.com", "wrong horse"), ("nobody@example.com", PASSWORD), ("link@example.com", ""), ("", "")],
)
def test_wrong_passwords(control: Control, connect: Connect, email: str, password: str) -> None:
    control.users.create("anna@example.com", "Anna", admin=True, password=kept(PASSWORD))
    control.users.create("link@example.com", "Link", admin=True)
    answer = connect().post("/api/v1/session", json={"email": email, "password": password})
    assert error_of(answer) == (401, "password")
    assert "set-cookie" not in answer.headers
    assert answer.json()["error"]["message"] == "The e-mail address or the password is wrong."


def test_guessing_ends(control: Control, connect: Connect) -> None:
    control.users.create("anna@example.com", "Anna", admin=True, password=kept(PASSWORD))
    client = connect()
    for _ in range(10):
        wrong = client.post("/api/v1/session", json={"email": "anna@example.com", "password": "guess"})
        assert wrong.status_code == 401
    answer = client.post("/api/v1/session", json={"email": "anna@example.com", "password": PASSWORD})
    assert answer.status_code == 429, "the right password was tried beyond the bound"
    assert 0 < int(answer.headers["retry-after"]) <= 900


def test_another_site_cannot_sign_somebody_in(control: Control, connect: Connect) -> None:
    control.users.create("eve@example.com", "Eve", admin=True, password=kept(PASSWORD))
    client = connect()
    client.headers["Origin"] = "https://evil.example.com"
    answer = client.post("/api/v1/session", json={"email": "eve@example.com", "password": PASSWORD})
    assert answer.status_code == 403 and "set-cookie" not in answer.headers


def test_the_owner_sets_address_and_password(control: Control, connect: Connect) -> None:
    client = connect()
    client.post(f"/app/sign-in/{control.sign_ins.new_link()}", follow_redirects=False)
    short = client.patch("/api/v1/account", json={"email": "owner@example.com", "password": "short"})
    assert error_of(short) == (400, "password")
    assert control.users.everybody()[0].email is None
    made = client.patch("/api/v1/account", json={"email": "owner@example.com", "name": "O", "password": PASSWORD})
    assert made.json()["has_password"] is True
    again = connect().post("/api/v1/session", json={"email": "owner@example.com", "password": PASSWORD})
    assert again.status_code == 200


def test_changing_a_password_needs_the_one_before(control: Control, connect: Connect) -> None:
    control.users.create("anna@example.com", "Anna", admin=True, password=kept(PASSWORD))
    mine, other = connect(), connect()
    for client in (mine, other):
        client.post("/api/v1/session", json={"email": "anna@example.com", "password": PASSWORD})
    new = {"password": "another horse battery"}
    assert error_of(mine.patch("/api/v1/account", json=new)) == (400, "current_password")
    wrong = mine.patch("/api/v1/account", json=new | {"current_password": "guess"})
    assert error_of(wrong) == (400, "current_password")
    assert mine.patch("/api/v1/account", json={"email": "b@example.com"}).status_code == 400
    assert mine.patch("/api/v1/account", json={"name": "Anne"}).json()["name"] == "Anne"
    assert mine.patch("/api/v1/account", json=new | {"current_password": PASSWORD}).status_code == 200
    assert mine.get("/api/v1/session").status_code == 200
    assert other.get("/api/v1/session").status_code == 401


def test_sessions_are_listed_and_ended(control: Control, connect: Connect, signed_in: SignedIn) -> None:
    control.users.create("anna@example.com", "Anna", admin=True, password=kept(PASSWORD))
    mine, other = connect(), connect()
    other.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    for client in (mine, other):
        client.post("/api/v1/session", json={"email": "anna@example.com", "password": PASSWORD})
    listed = mine.get("/api/v1/account/sessions").json()["sessions"]
    [elsewhere] = [one for one in listed if not one["current"]]
    assert (len(listed), elsewhere["browser"]) == (2, "Firefox on Linux")
    assert signed_in(admin=True).delete(f"/api/v1/account/sessions/{elsewhere['id']}").status_code == 404
    left = mine.delete(f"/api/v1/account/sessions/{elsewhere['id']}").json()["sessions"]
    assert [one["current"] for one in left] == [True]
    assert other.get("/api/v1/session").status_code == 401


def test_an_invitation(connect: Connect, signed_in: SignedIn) -> None:
    owner = signed_in(Role.OWNER)
    made = owner.post("/api/v1/projects/1/invitations", json={"email": "anna@example.com", "role": "editor"}).json()
    link = made["path"].removeprefix("/app/invitation/")
    [listed] = owner.get("/api/v1/projects/1/people").json()["invitations"]
    assert listed["email"] == "anna@example.com" and link not in str(listed)
    assert signed_in(Role.VIEWER).get("/api/v1/projects/1/people").json()["invitations"] == []
    anna = connect()
    offer = {"email": "anna@example.com", "project": "Shop", "role": "editor", "known": False}
    assert anna.get(f"/api/v1/invitations/{link}").json() == offer
    short = anna.post(f"/api/v1/invitations/{link}", json={"name": "Anna", "password": "short"})
    assert error_of(short) == (400, "password")
    joined = anna.post(f"/api/v1/invitations/{link}", json={"name": "Anna", "password": PASSWORD})
    assert [(one["name"], one["role"]) for one in joined.json()["projects"]] == [("Shop", "editor")]
    assert anna.get("/api/v1/session").json()["user"]["name"] == "Anna"
    assert connect().get(f"/api/v1/invitations/{link}").status_code == 404
    assert connect().post(f"/api/v1/invitations/{link}", json={"name": "E", "password": PASSWORD}).status_code == 404
    assert connect().post("/api/v1/session", json={"email": "anna@example.com", "password": PASSWORD}).is_success


def test_an_invitation_to_somebody_with_an_account(control: Control, connect: Connect, signed_in: SignedIn) -> None:
    control.users.create("anna@example.com", "Anna", admin=False, password=kept(PASSWORD))
    _, link = control.invitations.create("anna@example.com", 2, Role.VIEWER, None)
    stranger = connect().post(f"/api/v1/invitations/{link}", json={"name": "Eve", "password": PASSWORD})
    assert stranger.status_code == 403
    assert signed_in(admin=True).post(f"/api/v1/invitations/{link}", json={}).status_code == 403
    anna = connect()
    anna.post("/api/v1/session", json={"email": "anna@example.com", "password": PASSWORD})
    joined = anna.post(f"/api/v1/invitations/{link}", json={})
    assert [one["name"] for one in joined.json()["projects"]] == ["Blog"]


def test_people_of_a_project(control: Control, signed_in: SignedIn) -> None:
    owner, viewer = signed_in(Role.OWNER), signed_in(Role.VIEWER)
    signed_in(admin=True)
    people = owner.get("/api/v1/projects/1/people").json()["people"]
    assert [(one["id"], one["role"], one["admin"]) for one in people] == [
        (3, "owner", True),
        (1, "owner", False),
        (2, "viewer", False),
    ]
    assert owner.patch("/api/v1/projects/1/people/2", json={"role": "editor"}).is_success
    assert viewer.get("/api/v1/session").json()["projects"][0]["role"] == "editor"
    assert error_of(owner.patch("/api/v1/projects/1/people/2", json={"role": "boss"}))[0] == 400
    assert error_of(owner.patch("/api/v1/projects/1/people/3", json={"role": "viewer"})) == (409, "user_id")
    assert error_of(owner.delete("/api/v1/projects/1/people/9")) == (404, "user_id")
    assert owner.delete("/api/v1/projects/1/people/2").is_success
    assert viewer.get("/api/v1/projects/1").status_code == 404
    assert error_of(owner.get("/api/v1/users"))[0] == 403


def test_those_who_run_the_installation(control: Control, connect: Connect, signed_in: SignedIn) -> None:
    admin, other = signed_in(admin=True), signed_in(Role.VIEWER)
    assert [one["id"] for one in admin.get("/api/v1/users").json()["users"]] == [1, 2]
    assert admin.patch("/api/v1/users/1", json={"admin": False}).status_code == 409
    assert admin.patch("/api/v1/users/2", json={"admin": True}).is_success
    assert len(other.get("/api/v1/session").json()["projects"]) == 2
    path = admin.post("/api/v1/users/2/sign-in-links").json()["path"]
    assert connect().post(path, follow_redirects=False).status_code == 303
    assert error_of(admin.post("/api/v1/users/9/sign-in-links")) == (404, "user_id")
    link = admin.post("/api/v1/invitations", json={"email": "c@example.com"}).json()["path"].rpartition("/")[2]
    joined = connect().post(f"/api/v1/invitations/{link}", json={"name": "C", "password": PASSWORD})
    assert joined.json()["user"]["admin"] is True
    assert admin.delete("/api/v1/users/2").is_success
    assert other.get("/api/v1/session").status_code == 401


def test_service_accounts(control: Control, connect: Connect, signed_in: SignedIn) -> None:
    owner, program = signed_in(Role.OWNER), connect()
    made = owner.post("/api/v1/projects/1/service-accounts", json={"name": "Warehouse", "role": "viewer"}).json()
    listed = owner.get("/api/v1/projects/1/service-accounts")
    assert [one["role"] for one in listed.json()["accounts"]] == ["owner", "viewer"]
    assert made["secret"] not in listed.text
    program.auth = (made["username"], made["secret"])
    assert program.get("/api/v1/projects/1").is_success
    assert program.patch("/api/v1/projects/1", json={"name": "X"}).status_code == 403
    assert owner.delete(f"/api/v1/projects/1/service-accounts/{made['username']}").is_success
    revoked = time.monotonic()
    while program.get("/api/v1/projects/1").is_success:
        assert time.monotonic() - revoked < 2
        time.sleep(0.05)
    assert error_of(owner.delete(f"/api/v1/projects/1/service-accounts/{made['username']}")) == (404, "username")


def test_projects(control: Control, signed_in: SignedIn) -> None:
    admin, owner = signed_in(admin=True), signed_in(Role.OWNER)
    made = admin.post("/api/v1/projects", json={"name": "App", "timezone": "Europe/Berlin"}).json()
    assert (made["project_id"], len(made["secret"])) == (3, 32)
    assert error_of(admin.post("/api/v1/projects", json={"name": " "})) == (400, "name")
    assert error_of(admin.post("/api/v1/projects", json={"name": "A", "timezone": "Berlin"})) == (400, "timezone")
    assert owner.post("/api/v1/projects", json={"name": "App"}).status_code == 403
    changed = owner.patch("/api/v1/projects/1", json={"name": "Shop 2", "week_start": 7})
    assert (changed.json()["name"], changed.json()["week_start"]) == ("Shop 2", 7)
    assert error_of(owner.patch("/api/v1/projects/1", json={"week_start": 8})) == (400, "week_start")
    assert error_of(owner.patch("/api/v1/projects/1", json={"tokn": "x"}))[0] == 400
    assert owner.patch("/api/v1/projects/1/settings", json={"store_ip": False}).json()["settings"]["store_ip"] is False
    assert error_of(owner.patch("/api/v1/projects/1/settings", json={"nothing": 1})) == (400, "nothing")
    before = control.projects.list()[0]
    secret = owner.post("/api/v1/projects/1/secret").json()["secret"]
    assert len(secret) == 32 and control.projects.list()[0] == before
