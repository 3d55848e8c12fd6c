import hashlib

import msgspec
import pytest

from asepsis.core.errors import NotTrusted
from asepsis.core.types import Verdict
from asepsis.infra.columns import Query, Row, pack
from asepsis.ledger.disk import OsDisk
from asepsis.ledger.format import segment_name
from asepsis.ledger.log import Log
from asepsis.ledger.search import scan, search
from asepsis.testing.keys import NamedKeys

DENIED = Query(verdicts=(Verdict.DENY,))


@pytest.fixture
def folder(tmp_path, events):
    log = Log(tmp_path / "acme", NamedKeys(), disk=OsDisk())
    for number in range(40):
        event = events.plain(f"e{number}")
        log.append([msgspec.structs.replace(event, verdict=Verdict(number % 4), principal=f"p{number % 3}").encode()])
    log.close()
    return tmp_path / "acme"


@pytest.fixture
def at(tmp_path):
    return tmp_path / "index"


def indexes(found):
    return [hit.entry.index for hit in found.hits]


def forge(at, change):
    """Writes the index's rows anew, with digests that fit: what somebody who may write there can do."""
    file = next(at.glob("*.parquet"))
    rows = change([Row(number, 1, "process.stopped", number % 4, f"p{number % 3}", ()) for number in range(40)])
    old, data = file.read_bytes(), pack(rows)
    file.write_bytes(data)
    state = (at / "state.json").read_text()
    digests = [hashlib.sha256(one).hexdigest() for one in (old, data)]
    assert digests[0] in state
    (at / "state.json").write_text(state.replace(*digests))


def test_a_search_finds_what_a_scan_finds(folder, at):
    found = search(folder, DENIED, index=at)
    assert indexes(found) == list(range(3, 40, 4))
    assert found == scan(folder, DENIED)
    assert (found.size, found.more) == (40, False)


@pytest.mark.parametrize(
    ("start", "limit", "wanted", "more"), [(0, 3, [3, 7, 11], True), (8, 8, [*range(11, 40, 4)], False)]
)
def test_it_goes_on_where_a_limit_ended_it(folder, at, start, limit, wanted, more):
    query = msgspec.structs.replace(DENIED, start=start, limit=limit)
    for found in (search(folder, query, index=at), scan(folder, query)):
        assert (indexes(found), found.more, found.size) == (wanted, more, 40)


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: [row._replace(verdict=3) for row in rows],
        lambda rows: [row._replace(entry=row.entry + 1) for row in rows],
        lambda rows: [row._replace(entry=row.entry + 100) for row in rows],
        lambda rows: rows + rows,
    ],
    ids=["verdict", "moved", "beyond", "twice"],
)
def test_a_forged_index_invents_nothing(folder, at, change):
    wanted = search(folder, DENIED, index=at)
    forge(at, change)
    assert search(folder, DENIED, index=at) == wanted


def test_what_a_forged_index_hides_is_found_by_one_made_anew(folder, at):
    wanted = search(folder, DENIED, index=at)
    forge(at, lambda rows: [row._replace(verdict=0) for row in rows])
    assert indexes(search(folder, DENIED, index=at)) == []
    assert search(folder, DENIED, index=at, rebuild=True) == wanted
    assert search(folder, DENIED, index=at) == wanted


def test_files_that_are_no_index_are_made_anew(folder, at):
    wanted = search(folder, DENIED, index=at)
    file = next(at.glob("*.parquet"))
    state = (at / "state.json").read_text()
    (at / "state.json").write_text(
        state.replace(hashlib.sha256(file.read_bytes()).hexdigest(), hashlib.sha256(b"else").hexdigest())
    )
    file.write_bytes(b"else")
    assert search(folder, DENIED, index=at) == wanted


def test_damage_of_the_log_is_told(folder, at):
    victim = folder / segment_name(0)
    victim.write_bytes(victim.read_bytes().replace(b"e17", b"e71"))
    for run in (lambda: search(folder, DENIED, index=at), lambda: scan(folder, DENIED)):
        with pytest.raises(NotTrusted, match="durable"):
            run()
