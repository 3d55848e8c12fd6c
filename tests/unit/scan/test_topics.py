"""What a text speaks of: examples of each topic, denials included, and that no topic is a finding."""

import pytest

from asepsis.core.errors import Error
from asepsis.core.labels import Category, Integrity, Label
from asepsis.core.types import Part, PartKind
from asepsis.scan import ScanConfig, build
from asepsis.scan.intake import scanned
from asepsis.scan.topics import Topic, Topics, read_topics

TOPICS = read_topics()
ALL = Topics(TOPICS)
SCANNER = build(ScanConfig())


@pytest.mark.parametrize(("topic", "text"), [(topic, text) for topic in TOPICS for text in topic.positive])
def test_a_topic_is_heard_alone_in_a_sentence_in_capitals_and_disguised(topic, text):
    wide = "".join(chr(ord(one) + 0xFEE0) if "a" <= one <= "z" else one for one in text)
    for said in (text, f"She says: {text}, and goes on.", wide, "\u200b".join(text)):
        assert topic.category in ALL.categories([said])


@pytest.mark.parametrize(("topic", "text"), [(topic, text) for topic in TOPICS for text in topic.negative])
def test_other_words_are_not_heard(topic, text):
    assert topic.category not in ALL.categories([text])


@pytest.mark.parametrize("text", [text for topic in TOPICS for text in topic.positive])
def test_a_topic_is_no_finding(text):
    assert scanned(SCANNER, text) == ()


def test_ordinary_texts_bear_no_label():
    text = "The patient is a 67-year-old man with hypertension. BP 132/84. Metformin 500 mg BID. Follow up in 3 weeks."
    assert ALL.categories([text, "", "plan of care"]) == frozenset()


def test_every_state_protected_category_has_a_topic():
    said_by_records = {Category.RESTRICTED, Category.VERY_RESTRICTED}
    assert {topic.category for topic in TOPICS} == set(Category) - {Category.PHI, Category.SECRET} - said_by_records


def test_a_label_joins_what_parts_bear_with_what_they_speak_of_and_opaque_parts_say_nothing():
    bears = Label(Integrity.UNTRUSTED, frozenset({"user"}), frozenset({Category.PHI}))
    parts = [
        Part(PartKind.TEXT, "a", "no history of HIV", label=bears),
        Part(PartKind.OPAQUE, "b", "heroin", opaque="image"),
    ]
    assert ALL.label(parts) == Label(Integrity.UNTRUSTED, frozenset({"user"}), frozenset({Category.PHI, Category.HIV}))
    assert ALL.label([]) == Label()


def test_words_that_cannot_be_used_are_refused():
    with pytest.raises(Error):
        Topics([Topic("topic.x", Category.HIV, "(")])
