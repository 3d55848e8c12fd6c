"""X12: each element by its segment and qualifier, counts that stay true, and every other byte as it was."""

import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from asepsis.core.errors import InputError
from asepsis.core.types import Kind
from asepsis.deid import Memory, Scope, ScopeKind
from asepsis.deid.dice import RandomDraws
from asepsis.deid.formats import x12
from asepsis.deid.formats.x12 import convert
from asepsis.deid.profiles import read_profiles
from asepsis.deid.text import Deidentifier
from asepsis.scan import ScanConfig, build
from asepsis.testing.randomness import SeededRandomness

HEAD = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240303*1015*^*00501*000000907*0*T*:~\n"
BODY = [
    "GS*HC*SENDER*RECEIVER*20240303*1015*1*X*005010X222A1",
    "ST*837*0001*005010X222A1",
    "BHT*0019*00*REF4711*20240303*1015*CH",
    "NM1*41*2*CLEARING HOUSE*****46*TGJ23",
    "PER*IC*ADA BERG*TE*4155552671*EM*ada@example.org*EX*231",
    "NM1*85*2*AMES CLINIC*****XX*1234567893",
    "N3*12 MAIN ST",
    "N4*AMES*IA*50010",
    "SBR*P*18*GRP0077*STATE TEACHERS*****CI",
    "NM1*IL*1*HADDAD*UMA*J*MRS**MI*W123456789",
    "DMG*D8*19610303*F",
    "REF*SY*123456789",
    "NM1*PR*2*KEY INSURANCE*****PI*66783",
    "CLM*PCN-7781*79.04***11:B:1*Y*A*Y*I",
    "DTP*434*RD8*20240102-20240109",
    "DTP*435*DT*202401021130",
    "DTP*096*TM*1630",
    "HI*BK:0340*BH:A2:D8:19911101",
    "NTE*ADD*MRS HADDAD CALLED, SSN 123-45-6789",
    "SV1*HC:99213*40*UN*1***1",
    "QQQ*who knows*7",
    "SE*22*0001",
    "GE*1*1",
    "IEA*1*000000907",
]
GIVEN = HEAD + "".join(segment + "~\n" for segment in BODY)


@pytest.fixture
def converted(through):
    def run(text, name="safe-harbor", **more):
        return through(convert, text.encode(), name, **more).decode()

    return run


def segment(text, start):
    return next(line for line in text.replace("~", "").split("\n") if line.startswith(start))


def test_a_claim_is_not_to_be_known(converted):
    out = converted(GIVEN)
    for held in (
        "HADDAD",
        "UMA",
        "W123456789",
        "123456789",
        "0303*F",
        "MAIN",
        "AMES",
        "BERG",
        "4155552671",
        "ada@",
        "GRP0077",
        "TEACHERS",
        "PCN-7781",
        "20240102",
        "19911101",
        "REF4711",
        "who",
    ):
        assert held not in out, held
    assert segment(out, "NM1*IL") == "NM1*IL*1*[NAME]*[NAME]*[NAME]*MRS**MI*[HEALTH_PLAN_ID]"
    assert segment(out, "DMG") == "DMG*D8*19610101*F"
    assert segment(out, "N4") == "N4*[GEO]*IA*500"
    assert segment(out, "PER") == "PER*IC*[NAME]*TE*[PHONE]*EM*[EMAIL]*EX*[PHONE]"
    assert segment(out, "HI") == "HI*BK:0340*BH:A2:D8:19910101"
    assert segment(out, "DTP*434") == "DTP*434*RD8*20240101-20240101"
    assert segment(out, "DTP*435") == "DTP*435*DT*202401011130"
    assert segment(out, "QQQ") == "QQQ*[OTHER_ID]*[OTHER_ID]"


