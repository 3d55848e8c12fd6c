"""Secrets by URI: the configuration names where a secret is, never what it is.

`env:NAME` is an environment variable, `file:/path` a file that only its owner can read. `vault:`, `kms:` and
`pkcs11:` are reserved for adapters that are not part of this version; naming one stops the start.
"""

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final

import msgspec

from asepsis.core.errors import ConfigError

__all__ = ["SECRET_SCHEMES", "OptionalSecretUri", "SecretUri", "resolve", "sign"]

SECRET_SCHEMES: Final = ("env", "file", "vault", "kms", "pkcs11")

SecretUri = Annotated[str, msgspec.Meta(pattern=f"^({'|'.join(SECRET_SCHEMES)}):.", extra={"secret": True})]
# As SecretUri, or nothing: a snapshot of the settings holds the empty default and is read again.
OptionalSecretUri = Annotated[str, msgspec.Meta(pattern=f"^$|^({'|'.join(SECRET_SCHEMES)}):.", extra={"secret": True})]

_LOOSE: Final = stat.S_IRWXG | stat.S_IRWXO


def resolve(uri: str, /, *, environ: Mapping[str, str]) -> str:
    """Returns the secret behind a URI; raises ConfigError, with the URI as its place, when there is none to be had."""
    scheme, _, rest = uri.partition(":")
    match scheme:
        case "env":
            return _variable(rest, environ, place=uri)
        case "file":
            return _content(Path(rest), place=uri)
        case "vault" | "kms" | "pkcs11":
            raise ConfigError(
                f"expected an adapter for `{scheme}:`, got none; `env:` and `file:` are built in", place=uri
            )
        case _:
            # The text may be the secret itself, so it is not named.
            raise ConfigError("expected a secret uri such as `env:NAME` or `file:/path`, got something else")


def sign(settings: msgspec.Struct, /) -> str:
    """Returns a sign of the files that settings name as secrets: another one once a file was changed or replaced."""
    found: list[tuple[str, int, int, int]] = []
    for path in sorted(_files(msgspec.to_builtins(settings))):
        try:
            status = Path(path).stat()
        except (OSError, ValueError):  # a NUL is in no path
            found.append((path, 0, 0, 0))
        else:
            found.append((path, status.st_mtime_ns, status.st_size, status.st_ino))
    return hashlib.sha256(msgspec.json.encode(found)).hexdigest() if found else ""


def _files(value: object) -> Iterator[str]:
    if isinstance(value, str) and value.startswith("file:"):
        yield value.removeprefix("file:")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    for one in inner:
        yield from _files(one)


def _variable(name: str, environ: Mapping[str, str], *, place: str) -> str:
    value = environ.get(name, "")
    if not value:
        raise ConfigError(f"expected the environment variable `{name}`, got none", place=place)
    return value


def _content(path: Path, *, place: str) -> str:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            raw = file.read()
    except OSError as error:
        raise ConfigError("expected a readable file, got none", place=place) from error
    if mode & _LOOSE:
        raise ConfigError(f"expected a file that only its owner can read (mode 600), got mode {mode:o}", place=place)
    try:
        secret = raw.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise ConfigError("expected text in utf-8", place=place) from error
    if not secret:
        raise ConfigError("expected a secret, got an empty file", place=place)
    return secret
