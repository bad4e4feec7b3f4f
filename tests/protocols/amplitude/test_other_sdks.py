"""Requests as SDKs write them that cannot be run here, and each SDK's own test of success.

Source: the sources of the SDKs. Python, Node and the browsers' SDKs are run in tests/clients.
"""

import gzip
import hashlib
import json
import re
import time
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest

NOW = int(time.time() * 1000)
JSON = "application/json"
UTF8 = "application/json; charset=utf-8"
FORM = "application/x-www-form-urlencoded"


def event(library: str, **more: Any) -> dict[str, Any]:
    given = {
        "event_type": "Subscription Started",
        "user_id": "user-0001",
        "device_id": "device-0001",
        "time": NOW,
        "insert_id": "5f0b7f4e-8c5b-4d8e-9d39-33a7e6d1c0aa",
        "event_properties": {"Plan": "Pro 😀~?>"},
        "library": library,
    }
    return given | more


PHONE = {
    "event_id": 7,
    "session_id": NOW - 5_000,
    "platform": "iOS",
    "os_name": "ios",
    "os_version": "19.1",
    "device_manufacturer": "Apple",
    "device_model": "iPhone17,1",
    "carrier": "Unknown",
    "language": "en",
    "country": "DE",
    "ip": "$remote",
    "idfv": "B6F1B0E6-0D3C-4B5B-8A55-6A8C2B0E0D11",
    "version_name": "3.2.1",
    "user_properties": {},
    "groups": {},
    "plan": {"branch": "main", "source": "ios"},
    "ingestion_metadata": {"source_name": "ampli", "source_version": "2.0.0"},
    "partner_id": None,
}


def upload(*events: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"api_key": "TOKEN", "events": list(events)} | more, ensure_ascii=False).encode()


def uploaded_at(milliseconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(milliseconds / 1000)) + ".123Z"


class Recorded(NamedTuple):
    path: str
    body: bytes
    headers: dict[str, str]
    success: Callable[[Any], bool]


def status_is_200(answer: Any) -> bool:
    """Kotlin, Swift, Flutter and React Native go by the status of the answer."""
    return bool(answer.status_code == 200)


def as_go_reads_it(answer: Any) -> bool:
    """The status decides; the body must be JSON with a whole `code`."""
    return answer.status_code == 200 and type(answer.json()["code"]) is int


def as_java_reads_it(answer: Any) -> bool:
    """It reads three numbers, and throws when one is missing."""
    body = answer.json()
    return all(type(body[key]) is int for key in ("events_ingested", "payload_size_bytes", "server_upload_time"))


def says_success(answer: Any) -> bool:
    return bool(answer.status_code == 200 and answer.text == "success")


def old_form(*events: dict[str, Any]) -> bytes:
    text, at = json.dumps(list(events)), str(NOW)
    checksum = hashlib.md5(("2" + "TOKEN" + text + at).encode()).hexdigest()
    return urlencode({"client": "TOKEN", "e": text, "v": "2", "upload_time": at, "checksum": checksum}).encode()


def old_event() -> dict[str, Any]:
    sent = event("x") | PHONE
    sent["library"] = {"name": "amplitude-android", "version": "2.40.2"}
    sent["timestamp"], sent["uuid"] = sent.pop("time"), sent.pop("insert_id")
    return sent | {"api_properties": {"androidADID": "c0ffee"}, "user_id": "user-0001"}


