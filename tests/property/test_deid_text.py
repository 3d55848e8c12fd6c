"""De-identified text: settled after one run, restored for the entitled alone, and clinically what it was."""

import random
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from asepsis.core.errors import NotTrusted
from asepsis.core.types import Action, Decision, DecisionInput, Kind, Purpose, Verdict
from asepsis.deid import Channel, Memory, Reveal, Scope, ScopeKind
from asepsis.deid.dice import KeyedDraws, RandomDraws
from asepsis.deid.known import Known
from asepsis.deid.profiles import read_profiles
from asepsis.deid.stores import MemoryStore
from asepsis.deid.text import Deidentifier
from asepsis.deid.vault import Tools, Vault
from asepsis.infra.keys import HmacDigester
from asepsis.scan import ScanConfig
from asepsis.scan.engine import BOTH, build
from asepsis.testing.clock import ManualClock
from asepsis.testing.randomness import SeededRandomness

SCANNER = build(ScanConfig(scanners=BOTH), digester=None, tenant="t", cache=None)
RULES = build(ScanConfig(scanners=("rules",)), digester=None, tenant="t", cache=None)
SPARED = re.compile(
    r"[0-9.]+ (?:mg|mL|units|%|mmol/L|days)|BP 132/84|WBC 11.2|E11\.9|99213|\b(?:no|denies|without|left|right|not)\b"
)
PROFILES = read_profiles()

IDENTIFIERS = [
    "SSN 078-05-1120",
    "SSN on file",
    "123456789",
    "MRN 7122250",
    "MRN: ",
    "member ID HP43753544",
    "call 415-555-2671",
    "fax (415) 555-2671",
    "a@example.org",
    "https://example.org/p?id=7122250",
    "10.0.0.1",
    "DOB 03/04/1961",
    "born March 3, 1931",
    "4111 1111 1111 1111",
    "NPI 1234567893",
    "username: dking",
    "password: hunter2-hunter2",
    "a 93-year-old",
    "1EG4-TE5-MK73",
    "Uma Haddad",
    "HADDAD, UMA",
]
CLINICAL = [
    "metoprolol 25 mg twice daily",
    "aspirin 81 mg",
    "BP 132/84",
    "pulse 72",
    "HbA1c 7.2 %",
    "no chest pain",
    "denies fever",
    "left knee, not the right",
    "ICD-10 E11.9",
    "CPT 99213",
    "LOINC 4548-4",
    "NDC 0002-8215-01",
    "stage IIIB",
    "T4-L2 fracture",
    "potassium 3.9 mmol/L",
    "WBC 11.2 x10^9/L",
    "a 63-year-old",
    "for 10 days",
    "Parkinson's disease",
    "0.9 % saline 500 mL",
    "37.2 °C",
    "insulin 12 units",
    "without murmur",
    "in 2019",
]
JOINTS = [" ", ", ", ". ", "\n", "; ", " and ", " (", ") ", " - ", ": ", '"']

TEXTS = st.lists(st.sampled_from([*IDENTIFIERS, *CLINICAL, "é", "[SSN]", "[NAME_bcdfg]", "[1]"]), max_size=12)


class FixedKeys:
    def key(self, name, /, *, tenant):
        return f"{tenant}:{name}".encode().ljust(32, b".")[:32]


def joined(pieces, seed):
    chosen = random.Random(seed)
    return "".join(piece + chosen.choice(JOINTS) for piece in pieces)


def memory(seed=0, tenant="t", name="s"):
    return Memory(Scope(tenant, ScopeKind.SESSION, name), RandomDraws(SeededRandomness(seed=seed)), today=2026)


def known():
    values = Known()
    values.add(Kind.NAME, "Uma Haddad")
    return values


def reveal(tenant="t"):
    question = DecisionInput(tenant, Action.MODEL_REVEAL, "nurse", "chart", Purpose.TREATMENT, "openai.chat")
    return Reveal.admit(question, Decision(Verdict.ALLOW, "may", input=question.digest))


def back(scope, text):
    restorer = scope.restorer(reveal(), channel=Channel.READER)
    return restorer.feed(text) + restorer.finish()


