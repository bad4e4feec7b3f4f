"""Answers against the OpenAPI documents that Mixpanel publishes, where they have been put into .cache/mixpanel-openapi.

The documents are in the repository mixpanel/docs, in the folder openapi. Skipped without them: they are not ours to
keep here.
"""

from functools import cache
from typing import Any

import pytest
import yaml
from tests.harness import ROOT, Project
from tests.protocols.mixpanel.small import ask, placed
from tests.protocols.mixpanel.test_endpoints import PLAIN, RECENT, SMALL, filled

DOCUMENTS = ROOT / ".cache" / "mixpanel-openapi"
pytestmark = pytest.mark.skipif(
    not (DOCUMENTS / "query.openapi.yaml").exists(),
    reason="copy openapi/*.yaml of mixpanel/docs to .cache/mixpanel-openapi",
)
TYPES: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "boolean": bool, "number": int | float, "integer": int,
}  # fmt: skip
# Where a document is wrong about Mixpanel itself: sums of prices are no whole numbers, ids are texts, clients need
# the project of an annotation, and events/names is a list of what is most common.
KNOWN = {
    ("segmentation/sum", "results.*"): "number",
    ("engage", "results.[].$distinct_id"): "string",
}
MORE = {("annotations", "results.[].project_id"), ("annotations", "results.project_id")}


@cache
def document(name: str) -> Any:
    return yaml.safe_load((DOCUMENTS / f"{name}.openapi.yaml").read_text())


def schema_of(name: str, path: str, method: str, status: str = "200") -> Any:
    answer = document(name)["paths"][path][method]["responses"][status]
    return answer["content"]["application/json"]["schema"]


def faults(value: Any, schema: Any, name: str, endpoint: str, place: str = "") -> list[str]:
    """What of a value a schema does not allow."""
    if "$ref" in schema:
        target = document(name)
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return faults(value, target, name, endpoint, place)
    found = [fault for one in schema.get("allOf", []) for fault in faults(value, one, name, endpoint, place)]
    kind = KNOWN.get((endpoint, place), schema.get("type"))
    if kind and (not isinstance(value, TYPES[kind]) or (kind in ("integer", "number") and isinstance(value, bool))):
        return [*found, f"{place}: {value!r} is no {kind}"]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{place}: {value!r} is none of {schema['enum']}")
    if isinstance(value, list) and "items" in schema:
        for one in value:
            found += faults(one, schema["items"], name, endpoint, f"{place}.[]".removeprefix("."))
    return found + (in_object(value, schema, name, endpoint, place) if isinstance(value, dict) else [])


def in_object(value: dict[str, Any], schema: Any, name: str, endpoint: str, place: str) -> list[str]:
    known, other = schema.get("properties", {}), schema.get("additionalProperties", {})
    found = [f"{place}: {key} is missing" for key in schema.get("required", []) if key not in value]
    found += [
        f"{place}: {key} is missing" for key in known if key not in value and not place and "required" not in schema
    ]
    for key, one in value.items():
        at = f"{place}.{key if key in known else '*'}".removeprefix(".")
        if key in known:
            found += faults(one, known[key], name, endpoint, at)
        elif isinstance(other, dict):
            found += faults(one, other, name, endpoint, at)
        elif not other and (endpoint, f"{place}.{key}".removeprefix(".")) not in MORE:
            found.append(f"{place}: {key} is not known")
    return found


ASKED = {path: asked for path, asked, _ in [*RECENT, *SMALL]} | PLAIN
QUERIES = [
    "insights", "funnels", "funnels/list", "retention", "retention/addiction", "segmentation", "segmentation/numeric",
    "segmentation/sum", "segmentation/average", "stream/query", "cohorts/list", "engage", "events", "events/top",
    "events/names", "events/properties", "events/properties/top", "events/properties/values",
]  # fmt: skip


@pytest.mark.parametrize("path", QUERIES)
def test_the_query_api(small: Project, recent: Project, path: str) -> None:
    methods = document("query")["paths"][f"/{path}"]
    [method] = [one for one in methods if one in ("get", "post")]
    project = recent if path in {one for one, _, _ in RECENT} else small
    answer = ask(project, path, **filled(project, ASKED[path]))
    assert answer, "an empty answer proves nothing"
    assert faults(answer, schema_of("query", f"/{path}", method), "query", path) == []


