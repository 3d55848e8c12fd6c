"""Denials by the gateway's own rules."""

from asepsis.core.errors import Error
from asepsis.gateway.errors import Denied, Told, Waiting


def test_a_denial_names_its_rule_and_place():
    denied = Denied("gateway.json", "expected JSON", place="messages[0]")
    assert (denied.code, denied.message, denied.place) == ("gateway.json", "expected JSON", "messages[0]")
    assert str(denied) == "messages[0]: expected JSON"


def test_a_denial_is_an_error_whose_rule_is_its_own():
    assert issubclass(Denied, Error)
    Denied("gateway.kill", "switched off")
    assert Denied.code == Error.code


def test_what_may_be_waited_for_is_told_where_a_stream_ends():
    assert issubclass(Waiting, Told)
    assert not isinstance(Denied("gateway.kill", "switched off"), Told)
