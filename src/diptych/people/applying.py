"""Brings statements of the identity log into effect, and tells of each new event whose it is.

All of it happens before an event's place in the spool is finished, so that the next question sees it. Everything
may be done twice: what is derived is compared with what the log says, and only differences are written.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from operator import attrgetter
from typing import Any, TypeVar

import msgspec

from diptych.model import Event, IdentityLink, IdentityMode, LinkKind, ProfileUpdate
from diptych.model.clock import now_ms
from diptych.people.identity import DEVICE_PREFIX, id_under
from diptych.people.log import Log, news
from diptych.people.ownership import Modes, Move, moves
from diptych.people.resolution import COUPLED, RESOLVE, Statement, Whose, standing, user_at
from diptych.store import identity as store, tables
from diptych.store.engine import Engine
from diptych.store.identity import Known
from diptych.store.sql import Sql
from diptych.store.tables import Place

Told = TypeVar("Told", bound=Event | IdentityLink | ProfileUpdate)
Row = TypeVar("Row", bound=tuple[Any, ...])
Moved = Callable[[int, Mapping[str, Move]], object]
Lock = Callable[[], AbstractContextManager[object]]

_REMEMBERED_IDS = 200_000
_LATE_MS = 600_000  # a request may take this long from its receipt to its acceptance


class Identity:
    """Used by the one thread that inserts, and by those that change or rebuild who is who.

    `modes`: project → its mode; a project that is not in it follows `simplified`. `changing` and `placing` are
    held, exclusively and shared, against other processes at the same tables while statements are applied and
    while events are inserted; `writing` against others that write what they look up into the columns of events.
    `moved` is told which updates of profiles may be about other profiles now.
    """

    def __init__(
        self,
        engine: Engine,
        modes: Modes = dict,
        *,
        changing: Lock = nullcontext,
        placing: Lock = nullcontext,
        writing: Lock = nullcontext,
        moved: Moved = lambda project, moves: None,
    ) -> None:
        self.engine = engine
        self._modes = modes
        self._changing = changing
        self._placing = placing
        self._writing = writing
        self._moved = moved
        self._lock = threading.RLock()
        self._columns = threading.Lock()
        self._version = 0
        self._noted: set[int] = set()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Nothing else changes who is who, and no event is inserted meanwhile."""
        with self._lock, self._changing():
            yield

    @contextmanager
    def writing_columns(self) -> Iterator[None]:
        """Nobody else brings what queries look up into the columns of events."""
        with self._columns, self._writing():
            yield

    def mode_of(self, project: int) -> IdentityMode:
        """The project's mode now."""
        return self._modes().get(project, IdentityMode.SIMPLIFIED)

    def note(self, engine: Engine, rows: Sequence[Event | IdentityLink | ProfileUpdate], token: str) -> None:
        """Keep the text of ids; in mode `amplitude` also when an event first counted under them."""
        modes = self._modes()
        ids: dict[tuple[int, str], int] = {}
        firsts: dict[tuple[int, str, int], int] = {}
        for row in _telling(rows):
            mode = modes.get(row.project, IdentityMode.SIMPLIFIED)
            found = _ids_of(row, mode)
            ids.update({key: hash(key) for one in found if one and (key := (row.project, one))})
            if mode is IdentityMode.AMPLITUDE and isinstance(row, Event) and (one := id_under(mode, row)):
                # What is remembered was written with an earlier event, as events come in order.
                firsts.setdefault((row.project, one, row.accept_id), hash(("first", row.project, one)))
        first = self._write_new(firsts, lambda new: store.insert_first_events(engine, new, token))
        if first and not engine.embedded:
            self._revise(first)
        self._write_new(ids, lambda new: store.insert_ids(engine, new, token))

    def _write_new(self, rows: Mapping[Row, int], write: Callable[[list[Row]], None]) -> list[Row]:
        """Write and return rows whose mark is not remembered: of those of one mark the first."""
        new: dict[int, Row] = {}
        for row, mark in rows.items():
            if mark not in self._noted:
                new.setdefault(mark, row)
        if new:
            write(list(new.values()))
            if len(self._noted) > _REMEMBERED_IDS:
                self._noted.clear()
            self._noted.update(new)
        return list(new.values())

    def _revise(self, first: Sequence[tuple[int, str, int]]) -> None:
        """Users may turn out to have been known before the device that they seemed to begin with."""
        for project in {row[0] for row in first}:
            known = {user: order for number, user, order in first if number == project}
            log = Log(self.engine, project, IdentityMode.AMPLITUDE)
            late = {
                said.actor
                for said in log.of_users(known)
                if said.kind in COUPLED and said.order > known.get(said.person, said.order)
            }
            if late:
                with self.changing():
                    self.write(project, self.resolve(project, IdentityMode.AMPLITUDE, log.affected(late)))
                    users = {said.person for said in log.about(late) if said.kind in COUPLED}
                    self._moved(project, {device: Move(0, {device, *users}) for device in late})

    def apply(self, engine: Engine, links: Sequence[IdentityLink], token: str) -> None:
        """Add statements to the log, without those that say nothing new, and let them have their effect."""
        if not links:
            return
        with self.changing():
            modes = self._modes()
            for project in dict.fromkeys(link.project for link in links):
                mine = [link for link in links if link.project == project]
                self._apply(project, modes.get(project, IdentityMode.SIMPLIFIED), mine, token)

    def insert(self, engine: Engine, events: Sequence[Event], token: str) -> None:
        """Insert events with whose they are."""
        with self._lock, self._placing():
            tables.insert_events(engine, events, token, self._places(events))

    def resolve(self, project: int, mode: IdentityMode, affected: Iterable[str]) -> dict[str, Whose]:
        """Who these ids are, by the log; in mode `original` also whoever is merged with them."""
        affected = set(affected)
        statements, seen = Log(self.engine, project, mode).decisive(affected)
        if mode is IdentityMode.ORIGINAL:
            affected |= {one for statement in statements for one in (statement.actor, statement.person)} - {""}
        resolved = RESOLVE[mode](statements, seen)
        return {actor: resolved.get(actor, Whose(actor, actor)) for actor in affected}

    def write(self, project: int, whose: Mapping[str, Whose]) -> None:
        """Store who ids are, where something else is stored."""
        known = store.known(self.engine, project, {one for actor, pair in whose.items() for one in (actor, *pair)})
        rows = [
            wanted
            for actor, (person, owner) in whose.items()
            if (wanted := Known(known[actor].hash, known[person].hash, known[owner].hash)) != complete(known[actor])
        ]
        if rows:
            store.insert_persons(self.engine, project, rows, self._next_version())

    def place_again(self, project: int, devices: Iterable[str]) -> None:
        """Amplitude's rule: decide anew to which user each event of a device without a user belongs."""
        devices = list(devices)
        log = Log(self.engine, project, IdentityMode.AMPLITUDE)
        counting = [said for said in standing(log.about(devices)) if said.kind in COUPLED]
        known = store.known(self.engine, project, {*devices, *(said.person for said in counting)})
        for device in devices:
            users = [(said.order, known[said.person]) for said in counting if said.actor == device]
            spans = [(0, known[device]), *users]
            store.place_again(self.engine, project, known[device], device.removeprefix(DEVICE_PREFIX), spans)

    def _apply(self, project: int, mode: IdentityMode, links: Sequence[IdentityLink], token: str) -> None:
        links = [*links, *map(_mirrored, filter(_is_pair_unlinked, links))]
        said = {_statement(link): link for link in links}
        log = Log(self.engine, project, mode)
        logged = log.about({statement.actor for statement in said})
        new = news(said, logged)
        tables.insert_links(self.engine, [said[statement] for statement in new], f"{token}-{project}")
        # What a killed server had written down may not have had its effect yet.
        touched = {*new, *(statement for statement in said if statement in logged)}
        if not touched:
            return
        changed = _changed(touched, {*logged, *new})
        if mode is IdentityMode.AMPLITUDE:
            users = {
                one for found in touched if found.kind is not LinkKind.ALIAS for one in (found.actor, found.person)
            } - {""}
            changed |= {one.actor for one in log.of_users(users) if one.kind in COUPLED}
        affected = log.affected(changed)
        self.write(project, self.resolve(project, mode, affected))
        if mode is IdentityMode.AMPLITUDE:
            self.place_again(project, self._misplaced(project, touched, said))
        # What says of a device who its user is moves no update, in the mode that projects have by default.
        if mode is not IdentityMode.SIMPLIFIED or any(one.kind not in COUPLED for one in touched):
            statements, seen = log.decisive(affected)
            self._moved(project, moves(mode, statements, touched, seen))

    def _misplaced(
        self, project: int, touched: Iterable[Statement], said: Mapping[Statement, IdentityLink]
    ) -> set[str]:
        """Devices with events that are placed as if these statements had not been made."""
        unlinked = {one.actor for one in touched if one.kind is LinkKind.UNLINK and one.actor.startswith(DEVICE_PREFIX)}
        coupled = [one for one in touched if one.kind in COUPLED]
        # In one process statements and events come in order; several may be late for each other.
        if self.engine.embedded or not coupled:
            return unlinked
        since = min(said[one].received for one in coupled) - _LATE_MS
        newest = store.newest_events(self.engine, project, {one.actor for one in coupled}, since)
        known = store.known(self.engine, project, {one.actor for one in coupled})
        return unlinked | {one.actor for one in coupled if newest.get(known[one.actor].hash, 0) > one.order}

    def _places(self, events: Sequence[Event]) -> dict[int, Place]:
        """Accept id → whose the event is, for events that are not simply those of the id they are stored under."""
        modes = self._modes()
        places: dict[int, Place] = {}
        for project in dict.fromkeys(event.project for event in events):
            mode = modes.get(project, IdentityMode.SIMPLIFIED)
            mine = [event for event in events if event.project == project]
            under = {_SENT_IDS(event): id_under(mode, event) for event in _telling(mine)}
            actors = {event.accept_id: under[_SENT_IDS(event)] for event in mine}
            if mode is IdentityMode.AMPLITUDE:
                self._give_to_users(project, mine, actors)
            places |= dict(self._places_of(project, {one.accept_id: one.distinct_id for one in mine}, actors))
        return places

    def _places_of(
        self, project: int, stored: Mapping[int, str], actors: Mapping[int, str]
    ) -> Iterator[tuple[int, Place]]:
        """`stored`, `actors`: accept id → the id that the event is stored under, and that it counts under."""
        asked = {actor for accept_id, actor in actors.items() if actor != stored[accept_id]}
        if store.any_person(self.engine, project):
            asked |= set(actors.values())
        known = store.known(self.engine, project, asked - {""})
        for accept_id, actor in actors.items():
            if whose := known.get(actor):
                own = actor == stored[accept_id]
                if not own or whose.person:
                    yield accept_id, Place(0 if own else whose.hash, whose.person, whose.owner)

    def _give_to_users(self, project: int, events: Sequence[Event], actors: dict[int, str]) -> None:
        """Amplitude's rule: events of a device without a user belong to its last user before."""
        devices = {actor for actor in actors.values() if actor.startswith(DEVICE_PREFIX)}
        timelines: dict[str, list[Statement]] = {}
        for said in Log(self.engine, project, IdentityMode.AMPLITUDE).about(devices):
            timelines.setdefault(said.actor, []).append(said)
        for accept_id, actor in actors.items():
            if actor in timelines:
                actors[accept_id] = user_at(timelines[actor], actor, accept_id)

    def _next_version(self) -> int:
        """Above every version that was ever used."""
        if not self._version or not self.engine.embedded:
            ((newest,),) = self.engine.query(Sql("SELECT max(version) FROM persons")).rows
            ((folded,),) = self.engine.query(Sql("SELECT max(version) FROM person_folds")).rows
            self._version = max(newest, folded)
        self._version = max(self._version + 1, now_ms() * 1000)
        return self._version


