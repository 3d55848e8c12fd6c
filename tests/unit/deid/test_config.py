"""The settings: the built-in mask by default, and nothing that is not known."""

import msgspec
import pytest

from asepsis.deid.config import DeidConfig


def test_by_default_what_is_found_is_masked():
    assert DeidConfig().transform == "mask"


def test_what_is_not_known_is_refused():
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"transforms": "x"}', type=DeidConfig)
