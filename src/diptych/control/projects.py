"""Projects and the credentials that open them, as the request path asks for them."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from diptych.control import registry, secrets
from diptych.control.database import ControlUnavailable, Database
from diptych.control.registry import CreatedProject, Credentials
from diptych.model import IdentityMode, Project, Role

_Found = TypeVar("_Found")

_MAX_AGE = 1.0
_MIN_PAUSE = 0.1
_MAX_SHARE = 0.1


class Projects:
    """Looks credentials up in memory. What was created is known at once, what was revoked stops within 2 s.

    All credentials are read together: again when they are a second old, and again when one is asked for that
    is not among them. However many unknown ones are tried, the database is asked ten times a second at most,
    and by a tenth of the time at most.

    Every method raises ControlUnavailable when the database does not answer, except that credentials that were
    known go on working meanwhile. What is not `async` waits for the database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = asyncio.Lock()
        self._known = _Known(Credentials({}, {}, {}, {}), taken=-1e9, seconds=0)
        self._changed = -1e9

    async def by_id(self, project_id: int) -> Project | None:
        """The project of that number."""
        return await self._find(lambda known: known.projects.get(project_id))

    async def by_token(self, token: str) -> Project | None:
        """The project whose public token (Mixpanel token, Amplitude API key, write key) this is."""
        return await self._find(lambda known: _first(known.by_token.get(token)))

    async def by_secret(self, secret: str) -> Project | None:
        """The project whose secret this is."""
        kept = secrets.digest(secret)
        return await self._find(lambda known: known.by_secret_hash.get(kept))

    async def by_token_and_secret(self, token: str, secret: str) -> Project | None:
        """The project to which both belong."""

        def find(known: Credentials) -> Project | None:
            project, kept = known.by_token.get(token, (None, ""))
            return project if secrets.matches(secret, kept) else None

        return await self._find(find)

    async def by_service_account(
        self, username: str, secret: str, project_id: int | None, needs: Role = Role.VIEWER
    ) -> Project | None:
        """The project, if the service account may do there what needs the role; without a number its only project."""
        found = await self.opened_by_account(username, secret, project_id)
        return found[0] if found and found[1].covers(needs) else None

    async def opened_by_account(
        self, username: str, secret: str, project_id: int | None
    ) -> tuple[Project, Role] | None:
        """The project that a service account opens, and its role there; without a number its only project."""

        def find(known: Credentials) -> tuple[Project, Role] | None:
            account = known.accounts.get(username)
            if account is None or not secrets.matches(secret, account.secret_hash):
                return None
            members = [known.projects[number] for number in account.projects]
            opened = [project for project in members if project_id in (None, project.id)]
            return (opened[0], account.role) if len(opened) == 1 else None

        return await self._find(find)

    def list(self) -> list[Project]:
        """All projects by number, as they are now."""
        return sorted(registry.load(self._database).projects.values(), key=lambda project: project.id)

    def modes(self) -> dict[int, IdentityMode]:
        """Project → its identity mode, as it is now."""
        return registry.modes(self._database)

    def set_identity(self, project_id: int, mode: IdentityMode) -> None:
        """Let a project follow another identity mode; who is who is then to be derived anew. Raises InvalidProject."""
        registry.set_identity(self._database, project_id, mode)

    def create(self, name: str, timezone: str = "UTC", identity: str = IdentityMode.SIMPLIFIED) -> CreatedProject:
        """Make a project with its keys and a service account. Raises InvalidProject."""
        return registry.create(self._database, registry.checked(name, timezone, identity))

    def rename(self, project_id: int, name: str) -> Project:
        """Give a project another name. Raises InvalidProject."""
        return self._change(partial(registry.rename, self._database, project_id, registry.checked_name(name)))

    def change(self, project_id: int, changes: dict[str, Any]) -> Project:
        """Change settings of a project, by the names of `ProjectSettings`. Raises InvalidProject."""
        return self._change(partial(registry.change, self._database, project_id, changes))

    def arrange(self, project_id: int, values: dict[str, Any]) -> Project:
        """Change `name`, `timezone` or `week_start` of a project. Raises InvalidProject."""
        return self._change(partial(registry.arrange, self._database, project_id, values))

    def replace_secret(self, project_id: int) -> str:
        """A new secret of a project; the one before stops within 2 s. Raises InvalidProject."""
        return self._change(partial(registry.replace_secret, self._database, project_id))

    def revoke_service_account(self, username: str) -> bool:
        """Let a service account's secret open nothing any more; False if there is no such account."""
        return self._change(partial(registry.revoke_service_account, self._database, username))

    async def _find(self, find: Callable[[Credentials], _Found | None]) -> _Found | None:
        asked = time.monotonic()
        known = self._known
        if known.taken > max(asked - _MAX_AGE, self._changed) and (found := find(known.credentials)):
            return found
        try:
            known = await self._taken_since(asked)
        except ControlUnavailable:
            if found := find(known.credentials):
                return found
            raise
        return find(known.credentials)

    async def _taken_since(self, asked: float) -> "_Known":
        """Credentials that were read after that moment; all who wait share one reading."""
        async with self._lock:
            if self._known.taken < asked:
                known = self._known
                pause = max(_MIN_PAUSE, known.seconds / _MAX_SHARE)
                await asyncio.sleep(known.taken + pause - time.monotonic())
                self._known = await self._database.run(self._read)
            return self._known

    def _change(self, work: Callable[[], _Found]) -> _Found:
        """The result of work after which this process does not go by what it had read before."""
        try:
            return work()
        finally:
            self._changed = time.monotonic()

    def _read(self) -> "_Known":
        started = time.monotonic()
        credentials = registry.load(self._database)
        return _Known(credentials, taken=started, seconds=time.monotonic() - started)


@dataclass(frozen=True)
class _Known:
    """Credentials, when their reading began (monotonic) and how long it took."""

    credentials: Credentials
    taken: float
    seconds: float


def _first(entry: tuple[Project, str] | None) -> Project | None:
    return entry[0] if entry else None
