"""Whatever stands in a message: it is stored or named as rejected, its neighbours are stored, nothing breaks."""

import json
import math
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings, strategies as st

from diptych.model.clock import storable
from diptych.store.tables import event_block

GOOD = {"type": "track", "userId": "neighbour", "event": "Good"}
FIELDS = [
    "type", "userId", "anonymousId", "messageId", "event", "properties", "traits", "context", "integrations",
    "timestamp", "originalTimestamp", "sentAt", "groupId", "previousId", "name", "category", "writeKey", "batch",
]  # fmt: skip
PARTS = [
    "app", "campaign", "device", "ip", "locale", "location", "network", "os", "page", "screen", "userAgent", "library",
    "groupId", "traits",
]  # fmt: skip
TYPES = st.sampled_from(["track", "identify", "page", "screen", "group", "alias"])
TEXTS = st.text(max_size=20) | st.sampled_from(
    ["\ud800", "null", "0001-01-01", "9999-12-31T23:59:59+14:00", "$device:x"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3))
CONTEXTS = st.dictionaries(st.sampled_from(PARTS), VALUES, max_size=5) | VALUES
MESSAGES = st.builds(
    lambda kind, fields, context: {"type": kind, "userId": "u", "event": "E"} | fields | {"context": context},
    TYPES,
    st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=5),
    CONTEXTS,
)


def _is_json(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return all(map(_is_json, inner))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages=st.lists(MESSAGES | VALUES, max_size=4))
def test_any_message(client, services, messages: list[Any]) -> None:
    services.pipeline.batches.clear()
    answer = client.post("/v1/batch", content=json.dumps({"batch": [*messages, GOOD]}).encode())
    assert answer.status_code == 200
    rejected = {wrong["index"] for wrong in answer.json().get("rejected", [])}
    [batch] = services.pipeline.batches
    assert len(batch.events) == len(messages) + 1 - len(rejected)
    assert batch.events[-1].user_id == "neighbour"
    assert {index for index, message in enumerate(messages) if not _is_json(message)} <= rejected
    assert all(storable(event.time) for event in batch.events)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(batch), type=type(batch)) == batch
    assert event_block(batch.events).num_rows == len(batch.events)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200) | st.text(alphabet='{}[]":,batch1 \\u', max_size=60).map(str.encode))
def test_any_body(client, body: bytes) -> None:
    for path in ("/v1/batch", "/v1/track"):
        assert client.post(path, content=body).status_code in (200, 400)
