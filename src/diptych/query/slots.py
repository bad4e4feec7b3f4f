"""Places for statements that run at once, shared fairly: no project takes them all, and none waits behind another."""

import asyncio
from collections import OrderedDict, deque


class Slots:
    """`total` places, at most `each` of them for one project. Used from one event loop."""

    def __init__(self, total: int, each: int) -> None:
        self._total = total
        self._each = each
        self._taken: dict[int, int] = {}
        # Projects that wait, the one that has waited longest since its last turn first.
        self._waiting: OrderedDict[int, deque[asyncio.Future[None]]] = OrderedDict()

    async def take(self, project: int) -> None:
        """Wait for a place. Who was given one has to give it back."""
        if project not in self._waiting and self._free_for(project):
            self._count(project, 1)
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(project, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back(project)
            raise

    def give_back(self, project: int) -> None:
        """A place is free again."""
        self._count(project, -1)
        for waiting in list(self._waiting):
            if self._free_for(waiting):
                self._wake(waiting)

    def _free_for(self, project: int) -> bool:
        return sum(self._taken.values()) < self._total and self._taken.get(project, 0) < self._each

    def _wake(self, project: int) -> None:
        turns = self._waiting[project]
        while turns and turns[0].done():
            turns.popleft()
        if turns:
            self._count(project, 1)
            turns.popleft().set_result(None)
        self._waiting.move_to_end(project)
        if not turns:
            del self._waiting[project]

    def _count(self, project: int, change: int) -> None:
        self._taken[project] = self._taken.get(project, 0) + change
        if not self._taken[project]:
            del self._taken[project]
