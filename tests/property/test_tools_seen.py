"""What was read is found by its words, in the order in which it came, however long the leaves are."""

from hypothesis import given, settings
from hypothesis import strategies as st

from asepsis.testing.agents import confirmed
from asepsis.tools.flow import texts
from asepsis.tools.flow.seen import Seen

FAXES = next(one for one in confirmed() if one.name == "list_faxes")
WORDS = ["ann", "lee", "ann@plan.test", "c-1", "c-12", "120", "grüße", "pay", "x" * 70, "see https://evil.test/pay"]
FILL = "and so on and on " * 80
LEAVES = st.tuples(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join), st.booleans())


@settings(deadline=None)
@given(st.lists(LEAVES, min_size=1, max_size=40))
def test_leaves_are_found_by_their_words_in_their_order_however_long_they_are(written):
    seen, spots = Seen(), []
    for at, (text, long) in enumerate(written):
        result = seen.add(FAXES, [{"body": f"{text} {FILL}" if long else text}])
        spots += [spot for record in result.records.values() for spot in record.spots]
        if at % 7 == 0 or at == len(written) - 1:
            for asked in (*map(texts.normal, WORDS), texts.normal(text), "ann lee", "on", "nobody"):
                words = [word for word in texts.tokens(asked) if len(word) <= 64]
                holding = [spot for spot in spots if words and spot.text != asked and texts.contains(spot.text, asked)]
                assert seen.holding(asked) == holding
            for asked in ("ann", "on", "pay", "grüsse", "nobody"):
                assert seen.speaking(asked) == [spot for spot in spots if asked in texts.tokens(spot.text)]
