"""The settings of `lab`."""

import msgspec
import pytest

from asepsis.lab.config import LabConfig


def test_the_lab_is_on_loopback_and_scripted_where_nothing_is_said():
    assert (LabConfig().host, LabConfig().model) == ("127.0.0.1", "scripted")


@pytest.mark.parametrize("bad", [{"model": "gpt"}, {"port": "x"}, {"pace": 1}])
def test_what_cannot_be_used_is_refused(bad):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(bad, LabConfig)
