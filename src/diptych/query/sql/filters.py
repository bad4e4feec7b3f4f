"""Filter trees as SQL conditions. Every condition is true or false, never null."""

from collections.abc import Callable

from diptych.query.parts import (
    All,
    Any,
    Compare,
    Filter,
    InCohort,
    InvalidQuestion,
    Items,
    Not,
    Property,
    Quantifier,
    Scope,
)
from diptych.query.sql import properties as p
from diptych.query.sql.comparisons import comparison, holds_when_not_set
from diptych.store.sql import Bound, Sql, join, sql

__all__ = ["TRUE", "ValueOf", "condition", "holds_when_not_set"]

TRUE = Sql("true")
ValueOf = Callable[[Property], Sql]

_ANY_ITEM = "arrayExists(item -> {holds}, {items})"
_ALL_ITEMS = "arrayAll(item -> {holds}, {items})"


def condition(node: Filter | None, value_of: ValueOf, zone: str = "UTC") -> Sql:
    """The condition on a row. Raises InvalidQuestion.

    Args:
        node: the filter; None holds.
        value_of: SQL for the canonical JSON text of a property there.
        zone: of dates that do not say theirs.
    """

    def inner(part: Filter) -> Sql:
        return condition(part, value_of, zone)

    match node:
        case None:
            return TRUE
        case All(filters=[]):
            return TRUE
        case Any(filters=[]):
            return Sql("false")
        case All(filters=filters):
            return sql("({parts})", parts=join(" AND ", map(inner, filters)))
        case Any(filters=filters):
            return sql("({parts})", parts=join(" OR ", map(inner, filters)))
        case Not(filter=negated):
            return sql("NOT {inner}", inner=inner(negated))
        case Items():
            return _items(node, value_of, zone)
        case Compare():
            return comparison(node, value_of(node.property), zone)
        case InCohort():
            raise InvalidQuestion("filter", "comparisons only, no cohorts, for what a profile has")


def holds_of_nothing(node: Filter) -> bool:
    """Whether the filter is true where no property is set at all."""
    match node:
        case All(filters=filters):
            return all(map(holds_of_nothing, filters))
        case Any(filters=filters):
            return any(map(holds_of_nothing, filters))
        case Not(filter=negated):
            return not holds_of_nothing(negated)
        case Items():
            return node.when_empty
        case Compare():
            return holds_when_not_set(node)
        case InCohort():
            return False


def _items(node: Items, value_of: ValueOf, zone: str) -> Sql:
    def of_item(reference: Property) -> Sql:
        if reference.scope is not Scope.ITEM:
            raise InvalidQuestion("filter.filter.property.scope", "item inside a filter of items")
        value = Sql("item")
        path = (reference.key, *reference.path) if reference.key else reference.path
        return p.at_path(value, path)

    template = _ANY_ITEM if node.match is Quantifier.ANY else _ALL_ITEMS
    items = p.elements(value_of(node.property))
    return sql(
        "if(empty({items}), {when_empty}, {all})",
        items=items,
        when_empty=Bound(node.when_empty, "Bool"),
        all=sql(template, holds=condition(node.filter, of_item, zone), items=items),
    )
