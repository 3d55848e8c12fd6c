"""The rule scanner: batches, keys, digests, bounds."""

import hashlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asepsis.core.errors import ConfigError
from asepsis.core.types import Kind, Part, PartKind
from asepsis.scan import ScanConfig, build
from asepsis.scan.breaks import break_after
from asepsis.scan.decode import readings
from asepsis.scan.normalise import fold
from asepsis.scan.segments import HOLD
from asepsis.scan.service import UNBROKEN


class Digests:
    """A digester whose answers can be foretold."""

    def digest(self, kind: str, value: str, /, *, tenant: str) -> str:
        return hashlib.sha256(f"{tenant}/{kind}/{value}".encode()).hexdigest()[:32]


SCANNER = build(ScanConfig())
DIGESTING = build(ScanConfig(), digester=Digests(), tenant="t")


def text(value: str, key: str = "", kind: PartKind = PartKind.TEXT) -> Part:
    return Part(kind, "place", value, key=key)


def found(value: str, key: str = "") -> list[tuple[Kind, str]]:
    (findings,) = SCANNER.scan([text(value, key)])
    return [(one.kind, value[one.start : one.end]) for one in findings]


@pytest.mark.parametrize("value", ["MRN-411223", "mrn-411223", "MRN_411223", "MRN411223", "MRN-00-12-345"])
def test_a_record_number_is_found_with_the_letters_written_to_it(value):
    for text in (value, f"Please pull {value} for me.", f"MRN: {value}", f"chart {value}, seen today"):
        assert found(text) == [(Kind.MRN, value)]


@pytest.mark.parametrize(
    ("key", "value", "kind"),
    [
        ("ssn", "123456789", Kind.SSN),
        ("patientSsn", "123456789", Kind.SSN),
        ("mrn", "7122250", Kind.MRN),
        ("patient_mrn", "7122250", Kind.MRN),
        ("memberId", "XQ9918277", Kind.HEALTH_PLAN_ID),
        ("member_id", "XQ9918277", Kind.HEALTH_PLAN_ID),
        ("npi", "1234567893", Kind.LICENSE),
        ("dob", "1961-03-03", Kind.DATE),
        ("dateOfBirth", "03/03/1961", Kind.DATE),
        ("birth_date", "1961-03-03", Kind.DATE),
    ],
)
def test_the_key_before_a_value_is_context(key, value, kind):
    assert found(value) == []
    assert found(value, key) == [(kind, value)]
    assert found(f'{{"{key}":"{value}"}}') == [(kind, value)]
    assert found(f'{{\\"{key}\\": \\"{value}\\"}}') == [(kind, value)]
    assert found(f"{key}: {value}") == [(kind, value)]


def test_an_age_is_reckoned_in_the_year_of_the_part():
    parts = [Part(PartKind.TEXT, "place", f"born in {born}", year=year) for born, year in ((1925, 0), (1925, 2010))]
    assert [len(one) for one in SCANNER.scan(parts)] == [1, 0]
    assert [
        len(SCANNER.scan_open(Part(PartKind.TEXT, "p", "born in 1915 so", year=at)).findings) for at in (2000, 2010)
    ] == [
        0,
        1,
    ]


def test_a_key_is_context_of_its_own_part_alone():
    parts = [text("no", "ssn"), text("123456789"), text("ssn"), text("123456789"), text("123456789", "ssn")]
    assert [len(one) for one in SCANNER.scan(parts)] == [0, 0, 0, 0, 1]


def test_a_key_reaches_no_further_than_context_does():
    assert found("and so it goes on " * 8 + "123456789", "ssn") == []


def test_numbers_are_read_and_opaque_parts_are_not():
    parts = [
        text("123456789", "ssn", PartKind.NUMBER),
        text("123-45-6789", kind=PartKind.OPAQUE),
        text("a@b.org", kind=PartKind.NAME),
    ]
    assert [len(one) for one in SCANNER.scan(parts)] == [1, 0, 1]


def test_findings_name_their_place_and_count_code_points_of_the_text_as_given():
    (findings,) = SCANNER.scan([text("😀 é\u200b １２３-45-6789 😀")])
    (only,) = findings
    assert (only.place, only.start, only.end, only.digest) == ("place", 5, 16, "")


def test_nothing_to_scan():
    assert SCANNER.scan([]) == []
    assert SCANNER.scan([text("")]) == [()]
    assert SCANNER.scan_open(text("")) == ((), 0, 0)


