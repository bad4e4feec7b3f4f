"""`/openapi.json`: what our own API takes and answers, from the types that the handlers use.

A handler's `opt` has an `example` of what it takes.
"""

import inspect
import typing
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.response import Response

from diptych import __version__
from diptych.query.questions.examples import EXAMPLES

_REF = "#/components/schemas/{name}"
_ANY: dict[str, Any] = {"*/*": {"schema": {}}}
_ERRORS = {
    "400": "The request is wrong; the error names the field.",
    "401": "No credential, or a wrong one.",
    "403": "The role does not allow it.",
    "404": "There is no such thing, or not for the one who asks.",
    "503": "The engine does not answer now.",
}


def document(prefix: str, handlers: Sequence[HTTPRouteHandler]) -> dict[str, Any]:
    """The OpenAPI document of handlers whose data and answers are msgspec structs."""
    hints = {handler: typing.get_type_hints(handler.fn) for handler in handlers}
    types = [kind for hint in hints.values() for name, kind in hint.items() if name in ("data", "return")]
    types = [kind for kind in types if not _is_response(kind)]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    schema_of = dict(zip(map(id, types), schemas, strict=True))
    paths: dict[str, Any] = {}
    for handler, hint in hints.items():
        for path in sorted(handler.paths):
            method = next(iter(handler.http_methods)).lower()
            shown = (prefix + path).replace(":int}", "}").replace(":str}", "}")
            paths.setdefault(shown, {})[method] = _operation(handler, hint, schema_of, shown)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Diptych", "version": __version__},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}}},
        "security": [{"basic": []}],
    }


def _operation(handler: HTTPRouteHandler, hint: dict[str, Any], schema_of: dict[int, Any], path: str) -> dict[str, Any]:
    content = _ANY if _is_response(hint["return"]) else _json(schema_of[id(hint["return"])])
    answer = {"description": "Answered.", "content": content}
    operation: dict[str, Any] = {
        "operationId": _name(handler, path),
        "summary": inspect.getdoc(handler.fn),
        "parameters": list(_parameters(handler, path)),
        "responses": {"200": answer} | {code: {"description": text} for code, text in _ERRORS.items()},
    }
    if "data" in hint:
        body = _json(schema_of[id(hint["data"])])
        body["application/json"] |= _examples(hint["data"])
        if example := handler.opt.get("example"):
            body["application/json"]["example"] = example
        operation["requestBody"] = {"required": True, "content": body}
    return operation


def _is_response(kind: Any) -> bool:
    """Whether a handler answers in several forms, or in lines; its summary says which."""
    return isinstance(typing.get_origin(kind) or kind, type) and issubclass(typing.get_origin(kind) or kind, Response)


def _examples(kind: type) -> dict[str, Any]:
    """Questions of every type, for bodies that have one."""
    if "question" not in getattr(kind, "__struct_fields__", ()):
        return {}
    return {"examples": {name: {"value": {"project_id": 1, "question": one}} for name, one in EXAMPLES.items()}}


def _name(handler: HTTPRouteHandler, path: str) -> str:
    """Unique also where one handler serves several paths."""
    name: str = handler.fn.__name__
    kind = path.removeprefix("/api/v1/").partition("/")[0]
    return f"{name}_{kind}" if len(handler.paths) > 1 else name


def _parameters(handler: HTTPRouteHandler, path: str) -> typing.Iterator[dict[str, Any]]:
    for name, parameter in inspect.signature(handler.fn).parameters.items():
        if name in ("request", "services", "data"):
            continue
        kind, query = _described(parameter.annotation)
        inside = "path" if f"{{{name}}}" in path else "query"
        required = parameter.default is inspect.Parameter.empty
        yield {"name": query or name, "in": inside, "required": required, "schema": msgspec.json.schema(kind)}


def _described(annotation: Any) -> tuple[Any, str | None]:
    """The plain type behind an annotation, and the parameter's name on the wire when it differs."""
    if typing.get_origin(annotation) is typing.Annotated:
        kind, *extra = typing.get_args(annotation)
        return kind, next((getattr(item, "query", None) for item in extra), None)
    return annotation, None


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
