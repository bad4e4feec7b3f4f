"""A user's SELECT → the statement that is sent."""

import re
import secrets
from collections.abc import Iterator
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from diptych.model import Project
from diptych.query.usersql.functions import allowed
from diptych.query.usersql.views import AT_EVENT, NOW, VIEWS, view
from diptych.store.sql import Sql

_LONGEST = 100_000
_MOST_PARTS = 20_000
_DIALECT = "clickhouse"
_NAME = re.compile(r"[^\W\d][\w $.:-]{0,127}")
_NUMBER = re.compile(r"\d+(\.\d*)?([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|0x[0-9a-fA-F]+")
_TYPE = re.compile(r"[\w(), ]+(?:'[\w/+-]+'[\w(), ]*)?")
_TYPE_NAMES = frozenset(
    """nullable array tuple map lowcardinality int8 int16 int32 int64 int128 int256 uint8 uint16 uint32 uint64 uint128
    uint256 float32 float64 string bool uuid date date32 datetime datetime64 decimal decimal32 decimal64
    decimal128""".split()
)
_CALL = re.compile(r"([A-Za-z_]\w*|\"[^\"]*\")\s*\(")
# Words of the language that may stand before a parenthesis.
_KEYWORDS = frozenset(
    """AND ALL ANY AS BETWEEN BY CASE CROSS DISTINCT ELSE EXCEPT EXISTS FROM FULL GROUP HAVING IN INNER INTERSECT IS
    JOIN LEFT LIKE ILIKE LIMIT NOT OFFSET ON OR ORDER OUTER OVER PARTITION RIGHT SELECT THEN UNION USING VALUES WHEN
    WHERE WITH ASOF SEMI ANTI GLOBAL INTERVAL ROLLUP CUBE SETS QUALIFY FILTER""".split()
)

# What a query may be made of. Functions are checked by name in the generated text (`_check_calls`).
_PARTS: tuple[type[exp.Expr], ...] = (
    exp.Select, exp.SetOperation, exp.Subquery, exp.With, exp.CTE, exp.TableAlias, exp.From, exp.Join, exp.Table,
    exp.Where, exp.Group, exp.Having, exp.Order, exp.Ordered, exp.Limit, exp.Offset, exp.Distinct, exp.Star,
    exp.Alias, exp.Aliases, exp.Column, exp.Identifier, exp.Dot, exp.Literal, exp.Boolean, exp.Null, exp.Paren,
    exp.Tuple, exp.Array, exp.Bracket, exp.Lambda, exp.Binary, exp.Unary, exp.Between, exp.In, exp.Case, exp.If,
    exp.Cast, exp.DataType, exp.DataTypeParam, exp.Interval, exp.Var, exp.Window, exp.WindowSpec, exp.Func,
    exp.Condition, exp.Exists, exp.Rollup, exp.Cube, exp.GroupingSets, exp.Qualify, exp.Filter,
)  # fmt: skip
_REFUSED: tuple[type[exp.Expr], ...] = (
    exp.Placeholder, exp.Parameter, exp.SessionParameter, exp.Command, exp.PreWhere, exp.Final, exp.Into,
    exp.TableSample, exp.Lock, exp.Values, exp.Lateral, exp.Unnest, exp.Pivot, exp.Introducer, exp.National,
    exp.HexString, exp.BitString, exp.ByteString, exp.RawString, exp.UnicodeString, exp.Hint,
)  # fmt: skip
_CLAUSES: dict[type[exp.Expr], frozenset[str]] = {
    exp.Select: frozenset(
        "expressions from_ joins where group having order limit offset distinct with_ windows qualify".split()
    ),
    exp.Table: frozenset({"this", "alias"}),
    exp.Subquery: frozenset({"this", "alias", "with_"}),
    exp.In: frozenset({"this", "expressions", "query", "is_global"}),
    exp.Column: frozenset({"this", "table"}),
}


class InvalidSql(ValueError):
    """The SQL cannot be run; the message says what was wrong and what would be right."""


