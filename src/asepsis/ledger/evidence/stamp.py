"""The timestamp of a bundle: an authority's token over its checkpoint, and the certificates of who may say so."""

from collections.abc import Mapping, Sequence
from typing import Final

from cryptography.x509 import Certificate

from asepsis.infra.timestamps import Stamp, check, roots_of
from asepsis.ledger.evidence.bag import refused

__all__ = ["AUTHORITIES", "TSR", "checked"]

TSR: Final = "data/timestamp.tsr"
AUTHORITIES: Final = "data/authorities.pem"


def checked(files: Mapping[str, bytes], /, *, roots: Sequence[Certificate] = ()) -> Stamp | None:
    """Returns what the timestamp says of the checkpoint; None where there is none and `roots` ask for none.

    Without `roots` the bundle's own count: then somebody stamped it, and who stays open. Raises NotTrusted, ConfigError
    without the extra `timestamps`.
    """
    if (TSR in files) != (AUTHORITIES in files) or (roots and TSR not in files):
        raise refused("expected a timestamp, and the certificates of its authority")
    if TSR not in files:
        return None
    return check(files[TSR], files["data/checkpoint"], roots=roots or roots_of(files[AUTHORITIES]))
