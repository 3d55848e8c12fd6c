"""Texts through a profile: what comes out, where it was, and that a second run finds nothing more."""

import pytest

from asepsis.core.errors import Unavailable
from asepsis.core.ports import OpenScan
from asepsis.core.types import Finding, Kind, ObligationKind
from asepsis.deid.known import Known
from asepsis.deid.profiles import read_profiles
from asepsis.deid.text import Deidentifier

TEXT = "é SSN 078-05-1120, 123456789; DOB 03/04/1961, MRN 7122250 from 10.0.0.1"


@pytest.fixture
def through(scanner, make_memory):
    def run(name, text, **more):
        deidentifier = Deidentifier(scanner, read_profiles()[name], make_memory())
        return deidentifier.texts([text], **more)[0]

    return run


def test_each_profile_does_what_it_says(through):
    assert through("mask", TEXT).text == "é SSN [SSN], [SSN]; DOB [DATE], MRN [MRN] from [IP]"
    assert through("safe-harbor", TEXT).text == "é SSN [SSN], [SSN]; DOB 1961, MRN [MRN] from "
    assert through("limited-data-set", TEXT).text == "é SSN [SSN], [SSN]; DOB 03/04/1961, MRN [MRN] from [IP]"
    moved = through("expert-determination", TEXT).text
    assert "DOB 03/04/1961" not in moved
    assert "7122250" not in moved


def test_findings_have_their_offsets_in_the_text_as_given(through):
    clean = through("mask", TEXT)
    assert [TEXT[one.start : one.end] for one in clean.findings] == [
        "078-05-1120",
        "123456789",
        "03/04/1961",
        "7122250",
        "10.0.0.1",
    ]
    assert [clean.text[one.start : one.end] for one in clean.spans] == ["[SSN]", "[SSN]", "[DATE]", "[MRN]", "[IP]"]


def test_what_comes_within_reach_by_a_replacement_is_found_too(through):
    assert through("mask", "SSN 078-05-1120, 123456789").text == "SSN [SSN], [SSN]"


def test_the_key_of_a_field_is_read_with_its_value(scanner, memory):
    deidentifier = Deidentifier(scanner, read_profiles()["mask"], memory)
    first, second = deidentifier.texts(["123456789", "123456789"], keys=["patientSsn", "count"])
    assert (first.text, second.text) == ("[SSN]", "123456789")


def test_known_values_are_found_in_text(through):
    known = Known()
    known.add(Kind.NAME, "Uma Haddad")
    clean = through("mask", "Mrs. haddad, SSN 078-05-1120", known=known)
    assert clean.text == "Mrs. [NAME], SSN [SSN]"


def test_values_of_fields_are_replaced_whole_and_once(scanner, memory):
    deidentifier = Deidentifier(scanner, read_profiles()["token"], memory)
    token = deidentifier.value(Kind.NAME, "Uma Haddad")
    assert deidentifier.value(Kind.NAME, token) == token
    assert deidentifier.value(Kind.NAME, "  ") == "  "
    assert deidentifier.value(Kind.MRN, "7", do=ObligationKind.MASK) == "[MRN]"
    assert deidentifier.counts == {Kind.NAME: 1, Kind.MRN: 1}


def test_a_limited_data_set_keeps_towns_and_no_streets(scanner, memory):
    deidentifier = Deidentifier(scanner, read_profiles()["limited-data-set"], memory)
    assert deidentifier.value(Kind.GEO, "12 Main St, Ames, IA 50010") == "Ames, IA 50010"
    assert deidentifier.value(Kind.GEO, "12 Main St") == "[GEO]"


def test_the_word_in_a_mask_points_to_nothing(through):
    text = "[ACCOUNT] 2038 1966 1885 1884 and [MRN_bcdfg] 4512, [PHONE] 4155552671"
    assert through("mask", text).text == text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("BP 132/84. 4111 1111 1111 1111.", "BP 132/84. [ACCOUNT]."),
        ("call 415-555-2671. 37.2 is the temperature", "call [PHONE]. 37.2 is the temperature"),
    ],
)
def test_a_reading_beside_an_identifier_is_not_taken_along(through, text, clean):
    assert through("mask", text).text == clean


class Greedy:
    """A scanner that finds the last word, whatever it is, and the middle of masks."""

    def scan(self, parts):
        return [self.of(part.text) for part in parts]

    def of(self, text):
        at = text.rstrip().rfind(" ") + 1
        end = len(text.rstrip())
        return (Finding("greedy", Kind.NAME, "text", at, end, 500),) if end else ()

    def scan_open(self, part):
        return OpenScan((), 0, 0)


def test_masks_and_tokens_are_never_replaced_again(memory):
    deidentifier = Deidentifier(Greedy(), read_profiles()["mask"], memory)
    assert deidentifier.texts(["a [NAME_bcdfg]"])[0].text == "a [NAME_bcdfg]"
    assert deidentifier.texts(["a x[SSN]y"])[0].text == "a [NAME][SSN][NAME]"


class Endless(Greedy):
    """A scanner that finds the first letter that is left."""

    def of(self, text):
        at = next((at for at, one in enumerate(text) if one == "q"), -1)
        return (Finding("endless", Kind.NAME, "text", at, at + 1, 500),) if at >= 0 else ()


def test_a_text_that_never_comes_to_rest_is_refused(memory):
    deidentifier = Deidentifier(Endless(), read_profiles()["mask"], memory)
    with pytest.raises(Unavailable):
        deidentifier.texts(["q" * 40])


def test_the_blank_between_two_findings_stays(through, scanner, make_memory):
    text = "from Akron, OH 44301 now"
    found = [Finding("names.geo", Kind.GEO, "text", 5, 15, 600), Finding("us.zip", Kind.GEO, "text", 15, 20, 830)]
    for name, clean in (("safe-harbor", "from OH 443 now"), ("limited-data-set", "from Akron, OH 44301 now")):
        deidentifier = Deidentifier(scanner, read_profiles()[name], make_memory())
        assert deidentifier.piece(text, found).text == clean
