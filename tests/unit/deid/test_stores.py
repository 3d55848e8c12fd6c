"""The store in memory; tests/unit/infra/test_vault.py holds it and the database to the same promises."""

from asepsis.deid.stores import MemoryStore
from asepsis.infra.records import SealedScope, SealedValue


def test_two_stores_share_nothing():
    one, other = MemoryStore(), MemoryStore()
    one.add_scope(SealedScope("t", "s", b"w", 1, 9))
    assert one.add([SealedValue("t", "s", "a", b"x", 1)], expires=5)
    assert other.scope("s", tenant="t") is None
    assert one.scope("s", tenant="t").expires == 9
