from asepsis.core.events import ProcessStopped, build
from asepsis.ledger.evidence.claim import Claim, Filter
from asepsis.ledger.evidence.cover import cover, facts
from asepsis.ledger.tlog.checkpoints import Checkpoint


def page(count, asked=Filter()):  # noqa: B008 a frozen value
    entries = [build(ProcessStopped("x"), id=f"<{n}>", time=n, tenant="t").encode() for n in range(count)]
    claim = Claim.of("o/<t>", 5, entries, asked=asked, before=(), proof=())
    return cover(facts(claim, Checkpoint("o/<t>", 9000, bytes(32)), entries)).decode()


def test_the_page_lists_what_was_selected_and_escapes_it():
    text = page(3)
    assert text.count("<tr><td>") == 3
    assert "<td>&lt;2&gt;</td>" in text
    assert "o/&lt;t&gt;" in text
    assert "3 of 3 events, entries 5 to 7" in text
    assert "Asked for: all events" in text
    assert "1970-01-01T00:00:00.002+00:00" in text


def test_the_page_says_what_was_asked_for_and_stays_short():
    assert "Asked for: subject s, kind process.stopped." in page(1, Filter(subject="s", kind="process.stopped"))
    text = page(1200)
    assert (text.count("<tr><td>"), "And 200 more." in text) == (1000, True)
