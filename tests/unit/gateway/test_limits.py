"""Limits are settings: known by name, with safe defaults."""

import msgspec
import pytest

from asepsis.gateway.limits import Limits, StreamLimits


def test_by_default_there_are_limits_on_everything():
    for limits in (Limits(), StreamLimits()):
        assert all(0 < value < 1 << 25 for value in msgspec.structs.astuple(limits))


@pytest.mark.parametrize("kind", [Limits, StreamLimits])
def test_what_is_not_known_is_refused(kind):
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"colour": 1}', type=kind)
