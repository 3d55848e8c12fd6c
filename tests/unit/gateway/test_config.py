"""The settings: safe defaults, and nothing that is not known."""

import msgspec
import pytest

from asepsis.gateway.config import GatewayConfig, Upstream


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
