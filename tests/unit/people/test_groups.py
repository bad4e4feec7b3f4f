"""Which groups an event names: beside its properties, and in the properties that the project registered."""

from collections.abc import Iterator

import pytest

from diptych.model import Event, Project, ProjectSettings
from diptych.people.groups import group_ids, group_owners
from diptych.store import tables
from diptych.store.engine import Engine, open_embedded
from diptych.store.migrate import migrate
from diptych.store.sql import sql

EVENTS = [
    ("nothing", {}, {}, []),
    ("one beside", {}, {"company": ["acme"]}, ["acme"]),
    ("several beside", {}, {"company": ["acme", "beta"], "team": ["x"]}, ["acme", "beta"]),
    ("one as a property", {"company": '"acme"'}, {}, ["acme"]),
    ("a list as a property", {"company": '["acme","be\\"ta","acme"]'}, {}, ["acme", 'be"ta']),
    ("both, once each", {"company": '["acme","beta"]'}, {"company": ["acme"]}, ["acme", "beta"]),
    ("a number", {"company": "49.0"}, {}, ["49"]),
    ("numbers keep their digits", {"company": "[9007199254740993,true]"}, {}, ["9007199254740993", "true"]),
    ("null and empty are none", {"company": '[null,"",[]]'}, {"company": [""]}, []),
    ("an empty list", {"company": "[]"}, {}, []),
    ("null", {"company": "null"}, {}, []),
    ("another key", {"team": '"x"'}, {}, []),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_embedded(tmp_path_factory.mktemp("groups") / "engine")
    migrate(engine)
    rows = [
        Event(project=1, name=name, time=1_700_000_000_000, received=0, properties=p, groups=g, accept_id=number)
        for number, (name, p, g, _) in enumerate(EVENTS, 1)
    ]
    tables.insert_events(engine, rows, "groups")
    yield engine
    engine.close()


def project(*keys: str) -> Project:
    return Project(id=1, name="p", token="t", settings=ProjectSettings(group_keys=list(keys)))


def named(engine: Engine, of: Project, group_type: str = "company") -> dict[str, list[str]]:
    statement = sql("SELECT name, {ids} FROM events FINAL", ids=group_ids(of, group_type))
    return dict(engine.query(statement).rows)


def test_a_registered_key_counts_for_events_that_were_there_before(engine: Engine) -> None:
    assert named(engine, project("company")) == {name: ids for name, _, _, ids in EVENTS}


def test_a_key_that_is_not_registered_is_a_property_like_any_other(engine: Engine) -> None:
    expected = {name: [group for group in groups.get("company", []) if group] for name, _, groups, _ in EVENTS}
    assert named(engine, project("team")) == expected


def test_owners_are_those_of_the_profiles(engine: Engine) -> None:
    statement = sql(
        "SELECT {owners} = arrayMap(g -> cityHash64(toUInt32(1), 'company', g), {ids}) FROM events FINAL",
        owners=group_owners(project("company"), "company"),
        ids=group_ids(project("company"), "company"),
    )
    assert engine.query(statement).rows == [(True,)] * len(EVENTS)
