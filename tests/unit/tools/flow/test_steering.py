from asepsis.tools.flow.seen import Seen
from asepsis.tools.flow.steering import Given, Steering
from asepsis.tools.flow.turns import Turns
from asepsis.tools.flow.types import Rule
from asepsis.tools.types import Argument, ArgumentRole

FAX = Argument("fax_id", ArgumentRole.OBJECT)


def steered(manifests, *said):
    turns = Turns(Seen())
    for text in said:
        turns.hear(text)
    steering = Steering(turns)
    steering.know(tuple(one for one in manifests if not one.reads_only))
    delete = next(one for one in manifests if one.name == "delete_fax")
    return lambda given, **intent: [doubt.rule for doubt in steering.doubts(delete, [given], **intent)]


def test_the_turn_that_speaks_best_for_a_call_tells_what_is_missing(manifests):
    doubts = steered(manifests, "Delete fax-1", "What is in claim C-7?")
    assert doubts(Given(FAX, "fax-1", "fax-1"), intent=True) == []
    assert doubts(Given(FAX, "fax-3", "fax-3"), intent=True) == [Rule.OBJECT]


def test_a_plan_says_what_is_asked_for_and_where_values_come_from(manifests):
    doubts = steered(manifests, "What is there?")
    assert doubts(Given(FAX, "fax-1", "fax-1"), intent=True) == [Rule.INTENT, Rule.OBJECT]
    assert doubts(Given(FAX, "fax-1", "fax-1"), intent=False) == [Rule.OBJECT]
    assert doubts(Given(FAX, "fax-1", "fax-1", planned=True), intent=False) == []
