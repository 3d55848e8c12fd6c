"""The vault: values come back in a later call of the same scope, and open for nobody else."""

import pytest

from asepsis.core.errors import NotTrusted, Unavailable
from asepsis.core.types import Count, Kind
from asepsis.deid import Channel, Scope, ScopeKind
from asepsis.deid.stores import MemoryStore
from asepsis.deid.vault import Tools, Vault
from asepsis.infra.keys import FileKeys, HmacDigester
from asepsis.infra.records import SealedScope, SealedValue
from asepsis.testing.clock import ManualClock
from asepsis.testing.randomness import SeededRandomness

SCOPE = Scope("t", ScopeKind.SESSION, "session 7122250")
LIFE = 1000


@pytest.fixture
def keys(tmp_path):
    path = tmp_path / "master.key"
    path.write_bytes(bytes(range(32)))
    path.chmod(0o600)
    return FileKeys(path)


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def vault(store, keys, clock):
    return Vault(store, Tools(keys, HmacDigester(keys), clock, SeededRandomness()), life_ms=LIFE)


@pytest.fixture
def token(vault):
    memory = vault.open(SCOPE)
    token = memory.token(Kind.NAME, "Uma Haddad")
    vault.keep(memory)
    assert memory.pending() == ()
    return token


def test_a_later_call_gets_the_same_token_and_the_value_back(vault, token, make_reveal):
    again = vault.open(SCOPE)
    assert again.token(Kind.NAME, "Uma Haddad") == token
    restorer = again.restorer(make_reveal(), channel=Channel.READER)
    assert restorer.feed(f"{token} came ") == "Uma Haddad came "
    assert again.pending() == ()


def test_neither_value_nor_scope_stands_in_the_rows(vault, store, token):
    (row,) = store.values(vault.digest(SCOPE), tenant="t")
    held = repr(row) + repr(store.scope(row.scope, tenant="t"))
    assert row.token == token
    for text in ("Uma", "Haddad", "7122250", 'NAME\\"'):
        assert text not in held


@pytest.mark.parametrize(
    "other",
    [
        Scope("t", ScopeKind.SESSION, "other"),
        Scope("u", ScopeKind.SESSION, SCOPE.id),
        Scope("t", ScopeKind.PROJECT, SCOPE.id),
    ],
)
def test_another_scope_gets_nothing(vault, token, make_reveal, other):
    text, event = vault.reveal(other, f"{token} came", make_reveal(other.tenant))
    assert (text, event) == (f"{token} came", None)


def test_a_reveal_is_counted_and_told(vault, store, token, make_reveal):
    text, event = vault.reveal(SCOPE, f"{token} and {token}", make_reveal())
    assert text == "Uma Haddad and Uma Haddad"
    assert event.revealed == (Count(Kind.NAME, 2),)
    assert event.scope == vault.digest(SCOPE)
    assert "Haddad" not in repr(event)
    (row,) = store.values(event.scope, tenant="t")
    assert row.revealed == 2


def test_another_tenant_s_decision_reveals_nothing(vault, token, make_reveal):
    with pytest.raises(NotTrusted):
        vault.reveal(SCOPE, token, make_reveal("u"))


def test_erasing_destroys_key_and_values(vault, store, token, make_reveal):
    event = vault.erase(SCOPE)
    assert (event.values, event.reason) == (1, "erased")
    assert store.scope(event.scope, tenant="t") is None
    assert vault.reveal(SCOPE, token, make_reveal())[0] == token


def test_a_scope_erased_meanwhile_takes_no_more(vault, token):
    memory = vault.open(SCOPE)
    vault.erase(SCOPE)
    memory.token(Kind.SSN, "078-05-1120")
    with pytest.raises(Unavailable) as refused:
        vault.keep(memory)
    assert refused.value.code == "vault_changed"


def test_two_calls_that_took_one_code_do_not_share_it(vault, store, keys, clock, token):
    first, second = (Vault(store, Tools(keys, HmacDigester(keys), clock, SeededRandomness(seed=5))) for _ in range(2))
    one, two = first.open(SCOPE), second.open(SCOPE)
    assert one.token(Kind.SSN, "078-05-1120") == two.token(Kind.SSN, "219-09-9999")
    first.keep(one)
    with pytest.raises(Unavailable):
        second.keep(two)


def test_a_scope_lives_on_with_each_value_and_then_expires(vault, clock, token, make_reveal):
    clock.advance(milliseconds=LIFE - 1)
    memory = vault.open(SCOPE)
    memory.token(Kind.SSN, "078-05-1120")
    vault.keep(memory)
    clock.advance(milliseconds=LIFE - 1)
    assert vault.expire("t") == ()
    assert vault.reveal(SCOPE, token, make_reveal())[0] == "Uma Haddad"
    clock.advance(milliseconds=1)
    assert vault.reveal(SCOPE, token, make_reveal())[0] == token


def test_what_expired_is_erased_with_an_event(vault, clock, token):
    clock.advance(milliseconds=LIFE)
    (event,) = vault.expire("t")
    assert (event.values, event.reason) == (1, "expired")
    assert vault.expire("t") == ()


@pytest.mark.parametrize("change", ["flipped", "swapped", "short", "rewrapped"])
def test_rows_that_were_tampered_with_do_not_open(vault, store, token, change):
    memory = vault.open(SCOPE)
    memory.token(Kind.SSN, "078-05-1120")
    vault.keep(memory)
    scope = vault.digest(SCOPE)
    key = store.scope(scope, tenant="t")
    one, two = store.values(scope, tenant="t")
    sealed = {
        "flipped": one.sealed[:-1] + bytes([one.sealed[-1] ^ 1]),
        "swapped": two.sealed,
        "short": b"x",
        "rewrapped": one.sealed,
    }[change]
    wrapped = bytes(len(key.wrapped)) if change == "rewrapped" else key.wrapped
    store.erase(scope, tenant="t")
    store.add_scope(SealedScope("t", scope, wrapped, 0, key.expires))
    store.add([SealedValue("t", scope, one.token, sealed, 0)], expires=0)
    with pytest.raises(NotTrusted) as refused:
        vault.open(SCOPE)
    assert refused.value.code == "vault_sealed"


def test_nothing_issued_makes_no_scope(vault, store):
    vault.keep(vault.open(SCOPE))
    assert store.scope(vault.digest(SCOPE), tenant="t") is None
