"""Every field of an event with values of every type: accepted, or listed under its own name at its own place."""

import json
from typing import Any

import pytest
from tests.protocols.schemas import all_values

# Field → the types that the vendor documents (contract section on the event object). Null is as if it were not sent.
FIELDS: dict[str, set[str]] = {
    "user_id": {"string"}, "device_id": {"string"}, "time": {"integer"}, "event_properties": {"object"},
    "user_properties": {"object"}, "groups": {"object"}, "group_properties": {"object"},
    "$skip_user_properties_sync": {"boolean"}, "app_version": {"string"}, "version_name": {"string"},
    "platform": {"string"}, "os_name": {"string"}, "os_version": {"string"}, "device_brand": {"string"},
    "device_manufacturer": {"string"}, "device_model": {"string"}, "carrier": {"string"}, "country": {"string"},
    "region": {"string"}, "city": {"string"}, "dma": {"string"}, "language": {"string"},
    "location_lat": {"number", "integer"}, "location_lng": {"number", "integer"}, "ip": {"string"},
    "user_agent": {"string"}, "price": {"number", "integer"}, "quantity": {"integer"},
    "revenue": {"number", "integer"}, "productId": {"string"}, "revenueType": {"string"}, "currency": {"string"},
    "idfa": {"string"}, "idfv": {"string"}, "adid": {"string"}, "android_id": {"string"}, "event_id": {"integer"},
    "session_id": {"integer"}, "insert_id": {"string"}, "plan": {"object"}, "ingestion_metadata": {"object"},
    "library": {"string"}, "partner_id": {"string"}, "delay": {"object"},
}  # fmt: skip
# Of the documented type, and yet no valid id or moment.
NARROWER = {"user_id", "device_id", "time", "event_id", "session_id"}
GOOD = {"event_type": "Good", "device_id": "device-1", "user_id": "user-1"}
LISTS = ("events_with_invalid_fields", "events_with_missing_fields", "events_with_invalid_id_lengths")


def post(client: Any, *sent: Any) -> Any:
    return client.post("/2/httpapi", content=json.dumps({"api_key": "TOKEN", "events": list(sent)}).encode())


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_with_values_of_every_type(client, services, field: str) -> None:
    for kind, value in all_values():
        services.pipeline.batches.clear()
        answer = post(client, GOOD, GOOD | {field: value}, GOOD)
        case = field, kind, value
        if answer.status_code == 200:
            assert len(services.pipeline.events) == 3, case
            continue
        assert answer.status_code == 400, case
        body = answer.json()
        named = {name: places for key in LISTS for name, places in body.get(key, {}).items()}
        assert named == {field: [1]}, case
        assert services.pipeline.events == [], case
        assert kind not in FIELDS[field] or field in NARROWER, case
        assert kind != "null", case


def test_fields_that_nobody_knows_are_ignored(client, services) -> None:
    for _, value in all_values():
        services.pipeline.batches.clear()
        assert post(client, GOOD | {"never heard of": value}).status_code == 200
        assert len(services.pipeline.events) == 1
