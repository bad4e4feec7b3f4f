"""Python reads this at the start of a process that has this folder on its path: a wall clock that is off.

The file that TEST_CLOCK names says by how many seconds; writing another number lets the clock jump. Clocks that
only measure how long something takes go on as they are, as they do when a machine's time is set.
"""

import os
import time
from pathlib import Path

_off = Path(os.environ["TEST_CLOCK"])
_true_ns = time.time_ns


def _wrong_ns() -> int:
    return _true_ns() + int(_off.read_text()) * 1_000_000_000


time.time_ns = _wrong_ns
time.time = lambda: _wrong_ns() / 1e9
