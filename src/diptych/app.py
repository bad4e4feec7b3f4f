"""The composition root: puts the parts together, runs them and takes them apart."""

import asyncio
import contextlib
import gc
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
import prometheus_client
import uvicorn
import uvloop
from litestar import Litestar, MediaType, Response, Router, get
from litestar.di import Provide
from litestar.types import ASGIApp

from diptych import admin, channel, demo as demo_data, web
from diptych.connections import Impatient, allow_many
from diptych.control import Control, CreatedProject
from diptych.demo.load import load
from diptych.ingest import metrics as ingest_metrics
from diptych.ingest.ids import AcceptIds
from diptych.ingest.places import Places
from diptych.ingest.policy import Policy
from diptych.instance import identity_of, locked, opened, opened_engine
from diptych.people.deriving import derive_persons
from diptych.people.folding import Folding
from diptych.people.overrides import ColumnFolder
from diptych.people.profiles import Profiles
from diptych.people.rebuild import rebuild_profiles
from diptych.protocols import amplitude, mixpanel, native, segment
from diptych.protocols.cors import CrossOrigin
from diptych.protocols.paths import OneSpelling
from diptych.protocols.services import Services
from diptych.query.activity import Activity
from diptych.query.export import Exports
from diptych.query.membership import Membership
from diptych.query.person import People
from diptych.query.person_summary import Summaries
from diptych.query.profile_lists import ProfileLists
from diptych.query.run import Queries
from diptych.query.search import Search
from diptych.query.stream import Stream
from diptych.query.usersql.run import UserSql
from diptych.settings import Settings, StartupError
from diptych.store.cohort_lists import CohortLists
from diptych.store.engine import Engine, EngineRefused, EngineUnavailable
from diptych.store.lookups import LookupTables
from diptych.store.promoting import Promoter
from diptych.store.sql import Sql

DEMO_NAME = "Demo"
_DRAIN_SECONDS = 10


def run(settings: Settings, *, demo: bool = False, ready: Callable[[str], None] = lambda address: None) -> None:
    """Serve until SIGTERM or SIGINT, then finish or spool what was accepted.

    `ready` is called with the address once the port listens. Raises StartupError.
    """
    with locked(settings.data_dir), _listening(settings) as listener, opened(settings, wait=True) as instance:
        engine, control, pipeline = instance.engine, instance.control, instance.pipeline
        folder = ColumnFolder(instance.identity, instance.profiles, instance.promotions)
        promoter = Promoter(instance.promotions)
        saved = native.saved_definitions(control)
        queries = Queries(engine, pipeline.settled, saved, column_of=instance.promotions.column_of)
        exports = Exports(engine, pipeline.settled)
        services = Services(
            projects=control.projects,
            pipeline=pipeline,
            queries=queries,
            stream=Stream(queries),
            profiles=Profiles(engine),
            policy=Policy(Places.open(settings.geoip_file)),
            lookups=LookupTables(engine),
            cohort_lists=CohortLists(engine),
            user_sql=UserSql(queries),
            people=People(engine, queries),
            activity=Activity(queries),
            search=Search(engine, queries),
            exports=exports,
            summaries=Summaries(engine, queries),
            membership=Membership(queries, exports, saved),
            profile_lists=ProfileLists(engine, queries, saved),
            control=control,
            identity=instance.identity,
            folding=instance.profiles,
            linking=instance.linking,
        )
        app = build(services, engine, web.Access(control, settings, demo=demo))
        folder.start()
        promoter.start()
        _calm_collector()
        allow_many()
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_serve(app, settings, listener, ready, partial(admin.perform, instance)))
        finally:
            promoter.stop()
            folder.stop()
            queries.close()


