"""Why a token is not exchanged."""

from asepsis.identity.errors import Refused


def test_a_refusal_has_a_code_and_what_may_be_said():
    refused = Refused("invalid_scope", "expected a scope")
    assert (refused.code, refused.said, str(refused)) == ("invalid_scope", "expected a scope", "expected a scope")