@pytest.mark.parametrize("name", read_profiles())
def test_structure_and_codes_stay_under_every_profile(converted, name):
    out = converted(GIVEN, name)
    assert re.sub(r"[^*:~^\n]", "", out) == re.sub(r"[^*:~^\n]", "", GIVEN)
    for start in ("ISA", "GS", "ST", "SE", "GE", "IEA", "SV1", "NM1*41", "NM1*PR", "DTP*096"):
        assert segment(out, start) == segment(GIVEN, start)
    assert segment(out, "CLM").split("*")[2:] == segment(GIVEN, "CLM").split("*")[2:]
    assert re.fullmatch(r"DMG\*D8\*[0-9]{8}\*F", segment(out, "DMG"))


@pytest.mark.parametrize(
    ("name", "code"), [("safe-harbor", "500000000"), ("mask", "000000000"), ("token", "000000000")]
)
def test_a_zip_code_of_nine_digits_has_nine_digits(converted, name, code):
    out = converted(GIVEN.replace("N4*AMES*IA*50010", "N4*AMES*IA*500101234"), name)
    assert segment(out, "N4").split("*")[3] == code


def test_dates_of_a_patient_move_together(converted, memory):
    out = converted(GIVEN, "expert-determination")

    def moved(text):
        return memory.surrogate(Kind.DATE, text, subject="W123456789")

    assert segment(out, "DMG") == f"DMG*D8*{moved('19610303')}*F"
    assert segment(out, "DTP*434") == f"DTP*434*RD8*{moved('20240102')}-{moved('20240109')}"


def test_dates_of_a_member_move_with_the_name_that_follows(converted, memory):
    members = "".join(
        f"INS*Y*18*021~DTP*356*D8*20240105~NM1*IL*1*{name}*****MI*W{name}~DMG*D8*19610303*F~"
        for name in ("HADDAD", "BERG")
    )
    out = converted(f"{HEAD}ST*834*1~{members}SE*9*1~IEA*1*000000907~", "expert-determination")
    for name, member in zip(("HADDAD", "BERG"), out.split("INS*")[1:], strict=True):
        assert f"DTP*356*D8*{memory.surrogate(Kind.DATE, '20240105', subject=f'W{name}')}~" in member
        assert f"DMG*D8*{memory.surrogate(Kind.DATE, '19610303', subject=f'W{name}')}*" in member


def test_a_number_that_others_refer_to_is_the_same_everywhere(converted):
    remittance = GIVEN.replace("QQQ*who knows*7", "CLP*PCN-7781*1*211*138**12*X9*11*1")
    out = converted(remittance)
    assert segment(out, "CLM").split("*")[1] == segment(out, "CLP").split("*")[1] != "PCN-7781"


def test_each_interchange_has_its_own_separators(converted):
    other = GIVEN.replace("~\n", "'").replace("*", "|").replace(":", ">")
    out = converted(GIVEN + other, "mask")
    assert "NM1|IL|1|[NAME]|[NAME]|[NAME]|MRS||MI|[HEALTH_PLAN_ID]'" in out
    assert out.startswith(HEAD)


def test_what_is_written_holds_no_separator(converted):
    text = GIVEN.replace("~\n", "_").replace("*", "[")
    out = converted(text, "mask")
    assert re.sub(r"[^\[:_^]", "", out) == re.sub(r"[^\[:_^]", "", text)
    assert "HADDAD" not in out


