import pytest

from asepsis.core.errors import NotTrusted, Unavailable
from asepsis.core.ports import Said
from asepsis.ledger.sealing.opening import sealed_in
from asepsis.testing.sealing import MemoryWrapper, SealingKit


def test_it_seals_and_opens(tmp_path):
    kit = SealingKit(tmp_path)
    kit.sealer.start()
    event = kit.keep("e1", Said("messages[0]", "user", "hello"))
    opened = kit.open(event, kit.bytes_of(sealed_in(event)))
    assert [one.said for one in opened.parts] == [("messages[0]", "user", "hello")]
    kit.sealer.close()


def test_its_key_can_be_away_and_opens_nothing_else():
    wrapper = MemoryWrapper()
    with pytest.raises(NotTrusted):
        wrapper.unwrap(b"x")
    wrapper.away = True
    with pytest.raises(Unavailable):
        wrapper.wrap(b"k" * 32)
