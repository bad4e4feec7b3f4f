import pytest

from diptych.model import IdentityMode
from diptych.people.identity import Ids, read_ids

SIMPLIFIED, ORIGINAL, AMPLITUDE = IdentityMode

CASES = [
    # mode, distinct id, user id, device id → what the event counts under, links?
    (SIMPLIFIED, "", "u1", "d1", Ids("u1", "u1", "d1", True)),
    (SIMPLIFIED, "other", "u1", "d1", Ids("u1", "u1", "d1", True)),
    (SIMPLIFIED, "$device:d1", "", "d1", Ids("$device:d1", "", "d1", False)),
    (SIMPLIFIED, "", "", "$device:d1", Ids("$device:d1", "", "d1", False)),
    (SIMPLIFIED, "u1", "", "", Ids("u1", "u1", "", False)),
    (SIMPLIFIED, "$device:d1", "", "", Ids("$device:d1", "", "d1", False)),
    (SIMPLIFIED, "", "", "", Ids("", "", "", False)),
    (SIMPLIFIED, "", "null", "d1", Ids("$device:d1", "", "d1", False)),
    (SIMPLIFIED, "undefined", "", "", Ids("", "", "", False)),
    (ORIGINAL, "anything", "u1", "d1", Ids("anything", "u1", "d1", False)),
    (ORIGINAL, "", "u1", "d1", Ids("u1", "u1", "d1", True)),
    (AMPLITUDE, "", "u1", "d1", Ids("u1", "u1", "d1", True)),
    (AMPLITUDE, "", "", "d1", Ids("$device:d1", "", "d1", False)),
]


@pytest.mark.parametrize(("mode", "distinct_id", "user_id", "device_id", "expected"), CASES)
def test_ids(mode: IdentityMode, distinct_id: str, user_id: str, device_id: str, expected: Ids) -> None:
    assert read_ids(mode, distinct_id=distinct_id, user_id=user_id, device_id=device_id) == expected
