"""The console's settings."""

import msgspec
import pytest

from asepsis.console.config import ConsoleConfig, check_url
from asepsis.core.errors import ConfigError


def test_the_defaults_are_loopback_and_bounded():
    config = ConsoleConfig()
    assert (config.host, config.port) == ("127.0.0.1", 8081)
    assert config.page <= config.calls


@pytest.mark.parametrize("bad", [{"port": 70_000}, {"calls": 0}, {"viewers": 0}, {"colour": "red"}])
def test_what_cannot_be_used_is_refused(bad):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(bad, ConsoleConfig)


@pytest.mark.parametrize(
    "url", ["https://console.example", "https://c.example:8443/", "http://127.0.0.1:8081", "http://[::1]:1"]
)
def test_browsers_come_by_tls_or_from_here(url):
    assert check_url(url) == url


@pytest.mark.parametrize(
    "url",
    ["http://console.example", "https://", "ftp://c", "https://c/path", "https://c?x", "https://a@c", "c.example"],
)
def test_and_no_other_way(url):
    with pytest.raises(ConfigError):
        check_url(url)


def test_the_address_is_the_proxys_or_its_own():
    assert ConsoleConfig(url="https://c.example/").address == "https://c.example"
    assert ConsoleConfig(host="::1").address == "http://[::1]:8081"
