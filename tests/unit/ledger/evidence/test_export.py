import pytest

from asepsis.core.errors import InputError, NotTrusted
from asepsis.ledger.evidence import bag
from asepsis.ledger.evidence.claim import Filter, parse
from asepsis.ledger.evidence.export import Wanted, export
from asepsis.ledger.evidence.verify import verify
from asepsis.ledger.publish import ANCHORED, CHECKPOINT
from asepsis.ledger.signing import VKEYS, read_vkeys
from asepsis.ledger.witness import witness_keys
from asepsis.testing.keys import NamedKeys


@pytest.mark.parametrize(("start", "end"), [(0, None), (0, 1), (100, 200), (255, 257), (299, 300), (299, None)])
def test_any_range_goes_out_and_holds(folder, start, end):
    found = verify(export(folder, Wanted(start, end)), keys=read_vkeys(folder / VKEYS))
    assert (found.claim.start, found.claim.end, found.checkpoint.size) == (start, end or 300, 300)
    assert len(found.selected) == found.claim.end - start


def test_what_is_asked_for_is_selected_and_the_rest_goes_along(folder, subject):
    data = export(folder, Wanted(10, 60, Filter(subject=subject, kind="process.stopped")))
    found = verify(data)
    assert found.claim.selected == (15, 30, 45)
    assert all(subject.encode() in entry for entry in found.selected)
    files = bag.unpack(data)
    assert parse(files["data/claim.json"]) == found.claim
    assert files["data/entries"].count(b'"id"') == 50


def test_only_what_is_published_goes_out(folder):
    for wanted in (Wanted(0, 301), Wanted(300), Wanted(5, 5), Wanted(-1, 5)):
        with pytest.raises(InputError):
            export(folder, wanted)
    with pytest.raises(InputError, match="published checkpoint"):
        export(folder, Wanted(policy=b"quorum none\n"))
    (folder / CHECKPOINT).unlink()
    with pytest.raises(InputError, match="published checkpoint"):
        export(folder, Wanted())


def test_with_a_policy_the_anchored_checkpoint_has_to_meet_it(folder):
    (folder / ANCHORED).write_bytes((folder / CHECKPOINT).read_bytes())
    found = verify(export(folder, Wanted(policy=b"quorum none\n")))
    assert found.checkpoint.size == 300
    key = witness_keys(NamedKeys(), "w.example")[0].verifier.render()
    with pytest.raises(NotTrusted):
        export(folder, Wanted(policy=f"witness w {key}\nquorum w\n".encode()))
