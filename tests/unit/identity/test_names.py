"""SPIFFE IDs: which texts are one."""

import pytest

from asepsis.core.errors import InputError
from asepsis.identity.names import is_trust_domain, spiffe_id


def test_an_id_has_a_trust_domain_and_a_path():
    assert spiffe_id("spiffe://plan.example/ns/claims/sa/x_1.2") == (
        "spiffe://plan.example/ns/claims/sa/x_1.2",
        "plan.example",
        "/ns/claims/sa/x_1.2",
    )


@pytest.mark.parametrize(
    "text",
    [
        "", "spiffe://", "spiffe://plan.example", "spiffe://plan.example/", "spiffe:///a", "https://plan.example/a",
        "SPIFFE://plan.example/a", "spiffe://Plan.example/a", "spiffe://plan.example:8/a", "spiffe://u@plan.example/a",
        "spiffe://plan.example/a/", "spiffe://plan.example//a", "spiffe://plan.example/a/./b",
        "spiffe://plan.example/a/..", "spiffe://plan.example/..", "spiffe://plan.example/%41", "spiffe://plan.example/a?b",
        "spiffe://plan.example/a#b", "spiffe://plan.example/ä", "spiffe://plan.example/a\n", "spiffe://p/" + "a" * 2048,
        f"spiffe://{'d' * 256}/a",
    ],
)  # fmt: skip
def test_what_is_no_id_is_refused(text):
    with pytest.raises(InputError):
        spiffe_id(text)


@pytest.mark.parametrize(("name", "is_one"), [("plan.example", True), ("", False), ("Plan", False), ("a/b", False)])
def test_a_trust_domain_has_a_name_of_its_own(name, is_one):
    assert is_trust_domain(name) is is_one
