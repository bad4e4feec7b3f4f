"""What people keep, through Amplitude's APIs against a running server: charts, cohorts, annotations, the taxonomy."""

import csv
import io
import json
import time
from typing import Any

import httpx
import pytest
from tests.harness import Project

TODAY = time.strftime("%Y-%m-%d", time.gmtime())
NOW = int(time.time() * 1000)


@pytest.fixture(scope="module")
def shop(server: Any) -> Project:
    project: Project = server.add_project("Kept", identity="amplitude")
    events = [
        {"user_id": who, "device_id": f"device-{who}", "event_type": name, "time": NOW - back * 60_000,
         "insert_id": f"i{n}", "user_properties": {"plan": plan}, "event_properties": {"price": n}}
        for n, (who, name, back, plan) in enumerate([
            ("user-1", "Sign Up", 9, "pro"), ("user-1", "Buy", 8, "pro"), ("user-2", "Sign Up", 7, "a, b"),
        ])
    ]  # fmt: skip
    events.append({"device_id": "lonely-device", "event_type": "Sign Up", "time": NOW, "insert_id": "i9"})
    with project.server.client() as client:
        answer = client.post("/2/httpapi", json={"api_key": project.token, "events": events})
        assert answer.status_code == 200, answer.text
    return project


def call(project: Project, method: str, path: str, **more: Any) -> httpx.Response:
    with project.server.client() as client:
        return client.request(method, path, auth=(project.token, project.secret), **more)


def done(project: Project, method: str, path: str, **more: Any) -> Any:
    answer = call(project, method, path, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def saved(project: Project, kind: str, name: str, content: Any) -> int:
    with project.server.client() as client:
        body = {"project_id": project.id, "name": name, "content": content}
        answer = client.post(f"/api/v1/{kind}", json=body, auth=project.account)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["id"])


BUYERS = {"cohort": {"condition": {"type": "did", "event": {"names": ["Buy"]}, "value": 1}}}
DAY = {"type": "between", "from": TODAY, "to": TODAY}
STEPS = [{"event": {"names": [name]}} for name in ("Sign Up", "Buy")]
CHARTS = {
    "segmentation": (
        {"type": "segmentation", "metrics": [{"event": {"names": ["Sign Up"]}, "measure": "unique"}], "range": DAY},
        f",{TODAY}\n0,3\n",
    ),
    "funnel": ({"type": "funnel", "steps": STEPS, "range": DAY, "interval": "day"}, ",Sign Up,Buy\n,3,1\n"),
    "retention": (
        {"type": "retention", "start": STEPS[0]["event"], "returning": STEPS[1]["event"], "range": DAY, "windows": 2},
        f"0,users,0,1\n0,{time.strftime('%b %d', time.gmtime())},3,1,0\n",
    ),
}


