import pytest

from asepsis.core.errors import NotTrusted
from asepsis.ledger.evidence import bag
from asepsis.ledger.evidence.export import Wanted, export
from asepsis.ledger.evidence.verify import verify
from asepsis.ledger.signing import VKEYS, read_vkeys
from asepsis.ledger.tlog import policies
from asepsis.testing.keys import NamedKeys


def test_the_keys_that_count_are_those_given(folder, making, tmp_path):
    data = export(folder, Wanted(0, 10))
    other = making(tmp_path / "other" / "acme", keys=NamedKeys("other"))
    assert verify(data).claim.end == 10
    with pytest.raises(NotTrusted):
        verify(data, keys=read_vkeys(other / VKEYS))
    lines = (folder / VKEYS).read_text().splitlines()
    policy = policies.parse("".join(f"log {line}\n" for line in lines).encode() + b"quorum none\n")
    assert verify(data, policy=policy).claim.end == 10


def test_files_beside_those_of_a_bundle_are_refused(folder):
    files = {
        name: data
        for name, data in bag.unpack(export(folder, Wanted(0, 10))).items()
        if "manifest" not in name and name != "bagit.txt"
    }
    assert verify(bag.pack(files)).claim.end == 10
    for wrong in (files | {"data/more": b""}, {name: one for name, one in files.items() if name != "data/vkey"}):
        with pytest.raises(NotTrusted):
            verify(bag.pack(wrong))
    with pytest.raises(NotTrusted):
        verify(bag.pack(files | {"data/vkey": b"\xff"}))
