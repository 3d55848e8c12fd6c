"""A gateway's parts from the names in the settings."""

import pytest

from asepsis.core.errors import ConfigError
from asepsis.deid.config import DeidConfig
from asepsis.gateway import parts
from asepsis.gateway.config import GatewayConfig, Upstream
from asepsis.infra import plugins
from asepsis.scan import Pipeline, RuleScanner, ScanConfig

REGISTRY = plugins.discover()


class NoDigester:
    def digest(self, kind, value, /, *, tenant):
        return "0" * 32


def wanted(*upstreams, scanners=("rules",), transform="mask"):
    return parts.Wanted(GatewayConfig(upstreams=upstreams), ScanConfig(scanners=scanners), DeidConfig(transform))


def build(settings, folder):
    return parts.build(settings, REGISTRY, parts.Around(NoDigester(), "t", folder))


def test_by_default_the_built_in_ones_are_built(tmp_path):
    made = build(wanted(Upstream("a", "http://a"), Upstream("b", "http://b", family="anthropic")), tmp_path)
    assert isinstance(made.scanner, RuleScanner)
    assert {name: one.family for name, one in made.providers.items()} == {"a": "openai", "b": "anthropic"}
    assert made.transports == {}


def test_several_scanners_are_one(tmp_path):
    assert isinstance(build(wanted(scanners=("rules", "rules")), tmp_path).scanner, Pipeline)
    with pytest.raises(ConfigError, match="at least one scanner"):
        build(wanted(scanners=()), tmp_path)


def test_keys_are_fetched_and_given_to_their_upstream_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("KEY_OF_A", "k")
    upstreams = (Upstream("a", "http://a", auth="bearer", credential="env:KEY_OF_A"), Upstream("b", "http://b"))
    made = build(wanted(*upstreams), tmp_path)
    assert made.providers["a"].headers(()) == (("authorization", "Bearer k"),)
    assert made.providers["b"].headers(()) == ()


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        (wanted(transform="msak"), "deid.transform"),
        (wanted(scanners=("rulez",)), "scan.scanners"),
        (wanted(Upstream("a", "http://a"), Upstream("b", "http://b", plugin="x")), "gateway.upstreams[1].plugin"),
        (wanted(Upstream("a", "http://a", credential="env:ASEPSIS_NO_SUCH")), "env:ASEPSIS_NO_SUCH"),
        (wanted(Upstream("a", "http://a", client_certificate="env:ASEPSIS_NO_SUCH")), "env:ASEPSIS_NO_SUCH"),
    ],
)
def test_what_is_not_there_is_found_before_anything_is_built(settings, place):
    with pytest.raises(ConfigError) as error:
        parts.check(settings, REGISTRY)
    assert error.value.place == place


@pytest.mark.parametrize(
    ("upstream", "place"),
    [
        (Upstream("a", "http://a", plugin="anthropic"), "gateway.upstreams[0].plugin"),
        (Upstream("a", "https://a", ca_file="/no/such/file"), "gateway.upstreams[0].ca_file"),
    ],
)
def test_what_can_not_be_built_is_named_at_its_setting(tmp_path, upstream, place):
    with pytest.raises(ConfigError) as error:
        build(wanted(upstream), tmp_path)
    assert error.value.place == place
