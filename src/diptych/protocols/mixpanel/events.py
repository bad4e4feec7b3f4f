"""One sent event → one stored event, by Mixpanel's rules.

Sources: the ingestion OpenAPI document, "Import Events", "Event deduplication", the guides to identity.
"""

import hashlib
import re
from dataclasses import dataclass

import msgspec

from diptych.ingest.standard_names import country_code
from diptych.model import (
    EVENT_BYTES,
    Event,
    IdentityLink,
    IdentityMode,
    InvalidJSON,
    LinkKind,
    Project,
    size_of,
)
from diptych.model.clock import EARLIEST, storable
from diptych.model.jsontext import canonical_values, dump
from diptych.people.identity import PLACEHOLDER_IDS, device_actor, read_ids
from diptych.protocols.mixpanel.builtins import CANONICAL
from diptych.protocols.mixpanel.records import Rejected, SentEvent, printable

PROTOCOL = "mixpanel"
IDENTITY_EVENTS = frozenset({"$identify", "$create_alias", "$merge"})
_HOUR = 3_600_000
_DAY = 24 * _HOUR
_MILLISECONDS_FROM = 1e11  # as seconds the year 5138, as milliseconds 1973
_INSERT_ID = re.compile(r"[A-Za-z0-9-]{1,36}")
_TIME_SHAPE = "'properties.time' is invalid: must be specified as seconds since epoch"
_SPECIAL = ("token", "time", "distinct_id", "$insert_id")
_TRUE = ('"', "true")


@dataclass(frozen=True)
class Rules:
    """What an endpoint demands of an event. `imported`: id, time and insert id must be there.

    `address` is that of the request, if events may be given it; empty: they may not.
    """

    imported: bool = False
    strict: bool = False
    address: str = ""


def build(sent: SentEvent, project: Project, received: int, rules: Rules) -> tuple[Event | None, list[IdentityLink]]:
    """The event to store (None for one that asks to be ignored) and the links that it makes.

    Raises Rejected.
    """
    try:
        texts = canonical_values(sent.properties)
    except InvalidJSON as error:
        raise Rejected("properties", f"'properties' is invalid: {error}") from None
    if size_of(texts) > EVENT_BYTES:
        raise Rejected("properties", "'properties' is invalid: an event must be smaller than 1 MB")
    if not sent.event:
        raise Rejected("event", "'event' is invalid: must not be missing or empty")
    special = {key: texts.pop(key) for key in _SPECIAL if key in texts}
    insert_id = text_of(special.get("$insert_id"))
    try:
        return _build(sent.event, texts, special, insert_id, project, received, rules)
    except Rejected as rejected:
        rejected.insert_id = insert_id
        raise


def _build(
    name: str,
    texts: dict[str, str],
    special: dict[str, str],
    insert_id: str,
    project: Project,
    received: int,
    rules: Rules,
) -> tuple[Event | None, list[IdentityLink]]:
    if texts.get("$ignore", "").startswith(_TRUE) and texts["$ignore"] != '""':
        return None, []
    client_time, time = _times(special.get("time"), received, rules, project.settings.live_window_days)
    _require_ids(special, texts, insert_id, project, rules)
    sent_id = text_of(special.get("distinct_id"))
    ids = read_ids(
        project.identity,
        distinct_id=sent_id,
        user_id=text_of(texts.get("$user_id")),
        device_id=text_of(texts.get("$device_id")),
    )
    special.pop("token", None)
    event = Event(
        project=project.id,
        name=name,
        time=time,
        received=received,
        client_time=client_time,
        distinct_id=ids.distinct_id,
        user_id=ids.user_id,
        device_id=ids.device_id,
        insert_id=insert_id,
        copy_key=dump([name, ids.distinct_id, time, insert_id]) if insert_id else None,
        properties=texts,
        context=_context(texts),
        envelope=special,
        control=name in IDENTITY_EVENTS,
        protocol=PROTOCOL,
        library=" ".join(filter(None, (text_of(texts.get("mp_lib")), text_of(texts.get("$lib_version"))))),
        sent_id="" if sent_id == ids.distinct_id else sent_id,
    )
    if rules.address:
        _use_address(event, rules.address, project)
    links = [
        IdentityLink(
            project=project.id, actor=actor, person=person, kind=kind, source=source, time=time, received=received
        )
        for actor, person, kind, source in (_said(event, texts) if event.control else _coupled(event, sent_id))
        if actor != person
    ]
    return event, links


