"""How Anthropic's API is asked."""

from asepsis.core.ports import ProviderSettings
from asepsis.gateway.plugins.anthropic import VERSION, build


def provider(auth="x-api-key"):
    return build(ProviderSettings("one", "https://one/v1", auth, "k"))


def test_a_version_is_named_where_the_caller_names_none():
    assert provider().headers(()) == (("x-api-key", "k"), ("anthropic-version", VERSION))


def test_a_callers_own_version_stays_the_only_one():
    assert provider().headers((("anthropic-version", "2024-01-01"),)) == (("x-api-key", "k"),)


def test_paths_stand_below_the_base_address():
    assert provider().url("messages", "") == "https://one/v1/messages"
