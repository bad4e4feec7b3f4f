"""The spool: an append-only log on disk between acceptance and the engine.

Records lie in segment files named by the position of their first byte; a position counts bytes from the
first record ever written here. A record is a header (mark, length, CRC-32 of the payload) and the
payload. Whatever a crash leaves at the end of the last file was never acknowledged and is cut off.
Damage elsewhere is stepped over and reported: the next record begins at the next header that fits.
"""

import contextlib
import os
import struct
import threading
import uuid
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

_HEADER = struct.Struct("<4sII")
_MARK = b"DSP1"
_SUFFIX = ".spool"
_LARGEST_RECORD = 1 << 30


def size_of(payload: bytes) -> int:
    """Bytes that a payload takes in the spool."""
    return _HEADER.size + len(payload)


@dataclass(frozen=True)
class Record:
    """One payload, and the position right behind it."""

    payload: bytes
    end: int


class Spool:
    """One writer appends, one reader follows. `damaged` is called with (file, offset, bytes)."""

    def __init__(
        self,
        directory: Path,
        *,
        segment_bytes: int = 64 << 20,
        damaged: Callable[[Path, int, bytes], None] = lambda file, offset, data: None,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._segment_bytes = segment_bytes
        self._damaged = damaged
        self._lock = threading.Lock()
        self.name = _stable_name(directory / "name")
        self.done = _read_position(directory / "done")
        self._file: int | None = None
        self._segment, self.end = self._recover()
        self.done = min(self.done, self.end)

    @property
    def backlog(self) -> int:
        """Bytes accepted and not yet done."""
        return self.end - self.done

    def append(self, payloads: list[bytes]) -> int:
        """Write the payloads and wait for the disk; returns the position behind the last.

        Raises OSError with nothing appended when the disk does not take them.
        """
        data = b"".join(_HEADER.pack(_MARK, len(p), zlib.crc32(p)) + p for p in payloads)
        file = self._writable()
        offset = self.end - self._segment
        try:
            _write_all(file, data, offset)
            os.fdatasync(file)
        except OSError:
            os.ftruncate(file, offset)
            raise
        self.end += len(data)
        return self.end

    def read(self, position: int) -> Iterator[Record]:
        """The records from `position` to the end as it is now."""
        end = self.end
        for start in self._segments():
            path = self._path(start)
            stop = min(start + path.stat().st_size, end)
            if position < stop:
                for record in _records(path, start, max(position, start), stop, self._damaged):
                    yield record
                    position = record.end

    def finish(self, position: int) -> None:
        """Everything before `position` is in the engine; files that hold nothing else go."""
        self.done = position
        for start in self._segments():
            size = self._path(start).stat().st_size
            if start + size <= position and start != self._segment:
                self._path(start).unlink()
        # On a full disk the position is written down by a later call; a replay until then counts nothing twice.
        with contextlib.suppress(OSError):
            temporary = self._directory / "done.new"
            temporary.write_text(str(position))
            temporary.replace(self._directory / "done")

    def close(self) -> None:
        """Close the file that is written to."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _recover(self) -> tuple[int, int]:
        """Start of the last segment, and the end of its last whole record."""
        starts = self._segments()
        if not starts:
            return self.done, self.done
        last = starts[-1]
        path = self._path(last)
        end = last
        for record in _records(path, last, last, last + path.stat().st_size, self._damaged, at_end=True):
            end = record.end
        with path.open("r+b") as file:
            file.truncate(end - last)
        return last, end

    def _writable(self) -> int:
        if self._file is not None and self.end - self._segment >= self._segment_bytes:
            self.close()
        if self._file is None:
            if self.end - self._segment >= self._segment_bytes:
                self._segment = self.end
            self._file = os.open(self._path(self._segment), os.O_CREAT | os.O_WRONLY, 0o600)
            _sync_directory(self._directory)
        return self._file

    def _segments(self) -> list[int]:
        return sorted(int(path.stem) for path in self._directory.glob("*" + _SUFFIX))

    def _path(self, start: int) -> Path:
        return self._directory / f"{start:020d}{_SUFFIX}"


def _records(
    path: Path,
    start: int,
    position: int,
    stop: int,
    damaged: Callable[[Path, int, bytes], None],
    *,
    at_end: bool = False,
) -> Iterator[Record]:
    """Whole records between two positions of one file; an empty one stands for damage stepped over.

    With `at_end` only the end of the file is judged: what a crash broke off there is no damage.
    """
    with path.open("rb") as file:
        file.seek(position - start)
        data = file.read(stop - position)
    offset = 0
    while offset < len(data):
        payload = _payload_at(data, offset)
        if payload is not None:
            offset += _HEADER.size + len(payload)
            yield Record(payload, position + offset)
            continue
        following = _next_record(data, offset + 1)
        bad = data[offset:following]
        if not at_end or (following is None and not _torn(bad)):
            damaged(path, position - start + offset, bad)
        if following is None and at_end:
            return
        offset += len(bad)
        yield Record(b"", position + offset)


def _payload_at(data: bytes, offset: int) -> bytes | None:
    if offset + _HEADER.size > len(data):
        return None
    mark, length, crc = _HEADER.unpack_from(data, offset)
    begin = offset + _HEADER.size
    if mark != _MARK or length > _LARGEST_RECORD or begin + length > len(data):
        return None
    payload = data[begin : begin + length]
    return payload if zlib.crc32(payload) == crc else None


def _torn(tail: bytes) -> bool:
    """Whether the end of a file is a write that a crash broke off: nothing of it was acknowledged."""
    if not any(tail) or len(tail) < _HEADER.size:
        return True
    mark, length, _ = _HEADER.unpack_from(tail)
    return bool(mark == _MARK and _HEADER.size + length > len(tail))


def _next_record(data: bytes, offset: int) -> int | None:
    while (offset := data.find(_MARK, offset)) >= 0:
        if _payload_at(data, offset) is not None:
            return offset
        offset += 1
    return None


def _write_all(file: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(file, view, offset)
        offset += written
        view = view[written:]


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read_position(file: Path) -> int:
    try:
        return int(file.read_text())
    except (FileNotFoundError, ValueError):
        return 0


def _stable_name(file: Path) -> str:
    """A name for this spool that no other has, so that insert tokens never collide."""
    if not file.exists():
        file.write_text(uuid.uuid4().hex)
    return file.read_text().strip()
