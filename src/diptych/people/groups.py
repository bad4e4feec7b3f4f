"""Which groups an event names, as SQL over a row of `events`.

Amplitude and Segment send groups beside the properties. Mixpanel's are event properties: those whose names are the
project's `group_keys`, which count for the events that came before the setting too.
"""

from diptych.model import Project
from diptych.store.sql import Bound, Sql, sql

# Canonical JSON text as an id: a string without its quotes, a number in one spelling, nothing for null.
_ID = Sql("""multiIf(g IN ('', 'null', '[]'), '',
    startsWith(g, '"'), if(position(g, '\\\\') = 0, substring(g, 2, length(g) - 2), JSONExtractString(g)),
    match(g, '^-?[0-9]') AND match(g, '[.eE]|^-0$'), toString(toFloat64OrZero(g) + 0), g)""")
_LISTED = "arrayMap(g -> {id}, if(startsWith({v}, '['), JSONExtractArrayRaw({v}), [{v}]))"
_IDS = "arrayDistinct(arrayFilter(g -> g != '', {named}))"
_OWNERS = "arrayMap(g -> cityHash64({project}, {type}, g), {ids})"


def group_ids(project: Project, group_type: str) -> Sql:
    """Array(String): the different ids of the groups of a type that an event names."""
    name = Bound(group_type, "String")
    named = sql("groups[{type}]", type=name)
    if group_type in project.settings.group_keys:
        value = sql("properties[{type}]", type=name)
        named = sql("arrayConcat({named}, {listed})", named=named, listed=sql(_LISTED, id=_ID, v=value))
    return sql(_IDS, named=named)


def group_owners(project: Project, group_type: str) -> Sql:
    """Array(UInt64): the same groups as `profiles.owner` has them."""
    return sql(
        _OWNERS,
        project=Bound(project.id, "UInt32"),
        type=Bound(group_type, "String"),
        ids=group_ids(project, group_type),
    )
