"""What users' SQL may be, and what it becomes."""

import re

import pytest
from hypothesis import given, settings, strategies as st

from diptych.model import Project
from diptych.query.usersql.functions import NAMES, allowed
from diptych.query.usersql.rebuild import InvalidSql, rebuild
from diptych.query.usersql.views import VIEWS

PROJECT = Project(id=7, name="p", token="t")

# Each tries to read, write, wait or learn what is not the project's.
ESCAPES = {
    "a file": "SELECT * FROM file('/etc/passwd')",
    "a file in quotes": """SELECT * FROM "file"('/etc/passwd')""",
    "a file by function": "SELECT file('x')",
    "a url": "SELECT * FROM (SELECT * FROM url('http://localhost', CSV))",
    "another server": "SELECT * FROM remote('localhost', system.users)",
    "a program": "SELECT * FROM executable('id', TSV, 'x String')",
    "all tables": "SELECT * FROM merge('.*')",
    "a view function": "SELECT * FROM view(SELECT 1)",
    "a table of ours": "SELECT * FROM profiles",
    "a table of ours, qualified": "SELECT * FROM diptych.events",
    "a system table": "SELECT * FROM system.tables",
    "a table in IN": "SELECT 1 IN profiles",
    "a qualified table in IN": "SELECT 'x' IN system.users",
    "a table in IN, in parentheses": "SELECT 1 IN (profiles)",
    "a table in IN, in two parentheses": "SELECT 1 IN ((profiles))",
    "a table in NOT IN": "SELECT 1 NOT IN profiles",
    "a table in the function in": "SELECT in(1, profiles)",
    "a table in globalIn": "SELECT globalIn(1, profiles)",
    "a join table": "SELECT joinGet('person_overrides', 'person', 1)",
    "a dictionary": "SELECT dictGet('d', 'x', 1)",
    "a table with a comma": "SELECT * FROM events, numbers(10)",
    "an own table's name elsewhere": "SELECT * FROM (WITH profiles AS (SELECT 1) SELECT 1) AS a, profiles",
    "INTO OUTFILE": "SELECT * FROM events INTO OUTFILE '/tmp/x'",
    "FORMAT": "SELECT 1 FORMAT Null",
    "SETTINGS": "SELECT * FROM events SETTINGS max_memory_usage = 0",
    "SETTINGS inside": "SELECT * FROM (SELECT 1 SETTINGS readonly = 0)",
    "a setting": "SELECT getSetting('max_memory_usage')",
    "INSERT": "INSERT INTO events SELECT 1",
    "DROP": "DROP TABLE events",
    "SET": "SET readonly = 0",
    "SYSTEM": "SYSTEM SHUTDOWN",
    "EXPLAIN": "EXPLAIN SELECT 1",
    "two statements": "SELECT 1; DROP TABLE events",
    "sleep": "SELECT sleep(3)",
    "sleep in quotes": 'SELECT "sleep"(3)',
    "sleep in backticks": "SELECT `sleep`(3)",
    "sleep behind a comment": "SELECT sleep/**/(3)",
    "sleep as a method": "SELECT (3).sleep()",
    "sleep in a replaced column": "SELECT * REPLACE (sleep(3) AS name) FROM events",
    "sleep applied": "SELECT * APPLY(sleep) FROM events",
    "sleep in WITH": "WITH sleep(3) AS x SELECT x",
    "sleep in a lambda": "SELECT arrayMap(x -> sleepEachRow(x), [1])",
    "the server's name": "SELECT hostName(), version(), currentUser(), currentDatabase()",
    "a function named in text": "SELECT arrayReduce('sleep', [1])",
    "an aggregate named in text": "SELECT initializeAggregation('x', 1)",
    "a parameter": "SELECT {x:Identifier}",
    "a positional parameter": "SELECT ?",
    "a variable": "SELECT @@version",
    "unmerged rows": "SELECT * FROM events FINAL",
    "a quote in a name": 'SELECT 1 AS "a""b"',
    "a backtick in a name": r"SELECT 1 AS `a\`b`",
    "a parenthesis in a name": 'SELECT 1 AS "a(b"',
    "an enum": "SELECT CAST(1 AS Enum8('a' = 1))",
    "an aggregate's state": "SELECT CAST('x' AS AggregateFunction(sum, UInt64))",
    "a heredoc": "SELECT $$a$$",
    "nothing": "",
    "no SQL": "what is the plan",
    "nesting": "SELECT " + "(" * 3000 + "1" + ")" * 3000,
}