@given(TEXTS, st.integers(0, 1 << 30), st.sampled_from(["mask", "token"]))
def test_a_second_run_changes_nothing(pieces, seed, name):
    text = joined(pieces, seed)
    first = Deidentifier(SCANNER, PROFILES[name], memory()).texts([text], known=known())[0].text
    assert Deidentifier(SCANNER, PROFILES[name], memory(seed=1)).texts([first], known=known())[0].text == first


@given(TEXTS, st.integers(0, 1 << 30))
def test_offsets_cut_the_text_as_given_and_the_clean_one(pieces, seed):
    text = joined(pieces, seed)
    clean = Deidentifier(SCANNER, PROFILES["mask"], memory()).texts([text], known=known())[0]
    assert len(clean.findings) == len(clean.spans)
    at = shift = 0
    for finding, span in zip(clean.findings, clean.spans, strict=True):
        assert at <= finding.start < finding.end <= len(text)
        assert text[at : finding.start] == clean.text[at + shift : span.start]
        assert clean.text[span.start : span.end] == f"[{span.kind}]"
        at, shift = finding.end, span.end - finding.end
    assert text[at:] == clean.text[at + shift :]


@given(TEXTS, st.integers(0, 1 << 30))
@example(["[SSN]", "SSN 078-05-1120", "SSN 078-05-1120", "WBC 11.2 x10^9/L", "é", "SSN 078-05-1120"], 2206980)
def test_the_entitled_get_the_text_back_and_nobody_else_does(pieces, seed):
    text = joined([one for one in pieces if "://" not in one and "password" not in one], seed)
    scope = memory()
    scope.observe([text])
    clean = Deidentifier(SCANNER, PROFILES["token"], scope).texts([text], known=known())[0]
    assert back(scope, clean.text) == text
    other = memory(seed=2, name="other")
    other.token(Kind.NAME, "Uma Haddad")
    assert back(other, clean.text) == clean.text
    restorer = scope.restorer(reveal(), channel=Channel.TOOL)
    assert restorer.feed(clean.text) + restorer.finish() == clean.text


@settings(max_examples=40)
@given(TEXTS, st.integers(0, 1 << 30))
def test_a_vault_gives_back_what_was_kept_to_the_entitled_of_its_scope(pieces, seed):
    text = joined([one for one in pieces if "://" not in one and "password" not in one], seed)
    keys = FixedKeys()
    vault = Vault(MemoryStore(), Tools(keys, HmacDigester(keys), ManualClock(), SeededRandomness(seed=seed)))
    mine, other = (Scope("t", ScopeKind.PROJECT, name) for name in ("mine", "other"))
    scope = vault.open(mine)
    scope.observe([text])
    clean = Deidentifier(SCANNER, PROFILES["token"], scope).texts([text], known=known())[0].text
    vault.keep(scope)
    assert vault.reveal(mine, clean, reveal())[0] == text
    assert vault.reveal(other, clean, reveal()) == (clean, None)
    with pytest.raises(NotTrusted):
        vault.reveal(mine, clean, reveal("another"))


@pytest.mark.parametrize("name", PROFILES)
@settings(max_examples=40)
@given(
    st.lists(st.sampled_from(CLINICAL), min_size=1, max_size=8),
    st.lists(st.sampled_from(IDENTIFIERS), max_size=5),
    st.data(),
)
def test_no_profile_changes_a_dose_value_unit_code_negation_or_side(name, clinical, identifiers, data):
    pieces = data.draw(st.permutations([*clinical, *identifiers]))
    text = ". ".join(pieces) + "."
    draws = KeyedDraws(b"k" * 32) if PROFILES[name].codes == "keyed" else RandomDraws(SeededRandomness())
    scope = Memory(Scope("t", ScopeKind.PROJECT, "p"), draws, today=2026)
    clean = Deidentifier(RULES, PROFILES[name], scope).texts([text], known=known())[0].text
    at = 0
    for piece in pieces:
        if piece in CLINICAL:
            at = clean.find(piece, at)
            assert at >= 0, piece
            at += len(piece)
    guessed = Deidentifier(SCANNER, PROFILES[name], scope).texts([text], known=known())[0].text
    assert SPARED.findall(guessed) == SPARED.findall(text)
