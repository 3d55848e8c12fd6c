from asepsis.core.types import Verdict
from asepsis.tools.flow.types import Doubt, Flow, Rule
from asepsis.tools.types import Source


def test_a_doubt_says_where_a_value_came_from():
    doubt = Doubt(Rule.DESTINATION, "recipients[]", None, "result 1 of `list_faxes` [0].body", Source.FREE)
    assert str(doubt) == (
        "argument `recipients[]` comes from result 1 of `list_faxes` [0].body, untrusted (flow.destination)"
    )


def test_each_rule_says_something():
    assert all(str(Doubt(rule)).startswith("the call ") for rule in Rule)
    assert Flow(Verdict.ALLOW).reason == "nothing untrusted decides this call"


def test_a_reason_says_each_doubt_once():
    assert Flow(Verdict.ASK, (Doubt(Rule.INTENT), Doubt(Rule.INTENT))).reason == str(Doubt(Rule.INTENT))
