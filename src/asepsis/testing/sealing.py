"""A small system that seals and opens: real keys and files, with a key store that can fail."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from asepsis.core.errors import NotTrusted, Unavailable
from asepsis.core.events import CallOpened, Event, Mode, build
from asepsis.core.ports import Content, Randomness, Said
from asepsis.core.types import Action, Coverage, Decision, DecisionInput, Purpose, SealedRef, Verdict
from asepsis.infra.randomness import SystemRandomness
from asepsis.infra.records import OwnerKey
from asepsis.infra.wrapping import PublicWrapper, public_text
from asepsis.ledger.disk import OsDisk
from asepsis.ledger.ports import Disk
from asepsis.ledger.sealing.files import BodyFiles, read_body
from asepsis.ledger.sealing.keyring import Keyring
from asepsis.ledger.sealing.opening import OpenedBody, open_body
from asepsis.ledger.sealing.sealer import BodySealer
from asepsis.testing.clock import ManualClock

__all__ = ["MemoryKeys", "MemoryWrapper", "SealingKit", "opened_event"]

_DECISION = Decision(Verdict.ALLOW, "nothing found")


class MemoryWrapper:
    """Both halves of a key-encrypting key; `away` has neither answer."""

    def __init__(self) -> None:
        self.private = X25519PrivateKey.generate()
        self.public = PublicWrapper(public_text(self.private.public_key()))
        self.away = False
        self.wrapped: dict[bytes, bytes] = {}

    def wrap(self, key: bytes, /) -> bytes:
        """Wraps with the public half."""
        if self.away:
            raise Unavailable("away", code="sealing_keys")
        wrapped = self.public.wrap(key)
        self.wrapped[wrapped] = key
        return wrapped

    def unwrap(self, wrapped: bytes, /) -> bytes:
        """Returns what was wrapped; raises NotTrusted for anything else."""
        if self.away:
            raise Unavailable("away", code="sealing_keys")
        if wrapped not in self.wrapped:
            raise NotTrusted("not wrapped here")
        return self.wrapped[wrapped]


class MemoryKeys:
    """A key store; `full` refuses."""

    def __init__(self) -> None:
        self.rows: dict[bytes, OwnerKey] = {}
        self.groups: list[tuple[str, tuple[bytes, ...]]] = []
        self.full = False

    def add(self, keys: Sequence[OwnerKey], groups: Sequence[tuple[str, tuple[bytes, ...]]], /) -> None:
        """Stores keys."""
        if self.full:
            raise Unavailable("full", code="sealing_keys")
        self.rows.update((one.key, one) for one in keys)
        self.groups += groups

    def lacks(self, keys: Mapping[str, Collection[bytes]], /) -> bool:
        """Whether one is not there."""
        return any(one not in self.rows for some in keys.values() for one in some)

    def get(self, keys: Sequence[bytes], /) -> dict[bytes, OwnerKey]:
        """Returns those that are there."""
        return {one: self.rows[one] for one in keys if one in self.rows}

    def erase(self, owner: str, /) -> int:
        """Destroys the keys of an owner."""
        gone = [one for one, row in self.rows.items() if row.owner == owner]
        for one in gone:
            del self.rows[one]
        return len(gone)


class SealingKit:
    """Seals and opens under one folder."""

    def __init__(
        self, root: Path, *, disk: Disk | None = None, randomness: Randomness | None = None, most_bytes: int = 1 << 20
    ) -> None:
        self.root = root
        self.clock = ManualClock()
        self.wrapper = MemoryWrapper()
        self.keys = MemoryKeys()
        drawn = randomness or SystemRandomness()
        self.keyring = Keyring(self.wrapper, self.clock, drawn)
        self.files = BodyFiles(root, disk or OsDisk(), clock=self.clock, randomness=drawn)
        self.sealer = BodySealer(self.keyring, self.files, self.keys, randomness=drawn, most_bytes=most_bytes)

    def keep(self, event: str, *parts: Said, session: str = "s", tenant: str = "t", record: str = "content") -> Event:
        """Seals parts durably and returns the Event that names them."""
        sealed = self.sealer.seal(Content(tenant, event, session, parts, record))
        sealed.done.result(timeout=20)
        return opened_event(event, sealed.ref, tenant=tenant)

    def bytes_of(self, ref: SealedRef, tenant: str = "t") -> bytes:
        """Returns a body's bytes as they lie on the disk."""
        return read_body(self.root, tenant, ref)

    def open(self, event: Event, data: bytes) -> OpenedBody:
        """Opens a body with the keys that are there."""
        return open_body(event, data, self.keys.get, self.wrapper)


def opened_event(event: str, ref: SealedRef | None, *, tenant: str = "t") -> Event:
    """Returns the Event of a call that was opened."""
    question = DecisionInput(tenant, Action.MODEL_INVOKE, "p", "a", Purpose.UNSTATED, "openai.chat")
    payload = CallOpened(
        "s", "a", "openai.chat", "m", "u", Mode.ENFORCE, _DECISION, question, (), Coverage(), sealed=ref
    )
    return build(payload, id=event, time=1, tenant=tenant)
