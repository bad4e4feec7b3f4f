"""Requests as each released SDK writes them, and that SDK's own test of success.

Source: recordings of Python, Node and browser, and the sources of the other SDKs. Those that can be
run are run in tests/clients too; these bytes hold for the ones that cannot.
"""

import base64
import gzip
import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import pytest

NOW = int(time.time())
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def packed(value: Any) -> str:
    return base64.b64encode(json.dumps(value, ensure_ascii=False).encode()).decode()


def event(library: str, **properties: Any) -> dict[str, Any]:
    given = {"token": "TOKEN", "distinct_id": "u1", "time": NOW, "mp_lib": library, "Plan": "Pro 😀~?>"}
    return {"event": "Subscription Started", "properties": given | properties}


def update(**more: Any) -> dict[str, Any]:
    return {"$token": "TOKEN", "$distinct_id": "u1", "$time": NOW * 1000, "$set": {"$name": "Ann"}} | more


class Recorded(NamedTuple):
    method: str
    path: str
    body: bytes
    headers: dict[str, str]
    success: Callable[[Any], bool]


def is_one(answer: Any) -> bool:
    return answer.text == "1"


def status_is_one(answer: Any) -> bool:
    status = answer.json()["status"]
    return status == 1 and type(status) is int


def is_int(answer: Any) -> bool:
    return answer.status_code == 200 and int(answer.text) == 1 and not answer.text.endswith("\n")


def is_2xx(answer: Any) -> bool:
    return bool(answer.is_success)


def post(path: str, body: str | bytes, success: Callable[[Any], bool], kind: str = FORM, **headers: str) -> Recorded:
    given = {"Content-Type": kind} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Recorded("POST", path, body if isinstance(body, bytes) else body.encode(), given, success)


