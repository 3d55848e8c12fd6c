"""Records of made-up people: what is not theirs stays byte for byte, dates keep intervals, no surrogate is theirs."""

import io
import itertools
import re
from datetime import date

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from asepsis.core.types import Kind
from asepsis.deid import Memory, Scope, ScopeKind
from asepsis.deid.dice import KeyedDraws, RandomDraws
from asepsis.deid.formats import fhir, hl7v2, jsontree, x12
from asepsis.deid.people import people
from asepsis.deid.profiles import read_profiles
from asepsis.deid.text import Deidentifier
from asepsis.scan import ScanConfig, build
from asepsis.testing import records
from asepsis.testing.randomness import SeededRandomness
from asepsis.testing.records.person import drawn

SCANNER = build(ScanConfig(), digester=None, tenant="t", cache=None)
PROFILES = read_profiles()
SEEDS = st.integers(0, 1 << 20)
HL7 = st.sampled_from(list(itertools.product((records.hl7v2.admission, records.hl7v2.result), records.hl7v2.VERSIONS)))

FHIR_PLACES = re.compile(
    r"fullUrl|reference|subscriberId|.*\.id|.*identifier\.value|.*name\.(?:family|given)|.*telecom\.value|.*\.(?:line|city|postalCode)"
    r"|(?:.*\.)?(?:birthDate|start|end|lastUpdated|effectiveDateTime|issued|time|authoredOn|subscriberId|div)"
    r"|.*(?:reasonCode|note)\.text|id|.*reference"
)
HL7_PLACES = {
    "MSH-7", "MSH-10", "EVN-2", "PID-3", "PID-5", "PID-7", "PID-11", "PID-13", "PID-18", "NK1-2", "NK1-4", "NK1-5",
    "PV1-7", "PV1-17", "PV1-19", "PV1-44", "DG1-5", "IN1-4", "IN1-8", "IN1-12", "IN1-16", "IN1-18", "IN1-19", "IN1-36",
    "OBX-5", "OBX-14", "ORC-2", "ORC-3", "ORC-12", "OBR-2", "OBR-3", "OBR-7", "OBR-16",
}  # fmt: skip
X12_PLACES = {
    "BHT-03", "BGN-02", "NM1-03", "NM1-04", "NM1-05", "NM1-09", "N3-01", "N4-01", "N4-03", "TRN-02", "REF-02", "DMG-02",
    "DTP-03", "DTM-02", "PER-02", "PER-04", "PER-06", "N1-02", "N1-04", "BPR-16", "CLP-01", "CLP-07", "CLM-01",
    "SBR-03", "NTE-02", "HI-01",
}  # fmt: skip


def through(convert, text, name, seed=0):
    draws = KeyedDraws(b"k" * 32) if PROFILES[name].codes == "keyed" else RandomDraws(SeededRandomness(seed=seed))
    return converted(convert, text, name, Memory(Scope("t", ScopeKind.PROJECT, "p"), draws, today=2026))


def converted(convert, text, name, memory):
    deidentifier = Deidentifier(SCANNER, PROFILES[name], memory)
    return b"".join(convert(io.BytesIO(text.encode()), SCANNER, deidentifier)).decode()


def leaves(text):
    """The leaves of a document with their paths, and what stands between them."""
    found = []
    stack = [(jsontree.parse(text), "")]
    while stack:
        node, path = stack.pop()
        if isinstance(node, jsontree.Leaf):
            found.append((node.start, node.end, path))
        elif isinstance(node, jsontree.Array):
            stack += [(one, path) for one in node.items]
        else:
            stack += [(one, f"{path}.{name}" if path else name) for name, one in node.items]
    found.sort()
    at, between, values = 0, [], []
    for start, end, path in found:
        between.append(text[at:start])
        values.append((path.removeprefix("entry.").removeprefix("resource."), text[start:end]))
        at = end
    return [*between, text[at:]], values


def fields(text, mark, ends, counted):
    """The fields of each segment with their places, headers as they are."""
    out = []
    for segment in re.split(ends, text):
        name, *rest = segment.split(mark)
        shift = 1 if name == "MSH" else 0
        out += [(name, name), *((counted(name, number + shift), one) for number, one in enumerate(rest, 1))]
    return out


def changed(given_, out):
    assert [place for place, _ in given_] == [place for place, _ in out]
    return {place for (place, old), (_, new) in zip(given_, out, strict=True) if old != new}


@pytest.mark.parametrize("name", PROFILES)
@settings(max_examples=15)
@given(SEEDS)
def test_fhir_keeps_every_byte_that_is_not_the_person_s(name, seed):
    text = records.fhir.bundle(drawn(seed))
    between, values = leaves(text)
    same, new = leaves(through(fhir.convert_document, text, name))
    assert same == between
    assert not [place for place in changed(values, new) if not FHIR_PLACES.fullmatch(place)]


@pytest.mark.parametrize("name", PROFILES)
@settings(max_examples=15)
@given(SEEDS, HL7)
def test_hl7v2_keeps_every_byte_that_is_not_the_person_s(name, seed, made):
    make, version = made

    def split(text):
        return fields(text, "|", "\r", lambda segment, number: f"{segment}-{number}")

    text = make(drawn(seed), version)
    assert changed(split(text), split(through(hl7v2.convert, text, name))) <= HL7_PLACES


