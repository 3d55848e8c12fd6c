import pytest

from asepsis.core.errors import NotTrusted
from asepsis.ledger.emergency import OPEN, Emergency, Opening


@pytest.fixture
def opening(clock):
    return Opening("1", ("ledger",), clock.now() + 60_000, "disk full", ("ann", "bob"))


def test_a_file_that_two_signed_opens_until_its_time_is_up_or_it_is_gone(tmp_path, clock, opening):
    def admit(data):
        if data != b"good":
            raise NotTrusted("no", code="ledger_emergency")
        return opening

    emergency = Emergency(tmp_path, admit, clock=clock)
    assert emergency.current() is None
    (tmp_path / OPEN).write_bytes(b"bad")
    assert emergency.current() is None
    (tmp_path / OPEN).write_bytes(b"good")
    assert emergency.allows("ledger") == opening
    assert emergency.allows("sealing") is None
    clock.nanoseconds += 60 * 10**9
    assert emergency.current() is None
    clock.nanoseconds -= 10**9
    assert emergency.current() == opening
    (tmp_path / OPEN).unlink()
    assert emergency.current() is None


def test_its_file_is_read_once(tmp_path, clock, opening):
    read = []
    emergency = Emergency(tmp_path, lambda data: read.append(data) or opening, clock=clock)
    (tmp_path / OPEN).write_bytes(b"good")
    for _ in range(3):
        assert emergency.current() == opening
    assert read == [b"good"]


def test_a_link_opens_nothing(tmp_path, clock, opening):
    (tmp_path / "other").write_bytes(b"good")
    (tmp_path / OPEN).symlink_to(tmp_path / "other")
    assert Emergency(tmp_path, lambda _: opening, clock=clock).current() is None
