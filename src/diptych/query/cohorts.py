"""Cohorts and custom events in a question: saved ones become definitions, and every cohort gets the moment at which it
is evaluated."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar, cast

import msgspec

from diptych.model import Project
from diptych.query.parts import Alternative, Cohort, EventSelector, InCohort, InvalidQuestion
from diptych.query.resolve import end_of_day

Question = TypeVar("Question")


class SavedCohort(NamedTuple):
    """What was saved under an id."""

    name: str
    cohort: Cohort


class CustomEvent(NamedTuple):
    """What was saved under a number and a name."""

    name: str
    events: list[Alternative]


class Saved(NamedTuple):
    """A project's saved cohort by its id, and its saved custom event by its number or its name; None: there is none."""

    cohort: Callable[[Project, str], Awaitable[SavedCohort | None]]
    custom_event: Callable[[Project, str], Awaitable[CustomEvent | None]]


async def _none(project: Project, named: str) -> None:
    return None


NOTHING_SAVED = Saved(_none, _none)

Named = tuple[type[InCohort | EventSelector], str]
"""What a question names: a cohort or a custom event, and how it is named."""


class Evaluated(InCohort, frozen=True, kw_only=True):
    """A cohort that can be written as SQL.

    now      the moment that relative ranges end with, in UTC milliseconds
    until    what happened from then on is not known; None: everything is known
    """

    now: int
    until: int | None


async def resolved(question: Question, project: Project, now: int, saved: Saved) -> Question:
    """The question with all of its custom events written out, and its cohorts evaluated as of `now`, or as of their own
    day. Raises InvalidQuestion."""
    definitions: dict[Named, SavedCohort | CustomEvent] = {}
    missing = set(_named(question))
    while missing:
        found = {named: await _found(named, project, saved) for named in sorted(missing, key=str)}
        definitions |= found
        missing = {inner for one in found.values() for inner in _named(list(one))} - definitions.keys()
    return evaluated(question, project, now, None, definitions)


def evaluated(
    value: Question,
    project: Project,
    now: int,
    until: int | None,
    definitions: Mapping[Named, SavedCohort | CustomEvent] | None = None,
) -> Question:
    """The value with all cohorts in it as of another moment; those as of a day of their own stay there."""
    return cast(Question, _Walk(project, definitions or {}).of(value, now, until, ()))


async def _found(named: Named, project: Project, saved: Saved) -> SavedCohort | CustomEvent:
    kind, text = named
    if kind is InCohort:
        if cohort := await saved.cohort(project, text):
            return cohort
        raise InvalidQuestion("cohort.id", f"the id of a cohort of this project; there is no {text!r}")
    if event := await saved.custom_event(project, text):
        return event
    raise InvalidQuestion("event.custom", f"a custom event of this project; there is no {text!r}")


def _named(value: Any) -> Iterator[Named]:
    """The saved cohorts and custom events that a value names, anywhere in it."""
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _named(item)
    if isinstance(value, msgspec.Struct):
        if isinstance(value, InCohort) and value.id:
            yield InCohort, value.id
        if isinstance(value, EventSelector) and value.custom:
            yield EventSelector, value.custom
        for name in value.__struct_fields__:
            yield from _named(getattr(value, name))


class _Walk:
    def __init__(self, project: Project, definitions: Mapping[Named, SavedCohort | CustomEvent]) -> None:
        self._project = project
        self._definitions = definitions

    def of(self, value: Any, now: int, until: int | None, within: tuple[Named, ...]) -> Any:
        """The value with the cohorts inside evaluated. `within` has the saved ones that lead here."""
        if isinstance(value, InCohort):
            return self._cohort(value, now, until, within)
        if isinstance(value, EventSelector) and value.custom:
            return self._event(value, now, until, within)
        if isinstance(value, (list, tuple)):
            return type(value)(self.of(item, now, until, within) for item in value)
        if isinstance(value, msgspec.Struct):
            return self._parts(value, now, until, within)
        return value

    def _parts(self, value: msgspec.Struct, now: int, until: int | None, within: tuple[Named, ...]) -> Any:
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        inside = {name: self.of(item, now, until, within) for name, item in fields.items()}
        changed = {name: item for name, item in inside.items() if item != fields[name]}
        return msgspec.structs.replace(value, **changed) if changed else value

    def _event(self, node: EventSelector, now: int, until: int | None, within: tuple[Named, ...]) -> Any:
        named = (EventSelector, node.custom)
        saved = cast(CustomEvent, self._definitions[named])
        if named in within:
            raise InvalidQuestion("event.custom", f"no custom event that is made of itself, as {saved.name!r} is")
        events = self.of(saved.events, now, until, (*within, named))
        written_out = msgspec.structs.replace(node, custom="", alternatives=events, label=node.label or saved.name)
        return self._parts(written_out, now, until, within)

    def _cohort(self, node: InCohort, now: int, until: int | None, within: tuple[Named, ...]) -> Evaluated:
        named = (InCohort, node.id)
        saved = cast(SavedCohort, self._definitions[named]) if node.id else None
        name = node.name or (saved.name if saved else "")
        if named in within:
            raise InvalidQuestion("cohort", f"no cohort that is made of itself, as {name or node.id!r} is")
        if node.as_of is not None:
            until = end_of_day(node.as_of, self._project)
            now = until - 1
        definition = saved.cohort if saved else node.cohort
        inside = self.of(definition, now, until, (*within, named) if node.id else within)
        return Evaluated(cohort=inside, as_of=node.as_of, name=name, now=now, until=until)
