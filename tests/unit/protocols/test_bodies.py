import gzip
import zlib

import pytest

from diptych.protocols.bodies import BadEncoding, TooLarge, decompress, looks_compressed

LIMIT = 1_000_000


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
@pytest.mark.parametrize("size", [0, 1, 1000, LIMIT])
def test_a_compressed_body(pack, size: int) -> None:
    body = b"x" * size
    assert looks_compressed(pack(body))
    assert decompress(pack(body), LIMIT) == body


def test_several_members() -> None:
    assert decompress(gzip.compress(b"a") + gzip.compress(b"b"), LIMIT) == b"ab"


def test_a_bomb_is_stopped_at_the_limit() -> None:
    with pytest.raises(TooLarge):
        decompress(gzip.compress(b"\0" * 200_000_000), LIMIT)


@pytest.mark.parametrize(
    "body", [gzip.compress(b"hello" * 100)[:-10], gzip.compress(b"hello")[:8] + b"junk"], ids=["cut", "junk"]
)
def test_a_broken_body(body: bytes) -> None:
    with pytest.raises(BadEncoding):
        decompress(body, LIMIT)
