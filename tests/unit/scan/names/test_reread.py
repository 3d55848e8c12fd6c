"""What the model doubts is read again: in windows, so many and no wider, and nothing else changes."""

from itertools import pairwise

from asepsis.core.types import Part, PartKind
from asepsis.scan.engine import model_folder
from asepsis.scan.names import Model, NameScanner
from asepsis.scan.names.reread import AROUND, LEAST, SURE, WIDEST, Said, reread
from asepsis.scan.names.tokens import tokens

TEXT = "rose called about will, hope and grace met mark near the park. ask frank or art, then bill jordan in may."


class Saying:
    """A reader that says one thing of everything, and keeps what it was asked."""

    def __init__(self, likely):
        self.likely = likely
        self.asked = []

    def inside(self, text, ranges):
        self.asked.append((text, ranges))
        return [self.likely] * len(ranges)


def words(count):
    return [f"w{at} " for at in range(count)]


def test_only_doubtful_words_are_asked_for_and_changed():
    said = [Said(1, 1, SURE), Said(3, 2, 300), Said(4, 1, LEAST - 1), Said(5, 1, SURE - 1)]
    reader = Saying(7)
    again = reread(words(9), said, reader, most=3)
    assert again == [Said(1, 1, SURE), Said(3, 2, 7), Said(4, 1, LEAST - 1), Said(5, 1, 7)]
    ((text, ranges),) = reader.asked
    assert [text[low:high] for low, high in ranges] == ["w3", "w5"]


def test_windows_are_bounded_and_those_with_most_doubt_come_first():
    said = [Said(0, 1, 500), *(Said(at, 1, 500) for at in range(200, 400)), Said(900, 1, 500)]
    reader = Saying(0)
    again = reread(words(1000), said, reader, most=2)
    assert len(reader.asked) == 2
    assert all(len(text.split()) <= 2 * AROUND + WIDEST + 1 for text, _ in reader.asked)
    assert [one.place for one in again if one.likely == 0] == list(range(200, 200 + 2 * (WIDEST + 1)))


def test_a_word_that_never_ends_is_read_by_its_beginning():
    reader = Saying(None)
    said = [Said(1, 1, 500)]
    assert reread(["a ", "x" * 100_000, " ", "b"], said, reader, most=1) == said
    ((text, ranges),) = reader.asked
    assert len(text) < 100
    assert text[slice(*ranges[0])] == "x" * 40


def scanned(reader):
    scanner = NameScanner(Model.open(model_folder()), reader=reader)
    (findings,) = scanner.scan_document([Part(PartKind.TEXT, "text", TEXT)])
    return {at for one in findings for at in range(one.start, one.end)}


def test_what_the_reader_says_counts_in_a_document():
    yes, no = Saying(1000), Saying(0)
    least, plain, most = scanned(no), scanned(None), scanned(yes)
    assert no.asked == yes.asked != []
    assert least < plain < most
    for text, ranges in yes.asked:
        assert all(one[1] <= other[0] for one, other in pairwise(ranges))
        assert {text[low:high] for low, high in ranges} <= {one.strip() for one in tokens(TEXT)}


def test_a_stream_is_not_read_again():
    reader = Saying(1000)
    scanner = NameScanner(Model.open(model_folder()), reader=reader)
    scanner.scan_open(Part(PartKind.TEXT, "text", TEXT))
    scanner.scan([Part(PartKind.TEXT, "text", TEXT)])
    assert not reader.asked
