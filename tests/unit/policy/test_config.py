"""The settings of `policy`."""

import msgspec
import pytest

from asepsis.core.types import Kind
from asepsis.policy.config import ApplicationRules, KindRules, PolicyConfig


def test_attacks_are_denied_where_nothing_is_said():
    assert set(KindRules().deny) == {Kind.INJECTION, Kind.EXFIL, Kind.CANARY}
    assert KindRules().allow == ()


def test_an_application_admits_nothing_opaque_and_no_state_by_itself():
    rules = ApplicationRules("a")
    assert (rules.admit, rules.state, rules.request, rules.answer) == ((), (), None, None)


def test_it_is_read_from_tables():
    read = msgspec.convert({"applications": [{"name": "a", "answer": {"allow": ["NAME"]}}]}, PolicyConfig)
    assert read.applications[0].answer.allow == (Kind.NAME,)


@pytest.mark.parametrize(
    "bad",
    [{"request": {"deny": ["NAMES"]}}, {"applications": [{}]}, {"applications": [{"name": "a", "purpos": "FUN"}]}],
)
def test_unknown_kinds_and_settings_are_refused(bad):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(bad, PolicyConfig)
