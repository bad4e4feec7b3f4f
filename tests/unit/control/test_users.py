"""People, roles, invitations, passwords and the counting of attempts, on both databases."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from diptych.control import Control, InvalidUser, attempts, database, invitations, passwords
from diptych.control.attempts import Attempt
from diptych.control.secrets import digest
from diptych.control.users import LastOwner
from diptych.model import Role
from diptych.model.clock import now_ms
from diptych.settings import Settings

DAY = 86_400_000


def visitor(control: Control, session: str):
    return asyncio.run(control.sign_ins.visitor(session))


def test_the_first_link_makes_the_owner(control: Control) -> None:
    assert control.sign_ins.nobody_yet()
    for _ in range(2):
        session = asyncio.run(control.sign_ins.use(control.sign_ins.new_link()))
        assert session
        found = visitor(control, session)
        assert (found.user.id, found.user.admin, found.user.has_password, found.by_link) == (1, True, False, True)
    assert not control.sign_ins.nobody_yet()
    assert found.role_in(99) is Role.OWNER
    assert len(control.users.everybody()) == 1


def test_a_link_for_somebody(control: Control) -> None:
    control.users.create("owner@example.com", "Owner", admin=True)
    anna = control.users.create("anna@example.com", "Anna", admin=False)
    session = asyncio.run(control.sign_ins.use(control.sign_ins.new_link(anna.id), "Firefox"))
    assert session and visitor(control, session).user == anna
    assert control.users.remove(anna.id)
    assert visitor(control, session) is None, "who was taken out is still signed in"


def test_roles_are_per_project(control: Control) -> None:
    shop, blog = (control.projects.create(name).project_id for name in ("Shop", "Blog"))
    anna = control.users.create("anna@example.com", "Anna", admin=False)
    session = asyncio.run(control.sign_ins.start(anna.id, "Firefox"))
    assert visitor(control, session).role_in(shop) is None
    for role in (Role.VIEWER, Role.EDITOR):
        control.users.set_role(anna.id, shop, role)
        assert visitor(control, session).role_in(shop) is role
    assert visitor(control, session).role_in(blog) is None
    assert [(one.name, one.role) for one in control.users.members(shop)] == [("Anna", Role.EDITOR)]
    assert control.users.members(blog) == []
    assert control.users.leave(anna.id, shop)
    assert not control.users.leave(anna.id, shop)
    assert visitor(control, session).role_in(shop) is None
    with pytest.raises(InvalidUser, match="no project 99"):
        control.users.set_role(anna.id, 99, Role.VIEWER)


def test_somebody_has_to_run_the_installation(control: Control) -> None:
    first = control.users.create("a@example.com", "A", admin=True)
    second = control.users.create("b@example.com", "B", admin=True)
    control.users.set_admin(second.id, False)
    with pytest.raises(LastOwner):
        control.users.set_admin(first.id, False)
    with pytest.raises(LastOwner):
        control.users.remove(first.id)
    assert control.users.remove(second.id)
    assert not control.users.remove(second.id)


@pytest.mark.parametrize(
    "email",
    ["", "anna", "@example.com", "anna@", "a b@example.com", "a@b@c", "a\n@b", "x" * 65 + "@b", "<a@b>", "a@b\u200b"],
)
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_addresses_that_are_none(control: Control, email: str) -> None:
    with pytest.raises(InvalidUser, match=r"name@example\.com") as caught:
        control.users.create(email, "Anna", admin=False)
    assert caught.value.field == "email"


def test_an_address_is_of_one_person(control: Control) -> None:
    control.users.create("Anna@Example.com", "Anna", admin=False)
    bea = control.users.create("bea@example.com", "Bea", admin=False)
    with pytest.raises(InvalidUser, match="already"):
        control.users.create("anna@example.com", "Other", admin=False)
    with pytest.raises(InvalidUser, match="already"):
        control.users.change(bea.id, email="ANNA@example.com")
    assert control.users.change(bea.id, name="Beatrix").name == "Beatrix"
    assert control.users.by_email(" ANNA@example.com")


def test_an_invitation_is_accepted_once(control: Control) -> None:
    shop = control.projects.create("Shop").project_id
    made, link = control.invitations.create("Anna@example.com", shop, Role.EDITOR, None)
    assert [one.id for one in control.invitations.list(shop)] == [made.id]
    offer = control.invitations.offer(link)
    assert offer and (offer.email, offer.project, offer.role, offer.known) == (
        "anna@example.com",
        "Shop",
        Role.EDITOR,
        False,
    )
    with ThreadPoolExecutor(4) as threads:
        tries = [threads.submit(control.invitations.accept_as_new, link, "Anna", "kept", "") for _ in range(4)]
    accepted = [done.result() for done in tries if not done.exception() and done.result()]
    assert len(accepted) == 1
    assert visitor(control, accepted[0]).role_in(shop) is Role.EDITOR
    assert control.invitations.offer(link) is None
    assert control.invitations.list(shop) == []


def test_invitations_that_do_not_work(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    shop, blog = (control.projects.create(name).project_id for name in ("Shop", "Blog"))
    withdrawn, link = control.invitations.create("a@example.com", shop, Role.VIEWER, None)
    assert not control.invitations.withdraw(blog, withdrawn.id), "another project's owner withdrew it"
    assert control.invitations.withdraw(shop, withdrawn.id)
    _, older = control.invitations.create("b@example.com", shop, Role.OWNER, None)
    _, newer = control.invitations.create("b@example.com", shop, Role.VIEWER, None)
    assert [control.invitations.offer(one) is not None for one in (link, older, newer, "x")] == [
        False,
        False,
        True,
        False,
    ]
    now = now_ms()
    monkeypatch.setattr(invitations, "now_ms", lambda: now + 7 * DAY)
    assert control.invitations.offer(newer) is None
    assert control.invitations.accept_as_new(newer, "B", "kept", "") is None


def test_somebody_with_an_account_joins_another_project(control: Control) -> None:
    shop = control.projects.create("Shop").project_id
    anna = control.users.create("anna@example.com", "Anna", admin=False)
    eve = control.users.create("eve@example.com", "Eve", admin=False)
    _, link = control.invitations.create("anna@example.com", shop, Role.VIEWER, None)
    offer = control.invitations.offer(link)
    assert offer and offer.known
    with pytest.raises(InvalidUser, match=r"for anna@example\.com"):
        control.invitations.accept_as(link, eve.id, eve.email)
    with pytest.raises(InvalidUser, match="already"):
        control.invitations.accept_as_new(link, "Eve", "kept", "")
    assert control.invitations.accept_as(link, anna.id, anna.email)
    assert not control.invitations.accept_as(link, anna.id, anna.email)
    assert [one.name for one in control.users.members(shop)] == ["Anna"]


def test_an_invitation_to_run_the_installation(control: Control) -> None:
    _, link = control.invitations.create("anna@example.com", None, Role.OWNER, None)
    session = control.invitations.accept_as_new(link, "Anna", "kept", "")
    assert session and visitor(control, session).user.admin


def test_another_password_ends_the_other_sessions(control: Control) -> None:
    anna = control.users.create("anna@example.com", "Anna", admin=False)
    mine, other = (asyncio.run(control.sign_ins.start(anna.id, name)) for name in ("Firefox", "Safari"))
    assert [one.agent for one in control.sign_ins.sessions(anna.id)].count("Safari") == 1
    control.users.set_password(anna.id, "kept", keep_session=visitor(control, mine).session)
    assert visitor(control, mine) and visitor(control, other) is None
    eve = control.users.create("eve@example.com", "Eve", admin=False)
    assert not control.sign_ins.end(eve.id, visitor(control, mine).session), "somebody else ended the session"
    assert control.sign_ins.end(anna.id, visitor(control, mine).session)
    assert visitor(control, mine) is None


def test_attempts_are_counted_by_account_and_address(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    guesser = Attempt("anna@example.com", "203.0.113.1")
    assert [control.attempts.begin(guesser) for _ in range(10)] == [0] * 10
    assert 890 < control.attempts.begin(guesser) <= 900
    anna = Attempt("anna@example.com", "198.51.100.7")
    assert control.attempts.begin(anna) == 0, "a guesser elsewhere locked the right person out"
    control.attempts.succeeded(anna)
    many = [control.attempts.begin(Attempt(f"user{n}@example.com", "203.0.113.9")) for n in range(101)]
    assert many[:100] == [0] * 100 and many[100] > 0
    spread = [control.attempts.begin(Attempt("bea@example.com", f"192.0.2.{n}")) for n in range(51)]
    assert spread[:50] == [0] * 50 and spread[50] > 0
    now = now_ms()
    monkeypatch.setattr(attempts, "now_ms", lambda: now + attempts.WINDOW + 1)
    assert control.attempts.begin(guesser) == 0


def test_attempts_at_once_are_all_counted(open_control: Callable[[], Control]) -> None:
    servers = [open_control() for _ in range(3)]
    guesser = Attempt("anna@example.com", "203.0.113.1")
    with ThreadPoolExecutor(9) as threads:
        waits = list(threads.map(lambda n: servers[n % 3].attempts.begin(guesser), range(60)))
    assert waits.count(0) == 10


def test_passwords() -> None:
    hashed = passwords.kept("correct horse battery")
    assert hashed.startswith("$argon2id$") and "correct" not in hashed
    assert passwords.matches("correct horse battery", hashed)
    assert not passwords.matches("correct horse batterz", hashed)
    assert not passwords.matches("anything", None)
    assert not passwords.matches("nobody has this password", None)
    assert not passwords.matches("anything", "not a hash")


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "at least 10"),
        ("x" * 1001, "1,000"),
        ("aaaaaaaaaaaa", "too easy"),
        ("anna@example.com", "e-mail address"),
        ("correct horse", None),
    ],
)
def test_passwords_that_cannot_be_chosen(password: str, words: str | None) -> None:
    found = passwords.problem(password, "anna@example.com")
    assert (words is None) == (found is None) and (words or "") in (found or "")


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_revoked_account_of_a_project_only(control: Control) -> None:
    shop, blog = (control.projects.create(name) for name in ("Shop", "Blog"))
    made = control.accounts.create(shop.project_id, "Ware house", Role.VIEWER)
    assert made.username.startswith("ware-house.")
    listed = {one.username: one.role for one in control.accounts.list(shop.project_id)}
    assert listed == {shop.service_account.username: Role.OWNER, made.username: Role.VIEWER}
    opened = asyncio.run(control.projects.opened_by_account(made.username, made.secret, shop.project_id))
    assert opened and opened[1] is Role.VIEWER
    by = control.projects.by_service_account
    assert asyncio.run(by(made.username, made.secret, None))
    assert asyncio.run(by(made.username, made.secret, None, Role.EDITOR)) is None
    assert not control.accounts.revoke(blog.project_id, made.username), "another project's owner revoked it"
    assert control.accounts.revoke(shop.project_id, made.username)
    assert not control.accounts.revoke(shop.project_id, made.username)


def test_a_session_from_before_users_stays(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database of the version before: whoever was signed in is the first owner."""
    monkeypatch.setattr(database, "_migrate", _to_version_two)
    before = database.open_database(settings)
    token = "t" * 43
    row = {"h": digest(token), "now": now_ms(), "later": now_ms() + DAY}
    with before.writing() as connection:
        connection.execute(sa.text("INSERT INTO web_sessions VALUES (:h, :now, :now, :later)"), row)
        connection.execute(sa.text("INSERT INTO sign_in_links VALUES ('x', 1, 2, 2)"))
    before.close()
    monkeypatch.undo()
    control = Control.open(settings)
    found = visitor(control, token)
    assert found and found.user.admin and not control.sign_ins.nobody_yet()
    control.close()


def _to_version_two(engine: sa.Engine) -> None:
    config = Config(attributes={})
    config.set_main_option("script_location", str(database._MIGRATIONS))
    with engine.connect() as plain:
        connection = plain.execution_options(diptych_begin="BEGIN IMMEDIATE")
        with connection.begin():
            config.attributes["connection"] = connection
            command.upgrade(config, "0002")
