"""An approximate set of hashes in bounded memory: what it has not seen is surely new."""

import numpy as np
from numpy.typing import NDArray

_BITS_PER_HASH = 20
_PLACES = 12  # one hash in 10,000 is taken for seen by mistake while the set is not over its bound
_FIRST_CAPACITY = 1 << 16


class Seen:
    """A Bloom filter that grows by adding filters of double size, up to `bound` bytes in all.

    Past the bound the last one goes on filling: more hashes are taken for seen by mistake, never fewer.
    """

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._filters = [_Filter(_FIRST_CAPACITY)]

    def add(self, hashes: bytes) -> None:
        """Add hashes of 16 bytes each, joined."""
        if self._filters[-1].full and (size := self._filters[-1].capacity * 2) * _BITS_PER_HASH // 8 < self._bound:
            self._filters.append(_Filter(size))
        self._filters[-1].add(_halves(hashes))

    def contains(self, hashes: bytes) -> list[bool]:
        """For each hash: False when it surely was not added."""
        halves = _halves(hashes)
        found = np.zeros(len(halves), dtype=bool)
        for part in self._filters:
            found |= part.contains(halves)
        result: list[bool] = found.tolist()
        return result


class _Filter:
    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._count = 0
        self._size = np.uint64(capacity * _BITS_PER_HASH)
        self._bits = np.zeros(capacity * _BITS_PER_HASH // 8, dtype=np.uint8)

    @property
    def full(self) -> bool:
        return self._count >= self.capacity

    def add(self, halves: NDArray[np.uint64]) -> None:
        self._count += len(halves)
        for number in range(_PLACES):
            places, masks = self._places(halves, number)
            np.bitwise_or.at(self._bits, places, masks)

    def contains(self, halves: NDArray[np.uint64]) -> NDArray[np.bool_]:
        found = np.ones(len(halves), dtype=bool)
        for number in range(_PLACES):
            places, masks = self._places(halves, number)
            found &= (self._bits[places] & masks) != 0
        return found

    def _places(self, halves: NDArray[np.uint64], number: int) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
        # Two independent halves give any number of hash functions (Kirsch and Mitzenmacher, 2006).
        bits = (halves[:, 0] + np.uint64(number) * halves[:, 1]) % self._size
        return (bits >> np.uint64(3)).astype(np.intp), np.left_shift(1, (bits & np.uint64(7))).astype(np.uint8)


def _halves(hashes: bytes) -> NDArray[np.uint64]:
    return np.frombuffer(hashes, dtype="<u8").reshape(-1, 2)
