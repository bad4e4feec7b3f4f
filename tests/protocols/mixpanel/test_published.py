"""Answers against what Mixpanel's published OpenAPI documents say about them."""

from typing import Any

import pytest
from tests.harness import Project
from tests.protocols.mixpanel.published import APP, QUERIES, Shape, faults
from tests.protocols.mixpanel.small import ask, placed
from tests.protocols.mixpanel.test_endpoints import PLAIN, RECENT, SMALL, filled

ASKED = {path: asked for path, asked, _ in [*RECENT, *SMALL]} | PLAIN


@pytest.mark.parametrize("path", QUERIES)
def test_the_query_api(small: Project, recent: Project, path: str) -> None:
    project = recent if path in {one for one, _, _ in RECENT} else small
    answer = ask(project, path, **filled(project, ASKED[path]))
    assert answer, "an empty answer proves nothing"
    assert faults(answer, QUERIES[path]) == []


READ = [
    ("PROJECT/schemas", False), ("PROJECT/schemas/KIND", False), ("PROJECT/schemas/KIND/NAME", False),
    ("PROJECT/annotations", True), ("PROJECT/annotations/tags", True), ("PROJECT/service-accounts", False),
]  # fmt: skip


@pytest.mark.parametrize(("path", "of_recent"), READ, ids=[path for path, _ in READ])
def test_the_app_api(recent: Project, small: Project, path: str, of_recent: bool) -> None:
    project = recent if of_recent else small
    if path.endswith("tags"):
        with recent.server.client() as client:
            tag = {"name": "release"}
            client.post(placed(recent, "/api/app/projects/PROJECT/annotations/tags"), json=tag, auth=recent.account)
    answer = ask(project, f"/api/app/projects/{path}")
    assert answer
    assert faults(answer, APP[f"get {path}"]) == []


def test_what_changes_something(recent: Project) -> None:
    base, tag = placed(recent, "/api/app/projects/PROJECT"), {"name": "release"}
    note = {"date": "2026-03-20 12:00:00", "description": "Launch", "tags": []}
    entry = {"entityType": "event", "name": "A", "schemaJson": {"description": "x"}}
    accounts = "/api/app/organizations/1/service-accounts"
    with recent.server.client() as client:
        client.auth = recent.account
        for name, url, body, status in (
            ("post PROJECT/schemas", f"{base}/schemas", {"entries": [entry]}, 200),
            ("post PROJECT/schemas/KIND/NAME", f"{base}/schemas/event/B", {}, 200),
            ("delete PROJECT/schemas/KIND/NAME", f"{base}/schemas/event/B", None, 200),
            ("delete PROJECT/schemas", f"{base}/schemas", None, 200),
            ("post PROJECT/annotations", f"{base}/annotations", note, 201),
            ("post PROJECT/annotations/tags", f"{base}/annotations/tags", tag, 200),
            ("post ORGANIZATION/service-accounts", accounts, {"username": "x"}, 201),
        ):
            answer = client.request(name.split()[0], url, json=body)
            assert answer.status_code == status, answer.text
            assert faults(answer.json(), APP[name]) == [], url
        one = f"{accounts}/{answer.json()['results']['id']}"
        # Our accounts are not dated.
        dated = client.get(one).json() | {"last_used": "", "expires": ""}
        assert faults(dated, APP["get ORGANIZATION/service-accounts/ID"]) == []
        assert client.delete(one).json() == {"status": "ok"}


@pytest.mark.parametrize(("value", "expected"), [
    ({"a": [1]}, 0), ({"a": [1], "b": "x"}, 0), ({"a": [1.5]}, 1), ({"a": [True]}, 1), ({}, 1), ([], 1), ({"a": {}}, 1),
    ({"a": [], "b": "z"}, 1), ({"a": [], "c": 1}, 1),
])  # fmt: skip
def test_faults_are_found(value: Any, expected: int) -> None:
    shape: Shape = {"a": ["integer"], "b?": {"x", "y"}}
    assert len(faults(value, shape)) == expected
    assert faults(value, "any") == []
