"""Clinical fidelity: what the checker sees, and that it sees nothing touched in generated texts."""

from collections import Counter

import pytest

from asepsis.core.types import Finding, Kind
from asepsis.deid.profiles import read_profiles
from asepsis.testing import word_lists
from asepsis.testing.fidelity import ITEMS, carriers, main, table, touched


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return word_lists.written(tmp_path_factory.mktemp("fidelity")).parent


@pytest.mark.parametrize(
    ("text", "item", "found"),
    [
        ("metoprolol 25 mg bid", "dose", "25 mg"),
        ("5-10 % for two weeks", "dose", "5-10 %"),
        ("0.5 mg/kg", "dose", "0.5 mg/kg"),
        ("BP 132/84", "reading", "BP 132/84"),
        ("BP is 130-140/70-80.", "reading", "BP is 130-140/70-80"),
        ("HbA1c of 7.2", "reading", "HbA1c of 7.2"),
        ("has E11.9 since", "code", "E11.9"),
        ("NDC 0002-8215-01", "code", "NDC 0002-8215-01"),
        ("LOINC: 4548-4", "code", "LOINC: 4548-4"),
        ("she denies it", "negation", "denies"),
        ("it doesn't hurt", "negation", "n't"),
        ("Left knee", "side", "Left"),
    ],
)
def test_a_touched_item_is_seen_unless_it_is_part_of_a_known_identifier(text, item, found):
    start = text.index(found)
    finding = Finding("names.id", Kind.OTHER_ID, "text", start, start + 1, 900)
    seen = [one for one in touched(text, [finding]) if one.item == item]
    assert [(text[one.start : one.end], one.rule) for one in seen] == [(found, "names.id")]
    assert not list(touched(text, [finding], [(start, start + 1)]))


def test_what_stands_beside_an_edit_is_not_touched():
    finding = Finding("us.mrn", Kind.MRN, "text", 0, 3, 900)
    assert not list(touched("MRN 25 mg", [finding]))


def test_the_table_names_all_profiles_and_classes():
    page = table(Counter({("mask", "dose"): 3}), Counter(dose=40), ["mask", "token"])
    head, mask, token, last = page.split("\n")
    assert head.split() == ["touched", *ITEMS]
    assert mask.split()[:2] == ["mask", "3"]
    assert token.split()[:2] == ["token", "0"]
    assert last.split()[3] == "40"


def test_carriers_are_the_same_for_a_seed(data):
    texts = [one.text for one in carriers(data, count=20, seed=2)]
    assert texts == [one.text for one in carriers(data, count=20, seed=2)]
    assert texts != [one.text for one in carriers(data, count=20, seed=3)]


def test_no_profile_touches_anything_clinical_in_generated_texts(data, capsys):
    assert main(["--data", str(data), "--count", "500"]) == 0
    rows = {row.split()[0]: row.split()[1:] for row in capsys.readouterr().out.strip().split("\n")}
    assert all(rows[name] == ["0"] * len(ITEMS) for name in read_profiles())
    assert sum(map(int, rows["in"][2:])) > 100
