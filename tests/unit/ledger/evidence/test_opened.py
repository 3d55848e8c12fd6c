"""Opened parts in a bundle: shown where they hold, refused by both verifiers where anything was changed."""

import contextlib
import json
import random

import msgspec
import pytest

from asepsis.core.errors import InputError, NotTrusted
from asepsis.ledger.evidence import bag, standalone
from asepsis.ledger.evidence.export import Wanted, export
from asepsis.ledger.evidence.opened import OPENED
from asepsis.ledger.evidence.verify import verify


@pytest.fixture
def files(sealed):
    folder, bodies = sealed
    found = bag.unpack(export(folder, Wanted(opened=bodies)))
    return {name: one for name, one in found.items() if "manifest" not in name and name != "bagit.txt"}


def both(files):
    """Returns what both verifiers show of opened parts, None where they refuse; they have to say the same."""
    ours = theirs = None
    with contextlib.suppress(NotTrusted):
        found = verify(bag.pack(files)).opened
        ours = [(one.index, part.number, *part.said) for one in found for part in one.said]
    with contextlib.suppress(standalone.Refused):
        shown = standalone.check(files)["opened"]
        theirs = [tuple(one[name] for name in ("index", "number", "place", "role", "text")) for one in shown]
    assert ours == theirs
    return ours


def test_what_was_opened_is_shown(files):
    found = both(files)
    assert found[0] == (1, 0, "messages[0]", "user", "Maria Gonzalez, metformin")
    assert found[-1] == (3, 0, "x", "user", "alone")
    assert [number for _, number, *_ in found] == [0, 1, 2, 3, 4, 5, 0]
    assert b"Handle it as the medical record" in files["cover.html"]
    assert b"data/opened.json" in files["verify.html"]


def test_parts_may_be_left_out(files):
    listed = json.loads(files[OPENED])
    listed[0]["parts"] = listed[0]["parts"][3:5]
    data = msgspec.json.encode(listed)
    assert [number for _, number, *_ in both(files | {OPENED: data})] == [3, 4, 0]


def test_both_refuse_what_was_changed(files, tampered):
    for what, wrong in tampered(json.loads(files[OPENED])):
        data = json.dumps(wrong, ensure_ascii=False, separators=(",", ":")).encode()
        assert both(files | {OPENED: data}) is None, what
    whole, luck = files[OPENED], random.Random(7)
    for place in luck.sample(range(len(whole)), 300):
        data = whole[:place] + bytes([whole[place] ^ (1 << luck.randrange(8))]) + whole[place + 1 :]
        assert both(files | {OPENED: data}) is None, place
    for data in (b"", b"[", whole + b" ", b"\xff", b"[" * 5000):
        assert both(files | {OPENED: data}) is None


def test_what_is_of_no_event_in_the_range_does_not_go_along(sealed):
    folder, (one, _) = sealed
    with pytest.raises(InputError):
        export(folder, Wanted(2, opened=(one,)))
    with pytest.raises(InputError):
        export(folder, Wanted(opened=(msgspec.structs.replace(one, parts=()),)))
    with pytest.raises(NotTrusted):
        export(folder, Wanted(opened=(msgspec.structs.replace(one, commitments=one.commitments[::-1]),)))
    with pytest.raises(NotTrusted):
        export(folder, Wanted(opened=(msgspec.structs.replace(one, event="e1"),)))
