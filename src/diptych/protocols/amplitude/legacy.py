"""Forms of the first API version and of old SDKs, brought into the shape of the V2 API.

Sources: Identify and Group Identify APIs, HTTP V1, the request code of the JavaScript SDK 8.
"""

from collections.abc import Callable
from urllib.parse import parse_qsl

import msgspec

from diptych.model import InvalidJSON, canonical_object
from diptych.model.jsontext import dump
from diptych.protocols.amplitude.ids import ADVERTISING_IDS
from diptych.protocols.amplitude.requests import BadRequest, Fields, Upload, read_list
from diptych.protocols.amplitude.texts import text_of

Form = dict[str, str]
Reader = Callable[[Form], Upload]


def fields(query: bytes, body: bytes) -> Form:
    """Fields of the query string and of a form body; the body's win."""
    return _parsed(query) | _parsed(body)


def events(form: Form) -> Upload:
    """HTTP V1: `event` is one event or a list."""
    return read_list(_needed(form, "event"), _needed(form, "api_key"))


def identify(form: Form) -> Upload:
    """Identify: user properties of one person or of several."""
    upload = read_list(_needed(form, "identification"), _needed(form, "api_key"))
    upload.min_id_length = 1
    for sent in upload.events:
        if sent is not None:
            sent["event_type"] = '"$identify"'
    return upload


def group_identify(form: Form) -> Upload:
    """Group identify: properties of one group or of several."""
    upload = read_list(_needed(form, "identification"), _needed(form, "api_key"))
    upload.events = [None if sent is None else _as_group_event(sent) for sent in upload.events]
    return upload


def attribution(form: Form) -> Upload:
    """Attribution: an event of somebody who is known by an advertising id only."""
    upload = read_list(_needed(form, "event"), _needed(form, "api_key"))
    for sent in upload.events:
        if sent is not None and not any(text_of(sent.get(field)) for field in ADVERTISING_IDS):
            raise BadRequest(f"missing_event: expected one of {', '.join(ADVERTISING_IDS)}")
    upload.attribution = True
    return upload


class Mapping(msgspec.Struct):
    """One entry of /usermap; `unmap` takes the user's mapping back."""

    user_id: str
    global_user_id: str = ""
    unmap: bool = False


def usermap(form: Form) -> tuple[str, list[Mapping]]:
    """Key and entries of a mapping of users. Raises BadRequest."""
    api_key, text = _needed(form, "api_key"), _needed(form, "mapping").strip()
    try:
        whole = text if text.startswith("[") else f"[{text}]"
        entries = msgspec.json.decode(whole.encode("utf-8", "surrogateescape"), type=list[Mapping])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"mapping: expected user_id with global_user_id or unmap: {error}") from None
    for entry in entries:
        if not entry.user_id or not (entry.unmap or entry.global_user_id):
            raise BadRequest("mapping: expected user_id with global_user_id or unmap")
    return api_key, entries


def old_sdk(form: Form) -> Upload:
    """`client`, `e`, `upload_time` of the old SDKs."""
    if "client" not in form and "e" not in form:
        raise BadRequest("Invalid request path")
    time = form.get("upload_time", "")
    upload = read_list(_needed(form, "e"), _needed(form, "client"), int(time) if time.isdigit() else None)
    upload.min_id_length = 1
    upload.events = [None if sent is None else _renamed(sent) for sent in upload.events]
    return upload


def _as_group_event(sent: Fields) -> Fields:
    group_type, value = sent.pop("group_type", "null"), sent.pop("group_value", "null")
    if group_type == "null" or value == "null":
        raise BadRequest("missing_event: expected group_type and group_value")
    groups = f"{{{dump(text_of(group_type))}:{value}}}"
    return sent | {"event_type": '"$groupidentify"', "groups": groups}


def _renamed(sent: Fields) -> Fields:
    for old, new in (("timestamp", "time"), ("uuid", "insert_id"), ("version_name", "app_version")):
        if old in sent and new not in sent:
            sent[new] = sent.pop(old)
    try:
        library = canonical_object(sent.get("library", "").encode())
        sent["library"] = dump("/".join(text_of(library.get(key)) for key in ("name", "version")))
    except InvalidJSON:
        pass  # a plain string, or none
    return sent


def _needed(form: Form, name: str) -> str:
    if not form.get(name):
        raise BadRequest(f"missing_event: expected the field {name}", name)
    return form[name]


def _parsed(text: bytes) -> Form:
    pairs = parse_qsl(text.decode("utf-8", "surrogateescape"), keep_blank_values=True, errors="surrogateescape")
    return dict(pairs)
