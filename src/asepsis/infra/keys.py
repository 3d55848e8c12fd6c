"""Keys from one master key in a file, and the keyed digest made with them.

Each tenant and name has its own key: HKDF-SHA256 (RFC 5869) over the master key, with both in the info field, each
behind its length, so that no two pairs give the same field.

INVARIANT: the master key's file is readable by its owner only, and is never written over.
"""

import hmac
import os
import stat
from collections import OrderedDict
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from asepsis.core.errors import ConfigError
from asepsis.core.ports import KeyProvider, Randomness
from asepsis.infra import durable

__all__ = ["FileKeys", "HmacDigester", "create_master_key"]

_SIZE: Final = 32
_LOOSE: Final = stat.S_IRWXG | stat.S_IRWXO
_CACHED: Final = 1024
_DIGITS: Final = 32


def create_master_key(path: Path, randomness: Randomness) -> bool:
    """Writes a new master key, mode 600, unless there is one; returns whether it did; raises ConfigError.

    Of several processes that start at once one wins, and none ever reads half a key.
    """
    if path.exists():
        return False
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _create(path, randomness.bytes(_SIZE))
    except OSError as error:
        raise ConfigError("expected a folder that a key can be written to", place=str(path)) from error


class FileKeys:
    """The key provider over a master key file."""

    def __init__(self, path: Path) -> None:
        """Reads the master key; raises ConfigError when it is missing, readable by others, or not 32 bytes."""
        self._master = _read(path)

    def key(self, name: str, /, *, tenant: str) -> bytes:
        """Returns the 32 bytes of a name and tenant."""
        info = b"".join([b"asepsis key v1", _framed(tenant), _framed(name)])
        return HKDF(algorithm=SHA256(), length=_SIZE, salt=None, info=info).derive(self._master)


class HmacDigester:
    """The keyed digest: HMAC-SHA256 under the tenant's key, cut to 128 bits (RFC 2104 5).

    Keys are kept ready for the tenants used last, 1,024 at most.
    """

    def __init__(self, keys: KeyProvider, *, name: str = "digest") -> None:
        self._keys = keys
        self._name = name
        self._ready: OrderedDict[str, hmac.HMAC] = OrderedDict()

    def digest(self, kind: str, value: str, /, *, tenant: str) -> str:
        """Returns 32 hex digits; raises Unavailable when the tenant has no key to be had."""
        keyed = (self._ready.get(tenant) or self._prepare(tenant)).copy()
        # No kind holds a NUL, so kind and value cannot run into each other.
        keyed.update(f"{kind}\0{value}".encode("utf-8", "surrogatepass"))
        return keyed.hexdigest()[:_DIGITS]

    def _prepare(self, tenant: str) -> hmac.HMAC:
        keyed = hmac.new(self._keys.key(self._name, tenant=tenant), digestmod="sha256")
        self._ready[tenant] = keyed
        if len(self._ready) > _CACHED:
            self._ready.popitem(last=False)
        return keyed


def _create(path: Path, key: bytes) -> bool:
    temporary = durable.temporary(path)
    durable.write(temporary, key)
    try:
        os.link(temporary, path)  # unlike a rename, a link fails where another process was first
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    durable.sync_folder(path.parent)
    return True


def _framed(text: str) -> bytes:
    raw = text.encode()
    return len(raw).to_bytes(4, "big") + raw


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            key = file.read(_SIZE + 1)
    except OSError as error:
        raise ConfigError("expected a readable master key file, got none", place=str(path)) from error
    if mode & _LOOSE:
        raise ConfigError(f"expected a file for its owner only (mode 600), got mode {mode:o}", place=str(path))
    if len(key) != _SIZE:
        raise ConfigError(f"expected a master key of {_SIZE} bytes, got another size", place=str(path))
    return key
