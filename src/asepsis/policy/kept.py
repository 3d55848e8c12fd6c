"""Bundles in force: what is accepted is copied into the state folder, so that all workers run on the same bytes.

A bundle is accepted when it has no fault, passes its tests, has not expired, and is signed by two. A copy lies under
its digest and is written whole or not at all; it is checked against the digest each time it is read.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from asepsis.core.errors import ConfigError, NotTrusted
from asepsis.infra import durable
from asepsis.policy import signing
from asepsis.policy.bundle import Reading, opened, read
from asepsis.policy.cases import failed, untested
from asepsis.policy.config import PolicyConfig
from asepsis.policy.engine import CedarPolicy
from asepsis.policy.folder import SIGNATURES, digest, read_files
from asepsis.policy.signing import Signed
from asepsis.policy.types import Bundle, Fault

__all__ = ["Accepted", "accepted", "keep", "kept", "replace"]

_NOBODY: Final = Signed("", "")


class Accepted(NamedTuple):
    """A bundle that may be in force, its files, and who signed it; nobody, where it may be unsigned."""

    bundle: Bundle
    files: dict[str, bytes]
    signed: Signed


def accepted(folder: Path, config: PolicyConfig, /, *, today: int) -> Accepted:
    """Returns the bundle in a folder if it may be in force on that day; raises ConfigError that says what is wrong."""
    files = read_files(folder)
    reading = read(files)
    _refuse([*reading.faults, *_tested(reading)], folder)
    bundle = reading.bundle
    if today > int(bundle.meta.expires.replace("-", "")):
        raise ConfigError(f"the bundle expired on {bundle.meta.expires}", place=f"{folder}/bundle.toml")
    if config.unsigned:
        return Accepted(bundle, files, _NOBODY)
    try:
        return Accepted(bundle, files, signing.verify(files, bundle.digest, config.signers))
    except NotTrusted as error:
        hint = "; `asepsis policy sign` signs it, policy.signers names whose signatures count"
        raise ConfigError(error.message + hint, place=str(folder)) from error


def keep(one: Accepted, root: Path, /) -> str:
    """Copies a bundle under `root`, or its signatures to a copy that is there; returns its digest; raises OSError."""
    target = root / one.bundle.digest
    if target.exists():
        _sign(target, one.files)
        return one.bundle.digest
    beside = _written(target, one.files)
    try:
        beside.replace(target)
    except OSError:
        if not target.exists():  # another process was first: what it wrote is the same
            raise
        shutil.rmtree(beside, ignore_errors=True)
    durable.sync_folder(root)
    return one.bundle.digest


def replace(one: Accepted, folder: Path, /) -> None:
    """Puts a bundle in the place of the one in a folder, all of it or nothing; raises OSError."""
    beside = _written(folder, one.files)
    before = folder.with_name(f"{beside.name}.before")
    shutil.rmtree(before, ignore_errors=True)
    if folder.exists():
        folder.rename(before)
    try:
        beside.rename(folder)
    except OSError:
        if before.exists():
            before.rename(folder)
        raise
    durable.sync_folder(folder.parent)
    shutil.rmtree(before, ignore_errors=True)


def kept(root: Path, name: str, /) -> Bundle:
    """Returns the bundle of a digest; raises ConfigError where it is not there, or is not what it was."""
    folder = root / name
    if digest(read_files(folder)) != name:
        raise ConfigError("expected the files that its name is the digest of", place=str(folder))
    return opened(folder)


def _written(target: Path, files: Mapping[str, bytes]) -> Path:
    """Writes files into a new folder beside another, and returns it."""
    beside = durable.temporary(target)
    shutil.rmtree(beside, ignore_errors=True)
    for name, data in files.items():
        file = beside / name
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        durable.write(file, data)
    return beside


def _sign(target: Path, files: Mapping[str, bytes]) -> None:
    """Adds signatures to a copy: its digest is without them, and they may have come since it was made."""
    for name, data in files.items():
        if name.startswith(SIGNATURES):
            beside = durable.temporary(target)  # outside of the copy, which others may be reading
            durable.write(beside, data)
            (target / SIGNATURES).mkdir(mode=0o700, exist_ok=True)
            beside.replace(target / name)


def _tested(reading: Reading) -> list[Fault]:
    if reading.faults:
        return []
    cases = reading.bundle.cases
    return [*failed(CedarPolicy(reading.bundle), cases), *untested(reading.bundle.rules, cases)]


def _refuse(faults: list[Fault], folder: Path) -> None:
    if faults:
        more = f"; and {len(faults) - 1} more, `asepsis policy check` prints all" if len(faults) > 1 else ""
        raise ConfigError(f"{faults[0].said}{more}", place=f"{folder}/{faults[0].place}")