@pytest.mark.parametrize("name", PROFILES)
@settings(max_examples=15)
@given(SEEDS, st.sampled_from(sorted(records.x12.KINDS)))
def test_x12_keeps_every_byte_that_is_not_the_person_s(name, seed, kind):
    def split(text):
        return fields(text, "*", "~\n", lambda segment, number: f"{segment}-{number:02d}")

    text = records.x12.interchange(kind, drawn(seed))
    assert changed(split(text), split(through(x12.convert, text, name))) <= X12_PLACES


@pytest.mark.parametrize("name", ["mask", "token"])
@settings(max_examples=15)
@given(SEEDS, HL7, st.sampled_from(sorted(records.x12.KINDS)))
def test_a_second_run_changes_nothing_but_ids_that_others_refer_to(name, seed, made, kind):
    person = drawn(seed)
    make, version = made
    for text, convert in (
        (make(person, version), hl7v2.convert),
        (records.x12.interchange(kind, person), x12.convert),
        (records.fhir.bundle(person), fhir.convert_document),
        (records.fhir.lines(person), fhir.convert_lines),
    ):
        memory = Memory(Scope("t", ScopeKind.PROJECT, "p"), RandomDraws(SeededRandomness(seed=seed)), today=2026)
        first = converted(convert, text, name, memory)
        memory.coded = lambda code: code
        assert converted(convert, first, name, memory) == first


# A day, or a day with hours and minutes, and neither a number of ten digits nor the beginning of a UUID.
DAYS = re.compile(
    r"(?<![0-9A-Za-z-])((?:19|20)[0-9]{2})-?(0[1-9]|1[0-2])-?(0[1-9]|[12][0-9]|3[01])"
    r"(?=(?:[0-9]{4})?(?![0-9]))(?!-[0-9a-f]{4}-)"
)


def days(text):
    return [date(int(one[1]), int(one[2]), int(one[3])) for one in DAYS.finditer(text)]


@settings(max_examples=40)
@given(SEEDS, HL7)
def test_all_dates_of_a_person_move_by_the_same_days(seed, made):
    person = drawn(seed)
    make, version = made
    for text, convert in (
        (make(person, version), hl7v2.convert),
        (records.x12.interchange("834", person), x12.convert),
        (records.fhir.bundle(person), fhir.convert_document),
    ):
        given_, out = days(_dated(text)), days(_dated(through(convert, text, "expert-determination")))
        assert len(given_) == len(out) > 1
        assert len({new - old for old, new in zip(given_, out, strict=True)}) == 1


def _dated(text):
    """What dates are read from: headers of interchanges and the day of a message are no patient's."""
    return "\n".join(
        line for line in re.split(r"[\r\n]", text) if not line.startswith(("MSH", "EVN", "ISA", "GS", "BGN", "DTP*007"))
    )


@pytest.mark.parametrize("name", ["safe-harbor-surrogates", "expert-determination"])
@settings(max_examples=25)
@given(SEEDS, SEEDS, HL7)
def test_no_surrogate_is_a_value_of_the_document(name, seed, draw, made):
    person = drawn(seed)
    # A particle in free text is found with the name that it belongs to, not by itself.
    assume(person.given.lower() not in people().kept and person.family.lower() not in people().kept)
    make, version = made
    for text, convert in (
        (make(person, version), hl7v2.convert),
        (records.x12.interchange("837P", person), x12.convert),
        (records.fhir.bundle(person), fhir.convert_document),
    ):
        out = through(convert, text, name, draw)
        for value in (person.family, person.given, person.ssn, person.mrn, person.member, person.claim, person.doctor):
            assert not re.search(rf"(?<!\w){re.escape(value)}(?!\w)", out, re.IGNORECASE)


VALUES = {
    Kind.NAME: "Uma Haddad", Kind.SSN: "123-45-6789", Kind.MRN: "7122250", Kind.PHONE: "415-555-2671",
    Kind.EMAIL: "uma@example.org", Kind.HEALTH_PLAN_ID: "1EG4-TE5-MK73", Kind.ACCOUNT: "4111 1111 1111 1111",
}  # fmt: skip


@settings(max_examples=60)
@given(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=4), SEEDS)
def test_two_values_never_share_a_surrogate_and_none_is_drawn_that_stands_in_the_text(kinds, seed):
    memory = Memory(Scope("t", ScopeKind.PROJECT, "p"), RandomDraws(SeededRandomness(seed=seed)), today=2026)
    first = {kind: memory.surrogate(kind, VALUES[kind]) for kind in kinds}
    # The same draws again, in a text that holds what would be drawn.
    again = Memory(Scope("t", ScopeKind.PROJECT, "p"), RandomDraws(SeededRandomness(seed=seed)), today=2026)
    again.observe([" ".join(first.values())])
    second = {kind: again.surrogate(kind, VALUES[kind]) for kind in kinds}
    words = set(re.findall(r"[\w@.-]+", " ".join(first.values())))
    for kind in kinds:
        assert second[kind] != first[kind]
        if kind is Kind.NAME:
            assert not words & set(second[kind].split())
