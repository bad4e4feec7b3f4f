"""Numbered events in each protocol, each with an id by which copies are told, and what became of them."""

import time
from collections.abc import Callable
from typing import Any

import httpx
from tests.harness import Project

START = int(time.time() * 1000) - 3_600_000


def mixpanel(client: httpx.Client, project: Project, numbers: list[int]) -> httpx.Response:
    def event(n: int) -> dict[str, Any]:
        ids = {"token": project.token, "distinct_id": f"u{n % 7}", "$insert_id": f"n-{n}"}
        return {"event": "Numbered", "properties": ids | {"time": START + n, "n": n}}

    return client.post("/track", json=[event(n) for n in numbers])


def amplitude(client: httpx.Client, project: Project, numbers: list[int]) -> httpx.Response:
    """A copy may come with another time; each first one counts up a property of its device's profile."""

    def event(n: int) -> dict[str, Any]:
        ids = {"device_id": f"device-{n % 7}", "insert_id": f"n-{n}"}
        up = {"$add": {"sent": 1}}
        return ids | {"event_type": "Numbered", "event_properties": {"n": n}, "user_properties": up}

    body = {"api_key": project.token, "events": [event(n) for n in numbers]}
    return client.post("/2/httpapi", json=body)


def segment(client: httpx.Client, project: Project, numbers: list[int]) -> httpx.Response:
    def message(n: int) -> dict[str, Any]:
        ids = {"anonymousId": f"device-{n % 7}", "messageId": f"n-{n}"}
        return ids | {"type": "track", "event": "Numbered", "properties": {"n": n}}

    return client.post("/v1/batch", json={"batch": [message(n) for n in numbers]}, auth=(project.token, ""))


Send = Callable[[httpx.Client, Project, list[int]], httpx.Response]
PROTOCOLS: list[Send] = [mixpanel, amplitude, segment]


def accepted(answer: httpx.Response) -> bool:
    """As the vendors' clients see it: 200, and no 0 in Mixpanel's body."""
    return answer.status_code == 200 and answer.text != "0"


PAGE = 10_000  # the most that one answer lists


def stored(project: Project, at_least: int = 0, seconds: float = 60) -> dict[int, int]:
    """Number → how often it counts, for numbers from `at_least` on, when all that was accepted is inserted."""
    found: dict[int, int] = {}
    while page := _page(project, at_least, seconds):
        found |= page
        at_least += PAGE
    return found


def _page(project: Project, first: int, seconds: float) -> dict[int, int]:
    numbers = {"type": "compare", "property": {"key": "n"}, "operator": "between", "values": [first, first + PAGE - 1]}
    question = {
        "type": "segmentation",
        "metrics": [{"event": {"names": ["Numbered"]}, "measure": "total"}],
        "filter": numbers,
        "breakdowns": [{"property": {"key": "n"}}],
        "limit": PAGE,
    }
    # What a killed server left in its spool goes in first; until then answers say that they are behind.
    deadline = time.monotonic() + seconds
    while (answer := project.ask(question))["explanation"]["behind"]:
        assert time.monotonic() < deadline, "the spool is not worked off"
    return {series["breakdown"][0]: series["overall"] for series in answer["series"]}
