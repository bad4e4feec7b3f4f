"""Saved objects and the lexicon, on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from diptych.control import Control
from diptych.control.lexicon import Described, Entry
from diptych.control.saved import Draft, Kind, Saved, StaleVersion


def draft(name: str = "Sign-ups", content: Any = None) -> Draft:
    return Draft(name=name, description="", content=msgspec.json.encode(content or {"a": [1, "ü", "\0"]}))


@pytest.fixture
def shop(control: Control) -> int:
    return control.projects.create("Shop").project_id


def names(found: list[Saved]) -> list[str]:
    return [one.name for one in found]


def test_numbers_are_one_sequence(control: Control, shop: int) -> None:
    blog = control.projects.create("Blog").project_id
    made = [control.saved.create(project, kind, draft(), "anna") for project in (shop, blog) for kind in Kind]
    assert [one.id for one in made] == list(range(1, 2 * len(Kind) + 1))
    assert {one.kind for one in made} == set(Kind)


def test_every_change_is_a_version(control: Control, shop: int) -> None:
    made = control.saved.create(shop, Kind.REPORT, draft(), "anna")
    renamed = control.saved.change(shop, Kind.REPORT, made.id, 1, {"name": "Weekly"}, "bea")
    changed = control.saved.change(shop, Kind.REPORT, made.id, 2, {"content": b'{"b":2}'}, "carl")
    assert renamed and changed
    assert (changed.version, changed.name, bytes(changed.content)) == (3, "Weekly", b'{"b":2}')
    assert (changed.created_by, changed.updated_by) == ("anna", "carl")
    versions = control.saved.versions(shop, Kind.REPORT, made.id)
    assert [(one.version, one.name, one.created_by) for one in versions] == [
        (3, "Weekly", "carl"),
        (2, "Weekly", "bea"),
        (1, "Sign-ups", "anna"),
    ]
    assert msgspec.json.decode(versions[-1].content) == {"a": [1, "ü", "\0"]}
    with pytest.raises(StaleVersion, match="is 3 now"):
        control.saved.change(shop, Kind.REPORT, made.id, 1, {"name": "Mine"}, "dora")
    assert control.saved.get(shop, Kind.REPORT, made.id) == changed


def test_only_one_of_several_who_save_at_once(open_control: Callable[[], Control]) -> None:
    servers = [open_control() for _ in range(3)]
    shop = servers[0].projects.create("Shop").project_id
    made = servers[0].saved.create(shop, Kind.REPORT, draft(), "anna")

    def save(n: int) -> bool:
        try:
            return bool(servers[n % 3].saved.change(shop, Kind.REPORT, made.id, 1, {"name": f"N{n}"}, "anna"))
        except StaleVersion:
            return False

    with ThreadPoolExecutor(9) as threads:
        assert list(threads.map(save, range(9))).count(True) == 1


def test_deleting_and_restoring(control: Control, shop: int) -> None:
    first, second = (control.saved.create(shop, Kind.COHORT, draft(name), "anna") for name in "AB")
    assert names(control.saved.all(shop, Kind.COHORT)) == ["B", "A"]
    gone = control.saved.set_deleted(shop, Kind.COHORT, first.id, True, "bea")
    assert gone and gone.deleted
    assert names(control.saved.all(shop, Kind.COHORT)) == ["B"]
    assert names(control.saved.all(shop, Kind.COHORT, deleted=True)) == ["A"]
    assert control.saved.change(shop, Kind.COHORT, first.id, 1, {"name": "C"}, "anna") is None
    back = control.saved.set_deleted(shop, Kind.COHORT, first.id, False, "bea")
    assert back and back.deleted is None and back.version == 1
    assert names(control.saved.all(shop, Kind.COHORT)) == ["A", "B"]
    assert second.id != first.id


def test_another_project_or_kind_reaches_nothing(control: Control, shop: int) -> None:
    blog = control.projects.create("Blog").project_id
    made = control.saved.create(shop, Kind.REPORT, draft(), "anna")
    for project, kind in ((blog, Kind.REPORT), (shop, Kind.COHORT)):
        assert control.saved.get(project, kind, made.id) is None
        assert control.saved.all(project, kind) == []
        assert control.saved.versions(project, kind, made.id) == []
        assert control.saved.change(project, kind, made.id, 1, {"name": "X"}, "eve") is None
        assert control.saved.set_deleted(project, kind, made.id, True, "eve") is None
    assert control.saved.get(shop, Kind.REPORT, made.id) == made


def test_the_lexicon_keeps_what_is_not_mentioned(control: Control, shop: int) -> None:
    blog = control.projects.create("Blog").project_id
    name = "Signed Up " + "ü" * 1000
    first = {Described.EVENT: {name: {"description": "Made an account", "tags": ["growth"]}, "B": {"hidden": True}}}
    assert control.lexicon.change(shop, first, "anna") == 2
    control.lexicon.change(shop, {Described.EVENT: {name: {"display_name": "Sign-up", "tags": []}}}, "bea")
    assert control.lexicon.entries(shop, Described.EVENT) == {
        name: Entry(description="Made an account", display_name="Sign-up"),
        "B": Entry(hidden=True),
    }
    assert control.lexicon.entries(shop, Described.EVENT_PROPERTY) == {}
    assert control.lexicon.entries(blog, Described.EVENT) == {}
    with pytest.raises(msgspec.ValidationError):
        control.lexicon.change(shop, {Described.EVENT: {"C": {}, "D": {"hidden": "yes"}}}, "anna")
    assert "C" not in control.lexicon.entries(shop, Described.EVENT)
