"""How OpenAI's API is asked."""

import pytest

from asepsis.core.ports import ProviderSettings
from asepsis.gateway.plugins.openai import build

CALLER = (("authorization", "Bearer theirs"), ("x-api-key", "theirs"), ("cookie", "a=b"))


def provider(auth="none", secret="k", base="https://one/v1"):
    return build(ProviderSettings("one", base, auth, secret))


@pytest.mark.parametrize("base", ["https://one/v1", "https://one/v1/"])
def test_paths_stand_below_the_base_address(base):
    assert provider(base=base).url("models/gpt", "?limit=1") == "https://one/v1/models/gpt?limit=1"


@pytest.mark.parametrize(
    ("auth", "sent"),
    [
        ("none", ()),
        ("bearer", (("authorization", "Bearer k"),)),
        ("x-api-key", (("x-api-key", "k"),)),
        ("api-key", (("api-key", "k"),)),
        ("caller", CALLER[:2]),
    ],
)
def test_the_key_goes_as_the_settings_say(auth, sent):
    assert provider(auth).headers(CALLER) == sent


def test_without_a_key_none_is_sent():
    assert provider("bearer", secret="").headers(CALLER) == ()
