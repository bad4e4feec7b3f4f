"""Saved cohorts and custom events as questions name them."""

from functools import partial
from typing import Any, TypeVar

import msgspec

from diptych.control import Control
from diptych.control.saved import Kind, Saved as SavedObject
from diptych.model import Project
from diptych.protocols.native.reports import CohortContent, CustomEventContent
from diptych.query.cohorts import CustomEvent, Saved, SavedCohort

_LONGEST = 10
_Content = TypeVar("_Content")


def saved_definitions(control: Control) -> Saved:
    """Finds a project's saved cohorts by their number, and its custom events by their number or their name, as text."""

    async def numbered(project: Project, kind: Kind, text: str) -> SavedObject | None:
        if not (text.isascii() and text.isdigit() and len(text) < _LONGEST):
            return None
        found = await control.run(partial(control.saved.get, project.id, kind, int(text)))
        return None if found is None or found.deleted else found

    async def cohort(project: Project, number: str) -> SavedCohort | None:
        found = await numbered(project, Kind.COHORT, number)
        return None if found is None else SavedCohort(found.name, _content(found, CohortContent).cohort)

    async def custom_event(project: Project, text: str) -> CustomEvent | None:
        found = await numbered(project, Kind.CUSTOM_EVENT, text)
        if found is None:
            every = await control.run(partial(control.saved.all, project.id, Kind.CUSTOM_EVENT))
            # Of two of one name the first one that was made.
            found = min((one for one in every if one.name == text), key=lambda one: one.id, default=None)
        return None if found is None else CustomEvent(found.name, _content(found, CustomEventContent).events)

    return Saved(cohort, custom_event)


def _content(found: SavedObject, kind: type[_Content]) -> Any:
    return msgspec.json.decode(found.content, type=kind)
