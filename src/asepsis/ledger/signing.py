"""Who signs a log: an Ed25519 key for every commit, an ML-DSA-44 key for what is published, and the log's name.

Both keys come from the key provider, so they are as secret as its master key is. Their public halves stand in the log's
folder, one vkey a line: whoever is to check the log later keeps a copy of that file elsewhere.
"""

import hashlib
from pathlib import Path
from typing import Final, NamedTuple

from asepsis.core.errors import ConfigError, NotTrusted
from asepsis.core.ports import KeyProvider
from asepsis.infra import durable
from asepsis.infra.keys import FileKeys, create_master_key
from asepsis.infra.randomness import SystemRandomness
from asepsis.ledger.errors import damaged
from asepsis.ledger.format import Seal
from asepsis.ledger.tlog.checkpoints import Checkpoint
from asepsis.ledger.tlog.keys import KeyType, SigningKey, VerifierKey
from asepsis.ledger.tlog.notes import Signature

__all__ = ["KEY", "VKEYS", "Signers", "keep", "own_keys", "read_vkeys", "signed_by"]

KEY: Final = "writer.key"
VKEYS: Final = "vkey"

_MOST: Final = 1 << 16
_COMMIT: Final = "ledger ed25519"
_PUBLISH: Final = "ledger ml-dsa-44"


class Signers(NamedTuple):
    """The private keys of one tenant's log."""

    commit: SigningKey
    publish: SigningKey

    @classmethod
    def derive(cls, keys: KeyProvider, tenant: str, /, *, origin: str) -> "Signers":
        """Returns the keys of a tenant's log of that name; raises Unavailable."""
        commit = SigningKey(origin, KeyType.ED25519, keys.key(_COMMIT, tenant=tenant))
        return cls(commit, SigningKey(origin, KeyType.ML_DSA_44, keys.key(_PUBLISH, tenant=tenant)))

    @property
    def origin(self) -> str:
        """The log's name."""
        return self.commit.verifier.name

    def seal(self, size: int, root: bytes, /) -> Seal:
        """Returns the signed checkpoint of a commit."""
        text = Checkpoint(self.origin, size, root).render()
        return Seal(size, root, self.commit.sign(text).value)

    def committed(self, seal: Seal, /) -> Signature:
        """Returns the signature of a commit's checkpoint as a note carries it."""
        return Signature(self.origin, self.commit.verifier.key_id, seal.signature)


def signed_by(key: VerifierKey, seal: Seal, /) -> bool:
    """Returns whether the key signed a commit's checkpoint."""
    try:
        key.check(Checkpoint(key.name, seal.size, seal.root).render(), seal.signature)
    except NotTrusted:
        return False
    return True


def own_keys(root: Path, /) -> KeyProvider:
    """Returns keys from a master key that lies in the ledger's own folder, made there first; raises ConfigError.

    For a ledger that stands by itself. Who can read the folder can sign: a server keeps its master key elsewhere.
    """
    create_master_key(root / KEY, SystemRandomness())
    return FileKeys(root / KEY)


def keep(folder: Path, keys: KeyProvider, /, *, name: str = "") -> Signers:
    """Returns the keys of the log in a folder; writes a new log's public ones, durably.

    A new log is called `<name>/<tenant>`, and after its key where there is no name, so that no two installations' logs
    are called the same; it keeps its name. Raises ConfigError when the log was made with other keys, NotTrusted when
    the file that names them is damaged, Unavailable, and OSError.
    """
    path, tenant = folder / VKEYS, folder.name
    if path.exists():
        kept = read_vkeys(path)
        signers = Signers.derive(keys, tenant, origin=kept[0].name)
        if tuple(key.verifier for key in signers) != kept:
            raise ConfigError("expected the keys that this log was made with", place=str(path), code="ledger_key")
        return signers
    signers = Signers.derive(keys, tenant, origin=f"{name or _name(keys, tenant)}/{tenant}")
    with durable.replacing(path) as file:
        file.write("".join(f"{key.verifier.render()}\n" for key in signers).encode())
    durable.sync_folder(folder)
    return signers


def _name(keys: KeyProvider, tenant: str, /) -> str:
    public = SigningKey(tenant, KeyType.ED25519, keys.key(_COMMIT, tenant=tenant)).verifier.public
    return f"asepsis-{hashlib.sha256(public).hexdigest()[:16]}"


def read_vkeys(path: Path, /) -> tuple[VerifierKey, ...]:
    """Reads a file of vkeys, one a line; raises NotTrusted."""
    try:
        with path.open("rb") as file:
            lines = file.read(_MOST).decode().splitlines()
        keys = tuple(map(VerifierKey.parse, lines))
    except (OSError, UnicodeDecodeError, NotTrusted) as error:
        raise damaged("expected the log's public keys", place=str(path)) from error
    if not keys or keys[0].kind != KeyType.ED25519:
        raise damaged("expected the log's public keys, that of its commits first", place=str(path))
    return keys
