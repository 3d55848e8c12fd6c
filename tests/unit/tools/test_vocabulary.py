import pytest

from asepsis.tools.vocabulary import english, known, singular, vocabulary, words_of


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sendDirectMessage", ("send", "direct", "message")),
        ("user_email", ("user", "email")),
        ("getHTTPStatus2", ("get", "http", "status", "2")),
        ("", ()),
    ],
)
def test_a_name_is_cut_into_words(name, words):
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("word", "one"),
    [("companies", "company"), ("faxes", "fax"), ("claims", "claim"), ("address", "address"), ("status", "status")],
)
def test_nouns_are_said_in_the_singular(word, one):
    assert singular(word) == one


def test_the_longest_entry_at_the_end_wins():
    table = vocabulary().arguments
    assert vocabulary().says(table, "member_id") == "subject"
    assert vocabulary().says(table, "file_id") == "object"
    assert vocabulary().says(table, "email_subject") == "text"
    assert vocabulary().says(table, "zzz") == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mbr_lkp", ("member", "lookup")),
        ("pa_upd", ("prior", "authorization", "update")),
        ("payeeAcct", ("payee", "account")),
        ("DOC_FWD", ("document", "forward")),
    ],
)
def test_what_old_systems_cut_short_is_written_out(name, words):
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("MBRINQ", ("member", "inquiry")),
        ("getmember", ("get", "member")),
        ("memberid", ("member", "id")),
        ("forget", ("forget",)),
        ("paid", ("paid",)),
    ],
)
def test_what_is_run_together_is_cut_where_all_parts_are_known(name, words):
    assert words_of(name) == words


def test_spanish_is_read_as_english():
    assert words_of("num_reclamación") == ("number", "claim")
    assert (english("envía"), english("send")) == ("send", "")


def test_a_word_is_known_in_either_number():
    assert known("claims")
    assert known("claim")
    assert not known("zzz")
