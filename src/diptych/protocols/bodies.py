"""Request bodies, bounded before and after decompression."""

import asyncio
import zlib
from typing import Any

from litestar import Request
from litestar.exceptions import HTTPException

_SECONDS = 300
_CHUNK = 1 << 20
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class TooLarge(Exception):
    """The body is larger than `limit` bytes, as sent or once decompressed."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the request body exceeds {limit} bytes")
        self.limit = limit


class BadEncoding(Exception):
    """The body is not what its Content-Encoding header says."""


async def read(request: Request[Any, Any, Any], limit: int) -> bytes:
    """The body, gunzipped when `Content-Encoding` says gzip or deflate; at most `limit` bytes.

    Raises TooLarge, BadEncoding, and HTTPException (408) for a body that does not come in time. A body that
    only claims to be gzip, as a proxy that already decompressed it leaves it, is taken as it is.
    """
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise TooLarge(limit)
                chunks.append(chunk)
    except TimeoutError:
        raise HTTPException(f"the body did not come within {_SECONDS} s", status_code=408) from None
    body = b"".join(chunks)
    if request.headers.get("content-encoding", "").strip().lower() not in ("gzip", "x-gzip", "deflate"):
        return body
    return decompress(body, limit) if looks_compressed(body) else body


def looks_compressed(body: bytes) -> bool:
    """Whether the first bytes are those of gzip or zlib."""
    return body[:2] == b"\x1f\x8b" or (body[:1] == b"\x78" and body[1:2] in (b"\x01", b"\x5e", b"\x9c", b"\xda"))


def decompress(body: bytes, limit: int) -> bytes:
    """Gunzip at most `limit` bytes, so that a small bomb cannot fill the memory."""
    out = bytearray()
    while body:
        inflate = zlib.decompressobj(_GZIP_OR_ZLIB)
        while not inflate.eof:
            try:
                piece = inflate.decompress(body, min(_CHUNK, limit + 1 - len(out)))
            except zlib.error as error:
                raise BadEncoding(f"the body is not valid gzip: {error}") from None
            out += piece
            if len(out) > limit:
                raise TooLarge(limit)
            body = inflate.unconsumed_tail
            if not piece and not body and not inflate.eof:
                raise BadEncoding("the compressed body ends early")
        body = inflate.unused_data
    return bytes(out)
