"""The ledger's settings."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

__all__ = ["EmergencyConfig", "LedgerConfig", "SealingConfig", "TimestampConfig"]


class SealingConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether what is asked and answered is kept, sealed, for whom, and how long.

    `to` is the key-encrypting key of the process that opens, as `asepsis ledger opener-key` prints it; without one
    nothing is kept. Kept is all that is said, or what policies ask for by `@seal`, and never what one says `off` of. Of
    one body at most `body_bytes` of text are kept, for `days`. A reader may open `quota` bodies a day. Readers are the
    approvers of the group `readers`; two of the group `custodians` set and release legal holds.
    """

    to: Annotated[str, Meta(pattern=r"^$|^(x25519|p256|kms):.")] = ""
    keep: Literal["all", "asked"] = "all"
    days: Annotated[int, Meta(ge=1, le=36_500)] = 30
    body_bytes: Annotated[int, Meta(ge=1_024, le=8 << 20)] = 8 << 20
    quota: Annotated[int, Meta(ge=0, le=1_000_000)] = 20
    readers: str = "records"
    custodians: str = "custody"


class EmergencyConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether an outage of the ledger's disk or of the key service may be got over, and who says so.

    Without a `folder`, on another disk than the state's, it may not: calls are denied. Two people of `group` open it,
    for `most_minutes` at most.
    """

    folder: str = ""
    group: str = "emergency"
    most_minutes: Annotated[int, Meta(ge=1, le=1_440)] = 240


class TimestampConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who stamps the log's checkpoints (RFC 3161); nobody where there is no `url`.

    `roots` is a PEM file of the certificates that the authority's has to lead to. A log that grew is stamped every
    `seconds`; entries that wait for `overdue_seconds` are an incident.
    """

    url: Annotated[str, Meta(pattern=r"^$|^https?://[!-~]+$")] = ""
    roots: str = ""
    seconds: Annotated[int, Meta(ge=1, le=31_536_000)] = 3_600
    overdue_seconds: Annotated[int, Meta(ge=1, le=31_536_000)] = 14_400


class LedgerConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much the ledger holds back, how long a caller waits, and how large its files grow.

    A submission that is not durable after `timeout_ms` fails. `max_queued_bytes` may wait for the disk; what comes on
    top is refused. A segment file ends once it is over `segment_bytes`. Logs made from now on are called
    `<name>/<tenant>`; without a name, after their key. `policy` is a file that names witnesses with their URLs and a
    quorum; every `anchor_seconds` they are asked to cosign what is new.
    """

    timeout_ms: Annotated[int, Meta(ge=10, le=600_000)] = 10_000
    max_queued_bytes: Annotated[int, Meta(ge=1 << 16)] = 64 << 20
    segment_bytes: Annotated[int, Meta(ge=1 << 12, le=1 << 30)] = 64 << 20
    name: Annotated[str, Meta(max_length=128, pattern=r"^[!-*,-~]*$")] = ""
    policy: str = ""
    anchor_seconds: Annotated[int, Meta(ge=1, le=86_400)] = 10
    timestamps: TimestampConfig = TimestampConfig()
    emergency: EmergencyConfig = EmergencyConfig()
    sealing: SealingConfig = SealingConfig()
