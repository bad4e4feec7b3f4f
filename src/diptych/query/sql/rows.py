"""The events that a report reads, with who did them and the properties of people and groups joined to them.

A report makes a `Rows`, asks it for the values and conditions that it needs, and puts `source` behind its FROM:

    rows = Rows(project)
    plan = rows.value(Property("plan", Scope.USER, At.EVENT))
    sql("SELECT {plan} AS plan, uniqExact(who) FROM {source} GROUP BY plan", plan=plan, source=rows.source(scan))

Behind that FROM there are all columns of `events` (docs/decisions has why the person is not a stored column alone):
`who` is what is counted, a person or a group as UInt64 (0: nobody), `person_now` the person of the event, and
`owner_then` whose properties it has at its time.
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from diptych.model import Project
from diptych.people.groups import group_owners
from diptych.people.persons import OWNER, PERSON
from diptych.query.cohorts import Evaluated
from diptych.query.parts import All, Any, At, Compare, Filter, InvalidQuestion, Not, Property, Scope

# Cohorts and sessions are made of events, and events are filtered by both: these modules know each other.
from diptych.query.sql import cohorts, filters, properties, session_facts
from diptych.query.sql.expressions import derived
from diptych.store.at_event import SEEN, looked_up, of_project
from diptych.store.sql import Bound, Sql, join, sql

# An event that names several groups of the type has one row for each, one that names none has one of nobody.
_GROUP = "arrayJoin(emptyArrayToSingle({owners}))"

_SCAN = """(
    SELECT *, {person} AS person_now, {owner} AS owner_then, {who} AS who
    FROM events FINAL
    WHERE project = {project} AND {scan}
) AS e"""

_NOW = """
LEFT ANY JOIN (
    SELECT owner AS {name}_owner, properties[{key}] AS {name}
    FROM profiles FINAL WHERE project = {project} AND group_type = {group_type}
) AS {name}_profiles ON {owner} = {name}_owner"""

# "Now", asked as of an earlier moment.
_THEN = """
LEFT ANY JOIN (
    SELECT owner AS {name}_owner, argMax(value, time) AS {name}
    FROM profile_history FINAL
    WHERE project = {project} AND group_type = {group_type} AND key = {key} AND time < {until}
    GROUP BY owner
) AS {name}_profiles ON {owner} = {name}_owner"""

# The value that held at the event's time, a change at that very time included.
_AT_EVENT = """
ASOF LEFT JOIN (
    SELECT owner AS {name}_owner, time AS {name}_time, value AS {name}
    FROM profile_history FINAL WHERE project = {project} AND group_type = {group_type} AND key = {key}
) AS {name}_history ON {owner} = {name}_owner AND {time} >= {name}_time"""

# What the column of a promoted property does not hold.
_LOOKED_UP = """
LEFT ANY JOIN (
    SELECT accept_id AS {name}_event, value AS {name} FROM ({values})
) AS {name}_events ON accept_id = {name}_event"""

# An event may name several groups: their values become one list, so that it is still one row.
_OF_GROUPS = """
LEFT ANY JOIN (
    SELECT {name}_event, groupUniqArrayIf({name}, {name} NOT IN ('', 'null')) AS {name}_values,
        multiIf(empty({name}_values), '', length({name}_values) = 1, {name}_values[1],
            concat('[', arrayStringConcat(arraySort({name}_values), ','), ']')) AS {name}_value
    FROM (
        SELECT accept_id AS {name}_event, time AS {name}_at, arrayJoin({owners}) AS {name}_group
        FROM events FINAL WHERE project = {project} AND {scan}
    ) AS {name}_groups {profiles}
    GROUP BY {name}_event
) AS {name}_events ON accept_id = {name}_event"""

_LOOKUP = """
LEFT ANY JOIN (
    SELECT key AS {name}_key, values[{column}] AS {name} FROM lookup_rows
    WHERE project = {project} AND id = {table} AND key != '' AND version = (
        SELECT max(version) FROM lookup_tables WHERE project = {project} AND id = {table}
    )
) AS {name}_table ON {value} = {name}_key"""

_OF_SESSIONS = """
LEFT ANY JOIN ({facts}) AS {name}_sessions ON accept_id = {name}_event"""

_DERIVED = """(
    SELECT *, {value} AS {name} FROM {rows}
) AS {name}_rows"""

_PEOPLE_WITH = """
person_now {inside} (SELECT owner FROM profiles FINAL WHERE project = {project} AND group_type = '' AND {condition})
"""


@dataclass(frozen=True)
class _Joined:
    """A property that is joined to the events, and the name of its value there."""

    reference: Property
    name: Sql
    value: Sql | None = None  # what it is computed from or looked up by
    column: Sql | None = None  # of a user property at the event


class Rows:
    """One use of `events` in a statement. `group_type`: count groups of this type instead of people."""

    def __init__(
        self, project: Project, group_type: str = "", *, prefix: str = "j", until: Bound | None = None
    ) -> None:
        """`prefix` tells the joined columns of several uses in one statement apart.

        `until`: what profiles hold "now" is what they held just before that time.
        """
        self.project = project
        self.group_type = group_type
        self.prefix = prefix
        self.until = until
        self._joined: dict[Property, _Joined] = {}

    def value(self, reference: Property) -> Sql:
        """Canonical JSON text of a property; empty when it is not set. Raises InvalidQuestion."""
        if reference.lookup is not None:
            plain = msgspec.structs.replace(reference, lookup=None)
            return self._joined_value(reference, lambda: properties.text_form(self.value(plain)))
        if reference.path:
            return properties.at_path(self.value(msgspec.structs.replace(reference, path=())), reference.path)
        match reference.scope:
            case Scope.USER | Scope.GROUP:
                name = self._joined_value(reference, lambda: None)
                if reference.scope is Scope.USER and reference.at is At.EVENT:
                    return self._seen(self._joined[reference])
                return Sql(f"{name}_value") if self._of_several(reference) else name
            case Scope.SESSION:
                return self._joined_value(reference, lambda: None)
            case Scope.DERIVED if reference.formula is not None:
                formula = reference.formula
                return self._joined_value(reference, lambda: derived(formula, self.value, self.project.timezone))
            case Scope.ITEM:
                raise InvalidQuestion("property.scope", "item only inside a filter of items")
        return properties.of_event(reference)

    def _joined_value(self, reference: Property, value: Callable[[], Sql | None]) -> Sql:
        """The name of a joined value; what it is made of is joined before it."""
        if reference not in self._joined:
            made_of = value()
            at_event = reference.scope is Scope.USER and reference.at is At.EVENT and reference.lookup is None
            column = properties.column_of(reference) if at_event else None
            self._joined[reference] = _Joined(reference, Sql(f"{self.prefix}{len(self._joined)}"), made_of, column)
        return self._joined[reference].name

    def _seen(self, joined: _Joined) -> Sql:
        """The value of a user property at the event."""
        if joined.column is None:
            return sql(SEEN.strip(), held=joined.name, key=Bound(joined.reference.key, "String"))
        template = "if({name}_event != 0, {name}, {column})"
        return sql(template, name=joined.name, column=joined.column)

    def condition(self, node: Filter | None) -> Sql:
        """A filter as a condition that is true or false, never null. Raises InvalidQuestion."""
        match node:
            case All(filters=[_, *_] as parts):
                return sql("({parts})", parts=join(" AND ", map(self.condition, parts)))
            case Any(filters=[_, *_] as parts):
                return sql("({parts})", parts=join(" OR ", map(self.condition, parts)))
            case Not(filter=inner):
                return sql("NOT {inner}", inner=self.condition(inner))
            case Evaluated():
                return cohorts.of_row(self, node)
            case Compare(property=Property(scope=Scope.USER, at=At.NOW, lookup=None)) if self.until is None:
                return self._people_with(node)
        return filters.condition(node, self.value, self.project.timezone)

    def source(self, scan: Sql) -> Sql:
        """What stands behind FROM: the project's events for which `scan`, a condition on columns of `events`, holds.

        To be called last, when all values and conditions have been asked for.
        """
        found = sql(_SCAN, person=PERSON, owner=OWNER, who=self._who(), project=self._project, scan=scan)
        for joined in self._joined.values():
            if joined.reference.lookup is None and joined.value is not None:
                found = sql(_DERIVED, value=joined.value, name=joined.name, rows=found)
            else:
                found = join("", [found, self._join(joined, scan)])
        return found

    @property
    def _project(self) -> Bound:
        return Bound(self.project.id, "UInt32")

    def _who(self) -> Sql:
        return sql(_GROUP, owners=group_owners(self.project, self.group_type)) if self.group_type else PERSON

    def _of_several(self, reference: Property) -> bool:
        """Whether an event can have several owners of the property; a group that is counted has its own row."""
        return reference.scope is Scope.GROUP and reference.group_type != self.group_type

    def _people_with(self, node: Compare) -> Sql:
        """A set of people is faster than a join; those without a profile have nothing set."""
        negated = filters.holds_when_not_set(node)

        def value_of(reference: Property) -> Sql:
            return properties.at_path(sql("properties[{k}]", k=Bound(reference.key, "String")), reference.path)

        own = filters.condition(node, value_of, self.project.timezone)
        return sql(
            _PEOPLE_WITH.strip(),
            inside=Sql("NOT IN" if negated else "IN"),
            project=self._project,
            condition=sql("NOT {own}", own=own) if negated else own,
        )

    def _join(self, joined: _Joined, scan: Sql) -> Sql:
        reference, name = joined.reference, joined.name
        if reference.lookup is not None and joined.value is not None:
            return sql(
                _LOOKUP,
                name=name,
                column=Bound(reference.lookup.column, "String"),
                project=self._project,
                table=Bound(reference.lookup.table, "String"),
                value=joined.value,
            )
        if reference.scope is Scope.SESSION:
            rows = Rows(self.project, prefix=f"{name.text}s")
            return sql(_OF_SESSIONS, name=name, facts=session_facts.session_facts(rows, reference.key, name, scan))
        if joined.column is not None:
            project = of_project(self.project.id)
            values = looked_up(joined.column, reference.key, project, OWNER, scan)
            return sql(_LOOKED_UP, name=name, values=values)
        if not self._of_several(reference):
            of_user = "owner_then" if reference.at is At.EVENT else "person_now"
            owner = of_user if reference.scope is Scope.USER else "who"
            return self._profiles(reference, name, Sql(owner), Sql("time"))
        return sql(
            _OF_GROUPS,
            name=name,
            owners=group_owners(self.project, reference.group_type),
            project=self._project,
            scan=scan,
            profiles=self._profiles(reference, name, Sql(f"{name}_group"), Sql(f"{name}_at")),
        )

    def _profiles(self, reference: Property, name: Sql, owner: Sql, time: Sql) -> Sql:
        parts: dict[str, Sql | Bound] = {
            "name": name,
            "key": Bound(reference.key, "String"),
            "project": self._project,
            "group_type": Bound(reference.group_type, "String"),
            "owner": owner,
        }
        if reference.at is At.NOW:
            return sql(_NOW, **parts) if self.until is None else sql(_THEN, **parts, until=self.until)
        return sql(_AT_EVENT, **parts, time=time)
