import hashlib

import msgspec

from asepsis.core.labels import Category
from asepsis.core.types import Actor, Elevation, Principal, Purpose
from asepsis.testing.agents import TOOLS
from asepsis.testing.clock import ManualClock
from asepsis.tools.draft import draft
from asepsis.tools.flow.monitor import Monitor
from asepsis.tools.live import Live
from asepsis.tools.mcp.front import Call
from asepsis.tools.members import About, Members
from asepsis.tools.questions import Questions

RECORD = draft(next(tool for tool in TOOLS if tool.name == "get_member_record"))
ANN = Principal("local", "corp:ann", "chat", (("role", "nurse"),))
WHO = Principal("local", "agent", "chat", (("purpose", "TREAT"), ("role", "b"), ("role", "a"), ("role", "a")), ANN)


class Digests:
    def digest(self, kind, value, /, *, tenant):
        return hashlib.sha256(f"{kind}{value}".encode()).hexdigest()


def test_policy_is_asked_with_all_that_is_known_of_a_call():
    def elevations(tenant, principals, now):
        return tuple(Elevation(one, "look", "l") for one in principals)

    live = Live(None, None, None, None, Members(Digests()), elevations=elevations)
    manifest = msgspec.structs.replace(RECORD, categories=frozenset({Category.PART2}))
    about = About(frozenset({"m1", "m2"}), beyond=False)
    question = Questions(ManualClock(), Digests()).ask(
        WHO,
        live,
        Call(1, "plan__a", {"member_id": "m"}, modern=False),
        manifest=manifest,
        monitor=Monitor([]),
        about=about,
    )
    assert (question.purpose, question.roles, question.members) == (Purpose.TREATMENT, ("a", "b"), 2)
    assert Category.PART2 in question.labels
    assert question.on_behalf_of == (Actor("corp:ann", ("nurse",)),)
    assert [one.principal for one in question.elevations] == ["agent", "corp:ann"]
    assert [one.partition("=")[0] for one in question.arguments] == ["member_id"]
