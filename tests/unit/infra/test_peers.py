import pytest

from asepsis.core.ports import Peer
from asepsis.infra.peers import is_loopback, peer


class Transport:
    def __init__(self, **known):
        self.get_extra_info = known.get


class Handshake:
    def __init__(self, certificate):
        self._certificate = certificate

    def getpeercert(self, *, binary_form):
        assert binary_form
        return self._certificate


@pytest.mark.parametrize(
    ("known", "seen"),
    [
        ({}, Peer()),
        ({"peername": "/run/socket"}, Peer()),
        ({"peername": ("10.1.2.3", 4)}, Peer("10.1.2.3")),
        ({"peername": ("::1", 4, 0, 0), "ssl_object": Handshake(None)}, Peer("::1")),
        ({"peername": ("::1", 4, 0, 0), "ssl_object": Handshake(b"der")}, Peer("::1", b"der")),
    ],
)
def test_the_other_end_is_what_the_transport_knows(known, seen):
    assert peer(Transport(**known)) == seen


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "127.0.0.1", "localhost.", "127.9.9.9", "::1", "[::1]"])
def test_loopback_is_known_by_name_and_address(host):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "0.0.0.0", "::", "10.0.0.1", "localhost.example", "127.0.0.1.nip.io", "2130706433"]
)
def test_everything_else_can_be_reached_from_elsewhere(host):
    assert not is_loopback(host)
