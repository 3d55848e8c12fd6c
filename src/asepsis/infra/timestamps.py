"""Timestamps by an authority that others trust (RFC 3161): what is asked of it, and what its answers are worth.

A token says that certain bytes existed at a time that is the authority's, not ours. The library is the extra
`timestamps`; it does nothing over the network.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from cryptography.x509 import Certificate, load_pem_x509_certificates

from asepsis.core.errors import ConfigError, NotTrusted

__all__ = ["MOST_TOKEN", "Query", "Stamp", "ask", "check", "read_roots", "roots_of"]

MOST_TOKEN: Final = 1 << 16
"""How many bytes an answer may have; one that is cut off is none."""


class Query(NamedTuple):
    """A question to an authority: its bytes, and the number that the answer has to repeat."""

    data: bytes
    nonce: int


class Stamp(NamedTuple):
    """A token that holds: when, in milliseconds since the epoch, and its number with that authority."""

    time: int
    serial: int


def ask(message: bytes, /) -> Query:
    """Returns the question about a message: its SHA-256 goes out, and a new nonce; raises ConfigError."""
    try:
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder  # noqa: PLC0415 an extra
    except ImportError as error:
        raise _missing() from error
    made = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256).build()
    return Query(made.as_bytes(), made.nonce or 0)


def check(token: bytes, message: bytes, /, *, roots: Sequence[Certificate], nonce: int | None = None) -> Stamp:
    """Returns what an authority under one of the roots says of a message.

    The answer has to repeat the nonce where there is one. Raises NotTrusted for any other answer, and ConfigError
    without the library.
    """
    try:
        from rfc3161_client import VerifierBuilder, decode_timestamp_response  # noqa: PLC0415 an extra
    except ImportError as error:
        raise _missing() from error
    try:
        answer = decode_timestamp_response(token[:MOST_TOKEN])
        VerifierBuilder(roots=list(roots), nonce=nonce).build().verify_message(answer, message)
        return Stamp(int(answer.tst_info.gen_time.timestamp() * 1000), answer.tst_info.serial_number)
    except Exception as error:  # whatever broken certificates make of their reader, it is no timestamp
        raise NotTrusted("expected an authority's timestamp of this", place="timestamp", code="ledger_stamp") from error


def read_roots(path: Path, /) -> tuple[Certificate, ...]:
    """Reads the certificates of authorities that are trusted, in PEM; raises ConfigError."""
    try:
        return roots_of(path.read_bytes())
    except (OSError, NotTrusted) as error:
        raise ConfigError("expected certificates of timestamp authorities in PEM", place=str(path)) from error


def roots_of(pem: bytes, /) -> tuple[Certificate, ...]:
    """Returns the certificates in a PEM text; raises NotTrusted."""
    try:
        return tuple(load_pem_x509_certificates(pem))
    except ValueError as error:
        raise NotTrusted("expected certificates in PEM", place="timestamp", code="ledger_stamp") from error


def _missing() -> ConfigError:
    return ConfigError("expected the extra `timestamps`; install `asepsis[timestamps]`")
