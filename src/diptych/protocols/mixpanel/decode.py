"""Every body form that Mixpanel's clients send, as JSON text and flags.

The content decides, not the Content-Type: Sheets posts JSON as a form, browsers post base64, Node leaves the
base64's plus signs unescaped. Source: recordings of the released SDKs.
"""

import base64
import binascii
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from litestar import Request

from diptych.protocols import bodies

BODY_LIMIT = 64 << 20
_URL_SAFE = bytes.maketrans(b" -_", b"++/")


class Undecodable(ValueError):
    """The body has no records; the message says what was expected."""


class Sent(NamedTuple):
    """What a request carries.

    data    JSON text of one record or a list of records (or lines of records); empty when there is none
    fields  flags and parameters, from the query string and the form; the form wins
    """

    data: bytes
    fields: dict[str, str]


async def read(request: Request[Any, Any, Any]) -> Sent:
    """The records and flags of a request. Raises Undecodable, bodies.TooLarge and bodies.BadEncoding."""
    fields = query_fields(request)
    body = await bodies.read(request, BODY_LIMIT)
    start = body.lstrip(b" \t\r\n\xef\xbb\xbf")[:1]
    if start in (b"[", b"{"):
        return Sent(body.lstrip(b"\xef\xbb\xbf"), fields)
    if body:
        fields |= form_fields(body)
    return Sent(unpack(fields.pop("data", "")), fields)


def query_fields(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Parameters of the query string; the last of several equal names wins."""
    return form_fields(request.scope["query_string"])


def form_fields(text: bytes) -> dict[str, str]:
    """Fields of a form body or a query string."""
    pairs = parse_qsl(text.decode("utf-8", "surrogateescape"), keep_blank_values=True, errors="surrogateescape")
    return dict(pairs)


def unpack(data: str) -> bytes:
    """The JSON text of a `data` field: as it is, or base64 of it in any of the forms that are seen."""
    text = data.strip().encode("utf-8", "surrogateescape")
    if not text or text[:1] in b"[{":
        return text
    packed = text.translate(_URL_SAFE).rstrip(b"=")
    try:
        plain = base64.b64decode(packed + b"=" * (-len(packed) % 4), validate=True)
    except binascii.Error:
        raise Undecodable("data: expected JSON, or base64 of JSON") from None
    return join_surrogates(plain)


def join_surrogates(text: bytes) -> bytes:
    """UTF-8, also from text in which each half of a surrogate pair was encoded by itself (CESU-8).

    The browser SDK's own base64 encoder writes characters beyond the basic plane like that.
    """
    try:
        text.decode()
        return text
    except UnicodeDecodeError:
        pass
    try:
        units = text.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
        return units.decode("utf-16-le", "replace").encode()
    except UnicodeDecodeError:
        return text
