"""The question builder, as somebody uses it who wants to know something."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.axe import findings
from tests.browser.conftest import home
from tests.browser.questions import choose, fill, question, rows
from tests.harness import Project, Server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def asked(server: Server) -> Project:
    return fill(server, "Builder")


def overall(project: Project, question: dict[str, Any]) -> list[float]:
    """What the API answers to the question that the screen asked."""
    answer = project.ask(question)
    return [series["overall"] for series in answer["series"]]


def test_metrics_formula_breakdown_and_filter(app: Page, asked: Project) -> None:
    app.goto(home(asked, "insights"))
    metric = app.get_by_test_id("metric")
    choose(metric, app, "event", "Page Viewed")
    app.get_by_test_id("add-event").click()
    choose(metric.nth(1), app, "event", "Signed Up")
    choose(metric.nth(1), app, "measure", "Unique people")
    app.get_by_test_id("add-formula").click()
    expect(app.get_by_test_id("expression")).to_have_value("A / B * 100")
    expect(app.get_by_test_id("series")).to_have_count(3)
    found = rows(app)
    assert found == {"Page Viewed": "4", "Signed Up": "6", "A / B * 100": "66.67"}
    assert overall(asked, question(app)) == pytest.approx([4, 6, 100 * 4 / 6])

    choose(metric.nth(0), app, "measure", "Average of a property")
    expect(app.get_by_test_id("unfinished")).to_contain_text("metric A")
    choose(metric.nth(0), app, "measure-property", "load")
    expect(app.get_by_test_id("series")).to_have_count(3)
    assert rows(app)["Page Viewed, average of load"] == str(round((100 * 2 + 200 * 3 + 300 * 4 + 900) / 11, 2))


def test_a_persons_property_now_and_at_the_event(app: Page, asked: Project) -> None:
    app.goto(home(asked, "insights?event=Signed+Up&measure=total"))
    metric = app.get_by_test_id("metric")
    metric.get_by_test_id("filter").click()
    app.get_by_placeholder("Search properties").fill("plan")
    app.get_by_role("group", name="Of the person").get_by_role("option").first.click()
    expect(app.get_by_test_id("overall")).to_have_text("6")  # a condition without a value does not filter yet
    metric.get_by_test_id("value").click()
    app.get_by_role("option", name="gold").click()
    expect(app.get_by_test_id("overall")).to_have_text("2")
    assert overall(asked, question(app)) == [2]
    # The profiles were set after the events.
    metric.get_by_test_id("at").get_by_text("at event").click()
    expect(app.get_by_test_id("empty")).to_contain_text("plan (at event) is gold")

    app.get_by_test_id("undo").click()
    expect(app.get_by_test_id("overall")).to_have_text("2")
    app.keyboard.press("Control+z")
    expect(app.get_by_test_id("overall")).to_have_text("6")
    app.get_by_test_id("redo").click()
    expect(app.get_by_test_id("overall")).to_have_text("2")


def test_a_custom_event_is_made_and_asked_for(app: Page, asked: Project) -> None:
    app.goto(home(asked, "lexicon"))
    app.get_by_test_id("lexicon-kind").get_by_text("Custom events").click()
    app.get_by_test_id("new-custom-event").click()
    form = app.get_by_test_id("custom-event-form")
    form.get_by_test_id("custom-event-name").fill("Looked or paid")
    for name in ("Page Viewed", "Paid"):
        choose(form, app, "add-alternative", name)
    form.get_by_test_id("save-custom-event").click()
    expect(app.get_by_test_id("custom-event")).to_contain_text("Page Viewed or Paid")
    assert findings(app) == []

    app.goto(home(asked, "insights?event=Signed+Up&measure=total"))
    choose(app.get_by_test_id("metric"), app, "event", "Looked or paid")
    told = asked.ask({"type": "segmentation", "metrics": [{"event": {"names": ["Page Viewed", "Paid"]}}]})
    expect(app.get_by_test_id("overall")).to_have_text(str(told["series"][0]["overall"]))
    assert question(app)["metrics"][0]["event"]["label"] == "Looked or paid"

    app.goto(home(asked, "lexicon"))
    app.get_by_test_id("lexicon-kind").get_by_text("Custom events").click()
    app.get_by_role("button", name="Looked or paid").click()
    app.get_by_test_id("delete-custom-event").click()
    expect(app.get_by_test_id("no-custom-events")).to_be_visible()


def test_who_is_behind_a_number(app: Page, asked: Project) -> None:
    app.goto(home(asked, "insights?event=Signed+Up&measure=unique&by=plan"))
    assert rows(app) == {"free": "3", "pro": "2", "team": "1"}
    app.get_by_role("button", name="3", exact=True).first.click()
    expect(app.get_by_test_id("people-count")).to_have_text("3 people")
    expect(app.get_by_test_id("person-behind")).to_contain_text(["Person", "Person", "Person"])
    assert findings(app) == []
    with app.expect_download() as file:
        app.get_by_test_id("people-csv").click()
    lines = file.value.path().read_text("utf-8").splitlines()
    assert sorted(line.split(",")[0] for line in lines) == ["id", "user-0", "user-1", "user-2"]


def test_compare_range_and_views(app: Page, asked: Project) -> None:
    app.goto(home(asked, "insights?event=Page+Viewed&measure=total"))
    app.get_by_test_id("compare").click()
    app.get_by_role("button", name="The days before").click()
    expect(app.get_by_test_id("table")).to_contain_text("Change")
    for view, shown in {"Ranking": "bars", "Number": "numbers", "Stacked": "chart", "Area": "chart"}.items():
        app.get_by_test_id("view").get_by_text(view, exact=True).click()
        expect(app.get_by_test_id(shown)).to_be_visible()
    app.get_by_test_id("range").get_by_text("7D").click()
    expect(app.get_by_test_id("overall")).to_have_text("11")
    assert question(app)["range"] == {"type": "last", "count": 7, "unit": "day"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_builder_is_accessible(app: Page, asked: Project, scheme: Any) -> None:
    app.emulate_media(color_scheme=scheme)
    app.goto(home(asked, "insights?event=Signed+Up&measure=total&by=plan"))
    app.get_by_test_id("filter").first.click()
    app.get_by_role("option", name="plan").first.click()
    expect(app.get_by_test_id("series").first).to_be_visible()
    assert findings(app) == []
    app.set_viewport_size({"width": 390, "height": 844})
    app.reload()
    expect(app.get_by_test_id("series").first).to_be_visible()
    assert app.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
