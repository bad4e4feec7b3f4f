"""Every special property of an imported event with values of every type: accepted, or named with its path and place."""

import base64
import json
from typing import Any

import pytest
from tests.protocols.schemas import all_values

SPECIAL = ["time", "distinct_id", "$insert_id", "$device_id", "$user_id", "ip", "token", "$lib_version", "mp_lib",
           "$city", "$os", "$screen_height", "$group_key", "own"]  # fmt: skip
# What strict imports may refuse; every other property is anybody's.
REFUSABLE = {"time", "distinct_id", "$insert_id", "token", "$device_id", "$user_id"}
NOW = 1_790_000_000
AUTH = {"Authorization": "Basic " + base64.b64encode(b"SECRET:").decode()}


def event(number: int, **more: Any) -> dict[str, Any]:
    own = {"time": NOW, "distinct_id": "ann", "$insert_id": f"insert-{number}"}
    return {"event": "Good", "properties": own | more}


@pytest.mark.parametrize("field", SPECIAL)
def test_a_property_with_values_of_every_type(client, services, field: str) -> None:
    for kind, value in all_values():
        services.pipeline.batches.clear()
        sent = json.dumps([event(1), event(2, **{field: value}), event(3)])
        answer = client.post("/import?strict=1", content=sent.encode(), headers=AUTH)
        case, stored = (field, kind, value), len(services.pipeline.events)
        if answer.status_code == 200:
            assert (answer.json()["num_records_imported"], stored) == (3, 3), case
            continue
        assert answer.status_code == 400, case
        body = answer.json()
        assert [(one["index"], one["field"]) for one in body["failed_records"]] == [(1, f"properties.{field}")], case
        assert (body["num_records_imported"], stored) == (2, 2), case
        assert field in REFUSABLE, case


@pytest.mark.parametrize("path", ["/track", "/engage", "/groups"])
def test_a_record_with_values_of_every_type_beside_good_ones(client, services, path: str) -> None:
    profile = {"$token": "TOKEN", "$distinct_id": "ann", "$group_key": "company", "$group_id": "g", "$set": {"a": 1}}
    good = {"event": "Good", "properties": {"token": "TOKEN"}} if path == "/track" else profile
    for key in [*good, "$time", "$ip", "$unset", "$union", "properties", "event"]:
        for kind, value in all_values():
            services.pipeline.batches.clear()
            sent = json.dumps([good, good | {key: value}, good])
            answer = client.post(
                f"{path}?verbose=1", content=sent.encode(), headers={"Content-Type": "application/json"}
            )
            assert answer.status_code in (200, 400), (path, key, kind, value)
            kept = len(services.pipeline.events) + len(services.pipeline.updates)
            assert kept >= 2, (path, key, kind, value)