def test_the_digest_is_of_the_value_however_it_is_written():
    forms = ["123-45-6789", "１２３\u2011４５\u2011６７８９", "1 2 3 - 4 5 - 6 7 8 9", "MTIzLTQ1LTY3ODk="]
    results = DIGESTING.scan([text(form) for form in forms])
    assert {one.digest for (one,) in results} == {Digests().digest("SSN", "123456789", tenant="t")}
    ((mail,),) = DIGESTING.scan([text("Uma.Haddad@Example.org")])
    assert mail.digest == Digests().digest("EMAIL", "uma.haddad@example.org", tenant="t")


@pytest.mark.parametrize(
    "value",
    [
        "chatcmpl-9x8y7AbC123defGHI456jklMNO", "call_abc123DEF456ghi789JKL012", "msg_01XFDUDYJgAACzvnptvVoYEL",
        "resp_67ccd2bed1ec8190b14f964abc0542670bb6a6b452d3795b", "550e8400-e29b-41d4-a716-446655440000",
        "d41d8cd98f00b204e9800998ecf8427e", "1764000003", "2026-11-24T10:12:45.482034Z", "E11.9, I10 and Z79.4",
        "CPT 99213, HCPCS J1815, LOINC 4548-4, NDC 0002-8215-01", "metformin 500 mg 2x daily, 10-20 units",
        "BP 120/80, HR 72, T 98.6, SpO2 97%", "stage 3b, L4-L5, T12", "[SSN] [MRN] [EMAIL]", "version 1.2.3",
        "v10.2.33.4",
        "std::vector<int>", "12:30:45", "seen in 2019 and 2020", "a 63-year-old woman", "$1,234.56", "3.14159265358979",
        "0.123456789", "id: 42", "page 123 of 456",
    ],
)  # fmt: skip
def test_what_is_no_identifier_is_not_found(value):
    assert found(value) == []
    assert found(f"So it reads {value} in the chart.") == []


def test_a_match_never_crosses_a_quote():
    assert found('"123","45","6789"') == []
    assert found('["123-45-","6789"]') == []


def test_a_segment_past_hold_is_found_as_a_whole():
    run = "x" * (HOLD + 1)
    assert found(f"so {run} then") == [(Kind.OTHER_ID, run)]
    assert found(f"so {run[:-2]} then") == []
    assert SCANNER.scan([text(run)])[0][0].rule == UNBROKEN


def test_what_follows_such_a_segment_is_read():
    assert [kind for kind, _ in found(f"so {'x' * 9000} then 123-45-6789")] == [Kind.OTHER_ID, Kind.SSN]


def test_an_open_text_holds_back_an_unbroken_run():
    result = SCANNER.scan_open(text("so it is " + "x" * 50_000))
    assert result.settled == len("so it is ")


def test_prose_is_settled_but_for_its_last_word():
    value = "the patient was seen in clin"
    assert SCANNER.scan_open(text(value)).settled == len(value) - len("clin")


def test_disabled_rules_do_not_run_and_unknown_ones_are_an_error():
    scanner = build(ScanConfig(disabled=("net.email",)))
    assert scanner.scan([text("a.b@example.org")]) == [()]
    with pytest.raises(ConfigError):
        build(ScanConfig(disabled=("net.emial",)))


def test_an_extra_pack_adds_rules(tmp_path):
    pack = tmp_path / "own.toml"
    pack.write_text("""
[[rule]]
id = "own.badge"
kind = "OTHER_ID"
score = 900
pattern = '(?<![0-9A-Za-z])(?P<v>BDG-[0-9]{6})(?![0-9])'
positive = ["BDG-123456"]
negative = ["BDG-12345"]
""")
    scanner = build(ScanConfig(packs=(str(pack),)))
    assert [one.rule for one in scanner.scan([text("my badge is BDG-123456 now")])[0]] == ["own.badge"]


def test_a_cached_database_finds_the_same(tmp_path):
    value = "SSN 123-45-6789, a@b.org"
    first, second = build(ScanConfig(), cache=tmp_path), build(ScanConfig(), cache=tmp_path)
    assert first.scan([text(value)]) == second.scan([text(value)]) == SCANNER.scan([text(value)])


def by_hand(value: str) -> set[tuple[str, int, int]]:
    """Every rule on every segment, without the engine's word on where to look."""
    matches: set[tuple[str, int, int]] = set()
    start = 0
    while start < len(value):
        end = break_after(value, start)
        for hit in SCANNER._segment(_given(value), start, end, set(range(len(SCANNER._rules) + 1))):
            matches.add((hit.rule, hit.start, hit.end))
        start = end
    return matches


