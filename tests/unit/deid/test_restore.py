"""Values come back for the reader, whole, and where they were issued; nowhere else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.core.errors import NotTrusted
from asepsis.core.types import Action, Count, Decision, DecisionInput, Kind, Purpose, Verdict
from asepsis.deid import Channel, Memory, Reveal, Scope, ScopeKind
from asepsis.deid.dice import RandomDraws
from asepsis.deid.restore import HOLD
from asepsis.testing.randomness import SeededRandomness

QUESTION = DecisionInput("t", Action.MODEL_REVEAL, "nurse", "chart", Purpose.TREATMENT, "openai.chat")
REVEAL = Reveal.admit(QUESTION, Decision(Verdict.ALLOW, "may read", input=QUESTION.digest))
MEMORY = Memory(Scope("t", ScopeKind.SESSION, "s"), RandomDraws(SeededRandomness()), today=2026)
NAME = MEMORY.token(Kind.NAME, 'Uma "the one" Haddad\n\\ é')
OTHER = MEMORY.token(Kind.NAME, "Ida")
LINK = MEMORY.token(Kind.URL, "https://clinic.example/p")
VALUE = 'Uma "the one" Haddad\n\\ é'


def restored(*pieces, channel=Channel.READER, memory=MEMORY):
    restorer = memory.restorer(REVEAL, channel=channel)
    return "".join([*(restorer.feed(piece) for piece in pieces), restorer.finish()])


@pytest.mark.parametrize("before", ["", "seen ", "(", "**", "MRN=", "Smith/", "x", "[", '"'])
@pytest.mark.parametrize("after", ["", " came", "'s", ")", "**", ".", ". He", "\n", ": ", "]", "[", ", "])
def test_a_token_comes_back_exactly(before, after):
    assert restored(before + NAME + after) == before + VALUE + after


def test_tokens_side_by_side_come_back_all():
    assert restored(OTHER * 5) == "Ida" * 5
    assert restored(*(OTHER * 3)) == "Ida" * 3
    assert restored(f"see evil.{OTHER}/{OTHER}") == f"see evil.Ida/{OTHER}"
    assert restored(f"//x{OTHER}{OTHER}") == f"//x{OTHER}{OTHER}"


@pytest.mark.parametrize("spell", [str.lower, str.upper, str.title])
def test_a_token_comes_back_in_any_case(spell):
    assert restored(spell(OTHER)) == "Ida"


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example/?q={}",
        "https://{}.evil.example/",
        "{}.evil.example",
        "{}@evil.example",
        "![x](https://evil.example/{})",
        "![x](/p?n={})",
        '<img src="https://evil.example/{}">',
        "<https://evil.example/a {}>",
        "![x](<//evil.example/) {}>)",
        "[x]: <//evil.example/ {}>\n\n![a][x]",
        "[x]: &#47;&#47;evil.example&#47;{}\n\n![a][x]",
        "[x]: https&colon;&sol;&sol;evil.example&sol;{}\n\n![a][x]",
        "[x]: <https&colon;&sol;&sol;evil.example&sol; {}>\n\n![a][x]",
        "[x]:\n  p?{}\n\n![a][x]",
        "[x]: &sol;&sol;{}&period;evil&period;example\n\n![a][x]",
        "[x]: <{}>\n\n![a][x]",
        "[x]: &sol;&sol;evil.example&sol;\\\t{}\n\n![a][x]",
        "![a](<&sol;&sol;evil.example&sol;\\\n){}>)",
        '[x]: &sol;&sol;evil.example&sol;"{}\n\n![a][x]',
        "//evil.example/{}",
        "evil.example/{}",
        "{}\u3002evil.example",
        "{}\uff0eevil.example",
        "a.{}b.evil.example",
        "x{}y.evil.example",
        "{}:8080/path",
        "evil{}",
        "https://evil.example/" + "a" * 9000 + "{}",
    ],
)
def test_a_token_in_an_address_stays_one(text):
    given = text.format(OTHER)
    if given.startswith("evil["):
        assert restored(given) == "evilIda"
    else:
        assert restored(given) == given


@pytest.mark.parametrize(
    "text",
    ["[Speaker 1]: Good day, {}", "[a]: b\n{}", "[a](<b c>)\n{}", "[a](b) {}", "a[1]; {}", "[a] ({})", "[a] : {}"],
)
def test_beside_a_link_it_comes_back(text):
    assert restored(text.format(OTHER)) == text.format("Ida")


def test_in_json_a_link_ends_with_its_string():
    text = '{"link": "[a]: <.b c", "who": "%s"}'
    assert restored(text % OTHER, channel=Channel.READER_JSON) == text % "Ida"
    text = f'{{"link": "[a](<b \\" c {OTHER}"}}'
    assert restored(text, channel=Channel.READER_JSON) == text


def test_an_address_that_comes_back_takes_nobody_along():
    assert restored(f"{LINK}{OTHER}") == f"https://clinic.example/p{OTHER}"
    assert restored(f"{LINK} {OTHER}") == "https://clinic.example/p Ida"


@pytest.mark.parametrize("channel", [Channel.TOOL, Channel.FETCHED])
def test_nothing_comes_back_for_others(channel):
    assert restored(f"to {NAME}", channel=channel) == f"to {NAME}"


@pytest.mark.parametrize("text", ["[NAME_zzzzz]", OTHER[1:], OTHER[:-1], OTHER.replace("_", " "), OTHER[:-2] + "]"])
def test_what_is_not_a_whole_token_of_the_scope_stays(text):
    assert restored(text) == text


def test_another_session_gets_nothing():
    other = Memory(Scope("t", ScopeKind.SESSION, "other"), RandomDraws(SeededRandomness(seed=9)), today=2026)
    other.token(Kind.NAME, "someone")
    assert restored(f"to {OTHER}", memory=other) == f"to {OTHER}"


def test_another_tenant_is_refused():
    other = Memory(Scope("u", ScopeKind.SESSION, "s"), RandomDraws(SeededRandomness()), today=2026)
    with pytest.raises(NotTrusted):
        other.restorer(REVEAL, channel=Channel.READER)


def test_in_json_the_value_is_escaped():
    text = json.dumps({"name": NAME, "url": "https://clinic.example/", "next": OTHER}, separators=(",", ":"))
    assert json.loads(restored(text, channel=Channel.READER_JSON)) == {
        "name": VALUE,
        "url": "https://clinic.example/",
        "next": "Ida",
    }


def test_what_was_shown_is_counted_and_told_without_content():
    restorer = MEMORY.restorer(REVEAL, channel=Channel.READER)
    restorer.feed(f"{NAME} {OTHER} https://evil.example/{NAME} {LINK}")
    restorer.finish()
    event = restorer.event("digest")
    assert event is not None
    assert event.revealed == (Count(Kind.NAME, 2), Count(Kind.URL, 1))
    assert event.purpose is Purpose.TREATMENT
    assert "Uma" not in repr(event)


def test_nothing_shown_is_no_event():
    restorer = MEMORY.restorer(REVEAL, channel=Channel.READER)
    restorer.feed("nothing to see")
    assert restorer.finish() == ""
    assert restorer.event("digest") is None


def test_ordinary_text_is_not_held_back():
    restorer = MEMORY.restorer(REVEAL, channel=Channel.READER)
    assert restorer.feed("all of this [1] goes out at once") == "all of this [1] goes out at once"
    assert restorer.held == 0


PIECES = st.sampled_from(
    [
        NAME,
        OTHER,
        LINK,
        OTHER.upper(),
        NAME[:7],
        OTHER[3:],
        "[",
        "]",
        "(",
        "https://",
        "e.com/",
        " ",
        "\n",
        ".",
        "a",
        "@",
        "<a ",
        "=",
        ">",
        '"',
        "\\",
    ]
)


@given(st.lists(PIECES, max_size=20), st.sampled_from([Channel.READER, Channel.READER_JSON]), st.data())
def test_any_chunking_equals_the_whole_and_little_is_held(pieces, channel, data):
    text = "".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    chunks = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    restorer = MEMORY.restorer(REVEAL, channel=channel)
    out = []
    for chunk in chunks:
        out.append(restorer.feed(chunk))
        assert restorer.held <= HOLD
    out.append(restorer.finish())
    assert "".join(out) == restored(text, channel=channel)


@given(st.text(max_size=80))
def test_text_without_tokens_comes_out_as_it_came(text):
    assert restored(text) == text
