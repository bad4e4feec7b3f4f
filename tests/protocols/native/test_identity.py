"""Who is who through a running server: linking, taking back, another mode, rebuild and check."""

import json
import time

import pytest
from tests.harness import Project, Server, command

from diptych import channel

UNIQUE = {"type": "segmentation", "metrics": [{"event": {"names": []}, "measure": "unique"}]}


def unique(project: Project) -> int:
    return project.ask(UNIQUE)["series"][0]["overall"]


def total(project: Project) -> int:
    return project.ask({"type": "segmentation", "metrics": [{"event": {"names": []}}]})["series"][0]["overall"]


def track(project: Project, *events: dict[str, str]) -> None:
    sent = [{"event": "A", "properties": {"token": project.token} | properties} for properties in events]
    with project.server.client() as client:
        assert client.post("/track", json=sent).text == "1"


def say(project: Project, path: str, **body: str) -> dict:
    with project.server.client() as client:
        answer = client.post(f"/api/v1/projects/{project.id}/identity/{path}", json=body, auth=project.account)
    assert answer.status_code == 200, answer.text
    return answer.json()


def run(server: Server, *arguments: str, status: int = 0) -> dict:
    done = command(*arguments, "--json", data_dir=server.data_dir, settings=server.settings)
    assert done.returncode == status, done.stderr + done.stdout
    return json.loads(done.stdout) if done.stdout else {"error": done.stderr}


@pytest.fixture
def shared(project: Project) -> Project:
    """Two people at one device: what it did without a user counts for the first of them."""
    track(project, {"$device_id": "d"}, {"$device_id": "d", "$user_id": "anna"}, {"$device_id": "d", "$user_id": "ben"})
    return project


def test_a_login_counts_past_events_in_the_next_question(project: Project) -> None:
    track(project, {"$device_id": "d"}, {"$device_id": "d"})
    assert unique(project) == 1
    track(project, {"$user_id": "u"})
    assert unique(project) == 2
    track(project, {"$device_id": "d", "$user_id": "u"})
    assert unique(project) == 1


def test_two_people_at_one_device_are_parted_without_losing_an_event(shared: Project) -> None:
    assert (unique(shared), total(shared)) == (2, 3)
    found = say(shared, "unlinks", actor="$device:d", person="anna")
    assert found["person"] == "ben"
    assert [said["effect"] for said in found["log"]] == ["taken back", "counts", "counts", "counts"]
    assert (unique(shared), total(shared)) == (2, 3)
    assert say(shared, "unlinks", actor="$device:d")["person"] == "$device:d"
    assert (unique(shared), total(shared)) == (3, 3)
    assert shared.get("identity", id="anna")["ids"] == ["anna"]


def test_a_wrong_merge_is_undone_and_may_be_done_again(project: Project) -> None:
    track(project, {"distinct_id": "anna"}, {"distinct_id": "ben"})
    assert say(project, "links", actor="ben", person="anna")["ids"] == ["anna", "ben"]
    assert unique(project) == 1
    assert say(project, "unlinks", actor="anna")["ids"] == ["anna"]
    assert (unique(project), total(project)) == (2, 2)
    say(project, "links", actor="ben", person="anna")
    assert unique(project) == 1


def test_what_is_wrong_with_a_link_is_told(project: Project) -> None:
    with project.server.client() as client:
        path = f"/api/v1/projects/{project.id}/identity"
        same = client.post(f"{path}/links", json={"actor": "a", "person": "a"}, auth=project.account)
        nothing = client.post(f"{path}/unlinks", json={"actor": "nobody"}, auth=project.account)
    assert (same.status_code, same.json()["error"]["field"]) == (400, "person")
    assert nothing.status_code == 404


def test_commands_speak_to_the_running_server(shared: Project) -> None:
    server, number = shared.server, str(shared.id)
    assert run(server, "identity", "show", "$device:d", "--project", number)["person"] == "anna"
    assert run(server, "identity", "unlink", "$device:d", "anna", "--project", number)["person"] == "ben"
    assert run(server, "identity", "link", "ben", "anna", "--project", number)["person"] == "anna"
    assert unique(shared) == 1
    assert run(server, "rebuild", "--project", number) == {"projects": [shared.id]}
    assert run(server, "check", "--project", number) == {"differences": []}
    assert unique(shared) == 1
    assert "no project 999" in run(server, "identity", "show", "x", "--project", "999", status=1)["error"]


