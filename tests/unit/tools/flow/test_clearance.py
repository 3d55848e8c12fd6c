import msgspec

from asepsis.core.labels import Category
from asepsis.tools.flow.monitor import Monitor


def test_what_was_read_flows_only_into_tools_that_are_cleared(manifests, rules):
    monitor = Monitor(manifests)
    monitor.hear("Mail the record of m-1 to ann@plan.test")
    monitor.see("get_member_record", {"member_id": "m-1"}, {"diagnosis": "x"})
    assert rules(monitor, "send_email", recipients=["ann@plan.test"]) == {"clearance"}
    assert rules(monitor, "fetch_webpage", url="https://a.test") >= {"clearance"}
    assert "clearance" not in rules(monitor, "create_event", title="x")
    gone = monitor.declassify([Category.PHI], "the plan's officer")
    assert gone.categories == (Category.PHI,)
    assert rules(monitor, "send_email", recipients=["ann@plan.test"]) == set()


def test_a_tool_that_is_cleared_carries_one_member_alone(manifests, rules):
    cleared = tuple(
        msgspec.structs.replace(one, clears=frozenset({Category.PHI})) if one.name == "send_email" else one
        for one in manifests
    )
    monitor = Monitor(cleared)
    monitor.hear("Mail the record of m-1 to ann@plan.test")
    monitor.see("get_member_record", {"member_id": "m-1"}, {"diagnosis": "x"})
    assert rules(monitor, "send_email", recipients=["ann@plan.test"]) == set()
    monitor.see("get_member_record", {"member_id": "m-2"}, {"diagnosis": "y"})
    assert rules(monitor, "send_email", recipients=["ann@plan.test"]) == {"subject"}
    monitor.hear("And that of m-2")
    assert rules(monitor, "send_email", recipients=["ann@plan.test"]) == set()


def test_the_mark_only_goes_up(manifests):
    monitor = Monitor(manifests)
    marks = [monitor.mark]
    for tool, arguments, result in (
        ("list_faxes", {}, [{"body": "x"}]),
        ("get_member_record", {"member_id": "m-1"}, {"diagnosis": "x"}),
        ("list_faxes", {}, []),
    ):
        monitor.see(tool, arguments, result)
        assert monitor.mark.covers(marks[-1])
        marks.append(monitor.mark)
    assert marks[-1].categories == {Category.PHI}
    assert len(marks[-1].subjects) == 1


def test_who_is_held_up_is_told_what_the_tool_is_not_cleared_for(manifests):
    monitor = Monitor(manifests)
    monitor.hear("Mail the record of m-1 to ann@plan.test")
    monitor.see("get_member_record", {"member_id": "m-1"}, {"diagnosis": "x"})
    flow = monitor.decide("send_email", {"recipients": ["ann@plan.test"]})
    assert flow.reason == "the call would carry `phi`, which `clears` of the tool does not name (flow.clearance)"
