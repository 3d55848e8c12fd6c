import pytest

from asepsis.core.errors import ConfigError, NotTrusted
from asepsis.ledger.config import LedgerConfig
from asepsis.ledger.copies import copy_log
from asepsis.ledger.format import HEAD
from asepsis.ledger.publish import ANCHORED, CHECKPOINT
from asepsis.ledger.reader import LogReader
from asepsis.ledger.stamps import Stamped, keep, stamped
from asepsis.ledger.store import Store
from asepsis.ledger.verify import verify


@pytest.fixture
def store(tmp_path, clock, ids):
    made = Store(tmp_path / "led", clock=clock, ids=ids, config=LedgerConfig(segment_bytes=1 << 12))
    yield made
    made.close()


def fill(store, events, start, count):
    for number in range(start, start + count):
        store.append("acme", [events.plain(f"e{number}", size=200).encode()])
    store.publish()


def test_a_log_in_use_is_copied_as_it_once_was(store, events, tmp_path, clock, ids):
    fill(store, events, 0, 60)
    target = tmp_path / "copy" / "acme"
    assert copy_log(tmp_path / "led" / "acme", target) == 60
    fill(store, events, 60, 5)
    assert verify(target).checkpoint.size == 60
    assert LogReader(tmp_path / "copy", "acme").size() == 60


def test_the_copy_is_a_log_that_goes_on(store, events, tmp_path, clock, ids):
    fill(store, events, 0, 60)
    copy_log(tmp_path / "led" / "acme", tmp_path / "copy" / "acme")
    (tmp_path / "copy" / "writer.key").write_bytes((tmp_path / "led" / "writer.key").read_bytes())
    (tmp_path / "copy" / "writer.key").chmod(0o600)
    other = Store(tmp_path / "copy", clock=clock, ids=ids)
    other.append("acme", [events.plain("more").encode()])
    other.close()
    assert verify(tmp_path / "copy" / "acme").checkpoint.size == 61


def test_what_was_anchored_and_stamped_goes_along(store, events, tmp_path):
    fill(store, events, 0, 3)
    folder = tmp_path / "led" / "acme"
    note = (folder / CHECKPOINT).read_bytes()
    (folder / ANCHORED).write_bytes(note)
    keep(folder, Stamped(3, note, b"token"))
    copy_log(folder, tmp_path / "copy" / "acme")
    assert stamped(tmp_path / "copy" / "acme", 3) == Stamped(3, note, b"token")
    assert (tmp_path / "copy" / "acme" / ANCHORED).read_bytes() == note
    assert verify(tmp_path / "copy" / "acme").checkpoint.size == 3


def test_bytes_behind_the_head_stay_behind(store, events, tmp_path):
    fill(store, events, 0, 3)
    (segment,) = (tmp_path / "led" / "acme").glob("*.log")
    with segment.open("ab") as file:
        file.write(b"torn")
    copy_log(tmp_path / "led" / "acme", tmp_path / "copy" / "acme")
    assert (tmp_path / "copy" / "acme" / segment.name).stat().st_size == segment.stat().st_size - 4


def test_a_log_without_a_head_is_refused(store, events, tmp_path):
    fill(store, events, 0, 3)
    (tmp_path / "led" / "acme" / HEAD).write_bytes(b"x")
    with pytest.raises((NotTrusted, ConfigError)):
        copy_log(tmp_path / "led" / "acme", tmp_path / "copy" / "acme")
