from concurrent.futures import Future

import pytest

from asepsis.core.errors import Unavailable
from asepsis.core.ports import Said, Sealed
from asepsis.core.types import SealedRef
from asepsis.gateway.document import GuardedDocument
from asepsis.gateway.keeping import Keeping, spared
from asepsis.gateway.walk import Limits

REF = SealedRef("s", 0, 1, "", 1, ())


class Sealer:
    """Keeps content in the clear."""

    def __init__(self):
        self.content = []
        self.away = False

    def seal(self, content, /):
        if self.away:
            raise Unavailable("away")
        self.content.append(content)
        done = Future()
        done.set_result(None)
        return Sealed(REF, done)


def keeping(about=lambda clues: ()):
    return Keeping(Sealer(), "t", about)


@pytest.fixture
def said(scanner):
    def read(document, subjects=(), about=lambda clues: ()):
        return keeping(about).document(GuardedDocument(document, scanner, Limits()), subjects)

    return read


def test_words_of_the_protocol_and_names_of_fields_are_not_kept(said):
    document = {
        "model": "gpt-x",
        "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hello."}],
        "tools": [{"type": "function", "function": {"name": "f", "description": "does it"}}],
        "unknown": "kept",
    }
    found = said(document)
    assert [(one.role, one.text) for one in found] == [("system", "Be kind."), ("user", "Hello."), ("user", "kept")]


def test_a_name_of_a_field_with_something_in_it_is_kept(said):
    texts = [one.text for one in said({"input": {"123-45-6789": "yes"}})]
    assert texts == ["123-45-6789", "yes"]


def test_json_inside_a_text_is_kept_once(said):
    inner = '{"a": "{\\"b\\": \\"deep\\"}"}'
    assert [one.text for one in said({"input": inner})] == [inner]
    secret = '{"a": "{\\"cvv\\": \\"737\\"}", "c": "plain"}'
    texts = [one.text for one in said({"input": secret})]
    assert "plain" in texts
    assert not any("737" in one for one in texts)


def test_a_part_is_about_those_it_names_where_the_call_is_about_several(said):
    document = {"messages": [{"role": "user", "content": one} for one in ("SSN 123-45-6789", "and the other")]}
    about = lambda clues: ("ann",) if clues else ()  # noqa: E731 it says whom all clues are about
    assert [one.subjects for one in said(document, ("ann", "bob"), about)] == [("ann",), ("ann", "bob")]
    assert [one.subjects for one in said(document, ("bob",), about)] == [("bob",), ("bob",)]
    assert [one.subjects for one in said(document, (), about)] == [(), ()]


def test_what_can_not_be_sealed_is_never_durable():
    one = keeping()
    assert one.seal("e", "s", []) is None
    assert one.try_to_seal("e", "s", [Said("p", "user", "x")]) is REF
    one._sealer.away = True
    with pytest.raises(Unavailable):
        one.seal("e", "s", [Said("p", "user", "x")])
    assert one.try_to_seal("e", "s", [Said("p", "user", "x")]) is None
    good, bad = one.pending
    assert (good.result(), type(bad.exception())) == (None, Unavailable)


def test_a_stretch_of_a_text_loses_what_is_in_it_alone(scanner):
    from asepsis.core.types import Part, PartKind

    text = "cvv: 737 or cvv: 881, visit"
    ((*found,),) = scanner.scan([Part(PartKind.TEXT, "p", text)])
    assert spared(text, found) == "cvv: [ACCOUNT] or cvv: [ACCOUNT], visit"
    assert spared(text, found, start=9) == "or cvv: [ACCOUNT], visit"
    assert spared(text, found, start=0, end=8) == "cvv: [ACCOUNT]"
    assert spared(text, ()) == text
