"""An expression's tree as a formula of the query engine, with what Mixpanel says of undefined values and of types.

The engine's formulas do not tell null from undefined, but for `type`; equality here does.
"""

from diptych.protocols.mixpanel.grammar import Call, ExpressionError, Literal, Node, Selector, Undefined
from diptych.protocols.mixpanel.selectors import Context, Kind, is_time, kind_of, property_of_selector
from diptych.query import parts
from diptych.query.parts import Expression, Field, Function, Property, PropertyValue, Scalar, Scope

_MOST_ARGUMENTS = 20
_TRUE, _FALSE, _NOTHING = parts.Literal(True), parts.Literal(False), parts.Literal(None)
_ORDERINGS = {
    "<": Function.LESS,
    "<=": Function.LESS_OR_EQUAL,
    ">": Function.GREATER,
    ">=": Function.GREATER_OR_EQUAL,
}
_PLAIN = {
    "-": Function.SUBTRACT,
    "*": Function.MULTIPLY,
    "/": Function.DIVIDE,
    "%": Function.MODULO,
    "floor": Function.FLOOR,
    "round": Function.ROUND,
    "ceil": Function.CEIL,
    "number": Function.NUMBER,
    "string": Function.STRING,
    "boolean": Function.BOOLEAN,
    "defined": Function.DEFINED,
    "datetime": Function.INSTANT,
}


def call(function: Function, *arguments: Expression) -> parts.Call:
    """A call of a function of the query engine."""
    return parts.Call(function, arguments)


