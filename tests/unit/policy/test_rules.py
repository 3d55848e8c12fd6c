"""Policies read one by one."""

import pytest

from asepsis.policy.rules import house, read_rules, sources

PERMIT = 'permit (principal, action == Asepsis::Action::"tool.call", resource)'
GOOD = f'@id("a")\n@reason("so")\n{PERMIT};\n'


def faults(text, **more):
    found = []
    read_rules(sources("p.cedar", text), found, **more)
    return [str(one) for one in found]


def test_a_rule_has_what_it_says():
    (rule,) = read_rules(sources("p.cedar", '\n@notify("privacy")\n@state("store")\n' + GOOD), [])
    assert (rule.id, rule.permits, rule.reason, rule.place) == ("a", True, "so", "p.cedar:2")
    assert (rule.actions, rule.duties, rule.state) == (("tool.call",), ("notify:privacy",), ("store",))


@pytest.mark.parametrize(
    ("ask", "duty"), [("privacy", "ask:privacy"), ("privacy  2", "ask:privacy 2"), ("", "ask:"), (None, "ask:")]
)
def test_who_has_to_say_yes_is_a_duty(ask, duty):
    (rule,) = read_rules(sources("p.cedar", ("@ask\n" if ask is None else f'@ask("{ask}")\n') + GOOD), [])
    assert rule.duties == (duty,)


def test_a_rule_for_several_actions_and_one_for_all():
    actions = '[Asepsis::Action::"tool.call", Asepsis::Action::"data.embed"]'
    several = f'@id("a")\n@reason("so")\nforbid (principal, action in {actions}, resource);'
    every = '@id("b")\n@reason("so")\nforbid (principal, action, resource);'
    one, other = read_rules(sources("p.cedar", several + every), [])
    assert (one.actions, other.actions) == (("tool.call", "data.embed"), ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("permit", "permitt"), "p.cedar:1: expected a policy"),
        (f'@reason("so")\n{PERMIT};', "p.cedar:1: @id: expected an @id"),
        (f'@id("a")\n{PERMIT};', "p.cedar:1: expected a reason"),
        (GOOD + "\n" + GOOD, "p.cedar:5: `a` stands at p.cedar:1 already"),
        ('@color("red")\n' + GOOD, "`@color` is no annotation"),
        ('@minimise("*")\n' + GOOD, "p.cedar:1: @minimise: expected fields such as"),
        ("@route\n" + GOOD, "p.cedar:1: @route: expected upstreams"),
        ('@retention("long")\n' + GOOD, "p.cedar:1: @retention: expected a time"),
        (GOOD.replace("permit", '@request("mask SSN")\nforbid'), "`@request` has no effect on a forbid"),
        (GOOD.replace("permit", '@answer("token SSN")\npermit'), "@answer: expected tokens in requests only"),
        (GOOD.replace("tool.call", "tool.cal"), "unrecognized action"),
        (GOOD.replace(";", " when { context.colour == 1 };"), "attribute `colour`"),
        (GOOD.replace("principal,", "principal == ?principal,"), "on a policy with a slot"),
        (GOOD.replace('"a"', '"house.a"'), "a name of the house's own rules"),
        (GOOD.rstrip().rstrip(";"), "p.cedar:1: expected a policy"),
        (GOOD.replace('"so"', '"so\\n"'), "p.cedar:1: expected annotations without control characters"),
        ('@notify("\\u{1b}[2J")\n' + GOOD, "p.cedar:1: expected annotations without control characters"),
        *(
            (f'@ask("{ask}")\n' + GOOD, "p.cedar:1: @ask: expected a group")
            for ask in (
                "medical director",
                "privacy two",
                "privacy 0",
                "privacy 2 3",
                "privacy -1",
                "privacy 1000",
                "2",
            )
        ),
        (GOOD.replace(";", " when { true" + " || true" * 150 + " };"), "p.cedar:1: expected conditions that nest less"),
        (GOOD.replace(";", " when { true" + " || true" * 900 + " };"), "p.cedar:1: expected conditions that nest less"),
        (GOOD.replace(";", " when { " + "(" * 99_999 + "true };"), "p.cedar:1: expected at most 64 brackets"),
        (GOOD.replace(";", " when { true" + " && true" * 50_000 + " };"), "p.cedar:1: expected at most 1000 operators"),
    ],
)
def test_each_fault_has_its_place(text, said):
    assert any(said in one for one in faults(text)), faults(text)


def test_one_fault_does_not_hide_another():
    assert len(faults('permit (nobody);\n@id("b")\npermit (principal, action, resource);')) == 2


def test_the_house_has_its_own_rules_and_no_approval_lifts_them():
    assert [rule.id for rule in house()] == ["house.baa", "house.genetic-underwriting"]
    assert all(not rule.permits and b"approved" not in bytes(rule.cedar) for rule in house())


@pytest.mark.parametrize(("said", "duty"), [("", "seal:on"), ('("on")', "seal:on"), ('("off")', "seal:off")])
def test_whether_it_is_kept_is_a_duty(said, duty):
    (rule,) = read_rules(sources("p.cedar", f"@seal{said}\n" + GOOD), [])
    assert rule.duties == (duty,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('@template("60") permit (principal, action, resource);', "on a policy with a slot"),
        ("permit (principal == ?principal, action, resource);", "on a policy with a slot"),
        ('@template("60") permit (principal in ?principal, action, resource);', "one slot in"),
        ('@template("60") permit (principal == ?principal, action, resource == ?resource);', "one slot in"),
        ('@template("60") @breakglass("5") permit (principal == ?principal, action, resource);', "either"),
        ('@template("0") permit (principal == ?principal, action, resource);', "1 to 1440 minutes"),
        ('@template("soon") permit (principal == ?principal, action, resource);', "1 to 1440 minutes"),
        ('@template("99999") permit (principal == ?principal, action, resource);', "1 to 1440 minutes"),
        ('@template("60") forbid (principal == ?principal, action, resource);', "no effect on a forbid"),
    ],
)
def test_a_template_is_a_permit_for_somebody_for_some_minutes(text, said):
    faults = []
    read_rules(sources("p.cedar", f'@id("a.b") @reason("why") {text}'), faults)
    assert any(said in str(fault) for fault in faults), faults


def test_a_template_says_how_long_and_what_for():
    faults = []
    text = '@id("a.b") @reason("why") @breakglass("30") permit (principal == ?principal, action, resource);'
    (rule,) = read_rules(sources("p.cedar", text), faults)
    assert (faults, rule.minutes, rule.glass, rule.permits) == ([], 30, True, True)
