"""Time as the data path counts it: UTC milliseconds since the epoch."""

import time
from datetime import UTC, datetime

# What a DateTime64 column of the engine holds without wrapping, rounded inwards to whole years.
EARLIEST = int(datetime(1971, 1, 1, tzinfo=UTC).timestamp() * 1000)
LATEST = int(datetime(2105, 1, 1, tzinfo=UTC).timestamp() * 1000) - 1


def now_ms() -> int:
    """The current time."""
    return time.time_ns() // 1_000_000


def storable(time_ms: int) -> bool:
    """Whether the engine can hold this time (years 1971 to 2104)."""
    return EARLIEST <= time_ms <= LATEST
