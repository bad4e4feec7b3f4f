"""Promoted properties through a running server: by command, without a change of any answer."""

import json

from tests.harness import Project, command


def run(project: Project, *arguments: str, status: int = 0) -> dict:
    server = project.server
    done = command("properties", *arguments, "--json", data_dir=server.data_dir, settings=server.settings)
    assert done.returncode == status, done.stderr + done.stdout
    return json.loads(done.stdout) if done.stdout else {"error": done.stderr}


def by_plan(project: Project) -> tuple[dict, str]:
    answer = project.ask(
        {
            "type": "segmentation",
            "metrics": [{"event": {"names": ["Bought"]}}],
            "breakdowns": [{"property": {"key": "plan"}}],
        }
    )
    return {tuple(one["breakdown"]): one["overall"] for one in answer["series"]}, str(answer["explanation"]["sql"])


def track(project: Project, *plans: str) -> None:
    sent = [
        {"event": "Bought", "properties": {"token": project.token, "distinct_id": f"u{n}", "plan": plan}}
        for n, plan in enumerate(plans)
    ]
    with project.server.client() as client:
        assert client.post("/track", json=sent).text == "1"


def test_a_promoted_property_is_read_from_its_column_and_answers_the_same(project: Project) -> None:
    track(project, "pro", "pro", "free")
    before, statement = by_plan(project)
    assert before == {("pro",): 2, ("free",): 1} and "p_" not in statement
    assert run(project, "promote", "plan") == {"scope": "event", "key": "plan"}
    promoted = run(project, "list")["promoted"]
    assert [(one["scope"], one["key"], one["pinned"]) for one in promoted] == [("event", "plan", True)]
    track(project, "pro")
    after, statement = by_plan(project)
    assert after == {("pro",): 3, ("free",): 1} and "p_" in statement
    assert run(project, "demote", "plan") == {"scope": "event", "key": "plan"}
    track(project, "free")
    again, statement = by_plan(project)
    assert again == {("pro",): 3, ("free",): 2} and "p_" not in statement


def test_what_cannot_be_promoted_is_told(project: Project) -> None:
    assert "not promoted" in run(project, "demote", "nothing", status=1)["error"]
    refused = run(project, "promote", "plan", "--scope", "group", status=1)["error"]
    assert "must be one of event, builtin, user" in refused
