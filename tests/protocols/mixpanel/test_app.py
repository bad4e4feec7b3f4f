"""The app API: what clients read and change besides numbers."""

import time
from typing import Any

import httpx
import pytest
from tests.harness import Project, Server

PROPERTIES = {"price": {"type": "number", "description": "In euro"}, "plan": {"type": "string"}}
BOUGHT = {
    "description": "A purchase",
    "properties": PROPERTIES,
    "metadata": {"com.mixpanel": {
        "displayName": "Purchase", "tags": ["shop"], "hidden": True, "dropped": False, "contacts": ["a@x.at"]}},
}  # fmt: skip
USER = {"properties": {"age": {"type": "integer", "metadata": {"com.mixpanel": {"displayName": "Age"}}}}}


@pytest.fixture
def app(server: Server) -> Any:
    """A client of a project's app API, with an owner's service account."""
    project = server.add_project("App")
    with server.client() as client:
        client.auth = project.account
        client.base_url = httpx.URL(f"{server.url}/api/app/projects/{project.id}/")
        yield client


def entry(name: str, schema: dict[str, Any], kind: str = "event") -> dict[str, Any]:
    return {"entityType": kind, "name": name, "schemaJson": schema}


def test_schemas_come_out_as_they_went_in(app: httpx.Client) -> None:
    entries = [entry("Bought", BOUGHT), entry("A/b c?", {}), entry("$user", USER, "profile")]
    assert app.post("schemas", json={"entries": entries}).json() == {
        "status": "ok", "results": {"added": 3, "deleted": 0},
    }  # fmt: skip
    found = {one["name"]: one["schemaJson"] for one in app.get("schemas").json()["results"]}
    assert sorted(found) == ["$user", "A/b c?", "Bought"]
    bought = found["Bought"]
    assert bought["metadata"] == BOUGHT["metadata"]
    assert {name: one["type"] for name, one in bought["properties"].items()} == {"price": "number", "plan": "string"}
    assert bought["properties"]["price"]["description"] == "In euro"
    assert found["$user"]["properties"]["age"]["metadata"]["com.mixpanel"]["displayName"] == "Age"
    assert app.get("schemas/event/Bought").json() == bought
    assert app.get("schemas/event/A%2Fb%20c%3F").json()["properties"] == {}
    assert app.get("schemas/event", params={"entity_name": "Bought"}).json()["results"] == bought
    assert [one["name"] for one in app.get("schemas/profile").json()["results"]] == ["$user"]


def test_a_schema_is_merged_into_what_was_said(app: httpx.Client) -> None:
    assert app.post("schemas/event/Bought", json=BOUGHT).json() == {"status": "ok"}
    change = {"metadata": {"com.mixpanel": {"displayName": None, "hidden": False}}}
    assert app.patch("schemas/event/Bought", json=change).status_code == 200
    found = app.get("schemas/event/Bought").json()
    assert found["metadata"]["com.mixpanel"] == {
        "displayName": "", "tags": ["shop"], "hidden": False, "dropped": False, "contacts": ["a@x.at"],
    }  # fmt: skip
    assert (found["description"], sorted(found["properties"])) == ("A purchase", ["plan", "price"])


def test_schemas_are_forgotten(app: httpx.Client) -> None:
    def names() -> list[str]:
        return [one["name"] for one in app.get("schemas").json()["results"]]

    everything = [entry(name, BOUGHT) for name in "ABCD"] + [entry("$user", USER, "profile")]
    app.post("schemas", json={"entries": everything})
    assert app.delete("schemas/event/A").json()["results"] == {"delete_count": 1}
    assert app.delete("schemas/event/A").json()["results"] == {"delete_count": 0}
    assert app.delete("schemas/event", params={"entity_name": "B"}).json()["results"] == {"delete_count": 1}
    assert names() == ["C", "D", "$user"]
    assert app.delete("schemas/profile").json()["results"] == {"delete_count": 1}
    answer = app.post("schemas", json={"entries": [entry("E", {})], "truncate": True})
    assert answer.json()["results"] == {"added": 1, "deleted": 2}
    assert names() == ["E"]
    assert app.delete("schemas").json()["results"] == {"delete_count": 1}
    assert names() == []


WRONG = [
    ({"entries": [entry("A", {}, "group")]}, "Invalid enum value"),
    ({"entries": [entry("company", {}, "profile")]}, "entries.name: expected $user"),
    ({"entries": [entry("A", {"properties": {"p": {"type": "money"}}})]}, "properties.p.type: expected one of array"),
    ({"entries": [entry("", {})]}, "entries.name: expected a name"),
    ({}, "entries: expected a list"),
]


