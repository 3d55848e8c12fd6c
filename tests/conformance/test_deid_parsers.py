"""What comes out is read and validated by parsers that are not ours: fhir.resources, hl7apy and pyx12.

The documents are made up, and valid before. Each profile's output has to be valid, too, with the codes that it had.
"""

import importlib
import io
import json
import logging
import tomllib
from importlib import resources

import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message
from pyx12.params import params
from pyx12.x12n_document import x12n_document

from asepsis.deid import Memory, Scope, ScopeKind
from asepsis.deid.dice import KeyedDraws, RandomDraws
from asepsis.deid.formats import fhir, hl7v2, x12
from asepsis.deid.profiles import read_profiles
from asepsis.deid.text import Deidentifier
from asepsis.scan import ScanConfig
from asepsis.scan.engine import BOTH, build
from asepsis.testing import records
from asepsis.testing.randomness import SeededRandomness
from asepsis.testing.records.person import drawn

PROFILES = read_profiles()
VAULT = " with a vault"
NAMES = [*PROFILES, f"token{VAULT}"]
PEOPLE = [drawn(seed) for seed in range(4)]
R4B = importlib.import_module("fhir.resources.R4B")
CODED = {"CE", "CNE", "CWE"}
KEPT_TYPES = {"ID", "NM", "SI", "VID"}
HL7_VERSIONS = ("2_3", "2_3_1", "2_4", "2_5", "2_5_1", "2_6", "2_7", "2_8", "2_8_2")


@pytest.fixture(scope="module")
def scanner():
    return build(ScanConfig(scanners=BOTH), digester=None, tenant="t", cache=None)


@pytest.fixture
def through(scanner):
    def run(convert, text, name):
        profile = PROFILES[name.removesuffix(VAULT)]
        draws = KeyedDraws(b"k" * 32) if profile.codes == "keyed" else RandomDraws(SeededRandomness())
        issued = () if name.endswith(VAULT) else None
        memory = Memory(Scope("t", ScopeKind.PROJECT, "p"), draws, today=2026, issued=issued)
        deidentifier = Deidentifier(scanner, profile, memory)
        return b"".join(convert(io.BytesIO(text.encode()), scanner, deidentifier)).decode()

    return run


def gone(person, given, out, name):
    """Whether the document's direct identifiers are gone; dates only where the profile does not keep them."""

    def stands(one, text):
        return f'"{one}"' in text or f"|{one}|" in text or f"*{one}*" in text

    dates = {one for one in person.values() if one[:2] in {"19", "20"} and len(one) in {8, 10}}
    kept = dates if PROFILES[name.removesuffix(VAULT)].kinds.get("DATE") == "keep" else set()
    return not [one for one in {*person.values()} - kept if stands(one, given) and stands(one, out)]


@pytest.mark.parametrize("name", NAMES)
def test_fhir_validates(through, name):
    for person in PEOPLE:
        given = records.fhir.bundle(person)
        out = through(fhir.convert_document, given, name)
        R4B.get_fhir_model_class("Bundle").model_validate_json(out)
        assert gone(person, given, out, name)
        lines = through(fhir.convert_lines, records.fhir.lines(person), name).splitlines()
        assert len(lines) == 6
        for line in map(json.loads, lines):
            R4B.get_fhir_model_class(line["resourceType"]).model_validate(line)


def hl7_parsed(text):
    message = parse_message(text, validation_level=VALIDATION_LEVEL.STRICT)
    message.validate()
    return message


def hl7_codes(element):
    """Codes, numbers and coded elements, by place; numbers of a telephone are what has to go."""
    if element.classname != "Field":
        for child in element.children:
            yield from hl7_codes(child)
    elif element.datatype in CODED | KEPT_TYPES:
        yield element.name, element.to_er7()
    else:
        for component in element.children:
            if component.datatype in KEPT_TYPES and (element.datatype, component.datatype) != ("XTN", "NM"):
                yield component.name, component.to_er7()


@pytest.mark.parametrize("version", records.hl7v2.VERSIONS)
@pytest.mark.parametrize("name", NAMES)
def test_hl7v2_validates_and_its_codes_stay(through, name, version):
    for person in PEOPLE:
        # hl7apy has no results of 2.8 that it could validate itself.
        for made in (records.hl7v2.admission, records.hl7v2.result)[: 1 if version == "2.8" else 2]:
            given = made(person, version)
            out = through(hl7v2.convert, given, name)
            codes = list(hl7_codes(hl7_parsed(given)))
            assert len(codes) > 20
            assert list(hl7_codes(hl7_parsed(out))) == codes
            assert gone(person, given, out, name)


TYPED = {
    "XPN": "nN", "PPN": "N", "XCN": "N", "CNN": "N", "NDL": "L", "XAD": "a", "XTN": "t", "CX": "imApsel", "XON": "o",
    "DLN": "l", "TS": "d", "DTM": "d", "DT": "d", "DR": "d", "TQ": "d", "TX": "x", "FT": "x",
}  # fmt: skip
BENIGN = {"IN1-3", "SFT-1", "SFT-5", "SFT-6"}
"""Who insures, and which program wrote a message: nobody is known by it."""


def hl7_fields():
    """The types of each field of each segment, over all versions."""
    found = {}
    for version in HL7_VERSIONS:
        package = importlib.import_module(f"hl7apy.v{version}")
        for name, (_, *fields) in importlib.import_module(f"{package.__name__}.segments").SEGMENTS.items():
            for field in fields[0] if fields and len(name) == 3 else ():
                kind = importlib.import_module(f"{package.__name__}.fields").FIELDS[field[0]][2]
                found.setdefault((name, int(field[0].rpartition("_")[2])), set()).add(kind)
    return found


def test_the_table_knows_each_field_of_hl7v2_and_its_type():
    table = tomllib.loads((resources.files("asepsis.deid") / "tables/hl7v2.toml").read_text(encoding="utf-8"))
    wrong = []
    for (name, number), kinds in hl7_fields().items():
        letters = table.get(name, "")
        letter = letters[number - 1 : number]
        place = f"{name}-{number}"
        typed = {kind for kind in kinds if kind in TYPED}
        if not letter:
            wrong.append(f"{place} is missing")
        elif typed and place not in BENIGN and letter != "u" and not any(letter in TYPED[kind] for kind in typed):
            wrong.append(f"{place} is {letter}, expected one of {sorted(typed)}")
        elif kinds <= {"CE", "CWE", "CNE", "IS", "ID", "NM", "CP", "MO", "CQ", "PL"} and letter not in "kigu":
            wrong.append(f"{place} is {letter}, expected a code")
    assert not wrong


def x12_faults(text):
    told = io.StringIO()
    handler = logging.StreamHandler(told)
    logger = logging.getLogger("pyx12")
    logger.addHandler(handler)
    logger.propagate = False
    try:
        sound = x12n_document(params(), io.StringIO(text), io.StringIO(), None, None, None)
    finally:
        logger.removeHandler(handler)
    return "" if sound else told.getvalue() or "not valid"


@pytest.mark.parametrize("kind", records.x12.KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_x12_validates(through, name, kind):
    for person in PEOPLE:
        given = records.x12.interchange(kind, person)
        assert not x12_faults(given)
        out = through(x12.convert, given, name)
        assert not x12_faults(out)
        assert gone(person, given, out, name)
