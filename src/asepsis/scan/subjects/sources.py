"""Rosters as they come: rows by column (CSV files, a query's answer), and FHIR R4 Patients.

A row without a member's key, and a document that is no Patient, is a fault with its place; nothing of it is repeated.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from asepsis.core.errors import ConfigError
from asepsis.core.types import Kind
from asepsis.scan.subjects.config import Columns
from asepsis.scan.subjects.roster import Member

__all__ = ["from_csv", "from_fhir", "from_rows"]

_SSN: Final = ("http://hl7.org/fhir/sid/us-ssn", "urn:oid:2.16.840.1.113883.4.1")
_MBI: Final = "http://hl7.org/fhir/sid/us-mbi"
_TYPES: Final = {"MR": Kind.MRN, "SS": Kind.SSN, "MB": Kind.HEALTH_PLAN_ID, "SN": Kind.HEALTH_PLAN_ID}
_LINE: Final = 1 << 20


class _Coding(msgspec.Struct, frozen=True):
    code: str = ""


class _Type(msgspec.Struct, frozen=True):
    coding: tuple[_Coding, ...] = ()


class _Identifier(msgspec.Struct, frozen=True):
    system: str = ""
    value: str = ""
    type: _Type = _Type()


class _Name(msgspec.Struct, frozen=True):
    family: str = ""
    given: tuple[str, ...] = ()


class _Patient(msgspec.Struct, frozen=True, rename={"kind": "resourceType", "born": "birthDate"}):
    kind: str
    id: str = ""
    identifier: tuple[_Identifier, ...] = ()
    name: tuple[_Name, ...] = ()
    born: str = ""


class _Entry(msgspec.Struct, frozen=True):
    resource: msgspec.Raw = msgspec.Raw(b"{}")


class _Bundle(msgspec.Struct, frozen=True, rename={"kind": "resourceType"}):
    kind: str = ""
    entry: tuple[_Entry, ...] = ()


def from_rows(rows: Iterable[Mapping[str, object]], columns: Columns, /, *, place: str) -> Iterator[Member]:
    """Yields a member for each row; raises ConfigError for one without a member's key."""
    for number, row in enumerate(rows, 1):
        cell = {name: str(value).strip() for name, value in row.items() if value is not None}
        key = cell.get(columns.member, "")
        if not key:
            raise ConfigError(f"expected a member in column `{columns.member}`", place=f"{place} row {number}")
        found = [(Kind.MRN, cell.get(columns.mrn, "")), (Kind.SSN, cell.get(columns.ssn, ""))]
        found += [(Kind.HEALTH_PLAN_ID, cell.get(name, "")) for name in columns.plan]
        identifiers = tuple(pair for pair in found if pair[1])
        names = cell.get(columns.given, ""), cell.get(columns.family, "")
        yield Member(key, identifiers, *names, cell.get(columns.born, ""))


def from_csv(path: Path, columns: Columns, /) -> Iterator[Member]:
    """Yields the members of a CSV file with a header; raises ConfigError."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, strict=True)
            if columns.member not in (reader.fieldnames or ()):
                raise ConfigError(f"expected a column `{columns.member}`", place=str(path))
            yield from from_rows(reader, columns, place=str(path))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError("expected a readable CSV file in UTF-8", place=str(path)) from error


def from_fhir(path: Path, /) -> Iterator[Member]:
    """Yields the Patients of a FHIR R4 document, a Bundle, or NDJSON; other resources are passed over."""
    try:
        with path.open("rb") as file:
            data = file.read(_LINE)
            lines = data.splitlines()
            if path.suffix != ".ndjson" and not (len(lines) > 1 and _is_object(lines[0])):
                yield from _patients(data + file.read(), place=str(path))
                return
            file.seek(0)
            for number, line in enumerate(iter(lambda: file.readline(_LINE), b""), 1):
                if line.strip():
                    yield from _patients(line, place=f"{path} line {number}")
    except OSError as error:
        raise ConfigError("expected a readable file", place=str(path)) from error


def _is_object(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=dict)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


def _patients(data: bytes, *, place: str) -> Iterator[Member]:
    try:
        bundle = msgspec.json.decode(data, type=_Bundle)
        for one in [entry.resource for entry in bundle.entry] if bundle.kind == "Bundle" else [msgspec.Raw(data)]:
            if msgspec.json.decode(one, type=_Bundle).kind == "Patient":
                yield _member(msgspec.json.decode(one, type=_Patient))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError("expected FHIR resources in JSON", place=place) from error


def _member(patient: _Patient) -> Member:
    found = [(_kind(one), one.value) for one in patient.identifier if one.value]
    name = patient.name[0] if patient.name else _Name()
    identifiers = tuple((kind, value) for kind, value in found if kind is not None)
    return Member(patient.id, identifiers, " ".join(name.given), name.family, patient.born)


def _kind(one: _Identifier) -> Kind | None:
    if one.system in _SSN:
        return Kind.SSN
    if one.system == _MBI:
        return Kind.HEALTH_PLAN_ID
    return next((_TYPES[coding.code] for coding in one.type.coding if coding.code in _TYPES), None)