def _given(value: str):
    from asepsis.scan.segments import Text

    return Text(value, "", fold(value))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "SSN ", "123-45-6789", "123456789", "mrn: ", "00-12-34-5", "a@b.org ", "(303) 555-1234",
                "%31%32%33-45-6789",
                "MTIzLTQ1LTY3ODk= ", "DOB ", "3/3/1961", "1.2.3.4", "https://x.org/a ", "member id ", "XQ9918277",
                "é", '"', " ",
                "1 2 3 4 5 6 7 8 9", "password: ", "hunter22!", "4111111111111111", "1EG4-TE5-MK73", "93 years old ",
            ]
        ),
        max_size=8,
    ).map("".join)
)  # fmt: skip
def test_the_engine_overlooks_nothing(value):
    covered = {place for one in SCANNER.scan([text(value)])[0] for place in range(one.start, one.end)}
    for _, start, end in by_hand(value):
        assert all(place in covered for place in range(start, end) if value[place].isalnum())


@given(st.text(st.characters(), max_size=200))
def test_any_text_is_read_and_what_is_found_lies_in_it(value):
    (whole,), part = SCANNER.scan([text(value, value[:20])]), SCANNER.scan_open(text(value))
    assert all(0 <= one.start < one.end <= len(value) for one in (*whole, *part.findings))
    assert part.settled <= len(value)
    list(readings(fold(value), 0))


@pytest.mark.parametrize(
    "unit",
    ["=", "A", "\\", "\u200b", "1 ", "%41", "&#49;", "a@", "\ud800", "中", '"', "\n", "A1bcdefghijklmnop.", "http://"],
)
def test_time_is_linear_in_hostile_text(unit):
    def spent(length: int) -> float:
        part = text((unit * length)[:length])
        begin = time.process_time()
        SCANNER.scan([part])
        return time.process_time() - begin

    short = min(spent(50_000) for _ in range(3))
    assert spent(200_000) < 12 * short + 0.1


def hidden(text):
    return "".join(chr(0xE0000 + ord(one)) for one in text)


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (f"hello{hidden('ssn 123-45-6789')} there", ["scan.hidden"]),
        (f"1{hidden('a')}23-45-6789", ["us.ssn"]),
        ("a flag \U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f here", []),
        (f"call 415-555-2671{hidden('x')} now {hidden('y')}", ["us.phone", "scan.hidden", "scan.hidden"]),
    ],
)
def test_characters_that_nobody_sees_are_taken_out(text, rules):
    scanner = build(ScanConfig())
    (found,) = scanner.scan([Part(PartKind.TEXT, "x", text)])
    assert [one.rule for one in found] == rules
    streamed = scanner.scan_open(Part(PartKind.TEXT, "x", text + " and so on it goes for a while"))
    assert [one.rule for one in streamed.findings] == rules


def test_a_segment_with_too_many_views_is_found_as_a_whole():
    """Each alignment of it says something, and so does each alignment of that."""
    word = ("V" * 29 + "9.") * 4
    (found,) = build(ScanConfig()).scan([Part(PartKind.TEXT, "x", f"plain words {word} and more")])
    assert [(one.rule, one.start) for one in found] == [("scan.tangled", 12)]
    (found,) = build(ScanConfig()).scan([Part(PartKind.TEXT, "x", f"plain words {word[:31]} and more")])
    assert found == ()


@pytest.mark.parametrize(
    "said",
    [
        "1\x802\x9f3-45-6789",
        "1\ufffc23-45-6789",
        "1\ue00023-45-6789",
        "123\u02d745\u30fc6789",
        "123\u4e0045\u21926789",
        "<b>123</b>-45-6789",
        "**123**-45-6789",
        "123\\-45\\-6789",
        r"\u{31}23-45-6789",
        r"\U0000003123-45-6789",
        r"\06123-45-6789",
        "123-45-678&#57",
        "&#000000049;23-45-6789",
    ],
)
def test_an_identifier_is_read_however_it_is_dressed(said):
    (found,) = build(ScanConfig()).scan([Part(PartKind.TEXT, "x", f"ssn is {said} ok")])
    assert {one.kind.value for one in found} == {"SSN"}


def test_a_year_of_birth_is_read_against_the_year_of_the_settings_and_else_the_clock():
    parts = [Part(PartKind.TEXT, "x", "a widow, born in 1931, seen in 1931")]
    (old,) = build(ScanConfig(year=2026)).scan(parts)
    assert [(one.kind, one.start, one.end) for one in old] == [(Kind.AGE_OVER_89, 17, 21)]
    assert build(ScanConfig(year=1990)).scan(parts) == [()]
    assert build(ScanConfig()).scan(parts) == [old]


def test_months_and_years_of_birth_are_dates_and_a_year_alone_is_none():
    parts = [Part(PartKind.TEXT, "x", one) for one in ("born March 1961", "DOB 03/1961", "born in 1961", "in 1931")]
    kinds = [[one.kind for one in found] for found in build(ScanConfig(year=2026)).scan(parts)]
    assert kinds == [[Kind.DATE], [Kind.DATE], [], []]
