"""What is known of members: read from a file, and what of it holds for a call."""

import os

import pytest

from asepsis.core.errors import ConfigError
from asepsis.core.labels import Category
from asepsis.core.ports import Facts
from asepsis.core.types import Principal, Purpose
from asepsis.policy.directives import Directives, read
from asepsis.testing.clock import ManualClock

HEAD = "member,kind,category,purpose,who,first,last\n"
NURSE = Principal("t", "svc", "care-notes", (), Principal("t", "corp:nurse", "care-notes"))
ROWS = """\
1,consent,part2,TREAT,care-*,2023-01-01,2023-12-31
1,treating,,,corp:nurse,,
1,vip,,,,,
2,consent,part2,,,,
2,consent,hiv,,,,
2,refusal,reproductive,,,,
2,treating,,,corp:nurse,,
3,refusal,,,,,
3,self,,,corp:nurse,,
3,consent,hiv,,,,2023-01-01
4,consent,hiv,,,,
4,refusal,hiv,,,,
"""


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def file(tmp_path):
    made = tmp_path / "directives.csv"
    made.write_text(HEAD + ROWS)
    return made


@pytest.fixture
def directives(file, clock):
    return Directives(file, lambda tenant, member: f"{tenant}-{member}", tenant="t", clock=clock)


def about(directives, *members, who=NURSE, purpose=Purpose.TREATMENT):
    return directives.about(frozenset(f"{who.tenant}-{member}" for member in members), who, purpose)


def test_a_consent_is_for_its_purpose_application_and_time(directives, clock):
    assert about(directives, "1").consented == (Category.PART2,)
    assert about(directives, "1", purpose=Purpose.PAYMENT).consented == ()
    assert about(directives, "1", who=Principal("t", "x", "chat")).consented == ()
    clock.advance(milliseconds=47 * 86_400_000)
    assert about(directives, "1").consented == (Category.PART2,)
    clock.advance(milliseconds=86_400_000)
    assert about(directives, "1").consented == ()


def test_of_several_members_all_have_to_consent_and_one_refusal_counts(directives):
    assert about(directives, "1", "2") == Facts((Category.PART2,), (Category.REPRODUCTIVE,), ("treating", "vip"))
    assert about(directives, "2").consented == (Category.HIV, Category.PART2)
    assert about(directives, "2", "9").consented == ()


def test_relations_that_admit_are_to_all_and_those_that_warn_to_one(directives):
    assert about(directives, "1", "3").relations == ("self", "vip")
    assert about(directives, "1", who=Principal("t", "corp:other", "chat")).relations == ("vip",)


def test_a_refusal_without_a_category_is_about_everything(directives):
    assert about(directives, "3").refused == (Category.PHI,)


def test_who_refuses_does_not_consent(directives):
    assert about(directives, "4") == Facts((), (Category.HIV,), ())


def test_what_nobody_wrote_down_does_not_hold(directives):
    assert about(directives) == about(directives, "9") == Facts()


def test_each_tenant_knows_members_by_its_own_digests(directives):
    other = Principal("u", "corp:nurse", "care-notes")
    assert about(directives, "3", who=other).refused == (Category.PHI,)


def renew(file, text):
    stat = file.stat()
    file.write_text(text)
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))


def test_a_file_that_changed_is_read_again(directives, file, clock):
    renew(file, f"{HEAD}9,refusal,,,,,\n")
    clock.advance(milliseconds=2_000)
    about(directives, "9")
    directives._pool.shutdown()
    assert about(directives, "9").refused == (Category.PHI,)
    assert about(directives, "1").consented == ()


def test_while_a_file_can_not_be_read_nobody_consents_and_refusals_stay(directives, file):
    renew(file, "nothing\n")
    directives.look()
    assert about(directives, "2") == Facts((), (Category.REPRODUCTIVE,), ())
    assert about(directives, "1").relations == ("vip",)
    renew(file, HEAD + ROWS)
    directives.look()
    assert about(directives, "2").consented == (Category.HIV, Category.PART2)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "1: expected the head"),
        ("member,kind\n", "1: expected the head"),
        (HEAD + "1,vip,,,,,\n1,nobody,,,,,\n", "3: expected one of assigned"),
        (HEAD + "1,consent,,,,,\n", "2: expected a category"),
        (HEAD + "1,vip,hiv,,,,\n", "2: expected a category"),
        (HEAD + "1,consent,hiv,FUN,,,\n", "2: expected a category"),
        (HEAD + "1,treating,,,,,\n", "2: expected who stands"),
        (HEAD + "1,vip,,,,soon,\n", "2: expected days"),
        (HEAD + "1,vip,,\n", "2: expected 7 fields"),
        (HEAD + ",vip,,,,,\n", "2: expected 7 fields"),
        (HEAD + '1,"vip,,,,,\n', "expected a readable file"),
        (HEAD + "x" * 70_000 + "\n", "2: expected shorter lines"),
    ],
)
def test_what_can_not_be_read_is_said_with_its_line(tmp_path, text, says):
    file = tmp_path / "d.csv"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read(file)
    assert says in str(caught.value)
    assert "nobody" not in str(caught.value)


def test_a_file_that_is_not_there_or_no_text_is_a_mistake(tmp_path):
    with pytest.raises(ConfigError):
        read(tmp_path / "none.csv")
    (tmp_path / "d.csv").write_bytes(HEAD.encode() + b"\xff\n")
    with pytest.raises(ConfigError):
        read(tmp_path / "d.csv")
