"""People, keys and settings in the web app, as the people themselves use them."""

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.browser.axe import findings
from tests.browser.conftest import home, sign_in
from tests.harness import Project, Server

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"
Open = Callable[[], Page]


@pytest.fixture(scope="module")
def own_server(start_server: Callable[..., Server]) -> Server:
    """A server whose people no other test changes."""
    return start_server()


@pytest.fixture
def open_browser(chromium: Browser, own_server: Server) -> Iterator[Open]:
    """Opens browsers of different people on that server."""
    contexts: list[BrowserContext] = []

    def open_one() -> Page:
        contexts.append(
            chromium.new_context(
                base_url=own_server.url, viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
            )
        )
        contexts[-1].set_default_timeout(10_000)
        return contexts[-1].new_page()

    yield open_one
    for context in contexts:
        context.close()


def enter(page: Page, email: str, password: str) -> None:
    """Sign in with the keyboard alone."""
    expect(page.get_by_label("E-mail address")).to_be_focused()
    page.keyboard.type(email)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")


def test_from_the_first_link_to_a_colleague(own_server: Server, open_browser: Open) -> None:
    """The owner sets a password and invites somebody, who joins and is then made a viewer and removed."""
    owner = open_browser()
    sign_in(owner, own_server)
    owner.get_by_label("Name", exact=True).fill("Shop")
    owner.get_by_role("button", name="Create the project").click()
    expect(owner.get_by_test_id("new-keys")).to_contain_text("shown only now")
    owner.get_by_role("button", name="Open the project").click()
    expect(owner.get_by_role("heading", name="Send your first event")).to_be_visible()

    owner.get_by_role("link", name="Set up your sign-in").click()
    owner.get_by_label("Name", exact=True).fill("Olga")
    owner.get_by_label("E-mail address").fill("olga@example.com")
    owner.get_by_label("Password", exact=True).fill("short")
    owner.get_by_role("button", name="Save and set the password").click()
    expect(owner.get_by_text("at least 10 characters", exact=False).last).to_be_visible()
    owner.get_by_label("Password", exact=True).fill(PASSWORD)
    owner.get_by_role("button", name="Save and set the password").click()
    expect(owner.get_by_role("heading", name="Password")).to_be_visible()
    expect(owner.get_by_test_id("set-up")).to_have_count(0)

    again = open_browser()
    again.goto("/app/")
    enter(again, "olga@example.com", "wrong horse")
    expect(again.get_by_test_id("problem")).to_have_text("The e-mail address or the password is wrong.")
    again.get_by_label("Password", exact=True).fill(PASSWORD)
    again.keyboard.press("Enter")
    expect(again.get_by_test_id("user-menu")).to_contain_text("Olga")

    owner.get_by_role("link", name="Settings").click()
    owner.get_by_role("link", name="People").click()
    invite = owner.get_by_test_id("invite")
    invite.get_by_label("E-mail address").fill("emil@example.com")
    invite.get_by_label("Role").click()
    owner.get_by_role("option", name="Editor").click()
    invite.get_by_role("button", name="Make a link").click()
    link = invite.get_by_test_id("secret").locator("code").text_content()
    assert link and link.startswith(f"{own_server.url}/app/invitation/")
    expect(owner.get_by_test_id("invitations")).to_contain_text("emil@example.com")

    emil = open_browser()
    emil.goto(link)
    expect(emil.get_by_test_id("invitation")).to_contain_text("to the project Shop as editor")
    assert findings(emil) == []
    emil.get_by_label("Your name").fill("Emil")
    emil.get_by_label("Choose a password").fill(PASSWORD)
    emil.keyboard.press("Enter")
    expect(emil.get_by_test_id("project-switcher")).to_contain_text("Shop")
    expect(emil.get_by_test_id("user-menu")).to_contain_text("Emil")
    second = open_browser()
    second.goto(link)
    expect(second.get_by_test_id("invitation-gone")).to_contain_text("Ask for a new one")

    emil.get_by_role("link", name="Settings").click()
    expect(emil.get_by_test_id("read-only")).to_contain_text("your role is editor")
    expect(emil.get_by_role("button", name="Save")).to_have_count(0)

    owner.reload()
    owner.get_by_role("combobox", name="Role of Emil").click()
    owner.get_by_role("option", name="Viewer").click()
    expect(owner.get_by_role("combobox", name="Role of Emil")).to_have_value("Viewer")
    emil.reload()
    expect(emil.get_by_test_id("read-only")).to_contain_text("your role is viewer")
    owner.get_by_role("button", name="Remove Emil").click()
    owner.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(owner.get_by_role("button", name="Remove Emil")).to_have_count(0)
    emil.reload()
    expect(emil.get_by_test_id("no-project")).to_contain_text("Ask an owner to invite you")
    emil.get_by_role("button", name="Sign out").click()
    expect(emil.get_by_test_id("sign-in-needed")).to_be_visible()


