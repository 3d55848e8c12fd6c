import pytest

from asepsis.core.types import Kind, Part, PartKind
from asepsis.scan import ScanConfig, build
from asepsis.scan.database import Prefilter
from asepsis.scan.errors import PackError
from asepsis.scan.rules import RuleSource, compiled, read_packs


def source(**fields):
    return RuleSource(**{"id": "t.rule", "kind": Kind.MRN, "score": 900, **fields})


def values(rule, text, *bounds):
    return [text[start:end] for start, end in rule.matches(text, *bounds)]


KEYWORDS = compiled(source(keywords="mrn|chart no", value="[0-9]{4,8}"))


@pytest.mark.parametrize(
    "text",
    [
        "MRN 7122250",
        "mrn: 7122250",
        "MRN#7122250",
        "mrn=7122250",
        "MRNs: 7122250",
        "the MRN is 7122250",
        "chart no (7122250)",
        "MRN of the patient is 7122250",
        '{"mrn":"7122250"}',
        '{\\"mrn\\": \\"7122250\\"}',
        "patient_mrn: 7122250",
        "patientMrn=7122250",
        "9MRN 7122250",
        'MRN"},"value":"7122250"',
        "MRN\n7122250",
    ],
)
def test_a_keyword_anchors_the_value_behind_it(text):
    assert values(KEYWORDS, text) == ["7122250"]


@pytest.mark.parametrize(
    "text",
    [
        "7122250",
        "mrna 7122250",
        "xmrn 7122250",
        "MRN not 7122250",
        "MRN 71222501234",
        "MRN 7122250x",
        "MRN 5 and 7122250",
        "mrn\x007122250",
    ],
)
def test_a_value_without_its_keyword_is_nothing(text):
    assert values(KEYWORDS, text) == []


def test_small_words_between_take_nothing_from_the_value():
    rule = compiled(source(keywords="mrn", value="[A-Z]{0,3}[0-9]{5}"))
    assert values(rule, "MRN is A12345, mrn no. NO54321, mrn at AT99999") == ["A12345", "NO54321", "AT99999"]


def test_between_loosely_lie_up_to_forty_characters_that_are_no_digits():
    loose = compiled(source(keywords="ssn", value="[0-9]{9}", between="loose"))
    assert values(loose, "SSN, according to the chart: 123456789") == ["123456789"]
    assert values(loose, "SSN" + " " * 40 + "123456789") == ["123456789"]
    assert values(loose, "SSN" + " " * 41 + "123456789") == []


def test_only_what_begins_and_ends_inside_the_bounds_matches_and_look_behind_sees_before_them():
    rule = compiled(source(pattern="(?<![0-9])(?P<v>[0-9]{3})"))
    assert values(rule, "123 456 789", 4, 7) == ["456"]
    assert values(rule, "1234", 1, 4) == []


def test_a_value_that_fails_its_check_is_stepped_into_not_over():
    rule = compiled(source(pattern="(?P<v>[0-9]{3}-[0-9]{2}-[0-9]{4})", validator="ssn"))
    assert values(rule, "9123-45-6789") == ["123-45-6789"]
    rule = compiled(source(pattern="(?P<v>[0-9-]{11})", validator="ssn"))
    assert values(rule, "x-123-45-6789") == ["123-45-6789"]


def test_the_trigger_of_a_pattern_is_the_pattern_unless_another_is_written():
    assert compiled(source(pattern="a(?P<v>b)")).trigger == "a(?:b)"
    assert compiled(source(pattern="a(?P<v>b)", trigger="b")).trigger == "b"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"keywords": "mrn"},
        {"value": "[0-9]"},
        {"pattern": "(?P<v>a)", "keywords": "b", "value": "c"},
        {"pattern": "(?P<v>a"},
        {"pattern": "no group"},
        {"pattern": "(?P<v>a)", "validator": "nobody"},
    ],
)
def test_a_rule_that_cannot_be_used_is_refused_by_its_id(fields):
    with pytest.raises(PackError) as caught:
        compiled(source(**fields))
    assert caught.value.place == "t.rule"


def test_packs_of_ones_own_are_added(tmp_path):
    pack = tmp_path / "own.toml"
    pack.write_text(
        '[[rule]]\nid = "own.badge"\nkind = "OTHER_ID"\nscore = 700\nkeywords = "badge"\nvalue = "B-[0-9]{5}"\n'
    )
    assert read_packs([pack])[-1].id == "own.badge"
    assert len(read_packs([pack])) == len(read_packs()) + 1


@pytest.mark.parametrize(
    "text",
    [
        "not toml",
        '[[rule]]\nid = "x"\n',
        '[[rule]]\nid = "x"\nkind = "SHOE"\nscore = 1\n',
        '[[rule]]\nid = "x"\nkind = "SSN"\nscore = 1001\n',
        '[[rule]]\nid = "x"\nkind = "SSN"\nscore = 1\ncolour = "red"\n',
    ],
)
def test_a_pack_that_is_none_is_refused_by_its_name(tmp_path, text):
    pack = tmp_path / "own.toml"
    pack.write_text(text)
    with pytest.raises(PackError) as caught:
        read_packs([pack])
    assert caught.value.place == str(pack)


def test_a_pack_that_is_not_there_and_an_id_that_is_there_twice_are_refused(tmp_path):
    with pytest.raises(PackError):
        read_packs([tmp_path / "none.toml"])
    pack = tmp_path / "own.toml"
    pack.write_text('[[rule]]\nid = "us.ssn"\nkind = "SSN"\nscore = 1\n')
    with pytest.raises(PackError) as caught:
        read_packs([pack])
    assert caught.value.place == "us.ssn"


def test_a_keyword_fires_where_a_word_or_a_hump_of_one_begins_and_near_its_value():
    engine = Prefilter([compiled(source(keywords="mrn|chart (?:no|id)|(?:my )?card", value="[0-9]{4}")).trigger])
    fires = [
        "mrn 7122",
        "MRN 7122",
        "9mrn 7122",
        "patientMrn=7122",
        "a chart id of 7122",
        "my card: 7122",
        "mrn AB-7122",
    ]
    rests = ["xmrn 7122", "the smrn 7122", "mrn was not on file and 7122", "mrn"]
    assert [text for text in fires + rests if engine.fired(text.encode())] == fires


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Specimen #S24-10233.", "S24-10233"),
        ("MRNs: 411223", "411223"),
        ("MRN's 411223", "411223"),
        ("Accession no. S-8823", "S-8823"),
        ("claim numbers 88231", "88231"),
    ],
)
def test_a_letter_behind_a_mark_is_the_values_and_one_behind_a_word_a_plural(text, value):
    (found,) = build(ScanConfig()).scan([Part(PartKind.TEXT, "t", text)])[0]
    assert text[found.start : found.end] == value
