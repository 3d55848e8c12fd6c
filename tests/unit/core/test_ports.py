"""The ports are Protocols: the adapters of the house fit them."""

from asepsis.core.ports import Answer, Clock, Entry, Ids, Randomness, Request
from asepsis.infra.clock import SystemClock
from asepsis.infra.ids import SystemIds
from asepsis.infra.randomness import SystemRandomness


def names(protocol):
    return {name for name in vars(protocol) if not name.startswith("_")}


def test_adapters_offer_what_their_port_asks():
    for port, adapter in [(Clock, SystemClock), (Ids, SystemIds), (Randomness, SystemRandomness)]:
        assert names(port) <= set(dir(adapter))


def test_values_at_the_ports_are_plain_tuples():
    assert Entry(3, b"x") == (3, b"x")
    assert Request("GET", "u", (), b"").url == "u"
    assert names(Answer) == {"status", "headers", "chunks", "close"}
