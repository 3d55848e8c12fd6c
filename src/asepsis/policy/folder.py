"""The files of a bundle, read once and within limits, and the digest that stands for all of them.

bundle.toml          name, version, author, days, providers
*.cedar              the policies
entities.json        roles, groups of models and tools, applications (optional)
tests/*.toml         questions and the decisions that are expected
signatures/*.json    who signed (DSSE); not part of what is signed
README.md            for people (optional)
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from asepsis.core import canonical
from asepsis.core.errors import ConfigError

__all__ = ["SIGNATURES", "digest", "read_files"]

SIGNATURES: Final = "signatures/"
_FILES: Final = 256
_BYTES: Final = 1 << 20
_SHAPES: Final = ("bundle.toml", "*.cedar", "entities.json", "README.md", "tests/*.toml", "signatures/*.json")


def read_files(folder: Path, /) -> dict[str, bytes]:
    """Returns the files by their names with `/`, sorted; raises ConfigError for what a bundle can't be made of."""
    if not folder.is_dir():
        raise ConfigError("expected a folder with a bundle; `asepsis policy new` writes one", place=str(folder))
    files: dict[str, bytes] = {}
    try:
        for path in sorted(folder.rglob("*")):
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                raise ConfigError("expected files and folders only", place=str(path))
            if path.is_file():
                files[_name(path, folder)] = _bytes(path)
            if len(files) > _FILES:
                raise ConfigError(f"expected at most {_FILES} files", place=str(folder))
    except OSError as error:
        raise ConfigError("expected files that can be read", place=str(folder)) from error
    return files


def digest(files: Mapping[str, bytes], /) -> str:
    """Returns the SHA-256, in hex, over the canonical list of names and SHA-256s, without the signatures."""
    listed = [
        (name, hashlib.sha256(data).hexdigest())
        for name, data in sorted(files.items())
        if not name.startswith(SIGNATURES)
    ]
    return canonical.digest(listed)


def _name(path: Path, folder: Path) -> str:
    name = path.relative_to(folder)
    if not any(len(name.parts) == shape.count("/") + 1 and name.match(shape) for shape in _SHAPES):
        raise ConfigError(f"expected one of {', '.join(_SHAPES)}", place=str(path))
    if not name.as_posix().isprintable():
        raise ConfigError("expected names of files in plain text", place=str(folder))
    return name.as_posix()


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(_BYTES + 1)
    if len(data) > _BYTES:
        raise ConfigError(f"expected at most {_BYTES} bytes", place=str(path))
    return data