SENT = {
    "go": Recorded("/2/httpapi", upload(event("amplitude-go/1.1.0"), options={}), {"Content-Type": JSON},
                   as_go_reads_it),
    "go batch": Recorded("/batch", upload(event("amplitude-go/1.1.0")), {"Content-Type": JSON}, as_go_reads_it),
    "java": Recorded("/2/httpapi", upload(event("amplitude-java/1.12.5"), options={"min_id_length": 5}),
                     {"Content-Type": JSON, "Accept": JSON}, as_java_reads_it),
    "java batch": Recorded("/batch", upload(event("amplitude-java/1.12.5")), {"Content-Type": JSON}, as_java_reads_it),
    "kotlin": Recorded("/2/httpapi", upload(event("amplitude-analytics-android/1.21.2", **PHONE),
                                            client_upload_time=uploaded_at(NOW), options={"min_id_length": 5}),
                       {"Content-Type": UTF8, "Accept": JSON}, status_is_200),
    "swift": Recorded("/2/httpapi", upload(event("amplitude-swift/1.13.0", **PHONE),
                                           client_upload_time=uploaded_at(NOW), options={"min_id_length": None}),
                      {"Content-Type": UTF8, "Accept": JSON}, status_is_200),
    "flutter": Recorded("/2/httpapi", upload(event("amplitude-flutter/4.3.2", **PHONE),
                                             client_upload_time=uploaded_at(NOW)),
                        {"Content-Type": UTF8}, status_is_200),
    "react native": Recorded("/2/httpapi", upload(event("amplitude-react-native-ts/1.5.12", **PHONE), options={},
                                                  client_upload_time=uploaded_at(NOW)),
                             {"Content-Type": JSON, "Accept": "*/*"}, as_go_reads_it),
    "react native gzip": Recorded("/2/httpapi",
                                  gzip.compress(upload(event("amplitude-react-native-ts/1.5.12", **PHONE))),
                                  {"Content-Type": JSON, "Content-Encoding": "gzip"}, as_go_reads_it),
    "beacon": Recorded("/2/httpapi", upload(event("amplitude-ts/2.48.1")),
                       {"Content-Type": "text/plain;charset=UTF-8"}, status_is_200),
    "old phones": Recorded("/", old_form(old_event()), {"Content-Type": FORM}, says_success),
    "first version": Recorded("/httpapi", urlencode({"api_key": "TOKEN", "event": json.dumps([event("ruby-gem/1.0")])})
                              .encode(), {"Content-Type": FORM}, says_success),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _clock_of_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """The requests say when they were sent; a server that gets them a minute later corrects their events' times."""
    monkeypatch.setattr("diptych.protocols.amplitude.ingestion.now_ms", lambda: NOW)


@pytest.mark.parametrize("name", SENT)
def test_events(client, services, name: str) -> None:
    sent = SENT[name]
    answer = client.post(sent.path, content=sent.body, headers=sent.headers)
    assert sent.success(answer), answer.text
    [stored] = services.pipeline.events
    assert (stored.name, stored.user_id, stored.device_id) == ("Subscription Started", "user-0001", "device-0001")
    assert stored.time == NOW
    assert stored.insert_id == "5f0b7f4e-8c5b-4d8e-9d39-33a7e6d1c0aa"
    assert stored.properties == {"Plan": '"Pro 😀~?>"'}
    if "platform" in json.dumps(stored.envelope):
        assert (stored.session_id, stored.event_id) == (NOW - 5_000, 7)
        assert (stored.context["platform"], stored.context["country"]) == ('"iOS"', '"DE"')


def test_a_wrong_key_as_java_and_the_others_look_for_it(client) -> None:
    answer = client.post("/2/httpapi", content=upload(event("x")).replace(b"TOKEN", b"wrong"))
    assert answer.status_code == answer.json()["code"] == 400
    assert re.fullmatch("Invalid API key: .*", answer.json()["error"])


@pytest.mark.parametrize("path", ["/2/httpapi", "/batch"])
def test_events_that_sdks_drop_and_those_that_they_send_again(client, services, path: str) -> None:
    """By the lists every SDK takes out what is bad, and sends the rest again at once: then it is stored."""
    batch = [event("x"), event("x", event_type=""), event("x", insert_id="b", user_id=None, device_id=None)]
    body = client.post(path, content=upload(*batch)).json()
    lists = (
        body["events_with_invalid_fields"],
        body["events_with_missing_fields"],
        body["events_with_invalid_id_lengths"],
    )
    bad = {index for found in lists for indexes in found.values() for index in indexes}
    assert (body["missing_field"], bad) == (None, {1, 2})
    assert services.pipeline.events == []
    again = [sent for index, sent in enumerate(batch) if index not in bad]
    assert client.post(path, content=upload(*again)).json()["events_ingested"] == 1
