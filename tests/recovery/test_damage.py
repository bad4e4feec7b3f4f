"""A spool that a crash or a broken disk damaged: the server starts, and only what cannot be read is missing."""

import shutil
import struct
from pathlib import Path

from tests.harness import Server
from tests.recovery.senders import PROTOCOLS, accepted, stored
from tests.recovery.test_kill import kill

HEADER = struct.Struct("<4sII")


def records(data: bytes, start: int) -> list[int]:
    """Offsets of the records from an offset on."""
    found = []
    while start < len(data):
        found.append(start)
        start += HEADER.size + HEADER.unpack_from(data, start)[1]
    return found


def spooled(start_server, tmp_path: Path, numbers: range) -> tuple[Server, object, Path, int]:
    """A stopped server with one record per number in its spool, none of them inserted; where they begin."""
    server: Server = start_server()
    project = server.add_project("Damaged")
    server.stop()
    before = tmp_path / "before"
    shutil.copytree(server.data_dir, before, symlinks=True)
    server.start()
    with server.client() as client:
        for n in numbers:
            assert accepted(PROTOCOLS[n % 3](client, project, [n]))
    kill(server)
    # As if the engine had been away all the time: the spool of now, everything else as it was.
    spool = tmp_path / "spool"
    shutil.copytree(server.data_dir / "spool", spool)
    shutil.rmtree(server.data_dir)
    shutil.copytree(before, server.data_dir, symlinks=True)
    [segment] = spool.glob("*.spool")
    begin = int((before / "spool" / "done").read_text()) if (before / "spool" / "done").exists() else 0
    (spool / "done").write_text(str(begin))
    shutil.rmtree(server.data_dir / "spool")
    shutil.copytree(spool, server.data_dir / "spool")
    return server, project, server.data_dir / "spool" / segment.name, begin - int(segment.stem)


def test_a_flipped_byte_and_a_torn_record_cost_what_they_hit(start_server, tmp_path: Path) -> None:
    server, project, segment, begin = spooled(start_server, tmp_path, range(30))
    data = bytearray(segment.read_bytes())
    offsets = records(bytes(data), begin)
    assert len(offsets) == 30
    data[offsets[12] + HEADER.size + 5] ^= 0x40
    torn = bytes(data[offsets[3] : offsets[4] - 7])  # never acknowledged
    segment.write_bytes(bytes(data) + torn)

    server.start()
    assert stored(project) == {n: 1 for n in range(30) if n != 12}
    [kept] = (server.data_dir / "spool" / "aside").iterdir()
    assert kept.read_bytes() == bytes(data[offsets[12] : offsets[13]])
    with server.client() as client:
        assert "diptych_set_aside_total 1.0" in client.get("/metrics").text
        assert accepted(PROTOCOLS[0](client, project, [99]))
    assert stored(project)[99] == 1
    assert "spool_damaged" in server.log.read_text()


def test_a_last_record_that_cannot_be_read_is_kept_aside(start_server, tmp_path: Path) -> None:
    server, project, segment, begin = spooled(start_server, tmp_path, range(6))
    data = bytearray(segment.read_bytes())
    data[-3] ^= 0x01
    segment.write_bytes(data)

    server.start()
    assert stored(project) == dict.fromkeys(range(5), 1)
    [kept] = (server.data_dir / "spool" / "aside").iterdir()
    assert kept.read_bytes() == bytes(data[records(bytes(data), begin)[5] :])
