"""Masks: what they look like, and that nothing finds them again."""

import json

import pytest

from asepsis.core.errors import Bug
from asepsis.core.types import Finding, Kind, ObligationKind, Part, PartKind
from asepsis.deid import Masker
from asepsis.scan import ScanConfig, build


def finding(kind: Kind) -> Finding:
    return Finding("rule", kind, "text", 0, 11, 900)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_mask_names_the_kind_and_is_json_as_it_is(kind):
    mask = Masker().replacement(finding(kind), "123-45-6789", do=ObligationKind.MASK)
    assert mask == f"[{kind.value}]"
    assert mask.isascii()
    assert json.dumps(mask) == f'"{mask}"'


def test_a_drop_leaves_nothing():
    assert Masker().replacement(finding(Kind.SSN), "123-45-6789", do=ObligationKind.DROP) == ""


@pytest.mark.parametrize("do", [ObligationKind.TOKEN, ObligationKind.SURROGATE, ObligationKind.GENERALISE])
def test_what_needs_a_scope_is_masked_without_one(do):
    assert Masker().replacement(finding(Kind.SSN), "123-45-6789", do=do) == "[SSN]"


def test_a_denial_is_not_transformed():
    with pytest.raises(Bug):
        Masker().replacement(finding(Kind.SSN), "123-45-6789", do=ObligationKind.DENY)


def test_nothing_is_found_in_masks_even_behind_keywords():
    scanner = build(ScanConfig(), digester=None, tenant="t", cache=None)
    masks = [f"[{kind.value}]" for kind in Kind]
    words = ["SSN ", "MRN: ", "member id ", "password: ", "DOB ", "phone ", "fax ", '"npi":', "claim number "]
    parts = [
        Part(PartKind.TEXT, "text", word + mask, key=key) for word in words for mask in masks for key in ("", "ssn")
    ]
    assert not any(scanner.scan(parts))
