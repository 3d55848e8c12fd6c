"""The settings of `identity`."""

import msgspec
import pytest

from asepsis.identity.config import Caller, IdentityConfig


def test_without_settings_nobody_is_admitted():
    assert (IdentityConfig().anonymous, IdentityConfig().callers) == ("", ())


def test_a_caller_is_read_from_a_table():
    read = msgspec.convert({"callers": [{"key_sha256": "ab", "application": "a"}]}, IdentityConfig)
    assert read.callers == (Caller("ab", "a"),)


@pytest.mark.parametrize("bad", [{"anon": "x"}, {"callers": [{"key": "x"}]}, {"callers": [{"key_sha256": "x"}]}])
def test_what_is_unknown_or_missing_is_refused(bad):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(bad, IdentityConfig)