def formula(node: Node, context: Context) -> Expression:
    """The formula of an expression. Raises ExpressionError."""
    match node:
        case Literal(list()):
            raise ExpressionError("a list can only stand behind in")
        case Literal(Undefined()):
            return _NOTHING
        case Literal(value):
            return parts.Literal(_scalar(value))
        case Selector():
            return _selected(node, context)
        case Call("NOW"):
            return parts.Literal(context.now // 1000)
        case Call("and" | "or", operands):
            function = Function.AND if node.name == "and" else Function.OR
            return call(function, *(_truth(operand, node, context) for operand in operands))
        case Call("not", (operand,)):
            return _negation(operand, context)
        case Call("==", (left, right)):
            return _equal(left, right, context)
        case Call("!=", (left, right)):
            return call(Function.NOT, _equal(left, right, context))
        case Call("in", (left, right)):
            return _member(left, right, context)
        case Call("+"):
            return _added(node, context)
        case Call("-", (operand,)):
            return call(Function.NEGATE, formula(operand, context))
        case Call("list", (operand,)):
            return formula(operand, context)
        case Call("has_prefix" | "has_suffix", operands):
            function = Function.STARTS_WITH if node.name == "has_prefix" else Function.ENDS_WITH
            return call(function, *(call(Function.LOWER, formula(operand, context)) for operand in operands))
        case Call(name, (left, right)) if name in _ORDERINGS:
            return call(_ORDERINGS[name], *_alike(left, right, context))
        case Call(name, operands):
            return call(_PLAIN[name], *(formula(operand, context) for operand in operands))


def require_truth(node: Node, of: str, context: Context) -> None:
    """Raises ExpressionError for what is never true or false, where that is an error."""
    if kind_of(node, context) not in (Kind.TRUTH, Kind.ANY, Kind.NOTHING):
        raise ExpressionError(f"{of}: expected something that is true or false")


def constant(node: Node, context: Context) -> int | float | None:
    """The number that a part without properties is; None for anything else."""
    match node:
        case Literal(bool()):
            return None
        case Literal(int() | float() as value):
            return value
        case Call("NOW"):
            return context.now // 1000
        case Call("+" | "-" | "*" as sign, (left, right)):
            a, b = constant(left, context), constant(right, context)
            if a is None or b is None:
                return None
            return a + b if sign == "+" else a - b if sign == "-" else a * b
    return None


def _scalar(value: object) -> Scalar:
    assert value is None or isinstance(value, (str, int, float))
    return value


def _selected(selector: Selector, context: Context) -> Expression:
    value = PropertyValue(property_of_selector(selector, context))
    if not is_time(selector, context):
        return value
    return call(Function.FLOOR, call(Function.DIVIDE, value, parts.Literal(1000)))


def _truth(operand: Node, of: Call, context: Context) -> Expression:
    require_truth(operand, f"{of.name} at position {of.place}", context)
    return formula(operand, context)


def _negation(operand: Node, context: Context) -> Expression:
    """Undefined becomes true; what is neither that nor true or false becomes undefined."""
    inner = formula(operand, context)
    if kind_of(operand, context) is Kind.TRUTH:
        return call(Function.NOT, inner)
    boolean = call(Function.EQUAL, call(Function.TYPE, inner), parts.Literal("boolean"))
    fits = call(Function.OR, boolean, undefined(operand, context))
    return call(Function.IF, fits, call(Function.NOT, inner), _NOTHING)


def _alike(left: Node, right: Node, context: Context) -> list[Expression]:
    """The two sides of a comparison; where one is a date, the other is read as one."""
    sides = (left, right)
    dated = any(kind_of(side, context) is Kind.DATE for side in sides)
    return [_instant(side, context) if dated else formula(side, context) for side in sides]


def _instant(node: Node, context: Context) -> Expression:
    if isinstance(node, Selector) and is_time(node, context):
        return call(Function.INSTANT, PropertyValue(Property(Field.TIME, Scope.FIELD)))
    inner = formula(node, context)
    return inner if kind_of(node, context) is Kind.DATE else call(Function.INSTANT, inner)


def _equal(left: Node, right: Node, context: Context) -> Expression:
    found: list[Expression] = [call(Function.EQUAL, *_alike(left, right, context))]
    if Kind.DATE in (kind_of(left, context), kind_of(right, context)):
        return found[0]
    if _may_be_null(left, context) and _may_be_null(right, context):
        found.append(call(Function.AND, null(left, context), null(right, context)))
    if _may_be_undefined(left) and _may_be_undefined(right):
        found.append(call(Function.AND, undefined(left, context), undefined(right, context)))
    return found[0] if len(found) == 1 else call(Function.OR, *found)


def _may_be_null(node: Node, context: Context) -> bool:
    match node:
        case Literal(value):
            return value is None
        case Selector():
            return kind_of(node, context) is Kind.ANY
        case Call("string" | "list", (operand,)):
            return _may_be_null(operand, context)
    return False


def _may_be_undefined(node: Node) -> bool:
    match node:
        case Literal(value):
            return isinstance(value, Undefined)
        case Call(name):
            return name not in ("==", "!=", "and", "or", "defined", "NOW")
    return True


def null(node: Node, context: Context) -> Expression:
    """Whether it is null: the formula of a test."""
    match node:
        case Call("string" | "list", (operand,)):
            return null(operand, context)
        case Selector() if kind_of(node, context) is Kind.ANY:
            return call(Function.EQUAL, call(Function.TYPE, formula(node, context)), parts.Literal("null"))
        case Literal(None):
            return _TRUE
    return _FALSE


def undefined(node: Node, context: Context) -> Expression:
    """Whether it is undefined: the formula of a test."""
    match node:
        case Call("string" | "list", (operand,)):
            return undefined(operand, context)
        case Selector() if kind_of(node, context) is Kind.ANY:
            return call(Function.EQUAL, call(Function.TYPE, formula(node, context)), parts.Literal("undefined"))
        case Literal(value):
            return _TRUE if isinstance(value, Undefined) else _FALSE
    return call(Function.NOT, call(Function.DEFINED, formula(node, context)))


def _added(node: Call, context: Context) -> Expression:
    """Numbers are added, strings joined, anything else is undefined; a chain is taken as a whole."""
    summands = [formula(summand, context) for summand in _summands(node)]
    added = call(Function.ADD, *summands)
    kind = kind_of(node, context)
    if kind is Kind.NUMBER:
        return added
    texts = [call(Function.EQUAL, call(Function.TYPE, one), parts.Literal("string")) for one in summands]
    joined = call(Function.IF, call(Function.AND, *texts), call(Function.CONCAT, *summands), _NOTHING)
    return joined if kind is Kind.TEXT else call(Function.COALESCE, added, joined)


def _summands(node: Node) -> list[Node]:
    if isinstance(node, Call) and node.name == "+":
        left, right = node.operands
        found = [*_summands(left), right]
        if len(found) > _MOST_ARGUMENTS:
            raise ExpressionError(f"+ at position {node.place}: at most {_MOST_ARGUMENTS} summands")
        return found
    return [node]


def _member(left: Node, right: Node, context: Context) -> Expression:
    if isinstance(right, Literal) and isinstance(right.value, list):
        return _any_of([_equal(left, Literal(value), context) for value in right.value])
    one, many = formula(left, context), formula(right, context)
    listed = call(Function.HAS_ITEM, many, one)
    if isinstance(right, Call) and right.name == "list":
        return call(Function.IF, call(Function.NOT, undefined(right, context)), listed, _NOTHING)
    kind = call(Function.TYPE, many)
    texts = call(
        Function.AND,
        call(Function.EQUAL, kind, parts.Literal("string")),
        call(Function.EQUAL, call(Function.TYPE, one), parts.Literal("string")),
    )
    in_list = call(Function.IF, call(Function.EQUAL, kind, parts.Literal("list")), listed, _NOTHING)
    return call(Function.IF, texts, call(Function.CONTAINS, many, one), in_list)


def _any_of(tests: list[Expression]) -> Expression:
    """One of many, with as many levels as the engine's functions need."""
    if not tests:
        return _FALSE
    while len(tests) > 1:
        groups = [tests[start : start + _MOST_ARGUMENTS] for start in range(0, len(tests), _MOST_ARGUMENTS)]
        tests = [call(Function.OR, *group) for group in groups]
    return tests[0]