@pytest.mark.parametrize(("body", "message"), WRONG, ids=[message for _, message in WRONG])
def test_wrong_schemas_change_nothing(app: httpx.Client, body: dict[str, Any], message: str) -> None:
    app.post("schemas", json={"entries": [entry("Kept", {})]})
    answer = app.post("schemas", json=body | {"truncate": True})
    assert (answer.status_code, message in answer.json()["error"]) == (400, True), answer.text
    assert [one["name"] for one in app.get("schemas").json()["results"]] == ["Kept"]
    assert app.get("schemas/group").status_code == 404
    assert app.get("schemas/event/Unknown").status_code == 404


def test_tags_of_annotations_keep_their_numbers(app: httpx.Client) -> None:
    made = app.post("annotations/tags", json={"name": "zebra"}).json()
    assert (made["name"], made["has_annotations"]) == ("zebra", False)
    app.post("annotations/tags", json={"name": "apple"})
    body = {"date": "2026-03-02 12:00:00", "description": "x", "tags": [made["id"]]}
    first = app.post("annotations", json=body).json()["results"]
    assert first["tags"] == [{"id": made["id"], "name": "zebra"}]
    assert app.get("annotations/tags").json()[1] == made | {"has_annotations": True}
    assert app.patch(f"annotations/{first['id']}", json={"tags": []}).json()["results"]["tags"] == []
    assert [tag["has_annotations"] for tag in app.get("annotations/tags").json()] == [False, False]
    answer = app.post("annotations", json=body | {"tags": [123]})
    assert (answer.status_code, "tags: there is no tag 123" in answer.json()["error"]) == (400, True)


def test_service_accounts_are_made_and_deleted_by_owners(server: Server) -> None:
    project, other = server.add_project("Accounts"), server.add_project("Other")
    path = "/api/app/organizations/1/service-accounts"
    with server.client() as client:
        client.auth = project.account
        wanted = {"username": "Reader", "role": "consumer", "projects": [{"id": project.id, "role": "analyst"}]}
        answer = client.post(path, json=wanted)
        assert answer.status_code == 201, answer.text
        made = answer.json()["results"]
        assert "token" in made
        number = {"project_id": str(project.id)}
        editor = (made["username"], made["token"])
        assert client.get("/api/query/cohorts/list", params=number, auth=editor).status_code == 200
        assert client.get(path, auth=editor).status_code == 401  # not an owner
        listed = client.get(path).json()["results"]
        assert [one["id"] for one in listed][-1] == made["id"]
        assert client.get(f"{path}/{made['id']}").json() == listed[-1]
        of_project = client.get(f"/api/app/projects/{project.id}/service-accounts").json()["results"]
        assert [one["role"] for one in of_project] == ["owner", "analyst"]
        assert client.post(path, json={"username": "x", "projects": [{"id": other.id}]}).status_code == 400
        assert client.get(f"{path}/{made['id']}", auth=other.account).status_code == 404
        assert client.delete(f"{path}/{made['id']}", auth=other.account).status_code == 404
        assert client.get("/api/app/organizations/2/service-accounts").status_code == 404
        for secret in ((project.secret, ""), (project.token, project.secret)):
            assert client.post(path, json=wanted, auth=secret).status_code == 401
        assert client.delete(f"{path}/{made['id']}").json() == {"status": "ok"}
        deadline = time.monotonic() + 3
        while (status := client.get("/api/query/cohorts/list", params=number, auth=editor).status_code) == 200:
            assert time.monotonic() < deadline, "still open three seconds after it was deleted"
            time.sleep(0.1)
        assert status == 401


def test_what_people_saved(small: Project) -> None:
    with small.server.client() as client:
        client.auth = small.account
        path = f"/api/app/projects/{small.id}"
        reports = client.get(f"{path}/bookmarks", params={"v": 2}).json()["results"]["results"]
        assert {(one["name"], one["type"]) for one in reports} >= {
            ("Line", "insights"), ("Way", "funnels"), ("After buying", "flows"),
        }  # fmt: skip
        assert client.get(f"{path}/bookmarks/{reports[0]['id']}").json()["results"] == reports[0]
        [board] = client.get(f"{path}/dashboards").json()["results"]
        assert (board["title"], client.get(f"{path}/dashboards/{board['id']}").json()["results"]) == ("Board", board)
        [cohort] = client.get(f"{path}/cohorts").json()["results"]
        assert (cohort["name"], cohort["count"]) == ("Buyers", 2)
        assert client.get(f"{path}/cohorts/{cohort['id']}").json()["results"] == cohort
        assert client.get(f"{path}/cohorts/{board['id']}").status_code == 404
        assert client.get(f"{path}/cohorts", params={"ids": "x"}).status_code == 400
        index = client.get("/api/app/projects/metadata/index").json()["results"]
        assert [*index] == [str(small.id)]