def test_sessions_are_ended_and_passwords_changed(own_server: Server, open_browser: Open) -> None:
    first, other = open_browser(), open_browser()
    for page in (first, other):
        page.goto("/app/")
        enter(page, "olga@example.com", PASSWORD)
        expect(page.get_by_test_id("user-menu")).to_be_visible()
    first.get_by_test_id("user-menu").click()
    first.get_by_role("menuitem", name="Account").click()
    sessions = first.get_by_test_id("sessions")
    expect(sessions.get_by_text("this one")).to_have_count(1)
    while (count := sessions.get_by_role("button", name="Sign out").count()) > 0:
        sessions.get_by_role("button", name="Sign out").first.click()
        expect(sessions.get_by_role("button", name="Sign out")).to_have_count(count - 1)
    other.reload()
    expect(other.get_by_test_id("sign-in-needed")).to_be_visible()

    password = first.get_by_test_id("password")
    password.get_by_label("Current password").fill("wrong horse")
    password.get_by_label("New password").fill("another horse battery")
    password.get_by_role("button", name="Change the password").click()
    expect(password).to_contain_text("This is not your current password.")
    password.get_by_label("Current password").fill(PASSWORD)
    password.get_by_role("button", name="Change the password").click()
    expect(password.get_by_role("status")).to_have_text("Saved")
    password.get_by_label("Current password").fill("another horse battery")
    password.get_by_label("New password").fill(PASSWORD)
    password.get_by_role("button", name="Change the password").click()
    expect(password.get_by_label("New password")).to_have_value("")
    first.get_by_test_id("user-menu").click()
    first.get_by_role("menuitem", name="Sign out").click()
    expect(first.get_by_test_id("sign-in-needed")).to_be_visible()


def test_keys(app: Page, project: Project) -> None:
    app.goto(home(project, "settings/keys"))
    expect(app.get_by_text(project.token)).to_be_visible()
    accounts = app.get_by_test_id("service-accounts")
    accounts.get_by_label("New service account").fill("Warehouse")
    accounts.get_by_role("button", name="Create").click()
    expect(app.get_by_test_id("new-account").locator("code")).to_have_count(2)
    made = app.get_by_test_id("new-account").locator("code").all_text_contents()
    assert made[0].startswith("warehouse.")

    def status() -> int:
        with project.server.client() as http:
            return http.get(f"/api/v1/projects/{project.id}", auth=(made[0], made[1])).status_code

    assert status() == 200
    app.get_by_role("button", name=f"Revoke {made[0]}").click()
    app.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(app.get_by_role("button", name=f"Revoke {made[0]}")).to_have_count(0)
    revoked = time.monotonic()
    while status() == 200:
        assert time.monotonic() - revoked < 2.5
        time.sleep(0.1)
    app.reload()
    expect(app.get_by_text(made[1])).to_have_count(0)

    app.get_by_role("button", name="Replace the secret").click()
    app.get_by_role("dialog").get_by_role("button", name="Replace the secret").click()
    replaced = app.get_by_test_id("project-secret").locator("code").text_content()
    assert replaced and replaced != project.secret