@pytest.mark.parametrize("kind", CHARTS)
def test_saved_charts(shop: Project, kind: str) -> None:
    question, table = CHARTS[kind]
    number = saved(shop, "reports", kind, {"question": question})
    data = done(shop, "GET", f"/api/3/chart/{number}/query")["data"]
    answer = call(shop, "GET", f"/api/3/chart/{number}/csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.replace("0,users,0,1", "0,users,0,1") == table
    if kind == "segmentation":
        assert data["series"] == [[{"setId": "", "value": 3}]]
        assert (data["seriesLabels"], data["xValues"]) == ([0], [TODAY])
    if kind == "funnel":
        assert [one["cumulativeRaw"] for one in data] == [[3, 1]]


def test_charts_that_are_not_there(shop: Project) -> None:
    assert call(shop, "GET", "/api/3/chart/999999/query").status_code == 404
    assert call(shop, "GET", "/api/3/chart/abc/csv").status_code == 404
    flows = saved(shop, "reports", "f", {"question": {"type": "lifecycle"}})
    assert call(shop, "GET", f"/api/3/chart/{flows}/query").status_code == 400


def members(project: Project, cohort: Any, **parameters: Any) -> list[list[str]]:
    """The rows of a download, with numbers left out."""
    asked = call(project, "GET", f"/api/5/cohorts/request/{cohort}", params=parameters)
    assert asked.status_code == 202 and asked.json()["cohort_id"] == str(cohort)
    number = asked.json()["request_id"]
    status = call(project, "GET", f"/api/5/cohorts/request-status/{number}")
    assert status.status_code == 200
    assert status.json() == {"request_id": number, "cohort_id": str(cohort), "async_status": "JOB COMPLETED"}
    file = call(project, "GET", f"/api/5/cohorts/request/{number}/file")
    assert file.headers["content-type"].startswith("text/csv")
    header, *rows = csv.reader(io.StringIO(file.text))
    assert header[:2] == ["amplitude_id", "user_id"]
    assert all(row[0].isdigit() for row in rows)
    return [header[2:], *sorted(row[1:] for row in rows)]


def test_cohorts_are_listed_and_downloaded(shop: Project) -> None:
    number = saved(shop, "cohorts", "Buyers", BUYERS)
    everybody = saved(
        shop, "cohorts", "All", {"cohort": {"condition": {"type": "did", "event": {"names": ["Sign Up"]}}}}
    )
    listed = {one["id"]: one for one in done(shop, "GET", "/api/3/cohorts")["cohorts"]}
    assert (listed[str(number)]["name"], listed[str(number)]["size"]) == ("Buyers", 1)
    assert listed[str(everybody)]["size"] == 3
    assert "syncMetadata" in done(shop, "GET", "/api/3/cohorts?includeSyncInfo=true")["cohorts"][0]
    assert done(shop, "GET", f"/api/3/cohorts/{number}") == listed[str(number)]
    assert members(shop, number) == [[], ["user-1"]]
    assert members(shop, everybody, props=1, propKeys="plan") == [
        ["plan"],
        ["", ""],
        ["user-1", "pro"],
        ["user-2", "a, b"],
    ]
    assert members(shop, number, props=1) == [["plan"], ["user-1", "pro"]]
    assert call(shop, "GET", "/api/3/cohorts/999999").status_code == 404
    assert call(shop, "GET", "/api/5/cohorts/request/999999").status_code == 404
    assert call(shop, "GET", "/api/5/cohorts/request-status/nonsense").status_code == 404


def test_cohorts_are_uploaded_and_changed(shop: Project) -> None:
    upload = {"name": "Mine", "app_id": shop.id, "id_type": "BY_USER_ID", "ids": ["user-1", "nobody-x"],
              "owner": "me@example.com", "published": True}  # fmt: skip
    body = done(shop, "POST", "/api/3/cohorts/upload", json=upload)
    assert body["metadata"] == {"matched": 1, "totals": 2, "invalid_ids_sample": ["nobody-x"]}
    number = body["cohortId"]
    assert members(shop, number) == [[], ["user-1"]]
    match = done(shop, "GET", "/api/2/usersearch", params={"user": "user-2"})["matches"][0]
    again = upload | {"id_type": "BY_AMP_ID", "ids": [match["amplitude_id"]], "existing_cohort_id": number}
    assert done(shop, "POST", "/api/3/cohorts/upload", json=again)["cohortId"] == number
    assert members(shop, number) == [[], ["user-2"]]
    change = {"cohort_id": number, "count_group": "User", "memberships": [
        {"ids": ["user-1", "nobody-y"], "id_type": "BY_NAME", "operation": "ADD"},
        {"ids": [match["amplitude_id"]], "id_type": "BY_ID", "operation": "REMOVE"},
    ]}  # fmt: skip
    results = done(shop, "POST", "/api/3/cohorts/membership", json=change)["memberships_result"]
    assert [one["skipped_ids"] for one in results] == [["nobody-y"], []]
    assert members(shop, number) == [[], ["user-1"]]
    chosen = json.dumps([{"prop": "userdata_cohort", "op": "is", "values": [number]}])
    day = TODAY.replace("-", "")
    data = done(shop, "GET", "/api/2/users", params={"start": day, "end": day, "s": chosen})["data"]
    assert data["series"] == [[1]]
    strict = call(shop, "POST", "/api/3/cohorts/upload", json=upload | {"skip_invalid_ids": False})
    assert (strict.status_code, strict.json()["error"]["http_code"]) == (400, 400)
    for wrong in ({"id_type": "BY_EMAIL"}, {"app_id": shop.id + 1}, {"existing_cohort_id": "999999"}):
        assert call(shop, "POST", "/api/3/cohorts/upload", json=upload | wrong).status_code in (400, 404)
    buyers = saved(shop, "cohorts", "B", BUYERS)
    assert call(shop, "POST", "/api/3/cohorts/membership", json=change | {"cohort_id": str(buyers)}).status_code == 400


def test_annotations_of_both_versions_are_the_same_ones(shop: Project) -> None:
    form = {"app_id": str(shop.id), "date": "2026-01-05", "label": "Sale", "details": "Half price"}
    body = done(shop, "POST", "/api/2/annotations", data=form)
    assert body["success"] is True
    made = body["annotation"]
    assert made == {"id": made["id"], "date": "2026-01-05", "label": "Sale", "details": "Half price"}
    assert done(shop, "GET", "/api/2/annotations") == {"data": [made]}
    assert done(shop, "GET", f"/api/2/annotations/{made['id']}") == {"data": made}
    path = f"/api/3/annotations/{made['id']}"
    changed = done(shop, "PUT", path, json={"category": "Marketing", "end": "2026-01-07"})["data"]
    assert (changed["label"], changed["category"]["name"], changed["end"][:10]) == ("Sale", "Marketing", "2026-01-07")
    assert done(shop, "GET", "/api/3/annotation-categories") == {"data": [changed["category"]]}
    new = done(shop, "POST", "/api/3/annotations", json={"start": "2026-02-01T10:00:00", "label": "Launch"})["data"]
    ids = lambda **p: [one["id"] for one in done(shop, "GET", "/api/3/annotations", params=p)["data"]]  # noqa: E731
    assert ids() == [made["id"], new["id"]]
    assert ids(category="Marketing") == ids(end="2026-01-31") == [made["id"]]
    assert ids(start="2026-02-01") == [new["id"]]
    cleared = done(shop, "PUT", path, json={"category": None, "end": None})["data"]
    assert (cleared["category"], cleared["end"]) == (None, None)
    assert done(shop, "DELETE", path) == {"success": True}
    assert call(shop, "GET", path).status_code == 404
    release = {"version": "2.0", "title": "Dark", "release_start": "2026-03-01 10:00:00", "platforms": "iOS,Web"}
    kept = done(shop, "POST", "/api/2/release", data=release)["release"]
    assert (kept["app_id"], kept["platforms"]) == (shop.id, ["iOS", "Web"])
    assert done(shop, "GET", f"/api/2/annotations/{kept['id']}")["data"]["label"] == "2.0: Dark"


TAXONOMY = [("event", "event_type", "Sign Up", "", 400), ("event-property", "event_property", "price", "", 400),
            ("user-property", "user_property", "plan", "gp:", 404)]  # fmt: skip


@pytest.mark.parametrize(("kind", "field", "received", "prefix", "missing"), TAXONOMY)
def test_the_taxonomy_is_the_lexicon(
    shop: Project, kind: str, field: str, received: str, prefix: str, missing: int
) -> None:
    base = f"/api/2/taxonomy/{kind}"

    def names(**parameters: str) -> list[str]:
        return [row[field] for row in done(shop, "GET", base, params=parameters)["data"]]

    assert prefix + received in names()
    planned = f"{prefix}Planned"
    assert done(shop, "POST", base, data={field: planned, "description": "Soon", "tags": "a,b"}) == {"success": True}
    assert call(shop, "POST", base, data={field: planned}).status_code == 409
    row = done(shop, "GET", f"{base}/{planned}")["data"]
    assert (row[field], row["description"], row["tags"]) == (planned, "Soon", ["a", "b"])
    done(shop, "PUT", f"{base}/{planned}", data={"display_name": "Later", "owner": "me@example.com"})
    row = done(shop, "GET", f"{base}/{planned}")["data"]
    assert (row["display_name"], row["owner"], row["description"]) == ("Later", "me@example.com", "Soon")
    done(shop, "DELETE", f"{base}/{planned}")
    assert planned not in names() and planned in names(showDeleted="true")
    restored = call(shop, "POST", f"{base}/{planned}/restore")
    assert restored.status_code == (200 if kind == "event" else 201) and planned in names()
    assert call(shop, "POST", f"{base}/{planned}/restore").status_code == 409
    answer = call(shop, "GET", f"{base}/unheard")
    assert (answer.status_code, answer.json()) == (missing, {"success": False, "errors": [{"message": "Not found"}]})
    renamed = {"new_event_type": "x", "new_event_property_value": "x", "new_user_property_value": "x"}
    assert call(shop, "PUT", f"{base}/{planned}", data=renamed).status_code == 400


def test_categories_of_events(shop: Project) -> None:
    base = "/api/2/taxonomy/category"

    def names() -> list[str]:
        return [row["name"] for row in done(shop, "GET", base)["data"]]

    def of(event: str) -> Any:
        return done(shop, "GET", f"/api/2/taxonomy/event/{event}")["data"]["category"]

    assert names() == []
    assert done(shop, "POST", base, data={"category_name": "Money"}) == {"success": True}
    assert call(shop, "POST", base, data={"category_name": "Money"}).status_code == 409
    done(shop, "POST", "/api/2/taxonomy/event", data={"event_type": "Refund", "category": "Money"})
    done(shop, "POST", "/api/2/taxonomy/event", data={"event_type": "Chat", "category": "Talk"})
    assert (names(), of("Refund"), of("Chat")) == (["Money", "Talk"], {"name": "Money"}, {"name": "Talk"})
    number = done(shop, "GET", f"{base}/Money")["data"]["id"]
    done(shop, "PUT", f"{base}/{number}", data={"category_name": "Revenue"})
    assert (names(), of("Refund"), of("Chat")) == (["Revenue", "Talk"], {"name": "Revenue"}, {"name": "Talk"})
    number = done(shop, "GET", f"{base}/Revenue")["data"]["id"]
    assert call(shop, "PUT", f"{base}/{number}", data={"category_name": "Talk"}).status_code == 409
    done(shop, "DELETE", f"{base}/{number}")
    assert (names(), of("Refund")) == (["Talk"], None)
    assert call(shop, "DELETE", f"{base}/{number}").status_code == 409
    answer = call(shop, "GET", f"{base}/Money")
    assert (answer.status_code, answer.json()["errors"]) == (400, [{"message": "Not found"}])


def test_properties_of_groups_in_the_taxonomy(shop: Project) -> None:
    base = "/api/2/taxonomy/group-property"
    said = [{"group_type": "company", "group_value": "acme", "group_properties": {"$set": {"seats": 5}}}]
    with shop.server.client() as client:
        body = {"api_key": shop.token, "identification": json.dumps(said)}
        assert client.post("/groupidentify", data=body).status_code == 200

    def names(**parameters: str) -> list[str]:
        return [row["group_property"] for row in done(shop, "GET", base, params=parameters)["data"]]

    assert (names(), names(group_type="company"), names(group_type="team")) == ([], ["grp:seats"], [])
    done(shop, "POST", base, data={"group_property": "grp:plan", "description": "Plan"})
    assert done(shop, "GET", f"{base}/grp:plan")["data"]["description"] == "Plan"
    assert names(group_type="company") == ["grp:plan", "grp:seats"]
    assert call(shop, "GET", f"{base}/grp:unheard").status_code == 404


def sheet(text: str, **fields: str) -> dict[str, Any]:
    return {"data": fields, "files": {"file": ("prices.csv", text, "text/csv")}}


def test_lookup_tables(shop: Project, server: Any) -> None:
    tables = "/api/3/lookup_table"
    plan = {"value": "price", "type": "event", "groupType": None}
    made = done(shop, "POST", tables, **sheet(
        "price,kind,stock\n0,cheap,5\n1,dear,\n", name="Prices", key="price", property=json.dumps(plan)
    ))  # fmt: skip
    assert (made["name"], made["columnHeaders"], made["keyColumnHeader"], made["rowCount"], made["isConfigured"]) == (
        "Prices", ["price", "kind", "stock"], "price", 2, True,
    )  # fmt: skip
    assert (made["keyProperty"], made["fileName"], made["sizeBytes"]) == (plan, "prices.csv", 35)
    assert done(shop, "GET", tables) == [made] == [done(shop, "GET", f"{tables}/Prices")]
    assert call(shop, "GET", f"{tables}/Prices/csv").text == "price,kind,stock\n0,cheap,5\n1,dear,\n"

    changed = done(shop, "PATCH", f"{tables}/Prices", **sheet("price,kind\n1,very dear\n2,gift\n"))
    assert (changed["rowCount"], changed["createdAt"], changed["keyProperty"]) == (3, made["createdAt"], plan)
    assert call(shop, "GET", f"{tables}/Prices/csv").text == "price,kind,stock\n0,cheap,5\n1,very dear,\n2,gift,\n"
    [table] = shop.get("lookup-tables")["tables"]
    lookup = {"table": table["id"], "column": "kind"}
    asked = shop.ask({
        "type": "segmentation", "metrics": [{"event": {"names": []}}], "range": DAY,
        "breakdowns": [{"property": {"key": "price", "lookup": lookup}}],
    })  # fmt: skip
    assert {(one["breakdown"][0], one["overall"]) for one in asked["series"]} >= {("cheap", 1), ("gift", 1)}

    replaced = done(shop, "PUT", f"{tables}/Prices", **sheet('price,kind\n0,"a, ""b"""\n'))
    assert (replaced["rowCount"], replaced["columnHeaders"]) == (1, ["price", "kind"])
    assert call(shop, "GET", f"{tables}/Prices/csv").text == 'price,kind\n0,"a, ""b"""\n'
    assert done(server.add_project("No tables"), "GET", tables) == []
    assert done(shop, "DELETE", f"{tables}/Prices") == {"message": "Deleted lookup table Prices", "success": True}
    assert done(shop, "GET", tables) == []


@pytest.mark.parametrize(("code", "text", "fields"), [
    ("INVALID_TABLE_NAME", "a,b\n1,2\n", {"name": ""}),
    ("MALFORMED_CSV", 'a,b\n1,"2\n', {}),
    ("MALFORMED_CSV", "a,b\n1\n", {}),
    ("INVALID_COLUMN_HEADERS", "", {}),
    ("INVALID_COLUMN_HEADERS", "a,a\n1,2\n", {}),
    ("INVALID_KEY_COLUMN", "a,b\n1,2\n", {"key": "b"}),
    ("INVALID_KEY_COLUMN", "a,b\n,2\n", {}),
    ("KEY_COLUMN_DUPLICATE_VALUES", "a,b\n1,2\n1,3\n", {}),
    ("INVALID_VALUE_COLUMN", "a\n1\n", {}),
    ("INVALID_VALUE_COLUMN", "a,b\n1," + "x" * 1025 + "\n", {}),
    ("INVALID_KEY_PROPERTY", "a,b\n1,2\n", {"property": "price"}),
])  # fmt: skip
def test_what_is_wrong_with_a_lookup_table(shop: Project, code: str, text: str, fields: dict[str, str]) -> None:
    answer = call(shop, "POST", "/api/3/lookup_table", **sheet(text, **{"name": "Wrong", "key": "a"} | fields))
    assert (answer.status_code, answer.json()["statusCode"], answer.json()["errorCode"]) == (
        400, 400, f"LOOKUP_TABLE_{code}",
    )  # fmt: skip
    assert call(shop, "GET", "/api/3/lookup_table/Wrong").json()["errorCode"] == "LOOKUP_TABLE_DOES_NOT_EXIST"
    without = call(shop, "POST", "/api/3/lookup_table", data={"name": "Wrong"})
    assert without.json()["errorCode"] == "LOOKUP_TABLE_INVALID_FILE_COUNT"
