import msgspec
import pytest

from asepsis.ledger.config import LedgerConfig


def test_a_queue_holds_at_least_one_entry():
    assert LedgerConfig().max_queued_bytes > 65_535


@pytest.mark.parametrize("bad", [{"timeout_ms": 0}, {"segment_bytes": 10}, {"max_queued_bytes": 0}, {"sync": False}])
def test_what_cannot_be_used_is_refused(bad):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(bad, LedgerConfig)
