import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asepsis.core.errors import NotTrusted
from asepsis.core.events import ProcessStopped, build
from asepsis.ledger import finding
from asepsis.ledger.disk import OsDisk
from asepsis.ledger.finding import found_by_id
from asepsis.ledger.format import segment_name, segments
from asepsis.ledger.log import Log
from asepsis.ledger.publish import Publisher
from asepsis.ledger.reader import LogReader
from asepsis.testing.keys import NamedKeys


def name(time, number=0):
    return f"{time:012x}"[:8] + "-" + f"{time:012x}"[8:] + f"-7000-8000-{number:012x}"


def fill(folder, names, *, batch=5, segment=2048, published=True):
    log = Log(folder, NamedKeys(), disk=OsDisk(), segment_bytes=segment)
    events = [build(ProcessStopped("x" * 40), id=one, time=1, tenant=folder.name).encode() for one in names]
    for start in range(0, len(events), batch):
        log.append(events[start : start + batch])
    if published:
        publisher = Publisher(folder, log.signers, LogReader(folder.parent, folder.name))
        publisher.catch_up(100_000)
        publisher.publish(log.seal, time=1)
    log.close()
    return events


@pytest.fixture
def looked(monkeypatch):
    """The segments that were looked into."""
    seen = []
    hits = finding._hits
    monkeypatch.setattr(finding, "_hits", lambda path, *rest: seen.append(int(path.stem)) or hits(path, *rest))
    return seen


@pytest.mark.parametrize("published", [True, False])
def test_an_id_is_found_in_the_one_segment_of_its_time(tmp_path, looked, published):
    names = [name(1_000_000 + 10 * number, number) for number in range(200)]
    events = fill(tmp_path / "acme", names, published=published)
    assert len(segments(tmp_path / "acme")) > 10
    for number in (0, 1, 57, 100, 199):
        looked.clear()
        assert found_by_id(tmp_path / "acme", names[number]) == (number, events[number])
        assert len(looked) == 1


def test_an_id_that_came_late_is_found_beside_its_time_and_one_that_never_came_is_not(tmp_path, looked):
    names = [name(1_000_000 + 10 * number, number) for number in range(100)]
    names.insert(90, name(1_000_000, 500))
    fill(tmp_path / "acme", names)
    assert found_by_id(tmp_path / "acme", names[90]).index == 90
    looked.clear()
    assert found_by_id(tmp_path / "acme", name(1_000_100, 999)) is None
    assert sorted(looked) == segments(tmp_path / "acme")


def test_ids_that_carry_no_time_are_found_newest_first(tmp_path, looked):
    fill(tmp_path / "acme", [f"e{number}" for number in range(100)])
    assert found_by_id(tmp_path / "acme", "e99").index == 99
    assert len(looked) == 1
    assert found_by_id(tmp_path / "acme", "e0").index == 0
    assert found_by_id(tmp_path / "acme", "e") is None
    assert found_by_id(tmp_path / "acme", 'e"') is None


def test_an_id_in_a_payload_is_not_the_events_own(tmp_path):
    folder = tmp_path / "acme"
    log = Log(folder, NamedKeys(), disk=OsDisk())
    log.append([build(ProcessStopped('"id":"b"'), id="a", time=1, tenant="acme").encode()])
    entry = build(ProcessStopped("x"), id="c", time=1, tenant="acme").encode()
    log.append([entry.replace(b'"process":"x"', b'"process":"x","more":{"id":"b"}')])
    log.append([build(ProcessStopped("x"), id="b", time=1, tenant="acme").encode()])
    log.close()
    assert found_by_id(folder, "b").index == 2


def test_what_is_not_durable_is_not_found(tmp_path):
    folder = tmp_path / "acme"
    fill(folder, ["a", "b"], batch=1)
    path = folder / segment_name(0)
    data = path.read_bytes()
    path.write_bytes(data + data[-400:])
    entry = build(ProcessStopped("x"), id="later", time=1, tenant="acme").encode()
    with path.open("ab") as file:
        file.write(len(entry).to_bytes(4, "big") + entry)
    assert found_by_id(folder, "later") is None
    assert found_by_id(folder, "b").index == 1


def test_what_was_changed_is_refused(tmp_path):
    folder = tmp_path / "acme"
    fill(folder, ["a", "b", "c"], published=False)
    path = folder / segment_name(0)
    path.write_bytes(path.read_bytes().replace(b'"id":"b"', b'"id":"x"'))
    with pytest.raises(NotTrusted):
        found_by_id(folder, "x")


@settings(max_examples=25)
@given(st.lists(st.integers(1, 5000), min_size=1, max_size=60), st.integers(1, 7))
def test_whatever_the_order_of_times_each_id_is_found(tmp_path_factory, times, batch):
    folder = tmp_path_factory.mktemp("find") / "acme"
    names = [name(time, number) for number, time in enumerate(times)]
    fill(folder, names, batch=batch, segment=600, published=False)
    for index, one in enumerate(names):
        assert found_by_id(folder, one).index == index
