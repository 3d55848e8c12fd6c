"""What a guess never touches."""

import pytest

from asepsis.core.types import Finding, Kind, Part, PartKind
from asepsis.scan import ScanConfig
from asepsis.scan.engine import BOTH, build
from asepsis.scan.names.spared import spared


def cut(text, found, rule="names.name", kind=Kind.NAME, score=600):
    start = text.index(found)
    finding = Finding(rule, kind, "text", start, start + len(found), score)
    return [text[one.start : one.end] for one in spared([finding], text)]


@pytest.mark.parametrize(
    ("text", "found", "left"),
    [
        ("WBC 11.2 x10^9/L", "L", []),
        ("aspirin ½ tab q.d.", "½", []),
        ("aspirin 1 ½ tablets", "1 ½ tablets", []),
        ("on 3/4/2021 ½ tab", "3/4/2021 ½ tab", ["3/4/2021"]),
        ("cut by ⅓ on Monday", "⅓ on Monday", ["on Monday"]),
        ("metoprolol 25 mg", "25 mg", []),
        ("code CPT 99213.", "CPT 99213", []),
        ("ICD-10 E11.9", "E11.9", []),
        ("BP 132/84", "BP 132/84", []),
        ("taper by 5-10 % a day", "5-10 %", []),
        ("BP is 130-140/70-80", "BP is 130-140/70-80", []),
        ("born a 918-g boy", "918-g", []),
        ("aged 90+ now", "90+", []),
        ("is 90+ y/o", "+ y/o", []),
        ("a 90+-year-old man", "+-year", []),
        ("age 90 or older", "90", []),
        ("age 90 and a half", "90", ["90"]),
        ("Smith denies fever", "Smith denies", ["Smith"]),
        ("62 y/o F Haddad", "y/o F Haddad", ["Haddad"]),
        ("<b>Uma Haddad</b><i>", "<b>Uma Haddad</b><i>", ["Uma Haddad"]),
        ("SNOMED CT code 44054006", "44054006", []),
        ("left Haddad", "left Haddad", ["Haddad"]),
        ("LEFT Núñez Denies", "LEFT Núñez Denies", ["Núñez"]),
        ("Pt LEFT Haddad", "LEFT Haddad", ["Haddad"]),
        ("Uma Haddad came", "Uma Haddad", ["Uma Haddad"]),
        ("Wright and Nolan", "Wright and Nolan", ["Wright and Nolan"]),
        ("Uma, 25 mg, Ida", "Uma, 25 mg, Ida", ["Uma", "Ida"]),
        ("says &#80;&#97;&#116; today", "80;&#97;&#116", []),
        ("A&#38;B and FACE", "FACE", ["FACE"]),
    ],
)
def test_a_guess_is_cut_around_what_it_never_touches(text, found, left):
    assert cut(text, found) == left


@pytest.mark.parametrize(
    ("text", "found", "kind"),
    [
        ("called Emmanuel Noël today", "Emmanuel Noël", Kind.NAME),
        ("Máté Noé Prévost", "Máté Noé Prévost", Kind.NAME),
        ("caller: Hadithi Njenga IV (son)", "Hadithi Njenga IV", Kind.NAME),
        ("lives in Columbia, SC 29201", "Columbia, SC 29201", Kind.GEO),
        ("at PO Box 249 in town", "PO Box 249", Kind.GEO),
        ("badge ID-WX1JP70L works", "ID-WX1JP70L", Kind.OTHER_ID),
        ("policy 6274w9548l works", "6274w9548l", Kind.OTHER_ID),
        ("call 555-0142 now", "555-0142", Kind.PHONE),
        ("Port Kirk, Maine 60260.", "60260", Kind.GEO),
    ],
)
def test_names_places_and_codes_that_only_begin_like_it_stay_whole(text, found, kind):
    assert cut(text, found, kind=kind) == [found]


def test_the_fourth_of_a_name_is_no_route_where_the_name_is_sure():
    assert cut("Mehar Tharaldson IV called", "Mehar Tharaldson IV", score=695) == ["Mehar Tharaldson IV"]
    assert cut("Mehar Tharaldson IV called", "Mehar Tharaldson IV") == ["Mehar Tharaldson"]
    assert cut("gave 2x500mg Uma", "2x500mg Uma") == ["2x", "Uma"]