def _times(text: str | None, received: int, rules: Rules, window_days: int) -> tuple[int | None, int]:
    """(time as sent, time as stored) in milliseconds. Sources disagree on the future: more than an hour
    ahead is refused, less becomes the time of receipt."""
    if text is None or text == "null":
        if rules.imported:
            raise Rejected("properties.time", "'properties.time' is invalid: must not be missing")
        return None, received
    try:
        value = float(text_of(text))
    except ValueError:
        raise Rejected("properties.time", _TIME_SHAPE) from None
    milliseconds = value if abs(value) >= _MILLISECONDS_FROM else value * 1000
    if not -1e15 < milliseconds < 1e15:
        raise Rejected("properties.time", _TIME_SHAPE)
    time = round(milliseconds)
    if time < EARLIEST or not storable(min(time, received)):
        raise Rejected("properties.time", "'properties.time' is invalid: must not be before 1971-01-01")
    if time > received + _HOUR:
        raise Rejected("properties.time", "'properties.time' is invalid: must not be in the future")
    if not rules.imported and window_days and time < received - window_days * _DAY:
        message = f"'properties.time' is invalid: must be within the last {window_days} days, or go to /import"
        raise Rejected("properties.time", message)
    return time, min(time, received)


def _context(texts: dict[str, str]) -> dict[str, str]:
    found = {CANONICAL[key]: text for key, text in texts.items() if key in CANONICAL and text != "null"}
    if found.get("country", "").startswith('"'):
        found["country"] = dump(country_code(text_of(found["country"])))
    if found.get("ip", "") in ("0", '"0"'):  # no address, and the request's must not be used either
        del found["ip"]
    return found


def _use_address(event: Event, address: str, project: Project) -> None:
    """Let an event without an address have that of the request, and one without an id an id made of it."""
    if event.properties.get("ip", "null") == "null":
        event.context["ip"] = dump(address)
    if not event.distinct_id and not event.user_id and not event.device_id:
        digest = hashlib.blake2b(f"{project.token} {address}".encode(), digest_size=16).hexdigest()
        ids = read_ids(project.identity, device_id=digest)
        event.distinct_id, event.device_id = ids.distinct_id, ids.device_id


def _require_ids(
    special: dict[str, str], texts: dict[str, str], insert_id: str, project: Project, rules: Rules
) -> None:
    """What /import demands, in strict mode to the letter."""
    if not rules.imported:
        return
    has_other = project.identity is not IdentityMode.ORIGINAL and ("$user_id" in texts or "$device_id" in texts)
    if "distinct_id" not in special and not has_other:
        raise Rejected("properties.distinct_id", "'properties.distinct_id' is invalid: must not be missing")
    if not rules.strict:
        return
    if not insert_id:
        raise Rejected("properties.$insert_id", "'properties.$insert_id' is invalid: must not be missing")
    if not _INSERT_ID.fullmatch(insert_id) or insert_id.lower() in PLACEHOLDER_IDS:
        message = "'properties.$insert_id' is invalid: must be 1 to 36 letters, digits or dashes"
        raise Rejected("properties.$insert_id", message)
    distinct_id = special.get("distinct_id", '""')
    if distinct_id[:1] in "[{tfn" or (distinct_id[:1] == '"' and text_of(distinct_id).lower() in PLACEHOLDER_IDS):
        raise Rejected("properties.distinct_id", "'properties.distinct_id' is invalid: must be an id of a user")


Said = tuple[str, str, LinkKind, str]


def _coupled(event: Event, sent_id: str) -> list[Said]:
    """(actor, person, kind, source) that an event states which was sent by a device and a user."""
    if not event.user_id or not event.device_id:
        return []
    kind = LinkKind.TOGETHER if sent_id else LinkKind.STATED
    return [(device_actor(event.device_id), event.user_id, kind, "device and user on one event")]


def _said(event: Event, texts: dict[str, str]) -> list[Said]:
    """The same of an identity event. Stored in every mode; the mode says what follows."""
    sent_id = text_of(event.envelope.get("distinct_id"))
    match event.name:
        case "$identify":
            person = text_of(texts.get("$identified_id")) or sent_id
            actor = text_of(texts.get("$anon_id")) or text_of(texts.get("$anon_distinct_id"))
            kind = LinkKind.IDENTIFIED
        case "$create_alias":
            actor, person, kind = text_of(texts.get("alias")), sent_id, LinkKind.RENAMED
        case _:
            person, actor = _both(texts.get("$distinct_ids", "[]"))
            kind = LinkKind.MERGED
    return [(actor, person, kind, event.name)] if actor and person else []


def _both(text: str) -> tuple[str, str]:
    try:
        return msgspec.json.decode(text, type=tuple[str, str])
    except msgspec.DecodeError:
        return "", ""


def text_of(text: str | None) -> str:
    """A string's value; a number's digits; empty for everything that is no id."""
    if text is None or text[:1] in ("[", "{", "n", "t", "f"):
        return ""
    if not text.startswith('"'):
        return text
    return printable(text) if "\\" in text else text[1:-1]
