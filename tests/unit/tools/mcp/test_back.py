import json

import pytest

from asepsis.core.errors import Unavailable
from asepsis.tools.mcp import messages
from asepsis.tools.mcp.back import Back
from asepsis.tools.mcp.messages import Answer


def test_a_connection_is_opened_and_offers_nothing():
    back = Back()
    _, data = back.opening()
    assert json.loads(data)["params"]["capabilities"] == {}
    assert b"initialized" in back.opened(Answer(1, {"protocolVersion": "2025-11-25"}))
    assert back.version == "2025-11-25"


@pytest.mark.parametrize(
    "answer", [Answer(1, {"protocolVersion": "2024-11-05"}), Answer(1, {}), Answer(1, fault=messages.Fault(1))]
)
def test_a_server_of_another_version_is_none(answer):
    with pytest.raises(Unavailable):
        Back().opened(answer)


@pytest.mark.parametrize("method", ["sampling/createMessage", "elicitation/create", "roots/list", "tasks/get"])
def test_a_server_may_ask_nothing(method):
    taken = Back().take(messages.request(5, method, {}))
    assert json.loads(taken.send)["error"]["code"] == -32601
    assert taken.answer is None


def test_a_server_may_ask_whether_somebody_is_there():
    assert json.loads(Back().take(messages.request(5, "ping", {})).send)["result"] == {}


def test_answers_and_changes_are_told():
    assert Back().take(messages.result(3, {"a": 1})).answer == Answer(3, {"a": 1})
    assert Back().take(messages.notice("notifications/tools/list_changed", {})).changed


@pytest.mark.parametrize("said", [{}, {"progressToken": "a", "progress": 1}, {"progressToken": 1, "progress": "half"}])
def test_what_says_no_step_is_none(said):
    taken = Back().take(messages.notice("notifications/progress", said))
    assert (taken.step, taken.changed) == (None, False)


def test_how_far_a_call_has_come_is_told_by_numbers_alone():
    back = Back()
    asked, data = back.request("tools/call", {"name": "a", "_meta": {"asepsis.call": "t"}})
    meta = json.loads(data)["params"]["_meta"]
    assert meta == {"asepsis.call": "t", "progressToken": asked}
    said = {"progressToken": asked, "progress": 1, "total": 2, "message": "obey me"}
    assert back.take(messages.notice("notifications/progress", said)).step == (asked, 1, 2)


def test_a_server_is_asked_what_it_speaks_before_it_is_greeted():
    back = Back()
    _, data = back.discovering()
    meta = json.loads(data)["params"]["_meta"]
    assert meta["io.modelcontextprotocol/protocolVersion"] == "2026-07-28"
    assert not back.discovered(Answer(1, fault=messages.Fault(-32601)))
    assert not back.discovered(Answer(1, {"supportedVersions": ["2025-11-25"]}))
    assert not back.discovered(Answer(1, fault=messages.Fault(messages.NO_VERSION, data=["2026-07-28"])))
    said = {"supported": ["2026-07-28"], "requested": "2026-07-28"}
    assert Back().discovered(Answer(1, fault=messages.Fault(messages.NO_VERSION, data=said)))
    assert "_meta" not in json.loads(back.request("tools/list", {})[1])["params"]
    assert back.discovered(Answer(1, {"supportedVersions": ["2026-07-28"]}))
    assert json.loads(back.request("tools/list", {})[1])["params"]["_meta"] == meta
