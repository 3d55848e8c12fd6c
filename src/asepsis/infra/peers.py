"""The ends of a connection: who is at the other one, and whether this one can be reached from elsewhere."""

import asyncio
import ipaddress

from asepsis.core.ports import Peer

__all__ = ["is_loopback", "peer"]


def peer(transport: asyncio.BaseTransport, /) -> Peer:
    """Returns the other end: its address, and the certificate that TLS has checked."""
    address = transport.get_extra_info("peername")
    handshake = transport.get_extra_info("ssl_object")
    certificate = handshake.getpeercert(binary_form=True) if handshake is not None else None
    return Peer(address[0] if isinstance(address, tuple) else "", certificate or b"")


def is_loopback(host: str, /) -> bool:
    """Whether a host's name or address, without a port, is this machine's own loopback."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.removeprefix("[").removesuffix("]")).is_loopback
    except ValueError:
        return False
