"""Manifests as a TOML file: one server's tools, as people confirmed them, beside the definitions that they saw.

The file is read strictly: what no Struct knows is an error with its place. What is written is what can be read back;
what is only proposed is a comment, which nobody reads but the human who takes the `#` away.

What comes into force is copied into the state folder, under its digest, so that all workers run on what was tried and
recorded, whatever stands in the files meanwhile.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec

from asepsis.core import canonical
from asepsis.core.errors import ConfigError
from asepsis.infra import snapshot
from asepsis.tools import faults
from asepsis.tools.confidential import Proposed
from asepsis.tools.types import Manifest

__all__ = ["Confirmed", "keep", "kept", "read", "write"]

_MAX_BYTES: Final = 4_000_000
_SAID: Final = 1_000


class Confirmed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One server's manifests; `server` is the namespace that agents see its tools in."""

    server: str
    tools: tuple[Manifest, ...] = ()

    def __post_init__(self) -> None:
        names = [tool.name for tool in self.tools]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError("expected each tool once")


def read(text: str, *, place: str = "") -> Confirmed:
    """Returns the manifests in a TOML text; raises ConfigError with the place of the first fault."""
    if len(text) > _MAX_BYTES:
        raise ConfigError(f"expected at most {_MAX_BYTES} bytes of manifests", place=place)
    try:
        return msgspec.convert(tomllib.loads(text), Confirmed)
    except tomllib.TOMLDecodeError as error:
        raise faults.of_syntax(text, error, place=place) from error
    except msgspec.ValidationError as error:
        raise faults.of_conversion(text, error, Confirmed, place=place) from error


def keep(data: bytes, root: Path, /) -> str:
    """Copies the canonical form of all servers' manifests under `root`; returns its digest; raises Unavailable."""
    name = hashlib.sha256(data).hexdigest()
    root.mkdir(mode=0o700, exist_ok=True)
    snapshot.publish(root / name, data)
    return name


def kept(root: Path, name: str, /) -> tuple[Confirmed, ...]:
    """Returns the manifests of a digest, none for an empty one; raises ConfigError for what is not what it was."""
    if not name:
        return ()
    try:
        data = (root / name).read_bytes()
        if hashlib.sha256(data).hexdigest() == name:
            return canonical.decode(data, tuple[Confirmed, ...])
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError("expected the manifests in force", place=str(root / name)) from error
    raise ConfigError("expected the manifests that its name is the digest of", place=str(root / name))


def write(
    confirmed: Confirmed,
    /,
    *,
    proposals: Mapping[str, Sequence[Proposed]] = MappingProxyType({}),
    words: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Returns the TOML text of manifests, for a human to read, correct and confirm.

    What a server says of a tool, in `words`, is a comment before it, in one line and with nothing that nobody sees.
    Categories that are proposed for a tool by its name are comments: beside each field why, and at the end a line that
    says all of them once its `#` is taken away.
    """
    lines = [f"server = {_scalar(confirmed.server)}"]
    for tool in confirmed.tools:
        found = proposals.get(tool.name, ())
        beside = {one.path: ", ".join(one.kinds) for one in found if one.path}
        said = words.get(tool.name, "")
        lines += ["", *([f"# {_scalar(said[:_SAID])}"] if said else []), "[[tools]]"]
        lines += _fields(msgspec.to_builtins(tool, order="deterministic"), beside)
        lines += [
            f"# categories = {_scalar(one.categories)}  # {', '.join(one.kinds)}" for one in found if not one.path
        ]
    return "\n".join(lines) + "\n"


def _fields(tool: Mapping[str, object], beside: Mapping[str, str]) -> Iterator[str]:
    for key, value in tool.items():
        if isinstance(value, list | tuple) and value and isinstance(value[0], dict):
            yield f"{key} = ["
            for one in value:
                why = beside.get(one["path"]) if key == "results" else None
                yield f"  {_scalar(one)}," + (f"  # {why}" if why else "")
            yield "]"
        else:
            yield f"{key} = {_scalar(value)}"


def _scalar(value: object) -> str:
    """A value in one line; JSON's strings are TOML's, once what TOML does not escape is."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_scalar(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple | set | frozenset):
        listed = value if isinstance(value, list | tuple) else sorted(value, key=str)
        return "[" + ", ".join(_scalar(one) for one in listed) + "]"
    return json.dumps(value).replace("\x7f", "\\u007f")
