"""What Mixpanel's published OpenAPI documents say about its answers, in a form of our own.

A shape is the name of a type of JSON; a set of the texts that are allowed; `[shape]`, a list of such values; or an
object, a dict of its keys to their shapes. A key with `?` at its end may be missing. `*` is the shape of all other
keys; without it there must be none. `any` allows everything.

Where a document names no key as required, those of the outermost object are taken as required. Where it is wrong about
Mixpanel itself, the comment says so.
"""

from typing import Any, TypeAlias

Shape: TypeAlias = "str | set[str] | list[Shape] | dict[str, Shape]"

_OTHERS: dict[str, Shape] = {"*": "any"}
_OBJECT: Shape = _OTHERS
_VALUES: Shape = {"data": {"series?": ["string"], "values?": _OBJECT, **_OTHERS}, "legend_size": "integer", **_OTHERS}


def _values(shape: Shape) -> Shape:
    """Series of which each has values of the shape."""
    data: Shape = {"series?": ["string"], "values?": {"*": {"*": shape}}, **_OTHERS}
    return {"data": data, "legend_size": "integer", **_OTHERS}


_STEP: Shape = {
    "count?": "integer", "goal?": "string", "step_conv_ratio?": "number", "overall_conv_ratio?": "number",
    "avg_time?": "integer", "avg_time_from_start?": "integer", "event?": "string", "step_label?": "string",
    "custom_event?": "boolean", "custom_event_id?": "integer", **_OTHERS,
}  # fmt: skip
_ANALYSIS: Shape = {
    "completion?": "integer", "starting_amount?": "integer", "steps?": "integer", "worst?": "integer", **_OTHERS,
}  # fmt: skip
_COHORT: Shape = {
    "id?": "integer", "name?": "string", "description?": "string", "count?": "integer", "is_visible?": "integer",
    "created?": "string", "project_id?": "integer", **_OTHERS,
}  # fmt: skip

# Answers of the query API by path.
QUERIES: dict[str, Shape] = {
    "insights": {
        "computed_at": "string",
        "date_range": {"from_date?": "string", "to_date?": "string", **_OTHERS},
        "headers": ["string"],
        "series": _OBJECT,
        **_OTHERS,
    },
    "funnels": {
        "meta": {"dates?": ["string"], **_OTHERS},
        "data": {"*": {"steps?": [_STEP], "analysis?": _ANALYSIS, **_OTHERS}},
        **_OTHERS,
    },
    "funnels/list": [{"funnel_id?": "integer", "name?": "string", **_OTHERS}],
    "retention": {"*": {"counts?": ["integer"], "first?": "integer", **_OTHERS}},
    "retention/addiction": {"data": {"*": ["integer"]}, **_OTHERS},
    "segmentation": _VALUES,
    "segmentation/numeric": _values("integer"),
    # The document has whole numbers, which sums of prices are not.
    "segmentation/sum": {"status": "string", "computed_at": "string", "results": {"*": "number"}, **_OTHERS},
    "segmentation/average": {"status": "string", "results": {"*": "number"}, **_OTHERS},
    "stream/query": {
        "status": "string",
        "results": {"events?": [{"event?": "string", "properties?": _OBJECT, **_OTHERS}], **_OTHERS},
        **_OTHERS,
    },
    "cohorts/list": [_COHORT],
    "engage": {
        "page": "integer",
        "page_size": "integer",
        "session_id": "string",
        "status": "string",
        "total": "integer",
        # The document has a whole number as the id, which ids are not.
        "results": [{"$distinct_id?": "string", "$properties?": _OBJECT, **_OTHERS}],
        **_OTHERS,
    },
    "events": _values("any"),
    "events/top": {
        "events": [{"amount?": "integer", "event?": "string", "percent_change?": "number", **_OTHERS}],
        "type": "string",
        **_OTHERS,
    },
    "events/names": ["string"],
    "events/properties": _VALUES,
    "events/properties/top": {"*": {"count?": "integer", **_OTHERS}},
    "events/properties/values": ["string"],
}

