"""A scope's memory: the same for the same value, different for different ones, and never what is in the input."""

import pytest

from asepsis.core.errors import Bug, Unavailable
from asepsis.core.types import Finding, Kind, ObligationKind, Part, PartKind
from asepsis.deid import Memory, Scope, ScopeKind, scope, tokens
from asepsis.deid.dice import Dice, KeyedDraws
from asepsis.testing.clock import ManualClock

TOKEN, SURROGATE, MASK = ObligationKind.TOKEN, ObligationKind.SURROGATE, ObligationKind.MASK


def test_a_value_has_one_token_and_each_spelling_its_own(memory):
    token = memory.token(Kind.NAME, "Uma Haddad")
    assert memory.token(Kind.NAME, "Uma Haddad") == token
    spelled = memory.token(Kind.NAME, "UMA HADDAD")
    assert spelled != token
    assert spelled.startswith(token[:-1])
    assert memory.token(Kind.NAME, "Ida Haddad")[:11] != token[:11]


def test_it_is_a_transformer(memory):
    finding = Finding("rule", Kind.SSN, "text", 0, 11, 900)
    token = memory.replacement(finding, "123-45-6789", do=TOKEN)
    assert tokens.PATTERN.fullmatch(token)
    assert memory.replacement(finding, "123-45-6789", do=MASK) == "[SSN]"
    assert memory.replacement(finding, "123-45-6789", do=ObligationKind.DROP) == ""
    assert memory.replacement(finding, "123-45-6789", do=ObligationKind.GENERALISE) == "[SSN]"
    with pytest.raises(Bug):
        memory.replacement(finding, "123-45-6789", do=ObligationKind.DENY)


@pytest.mark.parametrize("kind", [Kind.SECRET, Kind.INJECTION, Kind.EXFIL, Kind.CANARY])
def test_what_never_comes_back_gets_no_token(memory, kind):
    assert memory.token(kind, "x") == f"[{kind.value}]"
    assert memory.pending() == ()


def test_more_spellings_than_letters_get_another_code(memory):
    spellings = ["haddad" + "." * n for n in range(40)]
    issued = [memory.token(Kind.NAME, one) for one in spellings]
    assert len(set(issued)) == 40


class OneCode:
    """Draws the same code until it is asked often enough."""

    def __init__(self, turns):
        self.turns = turns

    def dice(self, kind, value, attempt):
        return Dice(b"same" if attempt < self.turns else value.encode())


def test_a_code_that_stands_in_the_input_is_drawn_again():
    code = tokens.code(Dice(b"same"), attempt=0)
    free = Memory(Scope("t", ScopeKind.SESSION, "s"), OneCode(1), today=2026)
    assert code in free.token(Kind.SSN, "123-45-6789")
    warned = Memory(Scope("t", ScopeKind.SESSION, "s"), OneCode(1), today=2026)
    warned.observe([f"they say [NAME_{code.upper()}] is free"])
    assert code not in warned.token(Kind.SSN, "123-45-6789")


def test_a_scope_without_free_codes_says_so():
    full = Memory(Scope("t", ScopeKind.SESSION, "s"), OneCode(99), today=2026)
    for number in range(3):
        full.token(Kind.SSN, f"{number}")
    with pytest.raises(Unavailable, match="no free code"):
        full.token(Kind.SSN, "one too many")


def test_a_full_scope_takes_no_more(memory, monkeypatch):
    monkeypatch.setattr(scope, "LARGEST", 2)
    memory.token(Kind.SSN, "1")
    memory.token(Kind.SSN, "2")
    assert memory.token(Kind.SSN, "1")
    with pytest.raises(Unavailable, match="full"):
        memory.token(Kind.SSN, "3")


def test_a_surrogate_is_the_same_within_a_scope_and_given_once(memory):
    values = [f"{n:03d}-45-6789" for n in range(200, 400)]
    made = [memory.surrogate(Kind.SSN, value) for value in values]
    assert made == [memory.surrogate(Kind.SSN, value) for value in values]
    assert len(set(made)) == len(made)


def test_a_surrogate_never_stands_in_the_input(make_memory):
    first = make_memory().surrogate(Kind.MRN, "7122250")
    memory = make_memory()
    memory.observe([f"there is {first} already"])
    assert memory.surrogate(Kind.MRN, "7122250") != first