IMPORTED = event("java", **{"$insert_id": "a-1"})
EVENTS = {
    "python track": post(
        "/track", urlencode({"data": json.dumps(event("python")), "verbose": 1, "ip": 0}), status_is_one
    ),
    "python buffered": post(
        "/track", urlencode({"data": json.dumps([event("python")]), "verbose": 1, "ip": 0}), status_is_one
    ),
    "python import": post(
        "/import",
        urlencode({"data": json.dumps(event("python")), "verbose": 1, "ip": 0, "api_key": "KEY"}),
        status_is_one,
        Authorization=basic("SECRET:"),
    ),
    "node single": Recorded(
        "GET", f"/track?ip=0&verbose=0&data={quote(packed(event('node')), safe='')}", b"", {}, is_one
    ),
    "node batch": post("/track?ip=0&verbose=0", f"data={packed([event('node')])}", is_one),
    "browser batch": post(
        "/track/?verbose=1&ip=1&_=1795453979270", urlencode({"data": packed([event("web")])}), status_is_one
    ),
    "browser single": post(
        "/track/?ip=1&_=1795453979270",
        urlencode({"data": packed(event("web"))}),
        lambda answer: float(answer.text) == 1,
    ),
    "java": post("/track?ip=0", urlencode({"data": packed([event("jdk")])}), is_one),
    "java gzip": post(
        "/track?ip=1", gzip.compress(urlencode({"data": packed([event("jdk")])}).encode()), is_one,
        Content_Encoding="gzip",
    ),
    "java import": post(
        "/import?strict=1",
        json.dumps([IMPORTED]),
        lambda answer: '"status":"OK"' in answer.text and '"code":200' in answer.text,
        JSON,
        Authorization=basic("TOKEN:"),
    ),
    "ruby": post("/track", urlencode({"data": packed(event("ruby")), "verbose": 1}), status_is_one),
    "ruby import": post(
        "/import", urlencode({"data": packed(event("ruby")), "verbose": 1, "api_key": "SECRET"}), status_is_one
    ),
    "php curl": post("/track", f"data={packed([event('php')])}", lambda answer: answer.text.strip() == "1"),
    "go track": post("/track?verbose=1", json.dumps([event("go")]), status_is_one, JSON),
    "go import": post(
        "/import?strict=1&verbose=1&project_id=7",
        gzip.compress(json.dumps([IMPORTED]).encode()),
        lambda answer: answer.json()["code"] == 200 and answer.json()["num_records_imported"] == 1,
        JSON,
        Authorization=basic("account:password"),
        Content_Encoding="gzip",
    ),
    "go alias": post("/track", urlencode({"data": json.dumps(event("go"))}), is_int),
    "android": post("/track/?ip=1", urlencode({"data": packed([event("android")])}), is_2xx),
    "android gzip": post(
        "/track/?ip=1", gzip.compress(urlencode({"data": packed([event("android")])}).encode()), is_2xx,
        Content_Encoding="gzip",
    ),
    "swift": post("/track/?ip=1", json.dumps([event("swift")]), is_int, JSON),
    "swift gzip": post(
        "/track/?ip=1", gzip.compress(json.dumps([event("swift")]).encode()), is_int, JSON, Content_Encoding="gzip"
    ),
    "c#": post("/track", urlencode({"data": packed(event("csharp"))}), is_one),
    "c# verbose": post("/track?verbose=1", json.dumps(event("csharp")), status_is_one, JSON),
    "mixpanel-utils": post(
        "/import?strict=1&project_id=7",
        json.dumps([IMPORTED]),
        lambda answer: answer.json()["status"] in (1, "OK"),
        JSON,
        Authorization=basic("account:password"),
    ),
    "mixpanel-import": post(
        "/import?ip=0&verbose=1&strict=1&project_id=7",
        json.dumps(IMPORTED) + "\n",
        lambda answer: answer.json() == {"code": 200, "num_records_imported": 1, "status": "OK"},
        "application/x-ndjson",
        Authorization=basic("account:password"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EVENTS)
def test_events(client, services, name: str) -> None:
    sent = EVENTS[name]
    answer = client.request(sent.method, sent.path, content=sent.body, headers=sent.headers)
    assert sent.success(answer), answer.text
    [stored] = services.pipeline.events
    assert (stored.name, stored.distinct_id, stored.time) == ("Subscription Started", "u1", NOW * 1000)
    assert stored.properties["Plan"] == '"Pro 😀~?>"'


UPDATES = {
    "python": post("/engage", urlencode({"data": json.dumps(update()), "verbose": 1, "ip": 0}), status_is_one),
    "node": Recorded("GET", f"/engage?ip=0&verbose=0&data={quote(packed(update()), safe='')}", b"", {}, is_one),
    "browser": post("/engage/?verbose=1&ip=1&_=1", urlencode({"data": packed([update()])}), status_is_one),
    "go": post("/engage", json.dumps([update()]), is_int, JSON),
    "swift": post("/engage/", gzip.compress(json.dumps([update()]).encode()), is_int, JSON, Content_Encoding="gzip"),
    "android": post("/engage/", urlencode({"data": packed([update()])}), is_2xx),
    "php": post("/engage", f"data={packed([update()])}", is_one),
}


@pytest.mark.parametrize("name", UPDATES)
def test_updates(client, services, name: str) -> None:
    sent = UPDATES[name]
    answer = client.request(sent.method, sent.path, content=sent.body, headers=sent.headers)
    assert sent.success(answer), answer.text
    [stored] = services.pipeline.updates
    assert (stored.profile_id, stored.values, stored.time) == ("u1", {"$name": '"Ann"'}, NOW * 1000)


GROUP = {"$token": "TOKEN", "$group_key": "company", "$group_id": "acme", "$set": {"seats": 5}}


@pytest.mark.parametrize("group_id", ["acme", 42])
def test_groups_by_get_as_node_sends_them(client, services, group_id: Any) -> None:
    data = quote(packed(GROUP | {"$group_id": group_id}), safe="")
    assert client.get(f"/groups?ip=0&verbose=0&data={data}").text == "1"
    [stored] = services.pipeline.updates
    assert (stored.group_type, stored.profile_id) == ("company", str(group_id))


def test_a_lenient_import_as_sheets_compares_it(client) -> None:
    answer = client.post("/import?strict=0&verbose=1", content=b"[{}]", headers={"Authorization": basic("SECRET:")})
    assert answer.json() == {
        "code": 200,
        "error": "some data points in the request failed validation",
        "num_records_imported": 0,
        "status": 0,
    }


@pytest.mark.parametrize(
    "authorization",
    [basic("SECRET:"), basic("SECRET"), "Basic " + base64.urlsafe_b64encode(b"SECRET").decode().rstrip("="),
     "basic SECRET:", "Basic SECRET", basic("TOKEN:"), basic("TOKEN:SECRET"), "Basic TOKEN:"],
)  # fmt: skip
def test_credentials_as_importers_spell_them(client, services, authorization: str) -> None:
    record = json.dumps([IMPORTED])
    answer = client.post("/import?strict=1", content=record, headers={"Authorization": authorization})
    assert answer.json()["num_records_imported"] == 1
