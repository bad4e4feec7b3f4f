"""Clients that are slow, silent or break off: they cost nobody else anything, and a really running server."""

import gzip
import json
import socket
import time

import pytest
from tests.harness import Project

TRACK = b"POST /track HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


def connect(project: Project) -> socket.socket:
    return socket.create_connection(("127.0.0.1", project.server.port), timeout=10)


def body(project: Project, name: str) -> bytes:
    return json.dumps([{"event": name, "properties": {"token": project.token, "distinct_id": "u"}}]).encode()


def test_hundreds_of_slow_clients_keep_nobody_waiting(project: Project) -> None:
    slow = [connect(project) for _ in range(300)]
    for number, client in enumerate(slow):
        client.sendall((TRACK % 1_000)[: 20 + number % 60] if number % 2 else TRACK % 1_000 + b"[")
    with project.server.client() as client:
        took = []
        for _ in range(10):
            began = time.monotonic()
            assert client.post("/track", content=body(project, "Fast")).text == "1"
            took.append(time.monotonic() - began)
    for client in slow:
        client.close()
    assert sorted(took)[5] < 1
    assert len(project.wait_for(10)) == 10


def test_half_a_body_stores_nothing_and_breaks_nothing(project: Project) -> None:
    sent = body(project, "Half")
    with connect(project) as client:
        client.sendall(TRACK % (len(sent) + 10) + sent)
    with connect(project) as client:
        client.sendall(TRACK % len(sent) + sent)
        answer = b""
        while not answer.endswith(b"\r\n\r\n1") and (more := client.recv(4_096)):
            answer += more
        assert answer.endswith(b"\r\n\r\n1")
    assert [event["name"] for event in project.wait_for(1)] == ["Half"]


@pytest.mark.parametrize(
    ("path", "status"), [("/track", 413), ("/engage", 413), ("/2/httpapi", 413), ("/identify", 413), ("/v1/batch", 400)]
)
def test_a_bomb_is_refused(project: Project, path: str, status: int) -> None:
    bomb = gzip.compress(bytes(80 << 20), 9)
    with project.server.client() as client:
        answer = client.post(path, content=bomb, headers={"Content-Encoding": "gzip"}, auth=(project.token, ""))
    assert answer.status_code == status


def test_what_is_no_http_is_refused(project: Project) -> None:
    with connect(project) as client:
        client.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("key", [b"%FF", b"%00", b"%ED%A0%80", b"x" * 5_000])
def test_odd_keys_are_unknown_keys(project: Project, key: bytes) -> None:
    with project.server.client() as client:
        form = b"api_key=" + key + b"&event={}&identification={}&client=" + key + b"&e=[]"
        for path in ("/httpapi", "/identify", "/"):
            assert client.post(path, content=form).status_code == 400
        assert client.post(f"/track?token={key.decode()}", json={"event": "A", "properties": {}}).text in ("0", "1")
        odd = b'[{"event":"A","properties":{"token":"\\ud83d\\u0000"}}]'
        assert client.post("/track", content=odd).text == "1"
        assert client.post("/2/httpapi", content=b'{"api_key":"\\ud83d","events":[]}').json()["code"] == 400
        for name in ("api_key", "token"):
            form = b"data=[]&" + name.encode() + b"=" + key
            assert client.post("/import", content=form).status_code == 401
        assert client.post("/v1/track", content=b'{"writeKey":"\\ud83d","event":"A","userId":"u"}').status_code == 401