def build(services: Services, engine: Engine, access: web.Access) -> ASGIApp:
    """The whole server as one ASGI application."""
    vendors = Router("/", route_handlers=[*mixpanel.handlers, *amplitude.handlers, *segment.handlers])
    app = Litestar(
        route_handlers=[*_health(services, engine), vendors, *native.handlers, *web.handlers],
        dependencies={"services": Provide(lambda: services, sync_to_thread=False, use_cache=True)},
        state=access.state(),
        exception_handlers=native.errors.HANDLERS,
        after_exception=[native.errors.log_unexpected],
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,
    )
    return OneSpelling(CrossOrigin(app))


def load_demo(settings: Settings, control: Control, events: int, progress: Callable[[int], None]) -> CreatedProject:
    """Make the project Demo and fill it. `progress` is called with the number of events loaded so far.

    The project gets its name when everything is there, so that one that was broken off is not taken for it.
    Raises StartupError when another process uses the data.
    """
    with locked(settings.data_dir), _listening(settings), opened_engine(settings) as engine:
        until = datetime.now(UTC)
        created = control.projects.create(f"Demo of {until:%Y-%m-%d %H:%M:%S}, not loaded to its end")
        loaded = 0
        profiles = Folding(engine, modes=control.projects.modes)
        identity = identity_of(engine, control, profiles)
        derive_persons(identity)
        batches = demo_data.generate(created.project_id, until=until, events=events)
        for count in load(identity, batches, AcceptIds().take(1)[0]):
            loaded += count
            progress(loaded)
        rebuild_profiles(profiles, created.project_id)
        control.projects.rename(created.project_id, DEMO_NAME)
        return msgspec.structs.replace(created, name=DEMO_NAME)


def _calm_collector() -> None:
    """What is loaded now stays; batches make many small objects, few of them in cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _health(services: Services, engine: Engine) -> list[Any]:
    @get("/health", media_type=MediaType.TEXT)
    async def health() -> Response[str]:
        """200 while events are accepted."""
        full = services.pipeline.full
        return Response("the spool is full" if full else "ok", status_code=503 if full else 200)

    @get("/ready", media_type=MediaType.TEXT)
    async def ready() -> Response[str]:
        """200 while the engine answers queries."""
        try:
            await asyncio.to_thread(engine.query, Sql("SELECT 1"))
        except (EngineUnavailable, EngineRefused) as error:
            return Response(f"the engine does not answer: {error}", status_code=503)
        return Response("ok")

    @get("/metrics")
    async def metrics() -> Response[bytes]:
        """For Prometheus."""
        ingest_metrics.SPOOLED.set(services.pipeline.backlog)
        ingest_metrics.LAG.set(services.pipeline.lag)
        return Response(prometheus_client.generate_latest(), media_type=prometheus_client.CONTENT_TYPE_LATEST)

    return [health, ready, metrics]


async def _serve(
    app: ASGIApp,
    settings: Settings,
    listener: socket.socket,
    ready: Callable[[str], None],
    perform: channel.Perform,
) -> None:
    config = uvicorn.Config(
        app,
        http=Impatient,
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=_DRAIN_SECONDS,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
    )
    server = uvicorn.Server(config)
    announced = _announced(server, ready, _address(settings, listener))
    async with channel.serving(settings.data_dir, perform), announced:
        await server.serve(sockets=[listener])


@asynccontextmanager
async def _announced(server: uvicorn.Server, ready: Callable[[str], None], address: str) -> AsyncIterator[None]:
    async def announce() -> None:
        while not server.started:
            await asyncio.sleep(0.01)
        ready(address)

    task = asyncio.create_task(announce())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _address(settings: Settings, listener: socket.socket) -> str:
    scheme = "https" if settings.tls_cert else "http"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{scheme}://{host}:{listener.getsockname()[1]}"


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except socket.gaierror as error:
        listener.close()
        raise StartupError(
            f"The host {settings.host} is no address of this machine ({error.strerror}): "
            "choose another with --host, such as 127.0.0.1 or 0.0.0.0."
        ) from error
    except OSError as error:
        listener.close()
        raise StartupError(
            f"Port {settings.port} on {settings.host} cannot be opened ({error.strerror}): "
            "stop the program that uses it, or choose another with --port."
        ) from error
    with listener:
        yield listener
