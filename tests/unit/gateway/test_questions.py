"""What policy is told of a call."""

import msgspec

from asepsis.core.events import read_payload
from asepsis.core.labels import Category
from asepsis.core.ports import Facts, Resolved
from asepsis.core.types import Actor, Principal
from asepsis.gateway.types import Head

POST = Head("POST", "/v1/chat/completions", "", (("content-type", "application/json"),))
CHAT = b'{"model": "m", "messages": [{"role": "user", "content": "hello"}]}'


def test_policy_is_told_for_whom_a_caller_acts_and_in_which_roles(call_of):
    nurse = Principal("local", "nurse", "demo", (("role", "b"), ("role", "a"), ("role", "b")))
    agent = Principal("local", "agent", "demo", (("role", "c"), ("purpose", "TREAT")), nurse)
    question = call_of(who=agent).question
    assert (question.principal, question.roles, question.purpose) == ("agent", ("c",), "TREAT")
    assert question.on_behalf_of == (Actor("nurse", ("a", "b")),)


def test_policy_is_told_what_the_members_of_a_call_said(call_of, live_of):
    class Roster:
        def resolve(self, clues, /, *, among=frozenset()):
            return Resolved(("4711",), 0)

    class Said:
        def about(self, members, who, purpose, /):
            return Facts((Category.PART2,), (Category.HIV,), ("self",)) if members else Facts()

    live = msgspec.structs.replace(live_of(), resolver=Roster(), directives=Said())
    call = call_of(live=live)
    assert call.question.relations == ()
    question = read_payload(call.open(POST, CHAT)[1]).input
    assert (question.consented, question.refused, question.relations) == ((Category.PART2,), (Category.HIV,), ("self",))
