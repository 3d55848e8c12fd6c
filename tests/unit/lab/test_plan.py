"""The health plan that does not exist."""

import re

import pytest

from asepsis.lab.plan import health_plan

PLAN = health_plan(7, 200)


def test_a_seed_gives_one_plan_and_another_gives_another():
    assert health_plan(7, 200) == PLAN
    assert health_plan(8, 200) != PLAN


def test_each_member_has_a_claim_and_a_note():
    ids = [one.id for one in PLAN.members]
    assert [one.member for one in PLAN.claims] == [one.member for one in PLAN.notes] == ids
    assert len(ids) == 200


def test_a_note_names_the_member_it_is_about():
    for member, note in zip(PLAN.members, PLAN.notes, strict=True):
        assert all(piece in note.text for piece in (member.name, member.mrn, member.born, member.phone))


@pytest.mark.parametrize(
    ("field", "form"),
    [
        ("id", r"HP\d{8}"),
        ("ssn", r"(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}"),
        (
            "mbi",
            r"[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y\d]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y\d]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}",
        ),
        ("mrn", r"\d{7}"),
        ("phone", r"\([2-9]\d{2}\) 555-01\d{2}"),
        ("email", r"[a-z.]+@example\.org"),
        ("born", r"\d{2}/\d{2}/\d{4}"),
    ],
)
def test_identifiers_have_the_form_of_real_ones(field, form):
    assert [value for one in PLAN.members if not re.fullmatch(form, value := getattr(one, field))] == []
