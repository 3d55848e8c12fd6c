import pytest

from asepsis.core.errors import NotTrusted
from asepsis.core.events import ProcessStopped, build
from asepsis.core.ports import Entry, Said
from asepsis.ledger.sealing.checking import Checked, check_bodies
from asepsis.ledger.sealing.files import segments_of


@pytest.fixture
def entries(kit):
    kept = [kit.keep(f"e{number}", Said("p", "user", "x"), Said("q", "user", "y")) for number in range(3)]
    events = [build(ProcessStopped("x"), id="e", time=1, tenant="t"), *kept]
    return [Entry(number, event.encode()) for number, event in enumerate(events)]


def test_bodies_that_are_here_hold(kit, entries):
    kit.keys.rows.clear()
    assert check_bodies(entries, kit.root, since=0) == Checked(3, 0)


def test_one_that_was_changed_is_told_by_its_event(kit, entries):
    (path,) = segments_of(kit.root, "t")
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(NotTrusted, match="the body of event `e2`"):
        check_bodies(entries, kit.root, since=0)


def test_those_whose_time_was_up_may_be_gone_and_others_not(kit, entries):
    (path,) = segments_of(kit.root, "t")
    path.unlink()
    assert check_bodies(entries, kit.root, since=int(path.stem[:8]) + 1) == Checked(0, 3)
    with pytest.raises(NotTrusted, match="missing"):
        check_bodies(entries, kit.root, since=int(path.stem[:8]))
