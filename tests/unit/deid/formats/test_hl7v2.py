"""HL7 v2: each field by its type, batches whole, and every other byte as it was."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asepsis.core.errors import InputError
from asepsis.core.types import Kind
from asepsis.deid import Memory, Scope, ScopeKind
from asepsis.deid.dice import RandomDraws
from asepsis.deid.formats import hl7v2
from asepsis.deid.formats.hl7v2 import convert
from asepsis.deid.profiles import read_profiles
from asepsis.deid.text import Deidentifier
from asepsis.scan import ScanConfig, build
from asepsis.testing.randomness import SeededRandomness

SEGMENTS = [
    r"MSH|^~\&|LAB|CLINIC|EHR|CLINIC|20240303101500||ORU^R01|MSG001|P|2.5.1",
    (
        "PID|1||7122250^^^CLINIC^MR~123-45-6789^^^SSA^SS||HADDAD^UMA^J^^Mrs.||19610303|F||2106-3^White^HL70005"
        "|12 Main St^Apt 4^Ames^IA^50010^USA||(415)555-2671^PRN^PH^uma@example.org^1^415^5552671||EN|M|||123456789"
    ),
    r"NK1|1|OKAFOR^IDA|SIS^Sister|9 Elm St \T\ Oak^^Ames^IA^50010|555-0100",
    "PV1|1|I|2NORTH^220^1||||1234567893^BERG^ADA^^^Dr." + "|" * 12 + "V4471" + "|" * 25 + "20240301",
    "OBR|1|ORD77|FIL88|4548-4^HbA1c^LN|||20240302",
    "OBX|1|NM|4548-4^HbA1c^LN||7.2|%|4.0-5.6|H|||F|||20240302",
    r"OBX|2|TX|NOTE^Note||Mrs. Haddad denies fever;\.br\metformin 500 mg, call 415-555-2671 \T\ wait",
    "OBX|3|ED|PDF^Report||^application^pdf^Base64^JVBERi0=",
    "NTE|1||SSN 123-45-6789 on file",
    "ZPX|uma's own|7",
]
MESSAGE = "".join(segment + "\r" for segment in SEGMENTS)


@pytest.fixture
def converted(through):
    def run(text, name="safe-harbor", **more):
        return through(convert, text.encode(), name, **more).decode()

    return run


def fields(text, segment, nth=0):
    return [line for line in text.split("\r") if line.startswith(segment)][nth].split("|")


def test_a_message_is_not_to_be_known(converted):
    out = converted(MESSAGE)
    for held in (
        "HADDAD",
        "Haddad",
        "UMA",
        "uma",
        "7122250",
        "123-45-6789",
        "123456789",
        "19610303",
        "Main",
        "Elm",
        "Ames",
        "BERG",
        "OKAFOR",
        "IDA",
        "V4471",
        "ORD77",
        "JVBER",
        "5552671",
        "MSG001",
    ):
        assert held not in out, held
    pid = fields(out, "PID")
    assert pid[3] == "[MRN]^^^CLINIC^MR~[SSN]^^^SSA^SS"
    assert pid[5] == "[NAME]^[NAME]^[NAME]^^Mrs."
    assert pid[7] == "1961"
    assert pid[11] == "[GEO]^[GEO]^[GEO]^IA^500^USA"
    assert pid[13] == "[PHONE]^PRN^PH^[EMAIL]^1^^"
    assert fields(out, "ZPX") == ["ZPX", "[OTHER_ID]", "[OTHER_ID]"]


@pytest.mark.parametrize("name", read_profiles())
def test_structure_and_clinical_content_stay_under_every_profile(converted, name):
    out = converted(MESSAGE, name)
    given = MESSAGE.split("\r")
    assert [re.sub(r"[^|^~&]", "", line) for line in out.split("\r")] == [
        re.sub(r"[^|^~&]", "", line) for line in given
    ]
    assert fields(out, "OBX")[2:9] == fields(MESSAGE, "OBX")[2:9]
    assert fields(out, "PID")[8:11] == fields(MESSAGE, "PID")[8:11]
    assert r"denies fever;\.br\metformin 500 mg" in fields(out, "OBX", 1)[5]
    assert fields(out, "OBX", 1)[5].endswith(r" \T\ wait")


def test_escapes_around_what_is_replaced_stay(converted):
    assert fields(converted(MESSAGE, "mask"), "NK1")[4] == "[GEO]^^[GEO]^IA^[GEO]"
    note = fields(converted(MESSAGE, "mask"), "OBX", 1)[5]
    assert note == r"Mrs. [NAME] denies fever;\.br\metformin 500 mg, call [PHONE] \T\ wait"


def test_dates_of_a_message_move_together(converted, memory):
    out = converted(MESSAGE, "expert-determination")
    assert fields(out, "PID")[7] == memory.surrogate(Kind.DATE, "19610303", subject="7122250")
    assert fields(out, "OBX")[14] == memory.surrogate(Kind.DATE, "20240302", subject="7122250")
    assert fields(out, "PV1")[44] == memory.surrogate(Kind.DATE, "20240301", subject="7122250")


def test_a_name_is_the_same_in_fields_and_text(converted):
    out = converted(MESSAGE, "expert-determination")
    family = fields(out, "PID")[5].split("^")[0]
    assert f"Mrs. {family.title()}" in fields(out, "OBX", 1)[5]


def test_an_acknowledged_message_is_the_one_that_was_sent(converted):
    answer = MESSAGE.replace("ORU^R01|MSG001", "ACK|MSG002") + "MSA|AA|MSG001\r"
    out = converted(MESSAGE + answer)
    assert fields(out, "MSA")[2] == fields(out, "MSH")[9] != "MSG001"


BATCH = "FHS|^~\\&|A|B\rBHS|^~\\&|A|B\r" + MESSAGE + MESSAGE + "BTS|2\rFTS|1\r"


def test_a_batch_keeps_its_frame_and_counts(converted):
    out = converted(BATCH)
    assert out.startswith("FHS|^~\\&|A|B\rBHS|^~\\&|A|B\rMSH|")
    assert out.endswith("BTS|2\rFTS|1\r")
    assert out.count("\r") == BATCH.count("\r")


def test_the_profile_s_own_fields_win(converted):
    from msgspec.structs import replace

    own = replace(read_profiles()["safe-harbor"], fields={"PID-5": "keep", "PID-8": "mask", "NTE-3": "drop"})
    out = converted(MESSAGE, profile=own)
    assert fields(out, "PID")[5] == "HADDAD^UMA^J^^Mrs."
    assert fields(out, "PID")[8] == "[OTHER_ID]"
    assert fields(out, "NTE")[3] == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a message"),
        ("PID|1||7122250", "expected a header before the first segment"),
        (MESSAGE + "PI", "expected the name of a segment"),
        (MESSAGE + "Haddad was here", "expected the name of a segment"),
        (MESSAGE + "PIDx", "expected a field behind the name of a segment"),
        ("MSH|^", "expected the marks of a message behind its header"),
        (BATCH[: BATCH.index("BTS")], "expected the trailer BTS of a batch, got the end of the file"),
        (BATCH.replace("FTS|1\r", ""), "expected the trailer FTS of a batch, got the end of the file"),
    ],
)
def test_what_was_cut_or_is_no_message_is_refused_without_content(converted, text, message):
    with pytest.raises(InputError) as refused:
        converted(text)
    assert refused.value.message == message
    assert "Haddad" not in str(refused.value)


def test_other_marks_and_line_ends_and_frames_are_read(converted):
    text = "\x0bMSH#*+?!#A#B####ADT*A01#1#P#2.5\r\nPID#1##77*a*b*c*MR##HADDAD*UMA\r\n\x1c\r\n"
    out = converted(text, "mask")
    assert out.startswith("\x0bMSH#*+?!#A#B####ADT*A01#")
    assert out.endswith("PID#1##[MRN]*a*b*c*MR##[NAME]*[NAME]\r\n\x1c\r\n")


def test_latin_letters_are_read_where_the_header_says_so(through):
    text = "MSH|^~\\&|A|B|||||ADT^A01|1|P|2.5||||||8859/1\rPID|1||7^^^^MR||NU\xd1EZ^JOS\xc9\rNTE|1||caf\xe9\r"
    assert through(convert, text.encode("latin-1"), "mask").endswith("NTE|1||café\r".encode("latin-1"))
    with pytest.raises(InputError, match="utf-8"):
        through(convert, text.replace("8859/1", "").encode("latin-1"), "mask")


def test_what_is_too_large_is_refused(through, monkeypatch):
    monkeypatch.setattr(hl7v2, "LARGEST", 10)
    with pytest.raises(InputError, match="at most 10 bytes"):
        through(convert, MESSAGE.encode())


def test_codes_of_hl7_inside_a_field_stay_and_nothing_else_does(through):
    def found(text):
        return through(convert, ("MSH|^~\\&|A|B|||||ADT^A01|1|P|2.5\rPID|1||" + text).encode(), "mask").decode()

    names = "MRN MR"  # a scanner would take what stands behind it
    assert found(f"77^{names}^M10^^MR||HADDAD^UMA^^^^^L").endswith("|[MRN]^MRN MR^M10^^MR||[NAME]^[NAME]^^^^^L")
    assert "078-05-1120" not in found("77^^^^078-05-1120")


def test_a_telephone_before_2_5_keeps_its_form(through):
    def told(version):
        text = f"MSH|^~\\&|A|B|||||ADT^A01|1|P|{version}\rPID|1||||||||||||4155552671^PRN^PH"
        return through(convert, text.encode(), "mask").decode().split("|")[-1]

    assert told("2.4") == "000-0000C[PHONE]^PRN^PH"
    assert told("2.5") == "[PHONE]^PRN^PH"


def test_a_diagnosis_of_a_charge_is_no_person(converted):
    out = converted("MSH|^~\\&|A|B\rFT1|1|||||||||||||||||IP|E11.9^Diabetes^I10\r", "mask")
    assert out.endswith("|IP|E11.9^Diabetes^I10\r")


def test_a_segment_that_is_its_name_alone_stays(converted):
    assert converted("MSH|^~\\&|A|B\rDSC\r", "mask") == "MSH|^~\\&|A|B\rDSC\r"
    assert converted("MSH|^~\\&|A|B\rDSC\rPID|1||77^^^^MR\r", "mask").endswith("DSC\rPID|1||[MRN]^^^^MR\r")


SCANNER = build(ScanConfig(), digester=None, tenant="t", cache=None)
PIECES = st.sampled_from(
    [
        "PID",
        "OBX",
        "ZZZ",
        "NTE",
        "|",
        "|",
        "^",
        "~",
        "&",
        "\\",
        "\\T\\",
        "\\X41\\",
        "TX",
        "CX",
        "Haddad",
        "7122250",
        "19610303",
        "x",
        " ",
        '""',
        "\r",
        "\rPID|",
        "\rOBX|1|TX|||",
    ]
)


@settings(max_examples=150)
@given(st.lists(PIECES, max_size=40), st.sampled_from(["mask", "safe-harbor", "expert-determination"]))
def test_anything_behind_a_header_keeps_its_structure_or_is_refused(pieces, name):
    import io

    text = "MSH|^~\\&|A|B\r" + "".join(pieces)
    memory = Memory(Scope("t", ScopeKind.SESSION, "s"), RandomDraws(SeededRandomness()), today=2026)
    deidentifier = Deidentifier(SCANNER, read_profiles()[name], memory)
    try:
        out = b"".join(convert(io.BytesIO(text.encode()), SCANNER, deidentifier)).decode()
    except InputError:
        return
    assert re.sub(r"[^|^~&\r]", "", out) == re.sub(r"[^|^~&\r]", "", text)
