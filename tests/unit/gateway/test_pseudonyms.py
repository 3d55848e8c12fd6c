"""The tokens of one call: whose they are, who gets the values back, what is counted."""

import pytest

from asepsis.core.errors import NotTrusted
from asepsis.core.types import Action, Count, Decision, DecisionInput, Kind, Purpose, Verdict
from asepsis.gateway.pseudonyms import Pseudonyms, Source
from asepsis.testing.clock import ManualClock
from asepsis.testing.randomness import SeededRandomness

SSN = "123-45-6789"


def source(vault=None):
    return Source(vault, ManualClock(), SeededRandomness())


def admitted(pseudonyms, verdict=Verdict.ALLOW, purpose=Purpose.TREATMENT):
    question = DecisionInput("local", Action.MODEL_REVEAL, "ann", "demo", purpose, "openai.chat")
    pseudonyms.admit(question, Decision(verdict, "because", ("p",), input=question.digest))
    return pseudonyms


class Vault:
    """Notes what it is asked."""

    def __init__(self):
        self.log = []

    def open(self, scope):
        self.log.append(("open", scope.id))
        return Pseudonyms(source(), scope.tenant, "").memory

    def keep(self, memory):
        self.log.append(("keep", len(memory.pending())))

    def shown(self, scope, restorer):
        self.log.append(("shown", scope.id, dict(restorer.shown)))
        return restorer.event("digest")


def test_values_come_back_by_a_permission_alone():
    pseudonyms = Pseudonyms(source(), "local", "")
    token = pseudonyms.memory.token(Kind.SSN, SSN)
    assert pseudonyms.restorer(json=False) is None
    assert admitted(pseudonyms, Verdict.DENY).restorer(json=False) is None
    restorer = admitted(pseudonyms).restorer(json=False)
    assert restorer.feed(f"it is {token}.") + restorer.finish() == f"it is {SSN}."


def test_what_all_texts_of_a_call_show_is_one_count():
    pseudonyms = admitted(Pseudonyms(source(), "local", ""))
    token = pseudonyms.memory.token(Kind.SSN, SSN)
    assert pseudonyms.revealed() is None
    for json in (False, True):
        one = pseudonyms.restorer(json=json)
        one.feed(f"{token} {token} ")
        one.finish()
    assert pseudonyms.revealed().revealed == (Count(Kind.SSN, 4),)
    assert not pseudonyms.blocks


def test_a_call_without_a_session_leaves_the_vault_alone():
    vault = Vault()
    Pseudonyms(source(vault), "local", "").keep()
    assert vault.log == []


def test_a_session_works_in_its_scope_and_waits_for_the_vault_when_something_was_shown():
    vault = Vault()
    pseudonyms = admitted(Pseudonyms(source(vault), "local", "ann\0s"))
    token = pseudonyms.memory.token(Kind.SSN, SSN)
    pseudonyms.keep()
    assert not pseudonyms.blocks
    restorer = pseudonyms.restorer(json=False)
    restorer.feed(token)
    restorer.finish()
    assert pseudonyms.blocks
    assert pseudonyms.revealed().scope == "digest"
    assert vault.log == [("open", "ann\0s"), ("keep", 1), ("shown", "ann\0s", {Kind.SSN: 1})]


def test_a_permission_without_a_purpose_is_no_right():
    with pytest.raises(NotTrusted):
        admitted(Pseudonyms(source(), "local", ""), purpose=Purpose.UNSTATED)