@pytest.mark.parametrize("text", ESCAPES.values(), ids=ESCAPES.keys())
def test_an_escape_is_refused_or_has_no_table_to_read(text: str) -> None:
    try:
        statement = rebuild(text, PROJECT)
    except InvalidSql as error:
        assert str(error).startswith("sql: ")
        return
    # What is left reads a name that nobody can have given to a table.
    assert re.search(r"JOIN own_[0-9a-f]{16} AS profiles", statement.text)


@pytest.mark.parametrize("cte", ["profiles", "events", "identity_links"])
def test_an_own_table_never_falls_back_to_one_of_ours(cte: str) -> None:
    text = rebuild(f"WITH {cte} AS (SELECT * FROM {cte}) SELECT * FROM {cte}", PROJECT).text
    assert re.findall(r"FROM (\w+)", text) == re.findall(r"(own_[0-9a-f]{16}) AS [^(]", text)
    assert len(set(re.findall(r"own_[0-9a-f]{16}", text))) == 1


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_of_the_project_alone(view: str) -> None:
    statement = rebuild(f"SELECT * FROM {view}", PROJECT)
    [name] = set(re.findall(r"WHERE project = \{(\w+):UInt32\}", statement.text))
    assert statement.parameters[name] == 7


def test_strings_are_bound() -> None:
    statement = rebuild(r"SELECT count() FROM events WHERE name = 'it\'s; DROP' AND protocol IN ('a', 'b')", PROJECT)
    assert {"it's; DROP", "a", "b"} <= set(statement.parameters.values())
    assert "DROP" not in statement.text


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30))
def test_no_string_becomes_sql(text: str) -> None:
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    try:
        statement = rebuild(f"SELECT 'before', '{quoted}', 'after'", PROJECT)
    except InvalidSql:
        return
    assert re.fullmatch(r"SELECT \{user_0: String\}, \{user_1: String\}, \{user_2: String\}", statement.text)
    assert {"before", "after"} <= set(statement.parameters.values())


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([
    "SELECT", "FROM", "WHERE", "events", "profiles", "system.tables", "(", ")", ",", "1", "'x'", "IN", "AS", "a",
    "WITH", "sleep", "file", "count", "JOIN", "ON", "=", "UNION ALL", "*", "[", "]", "->", ".", "`profiles`", "LIMIT",
]), max_size=14).map(" ".join))  # fmt: skip
def test_whatever_passes_reads_views_only(text: str) -> None:
    try:
        statement = rebuild("SELECT " + text, PROJECT).text
    except InvalidSql:
        return
    assert not re.search(r"\b(sleep|file)\W*\(", statement)
    assert not re.search(
        r"(FROM|JOIN|IN|,)\s*[`\"(]*(profiles|system\.\w+)\b(?! FINAL)", statement.split("SELECT", 1)[1]
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("SELECT * FROM purchases", "the tables are events, people"),
        ("SELECT frobnicate(1)", "the function frobnicate cannot be used"),
        ("DELETE FROM events", "expected a SELECT"),
        ("SELECT user_now FROM events", "user_now is read by key"),
        ("SELECT user_now[name] FROM events", "must be a constant text"),
        ("SELECT FROM WHERE", "sql: "),
    ],
)
def test_a_refusal_says_what_would_be_right(text: str, problem: str) -> None:
    with pytest.raises(InvalidSql, match=re.escape(problem)):
        rebuild(text, PROJECT)


@pytest.mark.parametrize("name", ["count", "countIf", "uniqExactIf", "sumIfMerge", "COUNT", "coalesce", "Coalesce"])
def test_a_function_may_be_combined(name: str) -> None:
    assert allowed(name)


@pytest.mark.parametrize("name", ["sleepIf", "joinGetIf", "StateIf", "", "todate", "throwIf", "fileIf"])
def test_what_is_not_listed_may_not(name: str) -> None:
    assert not allowed(name)


def test_only_functions_that_compute_are_listed() -> None:
    assert not [name for name in NAMES if re.search(r"dict|join(Get|$)|file|url$|sleep|[sS]etting|host|remote", name)]
