"""Outages, in Chromium: what was tracked meanwhile arrives once, with the time at which it happened.

The page is reloaded during the outage. Three kinds: the server answers 503 with CORS headers; the browser is
offline; the server's process is gone and comes back.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page, Route
from tests.clients import test_amplitude_browser, test_mixpanel_browser, test_segment
from tests.harness import Project, Server

pytestmark = [pytest.mark.browser, pytest.mark.node]

Outage = Callable[[Page, Server], Any]


@contextmanager
def answers_503(page: Page, server: Server) -> Iterator[None]:
    """As the server answers while its spool is full."""

    def refuse(route: Route) -> None:
        headers = {"Access-Control-Allow-Origin": route.request.headers["origin"], "Retry-After": "1"}
        if route.request.method != "POST":
            route.fallback()
        else:
            route.fulfill(status=503, headers=headers | {"Access-Control-Allow-Credentials": "true"}, body="{}")

    page.route(f"{server.url}/**", refuse)
    yield
    page.unroute(f"{server.url}/**", refuse)


@contextmanager
def is_offline(page: Page, server: Server) -> Iterator[None]:
    """The browser knows that it is offline. The page's own site is served from its cache."""
    page.context.set_offline(True)
    yield
    page.context.set_offline(False)


@contextmanager
def is_gone(page: Page, server: Server) -> Iterator[None]:
    """Connections are refused."""
    server.stop()
    yield
    server.start()


class Mixpanel:
    """The SDK drops a batch whose connection is refused while the browser believes that it is online."""

    loses_when_gone = True
    track = "n => mixpanel.track('Clicked', { n })"

    def start(self, page: Page, project: Project, site_url: str) -> None:
        test_mixpanel_browser.start(page, project, site_url, batch_flush_interval_ms=300)


class Amplitude:
    """The SDK drops events after five attempts (`flushMaxRetries`), however long the outage is: a page sets more."""

    loses_when_gone = False
    track = "n => { amplitude.track('Clicked', { n }); }"

    def start(self, page: Page, project: Project, site_url: str) -> None:
        test_amplitude_browser.start(
            page, project, site_url, autocapture=False, flushMaxRetries=1_000, remoteConfig={"fetchRemoteConfig": False}
        )


class Segment:
    """A page that loads while the server is gone gets no settings, and without them the library keeps nothing."""

    loses_when_gone = False
    track = "n => { analytics.track('Clicked', { n }); }"

    def start(self, page: Page, project: Project, site_url: str) -> None:
        test_segment.start(page, project, site_url)


def outlive(sdk: Any, outage: Outage, page: Page, project: Project, site_url: str) -> None:
    happened: dict[int, float] = {}

    def track(*numbers: int) -> None:
        for n in numbers:
            happened[n] = time.time() * 1000
            page.evaluate(sdk.track, n)
            page.wait_for_timeout(30)

    sdk.start(page, project, site_url)
    track(0)
    project.wait_for(1)
    with outage(page, project.server):
        track(1, 2)
        page.wait_for_timeout(1_500)
        if outage is answers_503 or (outage is is_gone and not isinstance(sdk, Segment)):
            sdk.start(page, project, site_url)  # loads the page anew
        track(3, 4)
        page.wait_for_timeout(500)
    ended = time.time() * 1000
    sdk.start(page, project, site_url)
    track(5)
    clicked = wait_for_clicks(page, project, 2 if outage is is_gone and sdk.loses_when_gone else 6)
    assert sorted(event["properties"]["n"] for event in clicked) == (
        [0, 5] if outage is is_gone and sdk.loses_when_gone else list(range(6))
    )
    for event in clicked:
        moment = happened[event["properties"]["n"]]
        # Segment's rule adds what a request takes, and the first one may wait until the server is up.
        assert abs(event["time"] - moment) < max(1_000, (ended - moment) / 2)


def wait_for_clicks(page: Page, project: Project, count: int) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 40
    clicked: list[dict[str, Any]] = []
    while len(clicked) < count and time.monotonic() < deadline:
        page.wait_for_timeout(200)
        clicked = [event for event in project.events() if event["name"] == "Clicked"]
    return clicked


@pytest.fixture(scope="module")
def own_server(start_server: Callable[..., Server]) -> Server:
    """One that may be stopped."""
    return start_server()


@pytest.mark.parametrize("outage", [answers_503, is_offline, is_gone])
@pytest.mark.parametrize("sdk", [Mixpanel(), Amplitude(), Segment()], ids=lambda sdk: type(sdk).__name__)
def test_an_outage(page: Page, own_server: Server, site_url: str, sdk: Any, outage: Outage) -> None:
    outlive(sdk, outage, page, own_server.add_project("Outage"), site_url)


@pytest.mark.parametrize(
    ("sdk", "opt_out"),
    [(Mixpanel(), "mixpanel.opt_out_tracking()"), (Amplitude(), "amplitude.setOptOut(true)")],
    ids=["Mixpanel", "Amplitude"],
)
def test_after_an_opt_out_nothing_is_sent(page: Page, project: Project, site_url: str, sdk: Any, opt_out: str) -> None:
    sdk.start(page, project, site_url)
    page.evaluate(f"() => {{ {opt_out}; }}")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.evaluate(sdk.track, 1)
    sdk.start(page, project, site_url)
    page.evaluate(sdk.track, 2)
    page.wait_for_timeout(1_000)
    assert sent == []
    assert project.events() == []
