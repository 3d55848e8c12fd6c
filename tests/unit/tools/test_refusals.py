"""What is said to whoever does not get a call made."""

import pytest

from asepsis.tools.refusals import denied, nobody, refused, unanswered, unseen, waiting


def test_the_rule_is_named_once_and_what_there_is_to_do_comes_last():
    said = "asepsis refused this call: no policy permits it"
    assert refused("no policy permits it", "policy.default") == f"{said} (rule policy.default)"
    assert refused("no policy permits it", "policy.default", "; ask").endswith("(rule policy.default); ask")
    assert refused("it is asked by nobody (flow.intent)", "flow.intent").count("flow.intent") == 1
    assert refused("no", "") == "asepsis refused this call: no"


@pytest.mark.parametrize(
    ("duties", "who"),
    [
        ((), "an approver"),
        (("ask:", "notify:privacy"), "an approver"),
        (("ask:medical-directors 2", "ask:privacy-office", "clock:72h"), "`medical-directors` and `privacy-office`"),
    ],
)
def test_what_waits_says_for_whom(duties, who):
    said = waiting("case-7", duties)
    assert said.startswith(f"; approval case-7 is asked for: make the same call again once {who} has given it")
    assert "`/approvals`" in said


def test_what_was_denied_and_what_nobody_can_release_is_said():
    assert denied("case-7") == "; approval case-7 was denied"
    assert "`policy.approvers`" in nobody(users=False)
    assert "tools.asking" not in nobody(users=False)
    assert nobody(users=True).endswith("its application in `tools.asking`")


def test_a_tool_that_is_kept_back_is_told_apart_from_one_that_nobody_knows():
    rules = [unseen(why)[1] for why in ("unknown", "down", "gone", "drifted")]
    assert rules == ["tools.unknown", "tools.down", "tools.gone", "tools.kept"]
    assert "(drifted); the page `/tools`" in unseen("drifted")[0]


@pytest.mark.parametrize(
    ("code", "came", "said"),
    [
        ("tools.gone", False, "the server gave none, and may have done what the call asks for all the same"),
        ("tools.unlisted", False, "the call was not made, for its server began anew; make it again"),
        ("upstream.connect", False, "the call was not made, for its server can't be reached"),
        ("upstream.broken", False, "the server gave none, and may have done what the call asks for all the same"),
        ("identity.members", True, "the call was made, and its result is kept back"),
    ],
)
def test_a_call_without_a_result_says_whether_it_may_have_been_made(code, came, said):
    assert unanswered(code, came=came) == f"asepsis has no result of this call: {said} (rule {code})"
