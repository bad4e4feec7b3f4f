"""Cohorts in a question: saved ones become definitions, and every one gets the moment at which it is evaluated."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar, cast

import msgspec

from diptych.model import Project
from diptych.query.parts import Cohort, InCohort, InvalidQuestion
from diptych.query.resolve import end_of_day

Question = TypeVar("Question")


class SavedCohort(NamedTuple):
    """What was saved under an id."""

    name: str
    cohort: Cohort


Saved = Callable[[Project, str], Awaitable[SavedCohort | None]]
"""A project's saved cohort by its id; None when there is none."""


class Evaluated(InCohort, frozen=True, kw_only=True):
    """A cohort that can be written as SQL.

    now      the moment that relative ranges end with, in UTC milliseconds
    until    what happened from then on is not known; None: everything is known
    """

    now: int
    until: int | None


async def resolved(question: Question, project: Project, now: int, saved: Saved) -> Question:
    """The question with all of its cohorts evaluated as of `now`, or as of their own day. Raises InvalidQuestion."""
    definitions: dict[str, SavedCohort] = {}
    missing = set(_ids(question))
    while missing:
        found = {cohort: await saved(project, cohort) for cohort in sorted(missing)}
        for cohort, definition in found.items():
            if definition is None:
                raise InvalidQuestion("cohort.id", f"the id of a cohort of this project; there is no {cohort!r}")
            definitions[cohort] = definition
        missing = {inner for _, one in definitions.items() for inner in _ids(one.cohort)} - definitions.keys()
    return evaluated(question, project, now, None, definitions)


def evaluated(
    value: Question,
    project: Project,
    now: int,
    until: int | None,
    definitions: Mapping[str, SavedCohort] | None = None,
) -> Question:
    """The value with all cohorts in it as of another moment; those as of a day of their own stay there."""
    return cast(Question, _Walk(project, definitions or {}).of(value, now, until, ()))


def _ids(value: Any) -> Iterator[str]:
    """The ids of saved cohorts anywhere in a value."""
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _ids(item)
    if isinstance(value, msgspec.Struct):
        if isinstance(value, InCohort) and value.id:
            yield value.id
        for name in value.__struct_fields__:
            yield from _ids(getattr(value, name))


class _Walk:
    def __init__(self, project: Project, definitions: Mapping[str, SavedCohort]) -> None:
        self._project = project
        self._definitions = definitions

    def of(self, value: Any, now: int, until: int | None, within: tuple[str, ...]) -> Any:
        """The value with the cohorts inside evaluated. `within` has the saved cohorts that lead here."""
        if isinstance(value, InCohort):
            return self._cohort(value, now, until, within)
        if isinstance(value, (list, tuple)):
            return type(value)(self.of(item, now, until, within) for item in value)
        if isinstance(value, msgspec.Struct):
            fields = {name: getattr(value, name) for name in value.__struct_fields__}
            inside = {name: self.of(item, now, until, within) for name, item in fields.items()}
            changed = {name: item for name, item in inside.items() if item != fields[name]}
            return msgspec.structs.replace(value, **changed) if changed else value
        return value

    def _cohort(self, node: InCohort, now: int, until: int | None, within: tuple[str, ...]) -> Evaluated:
        saved = self._definitions[node.id] if node.id else None
        name = node.name or (saved.name if saved else "")
        if node.id in within:
            raise InvalidQuestion("cohort", f"no cohort that is made of itself, as {name or node.id!r} is")
        if node.as_of is not None:
            until = end_of_day(node.as_of, self._project)
            now = until - 1
        definition = saved.cohort if saved else node.cohort
        inside = self.of(definition, now, until, (*within, node.id) if node.id else within)
        return Evaluated(cohort=inside, as_of=node.as_of, name=name, now=now, until=until)
