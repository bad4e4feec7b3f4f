import os
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from diptych.ingest import spool as module
from diptych.ingest.spool import Spool


class Damage(list):
    def __call__(self, file: Path, offset: int, data: bytes) -> None:
        self.append((offset, data))


def payloads(spool: Spool, position: int | None = None) -> list[bytes]:
    return [r.payload for r in spool.read(spool.done if position is None else position) if r.payload]


def segments(path: Path) -> list[Path]:
    return sorted(path.glob("*.spool"))


def test_what_was_appended_is_read_after_a_restart(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append([b"one", b"two"])
    spool.append([b"three"])
    assert payloads(Spool(tmp_path)) == [b"one", b"two", b"three"]


def test_what_is_done_is_not_read_again_and_its_files_go(tmp_path: Path) -> None:
    spool = Spool(tmp_path, segment_bytes=10)
    ends = [spool.append([name]) for name in (b"one", b"two", b"three")]
    assert len(segments(tmp_path)) == 3
    spool.finish(ends[1])
    assert len(segments(tmp_path)) == 1
    assert payloads(Spool(tmp_path, segment_bytes=10)) == [b"three"]


def test_positions_go_on_when_everything_was_done(tmp_path: Path) -> None:
    spool = Spool(tmp_path, segment_bytes=10)
    spool.finish(spool.append([b"one"]))
    again = Spool(tmp_path, segment_bytes=10)
    assert again.backlog == 0
    assert again.append([b"two"]) > spool.end
    assert payloads(again) == [b"two"]


@pytest.mark.parametrize("cut", [1, 5, 11, 12, 14])
def test_a_torn_last_record_is_cut_off(tmp_path: Path, cut: int) -> None:
    spool = Spool(tmp_path)
    spool.append([b"one"])
    spool.append([b"torn"])
    (file,) = segments(tmp_path)
    os.truncate(file, file.stat().st_size - cut)
    damage = Damage()
    again = Spool(tmp_path, damaged=damage)
    again.append([b"next"])
    assert payloads(again) == [b"one", b"next"]
    assert damage == []


@pytest.mark.parametrize("at", range(15, 30))
def test_a_flipped_byte_costs_one_record_which_is_reported(tmp_path: Path, at: int) -> None:
    spool = Spool(tmp_path)
    spool.append([b"one", b"two", b"six"])
    (file,) = segments(tmp_path)
    data = bytearray(file.read_bytes())
    data[at] ^= 0xFF
    file.write_bytes(data)
    damage = Damage()
    again = Spool(tmp_path, damaged=damage)
    assert payloads(again) == [b"one", b"six"]
    assert damage[0] == (15, bytes(data[15:30]))


def test_reading_gets_past_damage_at_the_end(tmp_path: Path) -> None:
    spool = Spool(tmp_path, damaged=Damage())
    spool.append([b"one"])
    (file,) = segments(tmp_path)
    file.write_bytes(b"x" * file.stat().st_size)
    last = list(spool.read(0))[-1]
    assert last.end == spool.end


def test_a_full_disk_leaves_nothing_of_the_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path)
    spool.append([b"one"])
    before = spool.end

    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(module.os, "fdatasync", full)
        with pytest.raises(OSError, match="No space"):
            spool.append([b"two"])
    assert spool.end == before
    spool.append([b"three"])
    assert payloads(Spool(tmp_path)) == [b"one", b"three"]


def test_each_spool_has_its_own_name(tmp_path: Path) -> None:
    assert Spool(tmp_path / "a").name != Spool(tmp_path / "b").name
    assert Spool(tmp_path / "a").name == Spool(tmp_path / "a").name


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.binary(max_size=40), min_size=1, max_size=4), max_size=12), st.data())
def test_any_history_reads_back(tmp_path_factory: pytest.TempPathFactory, groups: list[list[bytes]], data) -> None:
    directory = tmp_path_factory.mktemp("spool")
    spool = Spool(directory, segment_bytes=data.draw(st.integers(1, 200)))
    expected: list[bytes] = []
    for group in groups:
        spool.append(group)
        expected += group
        if data.draw(st.booleans()):
            records = list(spool.read(spool.done))
            done = data.draw(st.integers(0, len(records)))
            if done:
                spool.finish(records[done - 1].end)
                expected = expected[done:]
        if data.draw(st.booleans()):
            spool.close()
            spool = Spool(directory, segment_bytes=data.draw(st.integers(1, 200)))
    assert [r.payload for r in spool.read(spool.done)] == expected


@pytest.mark.parametrize(
    ("tail", "reported"),
    [
        (b"DSP1" + (90).to_bytes(4, "little") + b"\0\0\0\0" + b"half a record", False),
        (b"DSP1\0\0", False),
        (bytes(5_000), False),
        (b"DSP1" + (4).to_bytes(4, "little") + b"\0\0\0\0" + b"what", True),
        (b"not a record at all", True),
    ],
)
def test_an_end_that_is_no_broken_write_is_reported(tmp_path: Path, tail: bytes, reported: bool) -> None:
    spool = Spool(tmp_path)
    spool.append([b"one"])
    (file,) = segments(tmp_path)
    file.write_bytes(file.read_bytes() + tail)
    damage = Damage()
    again = Spool(tmp_path, damaged=damage)
    again.append([b"next"])
    assert payloads(again) == [b"one", b"next"]
    assert damage == ([(15, tail)] if reported else [])


def test_a_position_that_cannot_be_written_down_is_written_later(tmp_path: Path, monkeypatch) -> None:
    spool = Spool(tmp_path)
    end = spool.append([b"one"])

    def full(path: Path, text: str) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", full)
        spool.finish(end)
    assert spool.backlog == 0
    assert Spool(tmp_path).backlog == 15
    spool.finish(end)
    assert Spool(tmp_path).backlog == 0