def complete(stored: Known) -> Known:
    """What is stored about an id, in full: an id about which nothing is stored is itself."""
    return stored if stored.person else Known(stored.hash, stored.hash, stored.hash)


_SENT_IDS = attrgetter("project", "sent_id", "distinct_id", "user_id", "device_id")


def _telling(rows: Iterable[Told]) -> Iterator[Told]:
    """The rows without events that carry the same ids as an earlier one: of most people there are many events."""
    seen: set[Any] = set()
    for row in rows:
        if isinstance(row, Event):
            if (ids := _SENT_IDS(row)) in seen:
                continue
            seen.add(ids)
        yield row


def _ids_of(row: Event | IdentityLink | ProfileUpdate, mode: IdentityMode) -> set[str]:
    match row:
        case Event():
            return {row.distinct_id, id_under(mode, row)}
        case IdentityLink():
            return {row.actor, row.person}
        case ProfileUpdate():
            return set() if row.group_type else {row.profile_id}


def _statement(link: IdentityLink) -> Statement:
    return Statement(link.accept_id, link.kind, link.actor, link.person)


def _is_pair_unlinked(link: IdentityLink) -> bool:
    return link.kind is LinkKind.UNLINK and bool(link.person)


def _mirrored(link: IdentityLink) -> IdentityLink:
    """The same, to be found by the other id."""
    return msgspec.structs.replace(link, actor=link.person, person=link.actor)


def _changed(touched: Iterable[Statement], logged: Iterable[Statement]) -> set[str]:
    """Ids whose own place may change. An unlink changes that of the id that the log has as the actor."""
    pairs = [one for one in touched if one.kind is LinkKind.UNLINK and one.person]
    since: dict[tuple[str, str], int] = {}
    for one in logged if pairs else ():
        key = one.actor, one.person
        since[key] = min(one.order, since.get(key, one.order))
    idle = {one for one in pairs if since.get((one.actor, one.person), one.order) >= one.order}
    return {one.actor for one in touched if one not in idle}
