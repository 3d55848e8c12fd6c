"""A vault that is made late, once, and then does what a vault does."""

from concurrent.futures import ThreadPoolExecutor

from asepsis.core.types import Kind
from asepsis.deid import Scope, ScopeKind
from asepsis.deid.late import LateVault
from asepsis.deid.stores import MemoryStore
from asepsis.deid.vault import Tools, Vault
from asepsis.infra.keys import FileKeys, HmacDigester
from asepsis.testing.clock import ManualClock
from asepsis.testing.randomness import SeededRandomness

SCOPE = Scope("t", ScopeKind.SESSION, "s")


def test_it_is_made_once_whoever_asks_first_and_keeps_what_a_vault_keeps(tmp_path):
    path = tmp_path / "master.key"
    path.write_bytes(bytes(range(32)))
    path.chmod(0o600)
    keys, made = FileKeys(path), []

    def make():
        made.append(1)
        return Vault(MemoryStore(), Tools(keys, HmacDigester(keys), ManualClock(), SeededRandomness()))

    late = LateVault(make)
    assert not made
    with ThreadPoolExecutor(4) as threads:
        digests = set(threads.map(late.digest, [SCOPE] * 20))
    assert len(digests) == len(made) == 1
    memory = late.open(SCOPE)
    token = memory.token(Kind.NAME, "Uma Haddad")
    late.keep(memory)
    assert late.open(SCOPE).token(Kind.NAME, "Uma Haddad") == token
