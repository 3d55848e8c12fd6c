"""The settings: safe defaults, and nothing that is not known."""

import re

import msgspec
import pytest

from asepsis.core.errors import ConfigError
from asepsis.gateway.config import GatewayConfig, Rename, Upstream, check


def test_by_default_the_gateway_listens_to_this_machine_alone_and_observes_nobody():
    config = GatewayConfig()
    assert config.host == "127.0.0.1"
    assert config.observe == ()
    assert config.upstreams == ()


def test_an_upstream_gets_no_key_unless_told():
    assert Upstream("a", "http://a").auth == "none"


@pytest.mark.parametrize(
    "text",
    [
        '{"observes": ["demo"]}',
        '{"call": {"request_byte": 1}}',
        '{"document": {"dept": 1}}',
        '{"stream": {"channel": 1}}',
        '{"upstreams": [{"name": "a", "base_url": "http://a", "family": "other"}]}',
        '{"upstreams": [{"name": "a", "base_url": "http://a", "auth": "basic"}]}',
        '{"upstreams": [{"name": "a"}]}',
        '{"upstreams": [{"name": "a", "base_url": "http://a", "credential": "sk-written-down"}]}',
    ],
)
def test_what_is_not_known_is_refused(text):
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=GatewayConfig)


def test_limits_nest_under_their_sections():
    config = msgspec.json.decode(
        '{"call": {"answer_bytes": 7}, "document": {"depth": 3}, "stream": {"channels": 2}}', type=GatewayConfig
    )
    assert (config.call.answer_bytes, config.document.depth, config.stream.channels) == (7, 3, 2)


ONE, TWO = Upstream("one", "http://one"), Upstream("two", "http://two", family="anthropic")


@pytest.mark.parametrize(
    ("upstreams", "place", "says"),
    [
        ((ONE, TWO, Upstream("one", "http://other")), r"upstreams\[0\].name", "each upstream once"),
        ((Upstream("a", "http://a", fallbacks=("onee",)), ONE), r"upstreams\[0\].fallbacks", "nearest name is `one`"),
        ((Upstream("a", "http://a", fallbacks=("two",)), TWO), r"upstreams\[0\].fallbacks", "another upstream of"),
        ((Upstream("a", "http://a", fallbacks=("a",)),), r"upstreams\[0\].fallbacks", "another upstream of"),
    ],
)
def test_upstreams_that_do_not_fit_together_are_refused(upstreams, place, says):
    with pytest.raises(ConfigError, match=says) as error:
        check(upstreams)
    assert re.search(place, error.value.place)


def test_upstreams_that_fit_together_are_not():
    check((Upstream("a", "http://a", fallbacks=("one",)), ONE, TWO))


def test_the_first_name_that_fits_a_model_is_its_name_here():
    upstream = Upstream("a", "http://a", rename=(Rename("gpt-4*", "big"), Rename("gpt-*", "small")))
    assert [upstream.named(model) for model in ("gpt-4o", "gpt-3", "claude")] == ["big", "small", "claude"]
