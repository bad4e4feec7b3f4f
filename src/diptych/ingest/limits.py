"""How much of something there was lately, for the bounds that a project sets."""

from collections import OrderedDict
from collections.abc import Hashable

_MOST_KEYS = 200_000


class Lately:
    """Counts by key over a rolling window, in slots. Keeps the 200,000 keys that were used last."""

    def __init__(self, window_seconds: int, slot_seconds: int) -> None:
        self._window = window_seconds
        self._slot = slot_seconds
        self._counts: OrderedDict[Hashable, dict[int, int]] = OrderedDict()

    def count(self, key: Hashable, now_ms: int) -> int:
        """How many were added under the key within the window that ends now."""
        oldest = (now_ms // 1000 - self._window) // self._slot
        return sum(count for slot, count in self._counts.get(key, {}).items() if slot > oldest)

    def add(self, key: Hashable, count: int, now_ms: int) -> None:
        """Add to the count of a key."""
        slot = now_ms // 1000 // self._slot
        oldest = (now_ms // 1000 - self._window) // self._slot
        kept = {old: n for old, n in self._counts.pop(key, {}).items() if old > oldest}
        kept[slot] = kept.get(slot, 0) + count
        self._counts[key] = kept
        if len(self._counts) > _MOST_KEYS:
            self._counts.popitem(last=False)
