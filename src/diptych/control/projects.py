"""Projects and the credentials that open them."""

import asyncio
import hmac
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from zoneinfo import available_timezones

import msgspec
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from diptych.control.secrets import hashed, random_key
from diptych.control.tables import ProjectRow, ServiceAccountProject, ServiceAccountRow
from diptych.model import IdentityMode, Project
from diptych.model.clock import now_ms

_KEEP_SECONDS = 2.0
_KEEP_ANSWERS = 50_000
_UNKNOWN_PER_SECOND = 200


class InvalidProject(ValueError):
    """A project cannot be made like that; the message says what to change."""


class ServiceAccount(msgspec.Struct, frozen=True):
    """Credentials of a program, as shown once."""

    username: str
    secret: str


class CreatedProject(msgspec.Struct, frozen=True, kw_only=True):
    """A new project with its secrets, which are shown once and not kept."""

    project_id: int
    name: str
    token: str
    secret: str
    service_account: ServiceAccount
    timezone: str
    identity: IdentityMode


class Projects:
    """Looks credentials up. Answers are kept for two seconds, so a revoked one stops within that time.

    A credential that is not known is asked for at once, but only so many times a second.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: OrderedDict[Hashable, tuple[float, Project | None]] = OrderedDict()
        self._misses: tuple[int, int] = (0, 0)

    async def by_id(self, project_id: int) -> Project | None:
        """The project of that number."""
        return await self._cached(("id", project_id), lambda s: _project(s.get(ProjectRow, project_id)))

    async def by_token(self, token: str) -> Project | None:
        """The project whose public token (Mixpanel token, Amplitude API key, write key) this is."""
        return await self._cached(("token", token), lambda s: _project(_by_token(s, token)))

    async def by_secret(self, secret: str) -> Project | None:
        """The project whose secret this is."""
        digest = hashed(secret)
        return await self._cached(("secret", digest), lambda s: _project(_by_secret(s, digest)))

    async def by_token_and_secret(self, token: str, secret: str) -> Project | None:
        """The project to which both belong."""
        digest = hashed(secret)

        def look(session: Session) -> Project | None:
            row = _by_token(session, token)
            return _project(row) if row and hmac.compare_digest(row.secret_hash, digest) else None

        return await self._cached(("pair", token, digest), look)

    async def by_service_account(self, username: str, secret: str, project_id: int | None) -> Project | None:
        """The project, if the service account may open it; without a number its only project."""
        digest = hashed(secret)
        return await self._cached(
            ("account", username, digest, project_id), lambda s: _opened(s, username, digest, project_id)
        )

    def list(self) -> list[Project]:
        """All projects in the order of their creation."""
        with Session(self._engine) as session:
            return [_settings(row) for row in session.scalars(select(ProjectRow).order_by(ProjectRow.id))]

    def create(self, name: str, timezone: str = "UTC", identity: str = "simplified") -> CreatedProject:
        """Make a project with fresh keys and a service account of its own. Raises InvalidProject."""
        name = _valid(name, timezone, identity)
        token, secret, account_secret = random_key(), random_key(), random_key()
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "project"
        username = f"{slug}.{secrets.token_hex(3)}.service-account"
        project = ProjectRow(
            name=name,
            token=token,
            secret_hash=hashed(secret),
            timezone=timezone,
            identity=identity,
            week_start=1,
            created=now_ms(),
        )
        account = ServiceAccountRow(username=username, secret_hash=hashed(account_secret), created=now_ms())
        try:
            with Session(self._engine) as session, session.begin():
                session.add_all([project, account])
                session.flush()
                session.add(ServiceAccountProject(service_account_id=account.id, project_id=project.id))
                project_id = project.id
        except IntegrityError:
            raise InvalidProject(f"There is already a project named {name!r}: choose another name.") from None
        return CreatedProject(
            project_id=project_id,
            name=name,
            token=token,
            secret=secret,
            service_account=ServiceAccount(username, account_secret),
            timezone=timezone,
            identity=IdentityMode(identity),
        )

    async def _cached(self, key: Hashable, look: Callable[[Session], Project | None]) -> Project | None:
        now = time.monotonic()
        known = self._known.get(key)
        if known is not None and known[0] > now:
            return known[1]
        if known is None and not self._may_ask(int(now)):
            return None
        project = await asyncio.to_thread(self._ask, look)
        if project is not None:
            self._known[key] = (now + _KEEP_SECONDS, project)
            self._known.move_to_end(key)
            while len(self._known) > _KEEP_ANSWERS:
                self._known.popitem(last=False)
        else:
            self._known.pop(key, None)
        return project

    def _may_ask(self, second: int) -> bool:
        """Credentials that nobody gave out must not keep the control database busy."""
        asked = self._misses[1] + 1 if self._misses[0] == second else 1
        self._misses = (second, asked)
        return asked <= _UNKNOWN_PER_SECOND

    def _ask(self, look: Callable[[Session], Project | None]) -> Project | None:
        with Session(self._engine) as session:
            return look(session)


def _by_token(session: Session, token: str) -> ProjectRow | None:
    return session.scalar(select(ProjectRow).where(ProjectRow.token == _storable(token)))


def _by_secret(session: Session, digest: str) -> ProjectRow | None:
    return session.scalar(select(ProjectRow).where(ProjectRow.secret_hash == digest))


def _opened(session: Session, username: str, digest: str, project_id: int | None) -> Project | None:
    account = session.scalar(select(ServiceAccountRow).where(ServiceAccountRow.username == _storable(username)))
    if account is None or account.revoked is not None or not hmac.compare_digest(account.secret_hash, digest):
        return None
    opened = select(ProjectRow).join(ServiceAccountProject, ServiceAccountProject.project_id == ProjectRow.id)
    opened = opened.where(ServiceAccountProject.service_account_id == account.id)
    if project_id is not None:
        opened = opened.where(ProjectRow.id == project_id)
    rows = session.scalars(opened).all()
    return _project(rows[0]) if len(rows) == 1 else None


def _storable(text: str) -> str:
    """Databases take neither NUL nor lone surrogates, and no credential has them."""
    return text.encode("utf-8", "replace").decode().replace("\0", "?")


def _project(row: ProjectRow | None) -> Project | None:
    return None if row is None else _settings(row)


def _settings(row: ProjectRow) -> Project:
    return Project(
        id=row.id,
        name=row.name,
        token=row.token,
        timezone=row.timezone,
        identity=IdentityMode(row.identity),
        week_start=row.week_start,
    )


def _valid(name: str, timezone: str, identity: str) -> str:
    name = name.strip()
    if not name or len(name) > 255 or not name.isprintable():
        raise InvalidProject("A project needs a name of 1 to 255 printable characters.")
    if timezone not in available_timezones():
        raise InvalidProject(f"There is no time zone {timezone!r}: use a name such as Europe/Berlin or UTC.")
    if identity not in set(IdentityMode):
        raise InvalidProject(f"The identity mode must be one of {', '.join(IdentityMode)}, not {identity!r}.")
    return name
