"""With the profile `token` and a vault, every value of a file comes back for the entitled."""

import csv
import io
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asepsis.core.types import Action, Decision, DecisionInput, Purpose, Verdict
from asepsis.deid import Memory, Reveal, Scope, ScopeKind
from asepsis.deid.dice import RandomDraws
from asepsis.deid.formats import delimited, fhir, hl7v2, x12
from asepsis.deid.profiles import read_profiles
from asepsis.deid.revealer import Revealer
from asepsis.deid.text import Deidentifier
from asepsis.deid.types import Channel
from asepsis.scan import ScanConfig, build
from asepsis.testing import records
from asepsis.testing.randomness import SeededRandomness
from asepsis.testing.records.person import drawn

SCANNER = build(ScanConfig(), digester=None, tenant="t", cache=None)
SCOPE = Scope("t", ScopeKind.PROJECT, "p")
QUESTION = DecisionInput("t", Action.MODEL_REVEAL, "nurse", "restore", Purpose.TREATMENT, "command.restore")
REVEAL = Reveal.admit(QUESTION, Decision(Verdict.ALLOW, "may read", input=QUESTION.digest))
SEEDS = st.integers(0, 1 << 20)
HL7 = st.sampled_from(list(itertools.product((records.hl7v2.admission, records.hl7v2.result), records.hl7v2.VERSIONS)))


def there_and_back(convert, text, seed=0):
    """What came out, and what came back with nothing but what a vault keeps."""
    before = Memory(SCOPE, RandomDraws(SeededRandomness(seed=seed)), today=2026, issued=())
    worker = Deidentifier(SCANNER, read_profiles()["token"], before)
    out = b"".join(convert(io.BytesIO(text.encode()), SCANNER, worker)).decode()
    after = Memory(SCOPE, RandomDraws(SeededRandomness(seed=seed + 1)), today=2026, issued=before.pending())
    revealer = Revealer(after, after.restorer(REVEAL, channel=Channel.READER))
    return out, b"".join(convert(io.BytesIO(out.encode()), SCANNER, revealer)).decode()


@settings(max_examples=40)
@given(SEEDS)
def test_fhir_comes_back(seed):
    text = records.fhir.bundle(drawn(seed))
    out, back = there_and_back(fhir.convert_document, text, seed)
    assert drawn(seed).ssn not in out
    assert back == text


@settings(max_examples=60)
@given(SEEDS, HL7)
def test_hl7v2_comes_back(seed, made):
    make, version = made
    text = make(drawn(seed), version)
    assert there_and_back(hl7v2.convert, text, seed)[1] == text


@settings(max_examples=40)
@given(SEEDS, st.sampled_from([*records.x12.KINDS]))
def test_x12_comes_back(seed, kind):
    text = records.x12.interchange(kind, drawn(seed))
    assert there_and_back(x12.convert, text, seed)[1] == text


CELLS = {
    "patient_id": st.integers(1, 10**9).map(str),
    "last_name": st.sampled_from(["Haddad", "O'Brien", 'van "der" Berg', "Núñez, MD", ""]),
    "birth_date": st.dates().map(str),
    "dob": st.dates().map(lambda day: f"{day:%m/%d/%Y}"),
    "age": st.integers(0, 120).map(str),
    "month_of_birth": st.integers(1, 12).map(str),
    "zip": st.sampled_from(["94110", "60614-1182", "", "02138"]),
    "note": st.sampled_from(
        ["seen, SSN 123-45-6789", 'said "call 415-555-2671"', "well", "DOB 03/04/1961\nMRN 7122250"]
    ),
    "glucose": st.integers(60, 400).map(str),
}


@settings(max_examples=60)
@given(st.lists(st.tuples(*CELLS.values()), min_size=1, max_size=6))
def test_csv_comes_back(rows):
    sink = io.StringIO()
    csv.writer(sink).writerows([list(CELLS), *rows])
    out, back = there_and_back(delimited.convert, sink.getvalue())
    assert "123-45-6789" not in out
    assert list(csv.reader(io.StringIO(back))) == [list(CELLS), *map(list, rows)]


@pytest.mark.parametrize("number", [7122250, 92, 4155552671])
def test_numbers_of_json_come_back(number):
    text = f'{{"mrn":{number},"ssn":219099999,"valueAge":{{"value":97}},"lat":{{"latitude":37.7749}},"n":[1,2.5]}}'
    out, back = there_and_back(fhir.convert_document, text)
    assert "37.77" not in out
    assert "219099999" not in out
    assert back == text
