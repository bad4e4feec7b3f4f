"""How many random examples a test tries: the suite the same ones each time, `make soak` many new ones."""

import os

from hypothesis import settings

SOAK = bool(os.environ.get("SOAK"))

# A failure of the suite is then a failure of the change at hand, and can be had again.
PROFILE = "suite"
settings.register_profile(PROFILE, derandomize=not SOAK, print_blob=True)


def examples(number: int) -> int:
    """So many in the suite, and forty times as many in the soak tests."""
    return number * 40 if SOAK else number
