"""Properties of people and groups at the event: the worked examples of Amplitude's documentation, and ours."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from diptych.model import Event, Operation, ProfileUpdate, Project
from diptych.model.jsontext import dump
from diptych.people.folding import Folding
from diptych.query.parts import At, Property, Scope
from diptych.query.sql.rows import Rows
from diptych.store import tables
from diptych.store.engine import Engine, open_embedded
from diptych.store.migrate import migrate
from diptych.store.sql import Sql, sql

START = 1_790_000_000_000
_ids = count(1)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_embedded(tmp_path_factory.mktemp("at-event") / "engine")
    migrate(engine)
    yield engine
    engine.close()


class Story:
    """What is told of one person, in order of receipt, in a project of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._folding = Folding(engine)
        self._project = Project(id=next(_ids), name="p", token="t")

    def update(self, second: int, operation: Operation = Operation.SET, group: str = "", **values: Any) -> None:
        """What the profile is told, at its own time."""
        row = ProfileUpdate(
            project=self._project.id,
            group_type="company" if group else "",
            profile_id=group or "ada",
            operation=operation,
            values={key: dump(value) for key, value in values.items()},
            time=START + second * 1000,
            received=START + 1_000_000,
            accept_id=next(_ids),
        )
        self._folding.insert(self._engine, [row], str(row.accept_id))

    def event(self, second: int, name: str, **fields: Any) -> None:
        row = Event(
            project=self._project.id,
            name=name,
            time=START + second * 1000,
            received=START,
            distinct_id="ada",
            accept_id=next(_ids),
            **fields,
        )
        tables.insert_events(self._engine, [row], str(row.accept_id))

    def seen(self, key: str, at: At = At.EVENT, group_type: str = "") -> dict[str, str]:
        """Event name → the value that a report sees, as JSON text."""
        rows = Rows(self._project)
        value = rows.value(Property(key, Scope.GROUP if group_type else Scope.USER, at, group_type))
        found = self._engine.query(sql("SELECT name, {v} FROM {source}", v=value, source=rows.source(Sql("true"))))
        return dict(found.rows)


@pytest.fixture
def story(engine: Engine) -> Story:
    return Story(engine)


def test_an_event_keeps_the_value_that_it_happened_with(story: Story) -> None:
    story.update(0, color="red")
    story.event(1, "A")
    story.update(2, color="blue")
    story.event(3, "B")
    assert story.seen("color") == {"A": '"red"', "B": '"blue"'}
    assert story.seen("color", At.NOW) == {"A": '"blue"', "B": '"blue"'}


def test_an_update_that_arrives_late_falls_where_it_belongs(story: Story) -> None:
    """Amplitude goes by receipt: there both events would be red, as the identify arrives after B."""
    story.update(0, color="red")
    story.event(1, "A")
    story.event(3, "B")
    story.update(2, color="blue")
    assert story.seen("color") == {"A": '"red"', "B": '"blue"'}
    story.update(1, color="green")
    assert story.seen("color") == {"A": '"green"', "B": '"blue"'}


def test_an_event_sees_what_is_updated_in_its_very_millisecond(story: Story) -> None:
    story.event(1, "A")
    story.update(1, plan="pro")
    assert story.seen("plan") == {"A": '"pro"'}


def test_what_is_unset_is_not_seen_any_more(story: Story) -> None:
    story.update(0, plan="pro", tags=[1])
    story.event(1, "A")
    story.update(2, Operation.UNSET, plan=None)
    story.update(2, Operation.APPEND, tags="x")
    story.event(3, "B")
    assert story.seen("plan") == {"A": '"pro"', "B": ""}
    assert story.seen("tags") == {"A": "[1]", "B": '[1,"x"]'}


def test_an_event_that_skips_the_profile_sees_what_it_carries(story: Story) -> None:
    """Amplitude's example of `$skip_user_properties_sync`."""
    story.update(0, city="New York")
    story.event(1, "status", own_properties_only=True, user_properties={"subscriptionStatus": '"active"'})
    story.event(2, "city", own_properties_only=True, user_properties={"city": '"San Francisco"'})
    story.event(3, "set", own_properties_only=True, user_properties={"$set": '{"city":["Paris"]}'})
    story.event(4, "once", own_properties_only=True, user_properties={"$setOnce": '{"city":"Rome"}'})
    story.event(5, "next")
    assert story.seen("city") == {
        "status": "",
        "city": '"San Francisco"',
        "set": '["Paris"]',
        "once": '"Rome"',
        "next": '"New York"',
    }
    assert story.seen("subscriptionStatus") == {"status": '"active"', "city": "", "set": "", "once": "", "next": ""}


def test_groups_have_values_at_the_event_too(story: Story) -> None:
    story.update(0, group="acme", plan="free")
    story.update(0, group="beta", plan="team")
    story.event(1, "A", groups={"company": ["acme"]})
    story.update(2, group="acme", plan="pro")
    story.event(3, "B", groups={"company": ["acme", "beta"]})
    story.event(4, "C")
    assert story.seen("plan", At.EVENT, "company") == {"A": '"free"', "B": '["pro","team"]', "C": ""}
    assert story.seen("plan", At.NOW, "company") == {"A": '"pro"', "B": '["pro","team"]', "C": ""}
