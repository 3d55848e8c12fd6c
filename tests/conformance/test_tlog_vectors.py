"""The published vectors of transparency logs, where they are there: `SHARED_DATA` names the folder."""

import base64
import json
import os
from pathlib import Path

import pytest

from asepsis.core.errors import NotTrusted
from asepsis.ledger.tlog import checkpoints, notes, offline
from asepsis.ledger.tlog.keys import VerifierKey, verified
from asepsis.ledger.tlog.proofs import (
    Span,
    check_consistency,
    check_inclusion,
    check_subtree_consistency,
    check_subtree_inclusion,
)
from asepsis.ledger.tlog.tiles import ENTRIES, Tile, bundle_entries, node_reader, partial_tiles, path, split
from asepsis.ledger.tlog.tree import CompactRange, leaf_hashes

ROOT = Path(os.environ.get("SHARED_DATA", "/nowhere")) / "tlog-vectors"

pytestmark = pytest.mark.skipif(not ROOT.is_dir(), reason="SHARED_DATA names no folder with data")


def rows(name):
    with (ROOT / "merkle" / f"{name}.jsonl").open() as file:
        return [json.loads(line) for line in file]


def hashes(row):
    return [base64.b64decode(one) for one in row["proof"] or []]


def refused(check, *arguments, **more):
    try:
        check(*arguments, **more)
    except NotTrusted:
        return True
    return False


def beyond(row):
    sizes = [row[name] for name in ("size1", "size2", "size", "treeSize", "end") if name in row]
    lengths = {len(base64.b64decode(row[name])) for name in ("root", "root1", "root2", "leafHash") if name in row}
    return 0 in sizes or lengths != {32} or row.get("start", 0) == row.get("end")


def judged(name, check):
    """Returns how many vectors there are, and how many are refused here though they pass where they were published.

    Those are about empty trees, of which nothing is proven here, and hashes that have not 32 bytes.
    """
    found = rows(name)
    differ = {row["id"] for row in found if check(row) != row["wantErr"]}
    assert differ <= {row["id"] for row in found if beyond(row) and not row["wantErr"]}
    return len(found), len(differ)


def test_inclusion():
    def check(row):
        leaf, root = base64.b64decode(row["leafHash"]), base64.b64decode(row["root"])
        return refused(check_inclusion, leaf, row["leafIdx"], size=row["treeSize"], root=root, proof=hashes(row))

    assert judged("inclusion", check) == (98, 0)


def test_consistency():
    def check(row):
        one, two = base64.b64decode(row["root1"]), base64.b64decode(row["root2"])
        return refused(check_consistency, row["size1"], one, size2=row["size2"], root2=two, proof=hashes(row))

    assert judged("consistency", check) == (98, 1)


def test_subtree_inclusion():
    def check(row):
        leaf, root = base64.b64decode(row["leafHash"]), base64.b64decode(row["root"])
        span = Span(row["start"], row["end"])
        return refused(check_subtree_inclusion, leaf, row["leafIdx"], span=span, root=root, proof=hashes(row))

    assert judged("subtreeinclusion", check) == (204, 0)


def test_subtree_consistency():
    def check(row):
        one, two, span = base64.b64decode(row["root1"]), base64.b64decode(row["root2"]), Span(row["start"], row["end"])
        return refused(check_subtree_consistency, span, one, size=row["size"], root=two, proof=hashes(row))

    assert judged("subtreeconsistency", check) == (118, 7)


@pytest.mark.parametrize("size", range(1, 16))
def test_a_log_of_tessera(size):
    folder = ROOT / "tessera-log"
    key = VerifierKey.parse((folder / "vkey").read_text().strip())
    checkpoint = offline.open_checkpoint((folder / f"checkpoint.{size}").read_bytes(), keys=[key])
    entries = bundle_entries((folder / path(Tile(ENTRIES, 0, size))).read_bytes(), width=size)
    leaves = split((folder / path(Tile(0, 0, size))).read_bytes(), width=size)
    row = CompactRange()
    row.extend(leaves)
    assert leaf_hashes(entries) == leaves
    assert (checkpoint.size, checkpoint.root) == (size, row.root())


def test_the_empty_log_of_tessera():
    folder = ROOT / "tessera-log"
    key = VerifierKey.parse((folder / "vkey").read_text().strip())
    checkpoint = offline.open_checkpoint((folder / "checkpoint.0").read_bytes(), keys=[key])
    assert (checkpoint.size, checkpoint.root) == (0, CompactRange().root())


def witnessed():
    for name in ("witness/witness.v0.json", "witness2/witness.v0.json", "witness/mirror/mirror.v0.json"):
        place = ROOT / "sunlight-witness" / name
        key = VerifierKey.parse(json.loads(place.read_text())["verifier_keys"][0])
        yield from ((key, found) for found in place.parent.glob("*/checkpoint"))


def test_cosigned_checkpoints():
    found = list(witnessed())
    assert len(found) == 3
    for key, place in found:
        note = notes.parse(place.read_bytes())
        assert verified(note, [key])[key] > 1_700_000_000
        assert checkpoints.parse(note.text).size


def test_a_mirrored_tree():
    (place,) = (ROOT / "sunlight-witness" / "witness" / "mirror").glob("*/checkpoint")
    checkpoint = checkpoints.parse(notes.parse(place.read_bytes()).text)
    node = node_reader(checkpoint.size, lambda tile: (place.parent / path(tile)).read_bytes())
    assert len(partial_tiles(checkpoint.size)) == 2
    row = CompactRange()
    row.extend(node(0, index) for index in range(checkpoint.size))
    assert row.root() == checkpoint.root


def test_examples_of_the_specifications():
    folder = ROOT / "c2sp-examples"
    for one in json.loads((folder / "index.json").read_text()):
        if not one["complete"]:
            continue
        note = notes.parse((folder / one["file"]).read_bytes())
        if one["vkey"]:
            key = VerifierKey.parse(one["vkey"])
            assert verified(note, [key]) == {key: 0}
        if one["spec"] != "signed-note.md":
            assert checkpoints.parse(note.text).size == 20852163