_OK: Shape = {"ok"}
_TYPES: Shape = {"array", "boolean", "integer", "null", "number", "object", "string"}
_OF_PROPERTY: Shape = {"displayName?": "string", "hidden?": "boolean", "dropped?": "boolean"}
_PROPERTY: Shape = {
    "type": _TYPES, "description?": "string", "metadata?": {"com.mixpanel?": _OF_PROPERTY, **_OTHERS},
}  # fmt: skip
_METADATA: Shape = {
    "com.mixpanel?": {
        "$source?": "string", "displayName?": "string", "tags?": ["string"], "hidden?": "boolean",
        "dropped?": "boolean", "contacts?": ["string"], "teamContacts?": ["string"],
    },
    **_OTHERS,
}  # fmt: skip
_ENTRY: Shape = {
    "entityType": {"event", "profile"},
    "name": "string",
    "schemaJson": {
        "description?": "string", "properties?": {"*": _PROPERTY}, "metadata?": _METADATA, **_OTHERS,
    },
}  # fmt: skip
_SCHEMAS: Shape = {"results": [_ENTRY], "status": _OK, **_OTHERS}
_DELETED: Shape = {"results": {"delete_count?": "integer", **_OTHERS}, "status": _OK, **_OTHERS}
_NOTE: Shape = {
    "id?": "number",
    "date?": "string",
    "description?": "string",
    "user?": {"id?": "number", "first_name?": "string", "last_name?": "string", **_OTHERS},
    "tags?": [{"id?": "number", "name?": "string", **_OTHERS}],
    # Not in the document, but clients need it.
    "project_id?": "number",
}
_ACCOUNT: dict[str, Shape] = {
    "id": "integer", "username": "string", "last_used": "string", "expires": "string", "creator": "integer",
    "created": "string", "user": "integer",
}  # fmt: skip
_IN_LIST: dict[str, Shape] = {f"{name}?": shape for name, shape in _ACCOUNT.items()}

# Answers of the app API by method and path.
APP: dict[str, Shape] = {
    "get PROJECT/schemas": _SCHEMAS,
    "post PROJECT/schemas": {
        "results": {"added?": "integer", "deleted?": "integer", **_OTHERS}, "status": _OK, **_OTHERS,
    },
    "delete PROJECT/schemas": _DELETED,
    "get PROJECT/schemas/KIND": _SCHEMAS,
    "get PROJECT/schemas/KIND/NAME": {
        "description": "string", "properties": {"*": _PROPERTY}, "metadata": _METADATA, **_OTHERS,
    },
    "post PROJECT/schemas/KIND/NAME": {"status": _OK, **_OTHERS},
    "delete PROJECT/schemas/KIND/NAME": _DELETED,
    "get PROJECT/annotations": {"status": "string", "results": [_NOTE]},
    "post PROJECT/annotations": {"status": "string", "results": _NOTE},
    "get PROJECT/annotations/tags": [
        {"id?": "number", "name?": "string", "project_id?": "number", "has_annotations?": "boolean", **_OTHERS},
    ],
    "post PROJECT/annotations/tags": {
        "id": "number", "name": "string", "project_id": "number", "has_annotations": "boolean", **_OTHERS,
    },
    "get PROJECT/service-accounts": {
        "results": [{
            **_IN_LIST,
            "email?": "string",
            "hasSensitiveAccess?": "boolean",
            "role?": {"analyst", "admin", "consumer", "owner"},
            "role_order?": "integer",
            "target_type?": {"individual", "team", "organization"},
            **_OTHERS,
        }],
        "status": _OK,
        **_OTHERS,
    },
    "post ORGANIZATION/service-accounts": {
        "results": {**_IN_LIST, "token?": "string", **_OTHERS}, "status": _OK, **_OTHERS,
    },
    "get ORGANIZATION/service-accounts/ID": {**_ACCOUNT, **_OTHERS},
}  # fmt: skip

_TYPES_OF_PYTHON: dict[str, Any] = {
    "string": str, "boolean": bool, "number": int | float, "integer": int,
}  # fmt: skip


def faults(value: Any, shape: Shape, place: str = "") -> list[str]:
    """What of a value a shape does not allow."""
    if shape == "any":
        return []
    if isinstance(shape, str):
        numeric = shape in ("number", "integer")
        right = isinstance(value, _TYPES_OF_PYTHON[shape]) and not (numeric and isinstance(value, bool))
        return [] if right else [f"{place}: {value!r} is no {shape}"]
    if isinstance(shape, set):
        return [] if value in shape else [f"{place}: {value!r} is none of {sorted(shape)}"]
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{place}: {value!r} is no list"]
        return [fault for one in value for fault in faults(one, shape[0], f"{place}[]")]
    return _in_object(value, shape, place) if isinstance(value, dict) else [f"{place}: {value!r} is no object"]


def _in_object(value: dict[str, Any], shape: dict[str, Shape], place: str) -> list[str]:
    known = {key.removesuffix("?"): one for key, one in shape.items() if key != "*"}
    needed = [key for key in shape if key != "*" and not key.endswith("?")]
    found = [f"{place}: {key} is missing" for key in needed if key not in value]
    for key, one in value.items():
        inner = known.get(key, shape.get("*"))
        if inner is None:
            found.append(f"{place}: {key} is not known")
        else:
            found += faults(one, inner, f"{place}.{key}")
    return found