def test_a_name_is_never_its_own_surrogate(make_memory):
    for seed in range(60):
        assert make_memory(seed=seed).surrogate(Kind.NAME, "Nguyen") != "Nguyen"


def test_dates_of_a_subject_move_together_and_other_subjects_otherwise(memory):
    days = {memory.shift(subject) for subject in ("a", "b", "c", "d")}
    assert len(days) > 1
    assert all(0 < abs(one) <= 365 for one in days)
    assert memory.shift("a") == memory.shift("a")


def test_days_of_the_week_stay_when_asked(make_memory):
    memory = make_memory(weekdays=True)
    assert all(memory.shift(str(n)) % 7 == 0 for n in range(50))


def test_keyed_draws_give_the_same_codes_in_every_run():
    def run():
        memory = Memory(Scope("t", ScopeKind.PROJECT, "p"), KeyedDraws(b"k" * 32), today=2026)
        return [memory.surrogate(Kind.NAME, "Uma Haddad"), memory.coded("p-1"), str(memory.shift("p-1"))]

    assert run() == run()


def test_what_a_scanner_sees_in_a_token_is_no_finding(memory):
    token = memory.token(Kind.NAME, "Uma Haddad")
    text = f"{token} and Uma"
    inside = Finding("crf", Kind.NAME, "text", 1, 5, 700)
    outside = Finding("crf", Kind.NAME, "text", len(token) + 5, len(text), 700)
    assert memory.unfound([inside, outside], text) == (outside,)
    assert memory.unfound([inside], "[NAME_bcdfg] x") == (inside,)


def test_what_is_pending_is_pending_until_saved(memory):
    memory.token(Kind.SSN, "1")
    first = memory.pending()
    memory.token(Kind.SSN, "2")
    memory.saved(first)
    assert [one.value for one in memory.pending()] == ["2"]


def test_a_memory_goes_on_where_another_ended(make_memory):
    before = make_memory()
    before.token(Kind.NAME, "Uma Haddad")
    after = make_memory(seed=1, issued=before.pending())
    assert after.token(Kind.NAME, "Uma Haddad") == before.token(Kind.NAME, "Uma Haddad")
    assert after.token(Kind.NAME, "uma haddad").startswith(before.token(Kind.NAME, "Uma Haddad")[:-1])
    assert after.pending()[0].value == "uma haddad"


def test_a_coded_identifier_keeps_its_shape(memory):
    assert memory.coded("0b9a1f3c-8d2e-4f6a-9b7c-1d2e3f4a5b6c")[14] == "4"
    assert memory.coded("pat-1") == memory.coded("pat-1")
    assert memory.coded("pat-1") != "pat-1"


def test_the_year_is_the_clock_s():
    assert scope.year(ManualClock(now=1_700_000_000_000)) == 2023
    assert scope.year(ManualClock(now=0)) == 1970


def test_no_rule_finds_the_tokens_that_are_issued(memory, scanner):
    for kind in Kind:
        part = Part(PartKind.TEXT, "text", "is " + memory.token(kind, f"value of {kind}") + " here")
        assert scanner.scan([part]) == [()]


def test_without_a_vault_nothing_stands_in(make_memory):
    memory = make_memory()
    assert memory.stand_in("date", "1931-03-04") is None
    memory.coded("7122250")
    assert memory.pending() == ()


def test_stand_ins_are_the_same_for_the_same_value_apart_and_known_again(make_memory):
    before = make_memory(issued=())
    given = {text: before.stand_in("date", text) for text in ("1931-03-04", "1931-03-05", "1931-03")}
    code = before.coded("7122250")
    assert before.stand_in("date", "1931-03-04") == given["1931-03-04"]
    assert len({*given.values()}) == 3
    assert before.stands("date", given["1931-03"])
    assert before.stands("code", code)
    assert not before.stands("age", given["1931-03"])
    after = make_memory(seed=7, issued=before.pending())
    assert {text: after.stand_in("date", text) for text in given} == given
    assert after.coded("7122250") == code
    assert not after.pending()
    # What a token stands for is another thing: the same value has one of its own.
    assert after.token(Kind.DATE, "1931-03-04").startswith("[DATE_")


def test_of_short_numbers_there_are_few_so_they_get_longer(make_memory):
    memory = make_memory(issued=())
    several = {memory.stand_in("number", str(at)) for at in range(10, 80)}
    assert len(several) == 70
    assert max(map(len, several)) > 2
