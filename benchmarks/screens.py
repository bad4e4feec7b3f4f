"""Opening each report of the web app on the demo data in Chromium: the server's time and that of the main thread.

Medians of five, in milliseconds. Every opening asks for another range, of 31 days and more, so that no answer is one
that was kept, in a tab of its own. The server's time is that of the slowest answer of the API, because they are asked
for at once; the main thread's is what the browser counts as tasks, from the first byte of the page until the chart
stands, by the clock and in CPU time, which leaves out its waiting for a core. The goal for both together is a second on
an idle machine.
"""

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, sync_playwright
from tests import tools

_TIMES = 5
_PATIENCE_MS = 60_000
_SIGNED_UP, _VIEWED, _STARTED = "Signed Up", "Page Viewed", "Subscription Started"


def screens(directory: Path, events: int) -> dict[str, Any]:
    """Per screen the times and their sums."""
    diptych = str(Path(sys.executable).parent / "diptych")
    command = [diptych, "demo", "--port", "0", "--data-dir", str(directory), "--events", str(events)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            line = next(line for line in server.stdout if "http://" in line)
            address = next(word for word in line.split() if word.startswith("http://")).rstrip("/").removesuffix("/app")
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=tools.chromium(), args=["--no-sandbox"])
                return {"events": events} | {name: _screen(browser, address, name) for name in QUESTIONS}
        finally:
            server.terminate()


def _screen(browser: Browser, address: str, name: str) -> dict[str, float]:
    opened = [_opened(browser, address, name, number) for number in range(_TIMES + 1)][1:]
    server, main, cpu = (round(statistics.median(values), 1) for values in zip(*opened, strict=True))
    found = {"server_ms": server, "main_thread_ms": main, "main_thread_cpu_ms": cpu}
    found |= {"together_ms": round(server + main, 1), "together_cpu_ms": round(server + cpu, 1)}
    print(name, found, flush=True)
    return found


def _opened(browser: Browser, address: str, name: str, number: int) -> tuple[float, float, float]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    try:
        page = context.new_page()
        page.goto(f"{address}/app/")
        page.wait_for_url("**/app/p/*/**", timeout=_PATIENCE_MS)
        project = page.url.split("/p/")[1].split("/")[0]
        page.goto("about:blank")
        question = QUESTIONS[name] | {"range": {"type": "last", "count": 30 + number, "unit": "day"}}
        path = PATHS.get(name, name)
        session = context.new_cdp_session(page)
        session.send("Performance.enable")
        before = _main_thread(session)
        page.goto(f"{address}/app/p/{project}/{path}?{urlencode({'q': json.dumps(question)})}")
        page.get_by_test_id("explain").wait_for(timeout=_PATIENCE_MS)
        _settle(page)
        after = _main_thread(session)
        return _slowest(page), after[0] - before[0], after[1] - before[1]
    finally:
        context.close()


def _settle(page: Page) -> None:
    page.wait_for_load_state("networkidle", timeout=_PATIENCE_MS)
    page.wait_for_timeout(500)


def _main_thread(session: Any) -> tuple[float, float]:
    """Milliseconds that its tasks took so far, and of CPU time."""
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return 1000 * metrics["TaskDuration"], 1000 * metrics["ThreadTime"]


def _slowest(page: Page) -> float:
    found = page.evaluate(
        "performance.getEntriesByType('resource').filter(one => one.name.includes('/api/v1/query'))"
        ".map(one => one.responseEnd - one.requestStart)"
    )
    return float(max(found))


def _event(*names: str) -> dict[str, Any]:
    return {"names": [*names]}


PATHS = {"insights by plan": "insights", "lifetime value": "lifetime-value"}
QUESTIONS: dict[str, dict[str, Any]] = {
    "insights": {"type": "segmentation", "metrics": [{"event": _event(_VIEWED), "measure": "unique"}]},
    "insights by plan": {
        "type": "segmentation",
        "metrics": [{"event": _event(), "measure": "unique"}],
        "breakdowns": [{"property": {"key": "plan", "scope": "user", "at": "event"}}],
    },
    "funnels": {"type": "funnel", "steps": [{"event": _event(name)} for name in (_SIGNED_UP, _VIEWED, _STARTED)]},
    "retention": {"type": "retention", "start": _event(_SIGNED_UP), "returning": _event()},
    "flows": {"type": "flows", "anchor": _event(_SIGNED_UP)},
    "lifecycle": {"type": "lifecycle", "event": _event(), "interval": "week"},
    "stickiness": {"type": "frequency", "event": _event(), "period": "week"},
    "sessions": {"type": "sessions"},
    "revenue": {"type": "revenue"},
    "lifetime value": {"type": "lifetime_value", "interval": "week"},
}
