"""A bundle read whole: head, policies, entities, cases. All faults are found at once, each with its place."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

import cedarpy
import msgspec

from asepsis.core.errors import ConfigError
from asepsis.infra.clock import day_number
from asepsis.policy.cases import read_cases
from asepsis.policy.folder import digest, read_files
from asepsis.policy.mending import place_of
from asepsis.policy.question import ENTITIES
from asepsis.policy.rules import read_rules, schema, sources
from asepsis.policy.types import Bundle, Fault, Meta, Source, fault_of

__all__ = ["HEAD", "Reading", "opened", "read"]

HEAD: Final = "bundle.toml"
_LONGEST: Final = 36_500
_ENTITIES: Final = "entities.json"
_PATH: Final = re.compile(r"at `\$\.([\w.\[\]]+)`")
_UNKNOWN: Final = re.compile(r"unknown field `(\w+)`")
_NOTHING: Final = Meta("", "", "", "", "")


class Reading(NamedTuple):
    """What was read: the bundle, as far as it could be, and all that is wrong with it."""

    bundle: Bundle
    faults: tuple[Fault, ...]


class _Uid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: str
    id: str


class _Entity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    uid: _Uid
    parents: tuple[_Uid, ...] = ()
    attrs: dict[str, str] = {}


def opened(folder: Path, /) -> Bundle:
    """Returns the bundle in a folder; raises ConfigError with the first fault where there is one."""
    reading = read(read_files(folder))
    for fault in reading.faults:
        raise ConfigError(f"{fault.said}; `asepsis policy check` prints all", place=f"{folder}/{fault.place}")
    return reading.bundle


def read(files: Mapping[str, bytes], /) -> Reading:
    """Reads a bundle's files; raises nothing."""
    faults: list[Fault] = []
    meta = _meta(files.get(HEAD), faults)
    written: list[Source] = []
    for name, data in files.items():
        if name.endswith(".cedar"):
            written += sources(name, _text(name, data, faults))
    if not written:
        faults.append(Fault("*.cedar", "expected at least one policy", "write one, or begin with `asepsis policy new`"))
    rules = read_rules(written, faults)
    entities = _entities(files.get(_ENTITIES, b"[]"), faults)
    tests = {name: _text(name, data, faults) for name, data in files.items() if name.startswith("tests/")}
    cases = read_cases(tests, faults, day=_number(meta.created))
    return Reading(Bundle(meta, digest(files), rules, entities, cases), tuple(faults))


def _meta(data: bytes | None, faults: list[Fault]) -> Meta:
    if data is None:
        faults.append(Fault(HEAD, "expected a head", "name, version, author, created, expires"))
        return _NOTHING
    text = _text(HEAD, data, faults)
    try:
        meta = msgspec.convert(_plain(tomllib.loads(text)), Meta)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        faults.append(fault_of(_place(text, str(error)), error, "see docs/how-it-works/policy.md"))
        return _NOTHING
    wrong = list(_wrong(meta))
    faults += [Fault(place_of(HEAD, text, path), one) for path, one in wrong]
    return _NOTHING if wrong else meta


def _place(text: str, said: str) -> str:
    """The place in the head of what an error speaks of."""
    path, unknown = _PATH.search(said), _UNKNOWN.search(said)
    steps = [found[1] for found in (path, unknown) if found]
    return place_of(HEAD, text, ".".join(steps)) if steps else HEAD


def _plain(node: object) -> object:
    """A tree with the days that TOML knows by themselves, `2027-01-31` without quotes, as text."""
    if isinstance(node, dict):
        return {name: _plain(inner) for name, inner in node.items()}
    if isinstance(node, list):
        return [_plain(inner) for inner in node]
    return node.isoformat() if type(node) is date else node


def _wrong(meta: Meta) -> Iterator[tuple[str, str]]:
    """Yields what in a head fits its type and yet can't be used, with its key."""
    for name in ("name", "version", "author"):
        if not getattr(meta, name).strip():
            yield name, f"expected `{name}`"
    days = [("created", meta.created), ("expires", meta.expires)]
    for number, one in enumerate(meta.providers):
        place = f"providers[{number}]"
        days += [
            (f"{place}.{key}", value) for key in ("baa_until", "determination_until") if (value := getattr(one, key))
        ]
        if not 0 <= one.retention_days <= _LONGEST:
            yield f"{place}.retention_days", f"expected `{place}.retention_days` of 0 to {_LONGEST}"
    if len({one.upstream for one in meta.providers}) < len(meta.providers):
        yield "providers", "expected each upstream once among `providers`"
    for name, value in days:
        try:
            day_number(value)
        except ValueError:
            yield name, f"expected `{name}` to be a day such as 2027-01-31"
            return
    if meta.expires < meta.created:
        yield "expires", "expected `expires` on or after `created`"


def _entities(data: bytes, faults: list[Fault]) -> tuple[msgspec.Raw, ...]:
    try:
        listed = msgspec.json.decode(data, type=tuple[_Entity, ...])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        faults.append(fault_of(_ENTITIES, error, 'a list of {"uid":{"type","id"},"parents":[…]}'))
        return ()
    known = {f"Asepsis::{one}" for one in ENTITIES}
    for number, one in enumerate(listed):
        if one.uid.type not in known:
            faults.append(
                Fault(f"{_ENTITIES}[{number}]", "expected a type that a bundle may name", ", ".join(ENTITIES))
            )
            return ()
    whole = tuple(msgspec.Raw(msgspec.json.encode(one)) for one in listed)
    try:
        cedarpy.Entities.from_json_str(msgspec.json.encode(whole).decode(), schema())
    except ValueError as error:
        said = f"expected entities that fit the schema: {error}"
        faults.append(Fault(_ENTITIES, said, "each once, without `attrs`, in groups of its own type, none in itself"))
        return ()
    return whole


def _text(name: str, data: bytes, faults: list[Fault]) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        faults.append(Fault(f"{name}:{line}", "expected text in UTF-8"))
        return ""


def _number(text: str) -> int:
    return int(text.replace("-", "")) if text else 0
