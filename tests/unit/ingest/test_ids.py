from diptych.ingest import ids
from diptych.ingest.ids import AcceptIds


def test_ids_rise_and_never_repeat() -> None:
    numbers = AcceptIds(node=3).take(20_000)
    assert numbers == sorted(set(numbers))
    assert numbers[-1] < 2**63


def test_a_clock_that_goes_back_does_not_repeat_an_id(monkeypatch) -> None:
    source = AcceptIds(node=3)
    before = source.take(10)
    monkeypatch.setattr(ids, "now_ms", lambda: 1_600_000_000_000)
    after = source.take(10)
    assert min(after) > max(before)


def test_two_nodes_do_not_share_ids(monkeypatch) -> None:
    monkeypatch.setattr(ids, "now_ms", lambda: 1_800_000_000_000)
    assert not set(AcceptIds(node=1).take(100)) & set(AcceptIds(node=2).take(100))


def test_ids_rise_over_a_restart_with_a_clock_that_went_back(tmp_path, monkeypatch) -> None:
    before = AcceptIds(node=3, file=tmp_path / "ids").take(10_000)
    monkeypatch.setattr(ids, "now_ms", lambda: 1_600_000_000_000)
    after = AcceptIds(node=3, file=tmp_path / "ids").take(10)
    assert min(after) > max(before)


def test_a_file_of_ids_that_cannot_be_read_is_as_none(tmp_path) -> None:
    (tmp_path / "ids").write_text("")
    assert AcceptIds(file=tmp_path / "ids").take(1)[0] > 0
