import threading

import pytest

from asepsis.core.errors import InputError, NotTrusted
from asepsis.infra.columns import Query
from asepsis.ledger import index
from asepsis.ledger.disk import OsDisk
from asepsis.ledger.format import segment_name
from asepsis.ledger.index import event_of, opened
from asepsis.ledger.log import Log
from asepsis.ledger.reader import LogReader
from asepsis.testing.keys import NamedKeys


@pytest.fixture
def log(tmp_path):
    log = Log(tmp_path / "acme", NamedKeys(), disk=OsDisk(), segment_bytes=3000)
    yield log
    log.close()


@pytest.fixture
def add(log, events):
    def add(count):
        before = log.seal.size
        for number in range(before, before + count):
            log.append([events.plain(f"e{number}").encode()])

    return add


@pytest.fixture
def at(tmp_path):
    return tmp_path / "index"


@pytest.fixture
def refreshed(tmp_path, at):
    def refreshed(*, rebuild=False):
        with opened(tmp_path / "acme", at) as found:
            found.refresh(rebuild=rebuild)
            assert found.root == LogReader(tmp_path, "acme").durable()[1]
            return found.size, found.ask(Query())

    return refreshed


def parquet(at):
    return {path.name: path.stat().st_ino for path in at.glob("*.parquet")}


def test_it_goes_on_from_where_it_stood(add, refreshed, at, monkeypatch):
    monkeypatch.setattr(index, "_ROWS", 20)
    assert refreshed() == (0, [])
    for count, files in ((5, [5]), (10, [15]), (0, [15]), (10, [25]), (30, [25, 45, 55])):
        add(count)
        assert refreshed() == (files[-1], list(range(files[-1])))
        assert sorted(int(name[21:41]) for name in parquet(at)) == files
    kept = parquet(at)
    add(1)
    refreshed()
    assert len(kept.items() & parquet(at).items()) == 2
    assert {path.stat().st_mode & 0o777 for path in at.iterdir()} == {0o600}


def test_a_log_that_grows_meanwhile_is_gone_on_from(log, events, tmp_path, at, monkeypatch):
    """Size and root were read one after the other: a commit in between had the index made anew."""
    monkeypatch.setattr(index, "_ROWS", 20)
    entry = events.plain("e").encode()
    log.append([entry] * 20)

    class Growing(LogReader):
        def _head(self):
            head = super()._head()
            log.append([entry])
            return head

    with opened(tmp_path / "acme", at) as found:
        found.refresh(rebuild=False)
        kept = parquet(at)
        monkeypatch.setattr(index, "LogReader", Growing)
        found.refresh(rebuild=False)
        assert kept.items() <= parquet(at).items()
        assert found.ask(Query()) == list(range(found.size))


def test_one_at_a_time_has_an_index(add, tmp_path, at):
    add(3)
    had = []

    def other():
        with opened(tmp_path / "acme", at) as found:
            found.refresh(rebuild=False)
            had.append(found.size)

    with opened(tmp_path / "acme", at):
        waiting = threading.Thread(target=other)
        waiting.start()
        waiting.join(0.1)
        assert (waiting.is_alive(), had) == (True, [])
    waiting.join()
    assert had == [3]


def test_what_is_full_is_not_read_again(add, refreshed, tmp_path):
    add(60)
    refreshed()
    (tmp_path / "acme" / segment_name(0)).unlink()
    add(1)
    assert refreshed() == (61, list(range(61)))
    with pytest.raises(NotTrusted):
        refreshed(rebuild=True)


def _cut(at):
    victim = next(at.glob("*.parquet"))
    victim.write_bytes(victim.read_bytes()[:-9])


def _gone(at):
    next(at.glob("*.parquet")).unlink()


def _state(old, new):
    def harm(at):
        text = (at / "state.json").read_text()
        assert old in text
        (at / "state.json").write_text(text.replace(old, new))

    return harm


@pytest.mark.parametrize(
    "harm",
    [
        _cut,
        _gone,
        lambda at: (at / "state.json").unlink(),
        lambda at: (at / "state.json").write_bytes(b"\xff"),
        _state('"format":1', '"format":2'),
        _state('"size":40', '"size":39'),
        _state('"end":40', '"end":39'),
        _state('"first":0', '"first":1'),
        _state('"offset":', '"offset":9'),
        _state('"segment":', '"segment":9'),
        _state('"hashes":["', '"hashes":["' + "0" * 64 + '","'),
        _state('"files":[', '"files":[],"else":['),
    ],
    ids=["cut", "gone", "stateless", "bytes", "format", "size", "end", "first", "offset", "segment", "hashes", "else"],
)
def test_what_does_not_hold_is_made_anew(add, refreshed, at, harm):
    add(40)
    refreshed()
    harm(at)
    add(3)
    assert refreshed() == (43, list(range(43)))
    before = parquet(at)
    refreshed()
    assert parquet(at) == before


@pytest.mark.parametrize("size", [30, 40, 50])
def test_the_index_of_another_log_is_made_anew(add, refreshed, tmp_path, events, at, size):
    add(40)
    refreshed()
    other = Log(tmp_path / "other" / "acme", NamedKeys(), disk=OsDisk())
    other.append([events.plain(f"other{number}").encode() for number in range(size)])
    other.close()
    with opened(tmp_path / "other" / "acme", at) as found:
        found.refresh(rebuild=False)
        assert (found.size, found.root) == LogReader(tmp_path / "other", "acme").durable()


def test_a_build_that_was_interrupted_leaves_nothing_behind(add, refreshed, at, monkeypatch):
    add(40)
    refreshed()
    (at / "00000000000000000000-00000000000000000099.parquet").write_bytes(b"torn")
    add(1)
    assert refreshed() == (41, list(range(41)))
    assert len(parquet(at)) == 1


def test_only_events_of_the_tenant_are_read(log, refreshed, events, tmp_path):
    for entry in (b"{}", events.plain("a", tenant="other").encode()):
        with pytest.raises(NotTrusted, match="entry 7"):
            event_of(entry, 7, tmp_path / "acme")
    log.append([b"{}"])
    with pytest.raises(NotTrusted, match="entry 0"):
        refreshed()


def test_files_of_another_kind_are_told(add, refreshed, tmp_path, at):
    add(3)
    refreshed()
    with opened(tmp_path / "acme", at) as found:
        found.refresh(rebuild=False)
        next(at.glob("*.parquet")).write_bytes(b"else")
        with pytest.raises(InputError):
            found.ask(Query())
