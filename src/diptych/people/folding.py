"""Keeps `profiles` and `profile_history` equal to the fold of `profile_updates`, while updates come in.

An update that comes in order is added to the current profile. One that comes late, or that may have been added
before, makes what its owner has from its time on be folded anew: from the history before that time and the updates
since. What comes out replaces the rows that differ, so that doing it twice changes nothing.
"""

import contextlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import groupby
from operator import attrgetter

import msgspec

from diptych.model import Operation, ProfileUpdate
from diptych.people.fold import Change, State, Timed, advance
from diptych.people.owners import OWNER
from diptych.people.ownership import Modes, Move, Ownership, owner_at
from diptych.store import profiles as store, tables
from diptych.store.engine import Engine
from diptych.store.profiles import AFTER_ALL, BEFORE_ALL, Group, HistoryRow, ProfileRow, Span

Key = tuple[Group, str]

_CACHE_BYTES = 64 << 20
_PER_SLICE = 50_000
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(State).decode


class Folding:
    """Used by the thread that inserts, and by whoever folds anew meanwhile.

    `exclusively` is held while it writes, for where several processes write to one engine. `modes`: project → its
    identity mode, which decides whose profile an update is about.
    """

    def __init__(
        self,
        engine: Engine,
        exclusively: Callable[[], AbstractContextManager[object]] = contextlib.nullcontext,
        modes: Modes = dict,
    ) -> None:
        self.engine = engine
        self.ownership = Ownership(engine, modes)
        self._exclusively = exclusively
        self._lock = threading.RLock()
        # Other processes write to a server's tables too, so that only the tables themselves know.
        self._cache = _Cache(_CACHE_BYTES if engine.embedded else 0)
        self._version = 0
        self._doubtful: int | None = None  # up to this accept id, or at the start, an update may be folded in already

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else writes to the two tables meanwhile."""
        with self._lock, self._exclusively():
            yield

    def insert(self, engine: Engine, updates: Sequence[ProfileUpdate], token: str) -> None:
        """Insert a block of updates, and fold them in. Raises as the engine does; then it may be called again."""
        if not updates:
            return
        first, last = min(u.accept_id for u in updates), max(u.accept_id for u in updates)
        with self.alone():
            doubt = self._doubtful is None or first <= self._doubtful
            try:
                tables.insert_updates(engine, updates, token)
                self._fold_in(self._by_owner(updates), doubt=doubt)
            except BaseException:
                self._doubtful = last if self._doubtful is None else max(self._doubtful, last)
                raise
            if self._doubtful is None:
                self._doubtful = 0

    def fold_anew(self, group: Group, spans: Iterable[Span]) -> None:
        """Fold what owners have in their spans from the updates, and replace what differs. Hold `alone`."""
        for part in slices(self.engine, group, self.ownership.completed(group, list(spans))):
            self.replace(differences(self.engine, group, part))

    def move(self, project: int, moves: Mapping[str, Move]) -> None:
        """Fold anew whom updates belonged to, and belong to now, when it turned out whose they are."""
        group = Group(project, "")
        with self.alone():
            named = store.named_after(self.engine, group, {one: move.since for one, move in moves.items()})
            if ids := sorted({owner for one in named for owner in moves[one].owners}):
                self.fold_anew(group, whole_spans(self.engine, group, ids))

    def _by_owner(self, updates: Sequence[ProfileUpdate]) -> dict[Key, list[Timed]]:
        """Updates by the id whose profile they are about, in order."""
        named: dict[int, set[str]] = {}
        for u in updates:
            if not u.group_type:
                named.setdefault(u.project, set()).add(u.profile_id)
        lines = {project: self.ownership.timelines(project, ids) for project, ids in named.items()}
        found: dict[Key, list[Timed]] = {}
        for u in updates:
            line = None if u.group_type else lines[u.project].get(u.profile_id)
            owner = u.profile_id if line is None else owner_at(line, u.accept_id)
            timed = Timed(u.time, u.accept_id, u.position, u.operation, u.values)
            found.setdefault((Group(u.project, u.group_type), owner), []).append(timed)
        for timed_updates in found.values():
            timed_updates.sort(key=_order)
        return found

    def _fold_in(self, by_key: dict[Key, list[Timed]], *, doubt: bool) -> None:
        states = self._states(list(by_key))
        changes: list[HistoryRow] = []
        added: list[tuple[Key, State]] = []
        late: dict[Group, list[Span]] = {}
        for key, updates in by_key.items():
            state = states[key]
            if doubt or not state.follows(updates[0]):
                late.setdefault(key[0], []).append(Span(state.owner, key[1], updates[0].time, AFTER_ALL))
                self._cache.forget(key)
                continue
            changes += history_rows(key[0], state.owner, advance(state, updates))
            added.append((key, state))
        self._write(changes, added)
        for group, spans in late.items():
            self.fold_anew(group, spans)

    def _states(self, keys: Sequence[Key]) -> dict[Key, State]:
        found = {key: state for key in keys if (state := self._cache.get(key)) is not None}
        missing = [key for key in keys if key not in found]
        if missing:
            found |= stored_states(self.engine, missing)
        return found

    def replace(self, found: "Differences") -> None:
        """Write what the tables should have. Hold `alone`."""
        self._write(found.history, found.states, newest=found.newest)

    def _write(self, changes: Sequence[HistoryRow], states: Sequence[tuple[Key, State]], newest: int = 0) -> None:
        """The history first: as long as a profile has its old row, its updates are taken for new."""
        if not changes and not states:
            return
        newest = max([newest, *(state.version for _, state in states)])
        version = self._next_version(newest)
        for key, _ in states:
            self._cache.forget(key)
        store.insert_history(self.engine, changes, version)
        for _, state in states:
            state.version = version
        store.insert_profiles(self.engine, [profile_row(key, state) for key, state in states])
        for key, state in states:
            self._cache.put(key, state)

    def _next_version(self, newest: int) -> int:
        """Above every version that was ever used, whatever the clock says: what is later than a fold is seen by it."""
        if not self._version or not self.engine.embedded:
            self._version = store.newest_version(self.engine, self._version)
        self._version = max(time.time_ns() // 1000, newest + 1, self._version + 1)
        return self._version


class Differences(msgspec.Struct):
    """What the tables should have and do not.

    history  rows to write; deleted ones are there and should not be
    states   profiles to write
    newest   the highest version that the owners' rows have
    """

    history: list[HistoryRow] = []
    states: list[tuple[Key, State]] = []
    newest: int = 0


def differences(engine: Engine, group: Group, spans: Sequence[Span]) -> Differences:
    """Compare the tables with the fold of the updates in the spans, which `slices` has made."""
    states = _states_before(engine, group, spans)
    wanted: dict[tuple[int, str, int], str] = {}
    for profile_id, updates in _folded_updates(engine, group, spans):
        state = states[profile_id]
        for change in advance(state, updates):
            wanted[state.owner, change.key, change.time] = change.value
    found = Differences()
    for row in store.history(engine, group, spans):
        value = wanted.pop((row.owner, row.key, row.time), None)
        if value is None:
            found.history.append(row._replace(value="", deleted=True))
        elif value != row.value:
            found.history.append(row._replace(value=value))
    found.history += [HistoryRow(group, key, owner, ms, value) for (owner, key, ms), value in wanted.items()]
    _compare_profiles(engine, group, spans, states, found)
    return found


def _states_before(engine: Engine, group: Group, spans: Sequence[Span]) -> dict[str, State]:
    since = [span for span in spans if span.start > BEFORE_ALL]
    before = store.properties_before(engine, group, since)
    return {span.profile_id: State(span.owner, before.get(span.owner, {})) for span in spans}


def _folded_updates(engine: Engine, group: Group, spans: Sequence[Span]) -> Iterator[tuple[str, list[Timed]]]:
    for profile_id, rows in groupby(store.updates(engine, group, spans), attrgetter("profile_id")):
        yield (
            profile_id,
            [Timed(row.time, row.accept_id, row.position, Operation(row.operation), row.values) for row in rows],
        )


def _compare_profiles(
    engine: Engine, group: Group, spans: Sequence[Span], states: dict[str, State], found: Differences
) -> None:
    rows = store.current(engine, [(group, span.owner) for span in spans])
    for span in spans:
        key, state = (group, span.profile_id), states[span.profile_id]
        if (row := rows.get((group, span.owner))) is not None:
            state.version = row.version
            found.newest = max(found.newest, row.version)
        # A span that ends before the last update, or has none, does not tell what the profile holds; unless it is all.
        known = span.end == AFTER_ALL and state.updated > BEFORE_ALL
        if known and profile_row(key, state) != row:
            found.states.append((key, state))
        gone = span.start == BEFORE_ALL and span.end == AFTER_ALL and state.updated == BEFORE_ALL
        if gone and row is not None and not row.deleted:
            found.states.append((key, State(span.owner, {}, updated=row.updated, version=row.version)))


def whole_spans(engine: Engine, group: Group, profile_ids: Sequence[str]) -> list[Span]:
    """All that these profiles ever had."""
    owners = store.owners(engine, [(group, profile_id) for profile_id in profile_ids], OWNER)
    return [
        Span(owner, profile_id, BEFORE_ALL, AFTER_ALL) for owner, profile_id in zip(owners, profile_ids, strict=True)
    ]


def slices(engine: Engine, group: Group, spans: Iterable[Span]) -> Iterator[list[Span]]:
    """The spans in parts that have a bounded number of updates; one with more is cut into shorter ones.

    Each part must have been replaced before the next one is asked for.
    """
    spans = list(spans)
    counts = store.update_counts(engine, group, spans)
    part: list[Span] = []
    size = 0
    for span in spans:
        count = counts.get(span.profile_id, 0)
        if count > _PER_SLICE:
            yield from ([piece] for piece in _pieces(engine, group, span))
            continue
        if part and size + count > _PER_SLICE:
            yield part
            part, size = [], 0
        part.append(span)
        size += count
    if part:
        yield part


def _pieces(engine: Engine, group: Group, span: Span) -> Iterator[Span]:
    """All updates of one millisecond stay together, and the last piece is never without any."""
    rest = span
    while (end := store.time_of_update(engine, group, rest, _PER_SLICE)) is not None:
        first = store.time_of_update(engine, group, rest, 0) or 0
        next_piece = rest._replace(start=max(end, first + 1))
        if store.time_of_update(engine, group, next_piece, 0) is None:
            break
        yield rest._replace(end=next_piece.start)
        rest = next_piece
    yield rest


def stored_states(engine: Engine, keys: Sequence[Key]) -> dict[Key, State]:
    """What the tables have of these profiles."""
    owners = store.owners(engine, keys, OWNER)
    rows = store.current(engine, [(key[0], owner) for key, owner in zip(keys, owners, strict=True)])
    return {key: _state(owner, rows.get((key[0], owner))) for key, owner in zip(keys, owners, strict=True)}


def _state(owner: int, row: ProfileRow | None) -> State:
    if row is None:
        return State(owner, {})
    return State(owner, row.properties, not row.deleted, row.updated, row.last_accept_id, row.version)


def profile_row(key: Key, state: State) -> ProfileRow:
    """The state as a row; a profile that does not exist any more keeps its row, marked as deleted."""
    return ProfileRow(
        key[0],
        state.owner,
        key[1],
        state.properties,
        state.updated,
        state.last_accept_id,
        state.version,
        not state.exists,
    )


def history_rows(group: Group, owner: int, changes: Iterable[Change]) -> list[HistoryRow]:
    """Changes as rows."""
    return [HistoryRow(group, change.key, owner, change.time, change.value, change.undone) for change in changes]


_order = attrgetter("time", "accept_id", "position")


class _Cache:
    """The states used last, packed, up to a number of bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._states: OrderedDict[Key, bytes] = OrderedDict()

    def get(self, key: Key) -> State | None:
        packed = self._states.get(key)
        return None if packed is None else _decode(packed)

    def put(self, key: Key, state: State) -> None:
        self.forget(key)
        if not self._limit:
            return
        packed = self._states[key] = _encode(state)
        self._size += _cost(key, packed)
        while self._size > self._limit:
            oldest, packed = self._states.popitem(last=False)
            self._size -= _cost(oldest, packed)

    def forget(self, key: Key) -> None:
        packed = self._states.pop(key, None)
        if packed is not None:
            self._size -= _cost(key, packed)


def _cost(key: Key, packed: bytes) -> int:
    return 300 + len(key[1]) + len(packed)
