"""Profiles: built in, one's own, and those that ask for something first."""

import pytest

from asepsis.core.errors import ConfigError
from asepsis.core.types import Kind, ObligationKind
from asepsis.deid.profiles import chosen, read_profiles

OWN = """
[[profile]]
name = "mine"
basis = "house rule"
other = "mask"
kinds = { DATE = "keep" }
fields = { "note" = "drop", "city" = "keep" }
"""


def test_what_a_profile_does_not_name_is_still_replaced():
    for profile in read_profiles().values():
        for kind in Kind:
            kept = profile.do(kind) is None
            assert not kept or profile.kinds[kind] == "keep"


def test_safe_harbor_keeps_none_of_the_eighteen():
    for name in ("safe-harbor", "safe-harbor-surrogates"):
        profile = read_profiles()[name]
        assert all(profile.do(kind) is not None for kind in Kind)
        assert profile.codes == "random"
        assert profile.do(Kind.DATE) is ObligationKind.GENERALISE


@pytest.mark.parametrize(
    ("name", "need"),
    [("limited-data-set", "agreement"), ("expert-determination", "project"), ("expert-determination", "key")],
)
def test_a_profile_is_refused_without_what_it_needs(name, need):
    given = {"agreement": "DUA 7", "project": "study", "key": "key.bin"}
    assert chosen(name, given).name == name
    with pytest.raises(ConfigError, match=f"needs `--{need}`"):
        chosen(name, {**given, need: ""})


def test_an_unknown_profile_is_refused_with_those_that_are_known():
    with pytest.raises(ConfigError, match="`safe-harbor`"):
        chosen("safe", {})


def test_a_profile_of_ones_own_is_read(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(OWN)
    profile = chosen("mine", {}, extra=[file])
    assert profile.do(Kind.DATE) is None
    assert profile.do(Kind.SSN) is ObligationKind.MASK
    assert profile.field("x", "note") is ObligationKind.DROP
    assert profile.field("city") == "keep"
    assert profile.field("else") is None


@pytest.mark.parametrize(
    "text", [OWN + OWN, OWN.replace("mine", "mask"), "x", OWN.replace("DATE", "DAY"), OWN + "y = 1"]
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path, text):
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(ConfigError):
        read_profiles([file])


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="readable"):
        read_profiles([tmp_path / "none.toml"])


def test_columns_that_are_not_named_go_where_a_profile_says_so(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(OWN + 'unnamed = "drop"\n')
    profile = chosen("mine", {}, extra=[file])
    assert profile.column("city") == "keep"
    assert profile.column("else") is ObligationKind.DROP
    assert profile.field("else") is None
    assert read_profiles()["mask"].column("else") is None
