"""Which profiles nobody sees."""

from diptych.model import IdentityMode, Project
from diptych.store.sql import Bound, Sql, sql

# In mode `original` the profile of a merged id, other than the one that the others are known by.
_SHOWN = """
owner NOT IN (
    SELECT actor FROM persons WHERE project = {project}
    GROUP BY actor HAVING argMax(person, version) NOT IN (0, actor)
)
"""


def shown(project: Project, group_type: str) -> Sql:
    """The condition on a row of `profiles` that its profile is seen."""
    if group_type or project.identity is not IdentityMode.ORIGINAL:
        return Sql("true")
    return sql(_SHOWN.strip(), project=Bound(project.id, "UInt32"))