@pytest.mark.parametrize(
    "text",
    [
        "Heparin 12500 units SC q12h.",
        "Heparin 25000 units in 500 mL over 24 h",
        "WBC 12500, platelets 10250",
        "Ferritin 12345 ng/mL",
        "CPT 99214, 36415, 80053",
        "DNR/DNI",
        "SNOMED 73211009",
        "epoetin 40000 units SC weekly",
        '{"query":"flu shots","dose":12500,"lang":"en","created":1795662298}',
        r"{\"query\":\"flu shots\"}",
    ],
)
def test_numbers_and_words_of_the_trade_pass_the_whole_scanner(text):
    scanner = build(ScanConfig(scanners=BOTH))
    assert scanner.scan_document([Part(PartKind.TEXT, "text", text)]) == [()]
    assert (
        scanner.scan_open(Part(PartKind.TEXT, "text", text + " and on it goes with some more plain words")).findings
        == ()
    )


@pytest.mark.parametrize("text", ["Tulsa, OK 74105", "lives in 74105", "zip 59718", "ZIP code: 59718"])
def test_five_digits_behind_a_place_are_a_place(text):
    (found,) = build(ScanConfig(scanners=BOTH)).scan_document([Part(PartKind.TEXT, "text", f"She {text} now")])
    assert any(text[-5:] in f"She {text} now"[one.start : one.end] for one in found)


@pytest.mark.parametrize(
    "part",
    [
        Part(PartKind.NUMBER, "usage.prompt_tokens", "12345", key="prompt_tokens"),
        Part(PartKind.NUMBER, "created", "1795662298", key="created"),
        Part(PartKind.NAME, "arguments#{0}", "query", key="query"),
        Part(PartKind.TEXT, "data[0].created_at", "2024-05-01T00:00:00Z", key="created_at"),
    ],
)
def test_numbers_keys_and_stamps_of_documents_are_for_rules(part):
    assert build(ScanConfig(scanners=BOTH)).scan_document([part]) == [()]


@pytest.mark.parametrize(
    ("found", "left"),
    [
        ("é 日本", []),
        ("日本7", ["日本7"]),
        ("jdoe", ["jdoe"]),
        ("٣٤", ["٣٤"]),
        ("１２-３４ é 日本", ["１２-３４"]),
        ("é AB 12 é", ["AB 12"]),
        ("e-mail", []),
        ("(327) 555-0128, e-mail", ["(327) 555-0128,"]),
        ("MRN: 77 ID", ["77"]),
    ],
)
def test_a_code_begins_and_ends_with_a_word_that_can_be_of_one(found, left):
    assert cut(f"SSN {found} is", found, rule="names.id", kind=Kind.OTHER_ID) == left
    assert cut(f"SSN {found} is", found) == [found]


@pytest.mark.parametrize(
    ("text", "found", "kind", "left"),
    [
        ("phone # on board 617", "board", Kind.PHONE, []),
        ("phone 1-800-FLOWERS", "1-800-FLOWERS", Kind.PHONE, ["1-800-FLOWERS"]),
        ("user skylark", "skylark", Kind.OTHER_ID, ["skylark"]),
        ("BP 150s", "s", Kind.OTHER_ID, []),
        ("a 2-story home", "2", Kind.OTHER_ID, []),
    ],
)
def test_one_sign_is_no_code_and_letters_are_no_number_to_dial(text, found, kind, left):
    assert cut(text, found, rule="names.id", kind=kind) == left


def test_a_fraction_is_part_of_a_house_number_and_of_no_code():
    assert cut("lives at 12½ Oak Street", "12½ Oak Street", "names.geo", Kind.GEO) == ["12½ Oak Street"]
    assert cut("about ½ of it", "½", "names.geo", Kind.GEO) == []
    assert cut("on D5½NS now", "D5½NS", "names.id", Kind.OTHER_ID) == []


@pytest.mark.parametrize("text", ["dose: ½", "levothyroxine ½ tab q.d.", "smokes 1½ ppd", "gave ½ amp D50", "D5½NS"])
def test_fractions_are_no_dates_for_the_engine(text):
    assert build(ScanConfig(scanners=BOTH)).scan([Part(PartKind.TEXT, "text", text)]) == [()]


FORMS = """
no not denies denied without never negative left right bilateral bilaterally sc sq subq im iv ivp po pr sl bid tid qid
qhs qd qod hs ac pc prn stat daily weekly nightly dnr dni d/c c/o s/p h/o w/o r/o f/u a/p b/l w/ 25mg Q6H BP:9 90+ <b>
</b> PRN WITHOUT IVP Cr4
"""


@pytest.mark.parametrize("form", FORMS.split())
def test_nor_in_a_guess_of_any_length(form):
    words = "alder birch cedar hazel larch maple rowan " * 5
    assert cut(f"{words}{form} {words}", words + form + " " + words.strip()) == [words.strip()] * 2
    assert cut(words + words, words) == [words]
