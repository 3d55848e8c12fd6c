"""Bundles in force: what is accepted is copied into the state folder, so that all workers run on the same bytes.

A bundle is accepted when it has no fault, passes its tests, has not expired, and is signed by two. A copy lies under
its digest and is written whole or not at all; it is checked against the digest each time it is read.
"""

import shutil
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple

from asepsis.core.errors import ConfigError, NotTrusted
from asepsis.infra import durable
from asepsis.policy import signing
from asepsis.policy.bundle import HEAD, Reading, opened, read
from asepsis.policy.cases import failed, misspelt, untested
from asepsis.policy.config import PolicyConfig
from asepsis.policy.engine import CedarPolicy
from asepsis.policy.folder import SIGNATURES, digest, read_files
from asepsis.policy.mending import place_of
from asepsis.policy.signing import Signed
from asepsis.policy.types import Bundle, Fault

__all__ = ["Accepted", "accepted", "expired", "keep", "kept", "replace", "tested"]

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
    _refuse([*reading.faults], folder)
    bundle = reading.bundle
    _refuse(expired(reading, files, today), folder)
    _refuse(tested(bundle), folder)  # behind the day: what expired fails cases of later days, too
    if config.unsigned:
        return Accepted(bundle, files, _NOBODY)
    try:
        return Accepted(bundle, files, signing.verify(files, bundle.digest, config.signers))
    except NotTrusted as error:
        hint = f"{signing.found(files, bundle.digest, config.signers)}; `asepsis policy sign` signs it"
        raise ConfigError(f"{error.message}: {hint}", place=str(folder)) from error


def expired(reading: Reading, files: Mapping[str, bytes], today: int, /) -> list[Fault]:
    """Returns the fault of a bundle without another whose last day is before that one."""
    day = reading.bundle.meta.expires
    if reading.faults or today <= int(day.replace("-", "")):
        return []
    place = place_of(HEAD, files[HEAD].decode(), "expires")
    return [Fault(place, f"the bundle expired on {day}", "give it a later day and have it signed again")]


def tested(bundle: Bundle, /) -> list[Fault]:
    """Returns what a bundle's cases have against it, and what is wrong with them."""
    return [*failed(CedarPolicy(bundle), bundle.cases), *untested(bundle.rules, bundle.cases), *misspelt(bundle)]


def keep(files: Mapping[str, bytes], root: Path, /) -> str:
    """Copies a bundle under `root`, or its signatures to a copy that is there; returns its digest; raises OSError."""
    name = digest(files)
    target = root / name
    if target.exists():
        _sign(target, files)
        return name
    beside = _written(target, files)
    try:
        beside.replace(target)
    except OSError:
        if not target.exists():  # another process was first: what it wrote is the same
            raise
        shutil.rmtree(beside, ignore_errors=True)
    durable.sync_folder(root)
    return name


def replace(one: Accepted, folder: Path, root: Path, /) -> Path | None:
    """Puts a bundle in the place of the one in a folder, all of it or nothing; raises OSError.

    Returns where that one is kept: a copy under `root`, or the folder itself, renamed, where it holds what no bundle
    does; None where there was none.
    """
    beside = _written(folder, one.files)
    if not folder.exists():
        beside.rename(folder)
        durable.sync_folder(folder.parent)
        return None
    copy = _copied(folder, root)
    before = next(one for one in _names(folder) if not one.exists())
    folder.rename(before)
    try:
        beside.rename(folder)
    except OSError:
        before.rename(folder)
        raise
    durable.sync_folder(folder.parent)
    if copy is None:
        return before
    shutil.rmtree(before, ignore_errors=True)
    return copy


def _names(folder: Path) -> Iterator[Path]:
    """Yields names for what was in a folder."""
    yield folder.with_name(f"{folder.name}.before")
    yield from (folder.with_name(f"{folder.name}.before-{number}") for number in count(2))


def _copied(folder: Path, root: Path) -> Path | None:
    """The copy of the bundle in a folder; None where it can't be one."""
    try:
        return root / keep(read_files(folder), root)
    except ConfigError:
        return None


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


def _refuse(faults: list[Fault], folder: Path) -> None:
    if faults:
        more = f"; and {len(faults) - 1} more, `asepsis policy check` prints all" if len(faults) > 1 else ""
        raise ConfigError(f"{faults[0].said}{more}", place=f"{folder}/{faults[0].place}")
