"""The providers of tests are the built-in ones."""

from asepsis.gateway import Upstream
from asepsis.testing.providers import providers


def test_each_upstream_gets_the_provider_of_its_family_and_its_own_key():
    upstreams = (
        Upstream("a", "http://a/v1", auth="bearer"),
        Upstream("b", "http://b", family="anthropic", auth="x-api-key"),
    )
    made = providers(upstreams, {"a": "k"})
    assert made["a"].headers(()) == (("authorization", "Bearer k"),)
    assert (made["a"].family, made["b"].family) == ("openai", "anthropic")
    assert made["b"].headers(()) == (("anthropic-version", "2023-06-01"),)