def test_settings_of_a_project(app: Page, project: Project) -> None:
    app.goto(home(project, "settings"))
    basics, rules = app.get_by_test_id("basics"), app.get_by_test_id("rules")
    expect(basics.get_by_role("button", name="Save")).to_be_disabled()
    basics.get_by_label("Name").fill("Renamed")
    basics.get_by_label("Time zone").click()
    basics.get_by_label("Time zone").fill("Tokyo")
    app.get_by_role("option", name="Asia/Tokyo").click()
    basics.get_by_label("Weeks begin on").click()
    app.get_by_role("option", name="Sunday").click()
    basics.get_by_role("button", name="Save").click()
    expect(basics.get_by_role("status")).to_have_text("Saved")
    expect(app.get_by_test_id("project-switcher")).to_contain_text("Renamed")
    rules.get_by_label("Keep the addresses of clients").press("Space")
    rules.get_by_label("Do Not Track and Global Privacy Control").click()
    app.get_by_role("option", name="Do not store").click()
    rules.get_by_label("Refuse old events, in days").fill("5")
    rules.get_by_role("button", name="Save").click()
    expect(rules.get_by_role("status")).to_have_text("Saved")
    with project.server.client() as http:
        told = http.get(f"/api/v1/projects/{project.id}", auth=project.account).json()
    assert (told["name"], told["timezone"], told["week_start"]) == ("Renamed", "Asia/Tokyo", 7)
    changed = {name: told["settings"][name] for name in ("store_ip", "privacy_signals", "live_window_days")}
    assert changed == {"store_ip": False, "privacy_signals": "drop", "live_window_days": 5}


HOSTILE = "<img src=x onerror=\"window.broken='name'\"> " + "long" * 60


@pytest.fixture
def named(project: Project) -> Project:
    """A project with two events, one of them of a hostile name."""
    with project.server.client() as http:
        events = [
            {"event": name, "properties": {"token": project.token, "distinct_id": "u", "plan": "pro"}}
            for name in ("Signed Up", "Signed Up", HOSTILE)
        ]
        assert http.post("/track", json=events).status_code == 200
    project.wait_for(3)
    return project


def test_the_lexicon(app: Page, named: Project) -> None:
    app.goto(home(named, "lexicon"))
    rows = app.get_by_test_id("lexicon-row")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Signed Up")
    assert app.evaluate("window.broken") is None

    app.get_by_role("button", name="Signed Up", exact=True).press("Enter")
    drawer = app.get_by_role("dialog")
    expect(drawer).to_contain_text("2 events")
    drawer.get_by_label("Display name").fill("Sign-up")
    drawer.get_by_label("Description").fill("Somebody made an account.")
    drawer.get_by_label("Tags").fill("growth")
    drawer.get_by_label("Tags").press("Enter")
    drawer.get_by_role("button", name="Save").click()
    expect(drawer).to_have_count(0)
    expect(rows.first).to_contain_text("Sign-up")
    expect(rows.first).to_contain_text("growth")

    app.get_by_test_id("lexicon-search").fill("account growth")
    expect(rows).to_have_count(1)
    app.get_by_role("button", name="Sign-up").click()
    drawer.get_by_label("Hidden").press("Space")
    drawer.get_by_role("button", name="Save").click()
    expect(app.get_by_test_id("lexicon-empty")).to_be_visible()
    app.get_by_label("Show hidden").check()
    expect(rows).to_have_count(1)

    app.get_by_test_id("lexicon-search").fill("")
    app.get_by_test_id("lexicon-kind").get_by_text("Properties").click()
    plan = rows.filter(has=app.get_by_role("button", name="plan", exact=True))
    expect(plan).to_contain_text("pro")
    told = named.get("lexicon/events")["events"]
    assert [(one["name"], one["display_name"], one["hidden"]) for one in told if one["display_name"]] == [
        ("Signed Up", "Sign-up", True)
    ]


SCREENS = ["account", "settings/people", "settings/keys", "lexicon"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(app: Page, named: Project, scheme: str) -> None:
    app.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for screen in SCREENS:
        app.goto(home(named, screen))
        expect(app.get_by_role("heading", level=1)).to_be_visible()
        app.wait_for_load_state("networkidle")
        assert findings(app) == [], screen
    app.get_by_role("button", name="Signed Up", exact=True).click()
    expect(app.get_by_test_id("describe")).to_be_visible()
    app.wait_for_timeout(400)
    assert findings(app) == [], "drawer"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_before_signing_in(page: Page, server: Server, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(f"{server.url}/app/")
    expect(page.get_by_test_id("sign-in-needed")).to_be_visible()
    assert findings(page) == []


@pytest.mark.parametrize("screen", SCREENS)
def test_narrow_screens_do_not_scroll_sideways(app: Page, named: Project, screen: str) -> None:
    app.set_viewport_size({"width": 390, "height": 800})
    app.goto(home(named, screen))
    expect(app.get_by_role("heading", level=1)).to_be_visible()
    app.wait_for_load_state("networkidle")
    assert app.evaluate("document.documentElement.scrollWidth") == 390
