"""Saved cohorts as questions name them."""

from functools import partial

import msgspec

from diptych.control import Control
from diptych.control.saved import Kind
from diptych.model import Project
from diptych.protocols.native.reports import CohortContent
from diptych.query.cohorts import Saved, SavedCohort

_LONGEST = 10


def saved_cohorts(control: Control) -> Saved:
    """Finds a project's saved cohorts by their number, as text."""

    async def find(project: Project, cohort: str) -> SavedCohort | None:
        if not (cohort.isascii() and cohort.isdigit() and len(cohort) < _LONGEST):
            return None
        found = await control.run(partial(control.saved.get, project.id, Kind.COHORT, int(cohort)))
        if found is None or found.deleted:
            return None
        return SavedCohort(found.name, msgspec.json.decode(found.content, type=CohortContent).cohort)

    return find