def rebuild(text: str, project: Project) -> Sql:
    """The statement that a user's SELECT becomes. Raises InvalidSql."""
    try:
        tree = _parsed(text)
        own_tables = {cte.alias: f"own_{secrets.token_hex(8)}" for cte in _own_tables(tree)}
        for part in tree.walk():
            _check(part, own_tables)
        tree = _with_shorthands(tree)
        places = _put_views(tree, own_tables, project)
        parameters = _bind_strings(tree)
        generated = tree.sql(dialect=_DIALECT, comments=False)
    except RecursionError:
        raise InvalidSql("sql: nested too deep") from None
    _check_calls(generated)
    for token, subquery in places.items():
        generated = generated.replace(token, subquery.text)
        parameters |= subquery.parameters
    return Sql(generated, parameters)


def _parsed(text: str) -> exp.Query:
    if len(text) > _LONGEST:
        raise InvalidSql(f"sql: at most {_LONGEST} characters")
    try:
        statements = [one for one in sqlglot.parse(text, read=_DIALECT) if one is not None]
    except SqlglotError as error:
        reason = re.sub(r"\x1b\[\d+m", "", str(error)).strip().splitlines()
        told = reason and "<class" not in reason[0]
        raise InvalidSql(f"sql: {reason[0] if told else 'cannot be read as a SELECT'}") from None
    if len(statements) != 1:
        raise InvalidSql("sql: expected one statement")
    [tree] = statements
    if not isinstance(tree, exp.Query) or isinstance(tree, (exp.Table, exp.Subquery)):
        raise InvalidSql("sql: expected a SELECT; nothing else can be run")
    if any(not one.expressions for one in tree.find_all(exp.Select)):
        raise InvalidSql("sql: expected what to select behind SELECT")
    if sum(1 for _ in tree.walk()) > _MOST_PARTS:
        raise InvalidSql("sql: the statement is too long")
    return tree


def _check(part: exp.Expr, own_tables: dict[str, str]) -> None:
    if isinstance(part, _REFUSED) or not isinstance(part, _PARTS):
        raise InvalidSql(f"sql: {type(part).__name__} cannot be used here")
    if (clauses := _CLAUSES.get(type(part))) is not None:
        for name, value in part.args.items():
            if value and name in ("db", "catalog"):
                raise InvalidSql(f"sql: tables have no database before their name; they are {', '.join(VIEWS)}")
            if value and name not in clauses:
                raise InvalidSql(f"sql: {name.upper().strip('_')} cannot be used here")
    match part:
        case exp.Table():
            _check_table(part, own_tables)
        case exp.Identifier() if not _NAME.fullmatch(part.name):
            raise InvalidSql(f"sql: a name may have letters, digits and _ $ . : - only, not {part.name[:50]!r}")
        case exp.Literal() if not part.is_string and not _NUMBER.fullmatch(part.name):
            raise InvalidSql(f"sql: {part.name[:50]!r} is no number")
        case exp.Var() if not part.name.isidentifier():
            raise InvalidSql(f"sql: {part.name[:50]!r} cannot be used here")
        case exp.DataType() if not isinstance(part.parent, exp.DataType):
            _check_type(part)
        case exp.In() if not part.args.get("query") and not _listed(part.expressions):
            # The engine would take a lone name for a table.
            raise InvalidSql(
                "sql: expected a list of constants or a SELECT behind IN; has(array, value) tests an array"
            )


def _check_table(table: exp.Table, own_tables: dict[str, str]) -> None:
    if not isinstance(table.this, exp.Identifier) or (table.name not in VIEWS and table.name not in own_tables):
        known = ", ".join(VIEWS)
        raise InvalidSql(f"sql: there is no table {table.sql(dialect=_DIALECT)[:80]!r}; the tables are {known}")


def _check_type(kind: exp.DataType) -> None:
    text = kind.sql(dialect=_DIALECT)
    words = re.findall(r"[A-Za-z_]\w*", re.sub(r"'[^']*'", "", text))
    if not _TYPE.fullmatch(text) or not all(word.lower() in _TYPE_NAMES for word in words):
        raise InvalidSql(f"sql: cannot cast to {text[:80]}")