def test_every_path_of_the_document_is_known() -> None:
    assert {path.removeprefix("/") for path in document("query")["paths"]} == {*QUERIES, "jql"}


APP = [
    ("lexicon-schemas", "/projects/{projectId}/schemas", "PROJECT/schemas", "schemas"),
    ("lexicon-schemas", "/projects/{projectId}/schemas/{entityType}", "PROJECT/schemas/KIND", "schemas"),
    ("lexicon-schemas", "/projects/{projectId}/schemas/{entityType}/{name}", "PROJECT/schemas/KIND/NAME", "schema"),
    ("annotations", "/projects/{projectId}/annotations", "PROJECT/annotations", "annotations"),
    ("annotations", "/projects/{projectId}/annotations/tags", "PROJECT/annotations/tags", "tags"),
    ("service-accounts", "/projects/{projectId}/service-accounts", "PROJECT/service-accounts", "accounts"),
]


@pytest.mark.parametrize(("name", "path", "ours", "endpoint"), APP, ids=[row[2] for row in APP])
def test_the_app_api(recent: Project, small: Project, name: str, path: str, ours: str, endpoint: str) -> None:
    project = recent if endpoint in ("annotations", "tags") else small
    if endpoint == "tags":
        with recent.server.client() as client:
            tag = {"name": "release"}
            client.post(placed(recent, "/api/app/projects/PROJECT/annotations/tags"), json=tag, auth=recent.account)
    answer = ask(project, f"/api/app/projects/{ours}")
    assert answer
    assert faults(answer, schema_of(name, path, "get"), name, endpoint) == []


def test_what_changes_something(recent: Project) -> None:
    base, tag = placed(recent, "/api/app/projects/PROJECT"), {"name": "release"}
    note = {"date": "2026-03-20 12:00:00", "description": "Launch", "tags": []}
    entry = {"entityType": "event", "name": "A", "schemaJson": {"description": "x"}}
    accounts = "/organizations/{organizationId}/service-accounts"
    schemas, notes = "/projects/{projectId}/schemas", "/projects/{projectId}/annotations"
    with recent.server.client() as client:
        client.auth = recent.account
        for name, path, method, url, body, status in (
            ("lexicon-schemas", schemas, "post", f"{base}/schemas", {"entries": [entry]}, 200),
            ("lexicon-schemas", f"{schemas}/{{entityType}}/{{name}}", "post", f"{base}/schemas/event/B", {}, 200),
            ("lexicon-schemas", f"{schemas}/{{entityType}}/{{name}}", "delete", f"{base}/schemas/event/B", None, 200),
            ("lexicon-schemas", schemas, "delete", f"{base}/schemas", None, 200),
            ("annotations", notes, "post", f"{base}/annotations", note, 201),
            ("annotations", f"{notes}/tags", "post", f"{base}/annotations/tags", tag, 200),
            ("service-accounts", accounts, "post", "/api/app/organizations/1/service-accounts", {"username": "x"}, 201),
        ):  # fmt: skip
            answer = client.request(method, url, json=body)
            assert answer.status_code == status, answer.text
            endpoint = name.removesuffix("s") if name != "annotations" else name
            assert faults(answer.json(), schema_of(name, path, method, str(status)), name, endpoint) == [], url
        made = answer.json()["results"]
        one = f"/api/app/organizations/1/service-accounts/{made['id']}"
        schema = schema_of("service-accounts", f"{accounts}/{{serviceAccountId}}", "get")
        assert (
            faults(client.get(one).json() | {"last_used": "", "expires": ""}, schema, "service-accounts", "account")
            == []
        )
        assert client.delete(one).json() == {"status": "ok"}


def test_faults_are_found() -> None:
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "array", "items": {"type": "integer"}}}}
    for value, expected in (
        ({"a": [1]}, 0), ({"a": [1.5]}, 1), ({"a": [True]}, 1), ({}, 1), ([], 1), ({"a": {}}, 1),
    ):  # fmt: skip
        assert len(faults(value, schema, "query", "x")) == expected, value
