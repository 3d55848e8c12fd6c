"""Hostile files: each parser reads what it is given or refuses it, and what comes out can be read again.

A few examples run each time; `make fuzz` runs many.
"""

import io
import json
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.core.errors import InputError
from asepsis.deid import Memory, Scope, ScopeKind
from asepsis.deid.dice import RandomDraws
from asepsis.deid.formats import delimited, fhir, hl7v2, parquet, plain, x12
from asepsis.deid.formats.detect import HEAD, detect
from asepsis.deid.profiles import read_profiles
from asepsis.deid.text import Deidentifier
from asepsis.scan import ScanConfig, build
from asepsis.testing.randomness import SeededRandomness

SCANNER = build(ScanConfig(), digester=None, tenant="t", cache=None)
PROFILES = read_profiles()

ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240303*1015*^*00501*000000907*0*T*:~"
SEEDS = {
    "fhir": (
        fhir.convert_document,
        json.dumps(
            {
                "resourceType": "Bundle",
                "entry": [
                    {
                        "fullUrl": "urn:uuid:0b9a1f3c-8d2e-4f6a-9b7c-1d2e3f4a5b6c",
                        "resource": {
                            "resourceType": "Patient",
                            "id": "p\u00e9-1",
                            "name": [{"family": "Haddad", "given": ["Uma"]}],
                            "birthDate": "1961-03-03",
                            "extension": [{"url": "latitude", "valueDecimal": 4.5e1}],
                            "text": {"div": '<div xmlns="http://www.w3.org/1999/xhtml">Uma</div>'},
                            "age": {"value": 93},
                        },
                    }
                ],
            }
        ),
    ),
    "ndjson": (fhir.convert_lines, '{"resourceType":"Patient","birthDate":"1961-03-03"}\n\n{"id":"Haddad"}\n'),
    "hl7v2": (
        hl7v2.convert,
        (
            "MSH|^~\\&|A|B|C|D|20240303||ORU^R01|1|P|2.5\rPID|1||77^^^A^MR~12||HADDAD^UMA||19610303|||1 St&Main^^Ames\r"
            "OBX|1|TX|a^b||Haddad \\T\\ x||||||F\rZZZ|q\r"
        ),
    ),
    "x12": (
        x12.convert,
        (
            f"{ISA}\nGS*HC*A*B*20240303*1015*1*X*005010~ST*837*1~NM1*IL*1*HADDAD*UMA****MI*W1~DTP*1*RD8*20240101-20240102~"
            "HI*BK:1*BH:A2:D8:19911101~REF*SY*1~QQ*z~SE*5*1~GE*1*1~IEA*1*000000907~"
        ),
    ),
    "csv": (delimited.convert, 'person_id,last_name,dob,note\r\n1,"Haddad, ""U""",1961-03-03,"x\ny"\r\n2,,,\r\n'),
    "text": (plain.convert_text, "SSN 078-05-1120, Mrs. Haddad; é \u200b1 2 3\n"),
    "jsonl": (plain.convert_lines, '{"id":1,"text":"SSN 078-05-1120"}\n{"id":"b","text":""}\n'),
}
SEED_PARQUET = b"PAR1\x15\x04\x15\x10\x15\x14L\x15\x02\x15\x00\x12\x00\x00PAR1"
NOISE = st.one_of(
    st.binary(min_size=1, max_size=6),
    st.sampled_from(
        [b'"', b"\\", b"|", b"^", b"~", b"*", b":", b"\r", b"\n", b"{", b"]", b",", b"\xff", b"\x00", b"\\u12", b'""']
    ),
)
CHANGES = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 40), NOISE | st.just(b"")), max_size=6)


def changed(data: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    for place, length, new in changes:
        at = place % (len(data) + 1)
        data = data[:at] + new + data[at + length :]
    return data


def through(convert, data: bytes, name: str) -> SimpleNamespace:
    memory = Memory(Scope("t", ScopeKind.SESSION, "s"), RandomDraws(SeededRandomness()), today=2026)
    deidentifier = Deidentifier(SCANNER, PROFILES[name], memory)
    try:
        return SimpleNamespace(out=b"".join(convert(io.BytesIO(data), SCANNER, deidentifier)), error=None)
    except InputError as error:
        return SimpleNamespace(out=b"", error=error)


@pytest.mark.parametrize("seed", SEEDS)
@given(changes=CHANGES, name=st.sampled_from(["mask", "token", "safe-harbor", "safe-harbor-surrogates"]))
def test_any_change_is_read_or_refused_without_content(seed, changes, name):
    convert, document = SEEDS[seed]
    done = through(convert, changed(document.encode(), changes), name)
    if done.error is not None:
        assert not any(word in str(done.error).lower() for word in ("haddad", "uma", "1961", "078"))
        assert "\n" not in str(done.error)
    else:
        again = through(convert, done.out, "mask")
        assert again.error is None


@given(changes=CHANGES)
def test_what_is_no_parquet_is_refused(changes):
    done = through(parquet.convert, changed(SEED_PARQUET, changes), "mask")
    assert done.error is not None


@given(
    data=st.binary(max_size=200), name=st.sampled_from(["a.txt", "a.json", "a.csv", "a.hl7", "a", "a.ndjson", "a.x12"])
)
def test_any_beginning_has_a_format_or_is_refused(data, name):
    code = "input_format"
    try:
        detect(data[:HEAD], name)
    except InputError as error:
        code = error.code
    assert code == "input_format"
