"""How often a sign-in may be tried: counted before the password is looked at, in the database of all servers."""

from dataclasses import dataclass

import sqlalchemy as sa

from diptych.control import secrets
from diptych.control.database import Connection, Database, inserting
from diptych.control.schema import AttemptRow
from diptych.model.clock import now_ms

WINDOW = 15 * 60_000
_MOST_TOGETHER, _MOST_OF_ACCOUNT, _MOST_OF_ADDRESS = 10, 50, 100


@dataclass(frozen=True)
class Attempt:
    """A try to sign in: to which account, from which address."""

    account: str
    address: str

    @property
    def counters(self) -> dict[str, int]:
        """What is counted, and how many are allowed in a quarter of an hour.

        Guessing from one place ends after a few tries, and does not lock out who signs in from elsewhere.
        """
        return {
            secrets.digest(f"both {self.account} {self.address}"): _MOST_TOGETHER,
            secrets.digest(f"account {self.account}"): _MOST_OF_ACCOUNT,
            secrets.digest(f"address {self.address}"): _MOST_OF_ADDRESS,
        }


class Attempts:
    """Every method waits for the database, and raises ControlUnavailable when it does not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, attempt: Attempt) -> int:
        """Count one more. 0 if it may be made, else the seconds until another may."""
        now = now_ms()
        with self._database.writing() as connection:
            connection.execute(sa.delete(AttemptRow).where(AttemptRow.since <= now - WINDOW))
            waits = [_count(connection, key, most, now) for key, most in attempt.counters.items()]
        return max(waits)

    def succeeded(self, attempt: Attempt) -> None:
        """It was the right password: what was counted against the account is forgotten."""
        together, account, address = attempt.counters
        of_address = (AttemptRow.hash == address) & (AttemptRow.attempts > 0)
        with self._database.writing() as connection:
            connection.execute(sa.delete(AttemptRow).where(AttemptRow.hash.in_([together, account])))
            connection.execute(sa.update(AttemptRow).where(of_address).values(attempts=AttemptRow.attempts - 1))


def _count(connection: Connection, key: str, most: int, now: int) -> int:
    """Seconds to wait. What is over the bound is not counted, so that the wait ends."""
    one_more = inserting(connection, AttemptRow).values(hash=key, attempts=1, since=now)
    counted = one_more.on_conflict_do_update(
        index_elements=["hash"], set_={"attempts": AttemptRow.attempts + 1}, where=AttemptRow.attempts < most
    )
    if connection.execute(counted.returning(AttemptRow.attempts)).first():
        return 0
    since = connection.scalar(sa.select(AttemptRow.since).where(AttemptRow.hash == key)) or now
    return max(1, -(-(since + WINDOW - now) // 1000))
