"""Who may see the web app."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import sign_in
from tests.harness import Project, Server, command

pytestmark = pytest.mark.browser


def test_a_stranger_is_told_how_to_sign_in(page: Page, project: Project) -> None:
    page.goto(project.server.url)

    page.wait_for_url("**/app/")
    expect(page.get_by_test_id("sign-in-needed")).to_contain_text("diptych sign-in-link")
    expect(page.get_by_text(project.name)).to_have_count(0)


def test_the_link_signs_in_once(page: Page, project: Project) -> None:
    link = command("sign-in-link", data_dir=project.server.data_dir).stdout.strip()
    assert link.startswith(project.server.url)
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", name="Send your first event")).to_be_visible()
    page.context.clear_cookies()
    page.goto(link)
    expect(page.get_by_role("button", name="Sign in")).to_have_count(0)


def test_over_https(page: Page, start_server: Callable[..., Server], authority: dict[str, object]) -> None:
    server = start_server(tls=authority)
    server.create_project("Behind TLS")
    assert page.context.browser is not None
    context = page.context.browser.new_context(ignore_https_errors=True)
    tab = context.new_page()
    sign_in(tab, server)

    expect(tab.get_by_role("heading", name="Send your first event")).to_be_visible()
    [cookie] = context.cookies()
    assert cookie["name"].startswith("__Host-")
    assert cookie["secure"] and cookie["httpOnly"] and cookie["sameSite"] == "Lax"
    context.close()