def _listed(items: list[Any]) -> bool:
    return bool(items) and not any(isinstance(item, (exp.Column, exp.Identifier, exp.Dot, exp.Paren)) for item in items)


def _with_shorthands(tree: exp.Query) -> exp.Query:
    """`text(value)` and `number(value)` read a property's JSON text."""

    def expanded(part: exp.Expr) -> exp.Expr:
        if isinstance(part, exp.Anonymous) and part.name in _SHORTHANDS and len(part.expressions) == 1:
            template = sqlglot.parse_one(_SHORTHANDS[part.name], read=_DIALECT)
            whole: exp.Expr = template.transform(lambda n: part.expressions[0].copy() if _is_place(n) else n)
            return whole
        return part

    found = tree.transform(expanded)
    assert isinstance(found, exp.Query)
    return found


_SHORTHANDS = {
    "text": """if(startsWith(x_, '"'), JSONExtractString(x_), if(x_ = 'null', '', x_))""",
    "number": "toFloat64OrNull(x_)",
}


def _is_place(part: exp.Expr) -> bool:
    return isinstance(part, exp.Column) and part.name == "x_"


def _put_views(tree: exp.Query, own_tables: dict[str, str], project: Project) -> dict[str, Sql]:
    """Put a token into the place of each view; token → subquery.

    The query's own tables (WITH) get names that nobody can guess: one that is used where it is not known is then no
    table at all, rather than a table of the engine.
    """
    keys = {column: set(_keys(tree, column)) for column in (NOW, AT_EVENT)}
    places: dict[str, Sql] = {}
    for cte in _own_tables(tree):
        cte.args["alias"].set("this", exp.to_identifier(own_tables[cte.alias]))
    for number, table in enumerate(list(tree.find_all(exp.Table))):
        token = own_tables.get(table.name, f"view_{number}_{secrets.token_hex(8)}")
        if table.name not in own_tables:
            places[token] = view(table.name, project, keys, f"v{number}_")
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
        table.set("this", exp.to_identifier(token))
    return places


def _own_tables(tree: exp.Query) -> list[exp.CTE]:
    """WITH name AS (SELECT …); the other form, WITH value AS name, names no table."""
    return [cte for cte in tree.find_all(exp.CTE) if isinstance(cte.this, exp.Query) and not cte.args.get("scalar")]


def _keys(tree: exp.Query, column: str) -> Iterator[str]:
    """The constant keys by which a map of a person's properties is read."""
    for found in tree.find_all(exp.Column):
        if found.name != column:
            continue
        around = found.parent
        if not isinstance(around, exp.Bracket) or len(around.expressions) != 1:
            raise InvalidSql(f"sql: {column} is read by key: {column}['plan']")
        [key] = around.expressions
        if not isinstance(key, exp.Literal) or not key.is_string:
            raise InvalidSql(f"sql: the key of {column} must be a constant text: {column}['plan']")
        yield key.name


def _bind_strings(tree: exp.Query) -> dict[str, Any]:
    """Strings leave the text: what they hold can then not be taken for SQL. Counts of intervals become numbers."""
    parameters: dict[str, Any] = {}
    for literal in list(tree.find_all(exp.Literal)):
        if not literal.is_string or isinstance(literal.parent, (exp.DataType, exp.DataTypeParam)):
            continue
        if isinstance(literal.parent, exp.Interval):
            if not literal.name.isdigit():
                raise InvalidSql("sql: expected an interval such as INTERVAL 7 DAY")
            literal.replace(exp.Literal.number(literal.name))
            continue
        name = f"user_{len(parameters)}"
        parameters[name] = literal.name
        literal.replace(exp.Placeholder(this=name, kind=exp.DataType.build("String", dialect=_DIALECT)))
    return parameters


def _check_calls(generated: str) -> None:
    """Every name before a parenthesis in the text that is sent is a function that may be called."""
    for name in _CALL.findall(generated):
        if name.upper() not in _KEYWORDS and name.lower() not in _TYPE_NAMES and not allowed(name):
            raise InvalidSql(f"sql: the function {name} cannot be used here; docs/sql.md lists those that can")
