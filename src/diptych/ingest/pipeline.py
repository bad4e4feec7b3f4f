"""Accept → spool (fsync) → insert. What `accept` returned for survives a crash."""

from diptych.model import Accepted


class Overloaded(Exception):
    """The spool is full. `retry_after` is in seconds; the protocol answers 429 or 503."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"the spool is full, retry in {retry_after} s")
        self.retry_after = retry_after


class Pipeline:
    async def accept(self, batch: Accepted) -> None:
        """Stamp accept ids and store `batch` durably. Raises Overloaded."""
        raise NotImplementedError
