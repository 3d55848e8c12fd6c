import hashlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.core.errors import NotTrusted
from asepsis.core.types import Outline, PartKind, Piece, Role
from asepsis.policy.values import Values, without


class PlainKeys:
    def key(self, name, /, *, tenant):
        return hashlib.sha256(f"{name}-{tenant}".encode()).digest()


def outline(*values):
    pieces = (
        Piece(f"a[{at // 2}]", Role.ASSISTANT, PartKind.TEXT, len(value), value=value)
        for at, value in enumerate(values)
    )
    return Outline(("m",), tuple(pieces), 3)


@given(st.lists(st.text(max_size=20), max_size=4))
def test_what_is_sealed_opens_for_its_call_alone_and_is_the_same_each_time(values):
    box, shown = Values(PlainKeys()), outline(*values)
    sealed = box.sealed(shown, "act", tenant="t")
    assert box.opened(sealed, "act", tenant="t") == shown
    assert box.sealed(shown, "act", tenant="t") == sealed
    assert without(sealed) == without(shown)
    if any(values):
        for action, tenant in (("other", "t"), ("act", "u")):
            with pytest.raises(NotTrusted):
                box.opened(sealed, action, tenant=tenant)


def test_nothing_of_a_value_can_be_read():
    assert "payee" not in str(Values(PlainKeys()).sealed(outline("payee-77"), "act", tenant="t"))


@pytest.mark.parametrize("other", ["its neighbour", "x", "AAAA"])
def test_a_value_that_was_changed_or_moved_is_said_so(other):
    box = Values(PlainKeys())
    sealed = box.sealed(outline("1200", "950"), "act", tenant="t")
    first, second = sealed.pieces
    moved = msgspec.structs.replace(first, value=second.value if other == "its neighbour" else other)
    with pytest.raises(NotTrusted, match="was changed"):
        box.opened(msgspec.structs.replace(sealed, pieces=(moved, second)), "act", tenant="t")


def test_without_values_an_outline_is_itself():
    bare = outline("", "")
    assert without(bare) is bare
    assert Values(PlainKeys()).sealed(bare, "act", tenant="t") is bare