def test_a_rebuild_and_a_change_of_mode_tell_how_far_they_are(shared: Project) -> None:
    with shared.server.client() as client:
        update = {"$token": shared.token, "$distinct_id": "anna", "$set": {"plan": "pro"}}
        assert client.post("/engage", json=[update]).text == "1"
    steps = ["3 ids", "100% of the events", "2 updates of profiles"]  # the plan, and when anna was last seen
    for name, more in (("rebuild", {}), ("identity mode", {"mode": "amplitude"})):
        told: list[str] = []
        channel.ask(shared.server.data_dir, name, {"project": shared.id} | more, told.append)
        assert told == [f"project {shared.id}: {step}" for step in steps]


def test_commands_open_the_data_themselves_when_no_server_runs(start_server) -> None:
    server: Server = start_server()
    project = server.add_project("Alone")
    track(project, {"distinct_id": "anna"}, {"distinct_id": "ben"})
    server.stop()
    assert run(server, "identity", "link", "ben", "anna")["ids"] == ["anna", "ben"]
    assert run(server, "check") == {"differences": []}
    server.start()
    assert unique(project) == 1


def test_another_mode_is_as_if_it_had_always_been(project: Project) -> None:
    events = [
        {"distinct_id": "x", "$device_id": "d"},
        {"distinct_id": "x", "$device_id": "d", "$user_id": "anna"},
        {"distinct_id": "y", "$device_id": "d"},
        {"distinct_id": "y", "$device_id": "d", "$user_id": "ben"},
        {"distinct_id": "z", "$device_id": "d"},
    ]
    for event in events:
        track(project, event)
    assert unique(project) == 2
    found = {}
    for mode in ("original", "amplitude", "simplified"):
        if mode == "amplitude":
            run(project.server, "project", "set", str(project.id), f"identity={mode}")
        else:
            path = f"/api/v1/projects/{project.id}/settings"
            with project.server.client() as client:
                answer = client.patch(path, json={"identity": mode}, auth=project.account)
            assert answer.json()["identity"] == mode
        found[mode] = (unique(project), project.get("identity", id="$device:d")["person"])
        assert run(project.server, "check", "--project", str(project.id)) == {"differences": []}
    assert found == {"original": (3, "$device:d"), "amplitude": (2, "anna"), "simplified": (2, "anna")}
    # The token's settings are read anew within a second; what comes now follows the mode at once.
    track(project, {"distinct_id": "w", "$device_id": "d"})
    assert unique(project) == 2


def test_an_answer_of_success_comes_before_the_next_question_in_every_protocol(project: Project) -> None:
    now = int(time.time() * 1000)
    with project.server.client() as client:
        for event in ({"device_id": "device-1"}, {"device_id": "device-1", "user_id": "user-1"}):
            body = {"api_key": project.token, "events": [event | {"event_type": "A", "time": now}]}
            assert client.post("/2/httpapi", json=body).status_code == 200
    assert (unique(project), total(project)) == (1, 2)


def test_a_change_of_mode_over_http_tells_how_far_it_is(project: Project) -> None:
    track(project, {"distinct_id": "x", "$device_id": "d", "$user_id": "anna"})
    assert unique(project) == 1
    path = f"/api/v1/projects/{project.id}/identity/mode"
    with project.server.client() as client:
        answer = client.post(path, json={"mode": "amplitude"}, auth=project.account)
        lines = [json.loads(line) for line in answer.text.splitlines()]
        assert [line["progress"] for line in lines[:-1]] == [
            f"project {project.id}: 2 ids",
            f"project {project.id}: 100% of the events",
        ]
        assert lines[-1]["answer"]["identity"] == "amplitude"
        wrong = client.post(path, json={"mode": "other"}, auth=project.account)
        assert wrong.status_code == 400
        assert "mode" in wrong.text
        assert client.post(path, json={"mode": "amplitude"}).status_code == 401
    assert run(project.server, "check", "--project", str(project.id)) == {"differences": []}


def engage(project: Project, **parameters: str) -> list[str]:
    with project.server.client() as client:
        answer = client.post("/api/query/engage", params={"project_id": project.id} | parameters, auth=project.account)
    assert answer.status_code == 200, answer.text
    return sorted(one["$distinct_id"] for one in answer.json()["results"])


def test_a_merged_id_hides_its_profile_in_mode_original(server: Server) -> None:
    """Profiles of ids other than the canonical one are hidden; nothing of them is lost when the ids are parted."""
    project = server.add_project("Original", identity="original")
    with project.server.client() as client:
        for name in ("w", "u"):
            update = {"$token": project.token, "$distinct_id": name, "$set": {"plan": "pro"}}
            assert client.post("/engage", json=[update]).text == "1"
    assert engage(project) == ["u", "w"]
    say(project, "links", actor="w", person="u")
    assert engage(project) == ["u"]
    assert engage(project, where='properties["plan"] == "pro"') == ["u"]
    say(project, "unlinks", actor="w", person="u")
    assert engage(project) == ["u", "w"]
