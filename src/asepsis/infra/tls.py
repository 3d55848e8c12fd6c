"""TLS, version 1.2 or newer: towards upstreams, whose names are checked, and towards clients, who may show theirs.

Private authorities are common in hospitals. With one, only it is trusted for that upstream, not the system's beside it.
A client's certificate, with its key in the same PEM text, is named by URI like every secret.
"""

import os
import ssl
from collections.abc import Sequence
from pathlib import Path

from asepsis.core.errors import ConfigError

__all__ = ["Serving", "authorities", "context", "serving"]


def context(*, ca_file: str = "", identity: str = "", place: str = "tls") -> ssl.SSLContext:
    """Returns a context for one upstream; raises ConfigError for files that can't be used.

    `ca_file` names a file of trusted certificates in PEM, empty for the system's; `identity` is the client's
    certificate and key as PEM text.
    """
    try:
        made = ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError("expected a file of certificates in PEM", place=f"{place}.ca_file") from error
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if identity:
        try:
            _load(made, identity)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(
                "expected a certificate and its key in PEM", place=f"{place}.client_certificate"
            ) from error
    return made


def serving(identity: str, authorities: Sequence[bytes], /, *, asked: bool) -> ssl.SSLContext:
    """Returns a context for a listener; raises ConfigError for a certificate and key, as PEM text, that can't be used.

    Where they are `asked`, clients may show a certificate that goes back to one of `authorities`, in DER; one that
    shows another is turned away.
    """
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_alpn_protocols(["http/1.1"])
    try:
        _load(made, identity)
        if authorities:
            made.load_verify_locations(cadata=b"".join(authorities))
    except (OSError, ssl.SSLError) as error:
        raise ConfigError("expected a certificate and its key in PEM, and authorities of clients") from error
    if asked:
        made.verify_mode = ssl.CERT_OPTIONAL
    return made


def authorities(file: Path, /) -> tuple[bytes, ...]:
    """Returns the certificates of a PEM file in DER; raises ConfigError for a file without any."""
    try:
        found = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError("expected a file of certificates in PEM", place=str(file)) from error
    if not (certificates := found.get_ca_certs(binary_form=True)):
        raise ConfigError("expected a file of certificates of authorities in PEM", place=str(file))
    return tuple(certificates)


class Serving:
    """The context of a listener that stays while its certificates change: a handshake is made with those in force."""

    def __init__(self, current: ssl.SSLContext) -> None:
        self.current = current
        self.outer = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.outer.verify_mode = current.verify_mode
        self.outer.minimum_version = current.minimum_version
        self.outer.set_alpn_protocols(["http/1.1"])
        self.outer.sni_callback = self._choose

    def _choose(self, handshake: ssl.SSLObject, name: str, outer: ssl.SSLContext) -> None:  # noqa: ARG002 ssl passes them
        handshake.context = self.current


def _load(made: ssl.SSLContext, identity: str) -> None:
    """Hands a key over by a file in memory: OpenSSL reads files only, and the key is not to touch a disk."""
    descriptor = os.memfd_create("asepsis-tls")
    try:
        os.write(descriptor, identity.encode())
        made.load_cert_chain(Path(f"/proc/self/fd/{descriptor}"), password=_no_password)
    finally:
        os.close(descriptor)


def _no_password() -> str:
    """An encrypted key is a fault, not a question on the terminal."""
    return ""
