"""TLS towards upstreams: version 1.2 or newer, the host's name checked, and an authority of one's own where wanted.

Private authorities are common in hospitals. With one, only it is trusted for that upstream, not the system's beside it.
A client's certificate, with its key in the same PEM text, is named by URI like every secret.
"""

import os
import ssl
from pathlib import Path

from asepsis.core.errors import ConfigError

__all__ = ["context"]


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
