"""The console's settings."""

import msgspec
import pytest

from asepsis.console.config import ConsoleConfig


def test_the_defaults_are_loopback_and_bounded():
    config = ConsoleConfig()
    assert (config.host, config.port) == ("127.0.0.1", 8081)
    assert config.page <= config.calls


@pytest.mark.parametrize("bad", [{"port": 70_000}, {"calls": 0}, {"viewers": 0}, {"colour": "red"}])
def test_what_cannot_be_used_is_refused(bad):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(bad, ConsoleConfig)