def test_the_profile_s_own_elements_win(converted):
    own = replace(read_profiles()["safe-harbor"], fields={"NM1-03": "keep", "DMG-03": "mask", "NTE-02": "drop"})
    out = converted(GIVEN, profile=own)
    assert "HADDAD" in segment(out, "NM1*IL")
    assert segment(out, "DMG").endswith("*[OTHER_ID]")
    assert segment(out, "NTE") == "NTE*ADD*"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected the trailer IEA of an interchange, got the end of the file"),
        ("Haddad", "expected an ISA segment of 106 characters"),
        (HEAD[:80], "expected an ISA segment of 106 characters"),
        (GIVEN[: GIVEN.index("IEA")], "expected the trailer IEA of an interchange, got the end of the file"),
        (GIVEN[: GIVEN.index("IEA") + 5], "expected the end of a segment, got the end of the file"),
        (GIVEN.replace("BHT*", "B T*"), "expected the name of a segment"),
        (GIVEN + "Haddad", "expected an ISA segment of 106 characters"),
        (HEAD.replace(":~", "~~") + "IEA*1*1~", "expected separators that differ"),
        (HEAD.replace(":~", ":0") + "IEA*1*10", "expected separators that differ"),
        (HEAD.replace(":~", "A~") + "IEA*1*1~", "expected separators that differ"),
    ],
)
def test_what_was_cut_or_is_no_interchange_is_refused_without_content(converted, text, message):
    with pytest.raises(InputError) as refused:
        converted(text)
    assert refused.value.message == message
    assert "Haddad" not in str(refused.value)


def test_what_cannot_be_read_or_is_too_large_is_refused(through, monkeypatch):
    with pytest.raises(InputError, match="utf-8"):
        through(convert, b"\xff")
    monkeypatch.setattr(x12, "LARGEST", 10)
    with pytest.raises(InputError, match="at most 10 bytes"):
        through(convert, GIVEN.encode())


SCANNER = build(ScanConfig(), digester=None, tenant="t", cache=None)
PIECES = st.sampled_from(
    [
        "NM1",
        "REF",
        "HI",
        "DTP",
        "PER",
        "QQ",
        "NTE",
        "*",
        "*",
        ":",
        "^",
        "~",
        "~",
        "1",
        "IL",
        "SY",
        "D8",
        "RD8",
        "HADDAD",
        "123456789",
        "19610303",
        "19610303-19620303",
        " ",
        "\n",
        "~NM1*IL*1*",
        "~DTP*1*D8*",
    ]
)


@settings(max_examples=150)
@given(st.lists(PIECES, max_size=40), st.sampled_from(["mask", "safe-harbor", "expert-determination"]))
def test_anything_between_header_and_trailer_keeps_its_structure_or_is_refused(pieces, name):
    text = HEAD + "".join(pieces) + "~IEA*1*000000907~"
    memory = Memory(Scope("t", ScopeKind.SESSION, "s"), RandomDraws(SeededRandomness()), today=2026)
    deidentifier = Deidentifier(SCANNER, read_profiles()[name], memory)
    try:
        out = b"".join(convert(io.BytesIO(text.encode()), SCANNER, deidentifier)).decode()
    except InputError:
        return
    assert re.sub(r"[^*:~^]", "", out) == re.sub(r"[^*:~^]", "", text)


def swapped(old, new):
    return GIVEN.replace(f"{old}~", f"{new}~")


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("PRV*BI*PXC*207Q00000X", "PRV*BI*PXC*207Q00000X"),
        ("PRV*RF*SY*123456789", "PRV*RF*SY*[SSN]"),
        ("PRV*RF*HPI*1234567893", "PRV*RF*HPI*[LICENSE]"),
        ("HCR*A1*AUTH-0047", "HCR*A1*[OTHER_ID]"),
        ("MPI*C*AE*A*WITH HER SSN 123-45-6789*P1*D8*19910101", "MPI*C*AE*A*WITH HER SSN [SSN]*P1*D8*19910101"),
        ("SV1*HC:99213:25:::57:FOR SSN 123-45-6789*40*UN*1***1", "SV1*HC:99213:25:::57:FOR SSN [SSN]*40*UN*1***1"),
        ("SVC*HC:99213*40*33", "SVC*HC:99213*40*33"),
    ],
)
def test_what_a_qualifier_or_a_description_holds_goes_and_codes_stay(converted, given, clean):
    assert f"\n{clean}~" in converted(swapped("QQQ*who knows*7", given))
