"""The one-file verifier: by itself, and beside the product's own, over bundles tampered in every way there is."""

import contextlib
import io
import json
import random
import subprocess
import sys
import zipfile

import pytest

from asepsis.core.errors import NotTrusted
from asepsis.ledger.evidence import bag, standalone
from asepsis.ledger.evidence.claim import Filter
from asepsis.ledger.evidence.export import Wanted, export
from asepsis.ledger.evidence.verify import verify
from asepsis.ledger.publish import ANCHORED, CHECKPOINT
from asepsis.ledger.signing import VKEYS, read_vkeys
from asepsis.ledger.tlog import notes, policies
from asepsis.ledger.tlog.keys import KeyType
from asepsis.ledger.witness import witness_keys
from asepsis.testing.keys import NamedKeys


def both(data, tmp_path, *, vkeys=None, policy=None):
    """Returns what both verifiers say of a zip, None for no; they have to say the same."""
    found = ours = None
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    with contextlib.suppress(standalone.Refused):
        found = standalone.check(standalone.read_bundle(path), vkeys, policy)
    with contextlib.suppress(NotTrusted):
        (tmp_path / "keys").write_bytes(vkeys or b"")
        keys = read_vkeys(tmp_path / "keys") if vkeys else ()
        finding = verify(data, keys=keys, policy=policies.parse(policy) if policy else None)
        ours = (finding.claim.start, finding.claim.end, list(finding.claim.selected), finding.checkpoint.size)
    theirs = found and (found["start"], found["end"], found["selected"], found["size"])
    assert theirs == ours
    return theirs


def parts(data):
    found = bag.unpack(data)
    return {name: one for name, one in found.items() if "manifest" not in name and name != "bagit.txt"}


@pytest.mark.parametrize(("start", "end"), [(0, None), (0, 1), (1, 2), (100, 200), (128, 256), (255, 257), (299, 300)])
def test_both_take_what_is_good(folder, tmp_path, subject, start, end):
    data = export(folder, Wanted(start, end, Filter(subject=subject)))
    keys = (folder / VKEYS).read_bytes()
    chosen = [index for index in range(start, end or 300) if index % 5 == 0]
    assert both(data, tmp_path, vkeys=keys) == both(data, tmp_path) == (start, end or 300, chosen, 300)


def test_both_refuse_each_changed_byte(folder, tmp_path):
    """Of each file, listed anew in the manifests, so that only what the file says can give it away."""
    data, keys = export(folder, Wanted(50, 60)), (folder / VKEYS).read_bytes()
    whole = parts(data)
    luck = random.Random(5)
    for name in ("data/checkpoint", "data/claim.json", "data/entries"):
        places = luck.sample(range(len(whole[name])), min(150, len(whole[name])))
        for place in places:
            one = whole[name]
            changed = one[:place] + bytes([one[place] ^ (1 << luck.randrange(8))]) + one[place + 1 :]
            assert both(bag.pack(whole | {name: changed}), tmp_path, vkeys=keys) is None, (name, place)


def test_both_refuse_each_changed_byte_of_the_zip_or_find_the_same_in_it(folder, tmp_path):
    data, keys = export(folder, Wanted(50, 60)), (folder / VKEYS).read_bytes()
    good = both(data, tmp_path, vkeys=keys)
    luck = random.Random(6)
    for place in luck.sample(range(len(data)), 300):
        changed = data[:place] + bytes([data[place] ^ (1 << luck.randrange(8))]) + data[place + 1 :]
        assert both(changed, tmp_path, vkeys=keys) in (None, good)
    for size in luck.sample(range(len(data)), 40):
        assert both(data[:size], tmp_path, vkeys=keys) is None


def framed(entries):
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unframed(data):
    return standalone.read_entries(data, 10)


@pytest.mark.parametrize("how", ["drop", "insert", "swap", "replace", "last", "first"])
def test_both_refuse_entries_that_are_not_those_of_the_range(folder, tmp_path, how):
    whole, keys = parts(export(folder, Wanted(50, 60))), (folder / VKEYS).read_bytes()
    entries = unframed(whole["data/entries"])
    claim = json.loads(whole["data/claim.json"])
    if how == "drop":
        del entries[3]
    elif how == "insert":
        entries.insert(3, entries[5])
    elif how == "swap":
        entries[3], entries[4] = entries[4], entries[3]
    elif how == "replace":
        entries[3] = entries[3].replace(b"e53", b"e99")
    elif how == "last":
        entries.pop()
    else:
        del entries[0]
        claim["start"] += 1
    claim["end"] = claim["start"] + len(entries)
    claim["selected"] = list(range(claim["start"], claim["end"]))
    changed = {"data/entries": framed(entries), "data/claim.json": json.dumps(claim, separators=(",", ":")).encode()}
    assert both(bag.pack(whole | changed), tmp_path, vkeys=keys) is None


@pytest.mark.parametrize("how", ["left out", "added", "order", "filter", "origin", "version", "field", "spaces"])
def test_both_refuse_another_claim(folder, tmp_path, subject, how):
    asked = Filter(subject=subject)
    whole, keys = parts(export(folder, Wanted(50, 60, asked))), (folder / VKEYS).read_bytes()
    claim = json.loads(whole["data/claim.json"])
    assert claim["selected"] == [50, 55]
    claim |= {
        "left out": {"selected": [50]},
        "added": {"selected": [50, 51, 55]},
        "order": {"selected": [55, 50]},
        "filter": {"filter": {"subject": "", "kind": "", "principal": ""}},
        "origin": {"origin": "other/acme"},
        "version": {"version": 2},
        "field": {"more": 1},
        "spaces": {},
    }[how]
    text = json.dumps(claim) if how == "spaces" else json.dumps(claim, separators=(",", ":"))
    assert both(bag.pack(whole | {"data/claim.json": text.encode()}), tmp_path, vkeys=keys) is None


def test_both_refuse_a_stale_checkpoint_a_fork_and_other_keys(folder, making, tmp_path):
    whole, keys = parts(export(folder, Wanted(50, 60))), (folder / VKEYS).read_bytes()
    old = making(tmp_path / "old" / "acme", count=55)
    fork = making(tmp_path / "fork" / "acme", start=7)
    stranger = making(tmp_path / "stranger" / "acme", keys=NamedKeys("other"))
    for other in (old, fork, stranger):
        changed = {"data/checkpoint": (other / CHECKPOINT).read_bytes()}
        assert both(bag.pack(whole | changed), tmp_path, vkeys=keys) is None
    assert both(bag.pack(whole), tmp_path, vkeys=(stranger / VKEYS).read_bytes()) is None
    theirs = export(stranger, Wanted(50, 60))
    assert both(theirs, tmp_path, vkeys=keys) is None
    assert both(theirs, tmp_path) is not None  # whole, and of somebody else


@pytest.mark.parametrize("kind", [KeyType.COSIGNATURE, KeyType.ML_DSA_44])
def test_both_keep_a_policy(folder, tmp_path, kind):
    named = {name: witness_keys(NamedKeys(name), f"{name}.example") for name in ("w1", "w2", "w3")}
    witnesses = {name: next(key for key in keys if key.verifier.kind == kind) for name, keys in named.items()}
    note = notes.parse((folder / CHECKPOINT).read_bytes())
    logs = "".join(f"log {line}\n" for line in (folder / VKEYS).read_text().splitlines())
    lines = "".join(f"witness {name} {key.verifier.render()} https://{name}\n" for name, key in witnesses.items())
    policy = (logs + lines + "# two of them\n\ngroup g 2 w1 w2 w3\nquorum g\n").encode()
    for signed, holds in ((("w1", "w3"), True), (("w2",), False)):
        cosignatures = [witnesses[name].sign(note.text, time=9) for name in signed]
        (folder / ANCHORED).write_bytes(notes.render(note.text, [*note.unverified, *cosignatures]))
        whole = parts(export(folder, Wanted(50, 60, policy=b"quorum none\n")))
        data = bag.pack(whole | {"data/policy": policy})
        assert (both(data, tmp_path) is not None) is holds
        assert (both(bag.pack(whole), tmp_path, policy=policy) is not None) is holds
    for wrong in (b"", b"quorum x\n", policy + b"quorum none\n", policy.replace(b"group g 2", b"group g 4"), b"what\n"):
        with contextlib.suppress(NotTrusted):
            both(bag.pack(whole | {"data/policy": wrong}), tmp_path)
        with pytest.raises(standalone.Refused):
            standalone.read_policy(wrong)


def test_both_need_each_of_the_logs_keys(folder, tmp_path):
    whole, keys = parts(export(folder, Wanted(50, 60))), (folder / VKEYS).read_bytes()
    note = notes.parse(whole["data/checkpoint"])
    for one in note.unverified:
        data = bag.pack(whole | {"data/checkpoint": notes.render(note.text, [one])})
        assert both(data, tmp_path, vkeys=keys) is None


def test_it_runs_by_itself_from_the_unpacked_bundle(folder, tmp_path):
    with zipfile.ZipFile(io.BytesIO(export(folder, Wanted(50, 60)))) as archive:
        archive.extractall(tmp_path / "out")
    script = tmp_path / "out" / "evidence" / "verify.py"
    words = [sys.executable, "-I", str(script), "--vkey", str(folder / VKEYS)]
    for _ in range(2):
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert (done.returncode, json.loads(done.stdout)["end"], done.stderr) == (0, 60, "")
    entries = tmp_path / "out" / "evidence" / "data" / "entries"
    entries.write_bytes(entries.read_bytes().replace(b"e55", b"e99"))
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.startswith("refused: expected")) == (1, "", True)


def test_it_imports_nothing_of_the_product():
    source = standalone.__loader__.get_source(standalone.__name__)
    assert "asepsis" not in source


def test_the_command_line(folder, tmp_path, capsys):
    (tmp_path / "x.zip").write_bytes(export(folder, Wanted(0, 3)))
    assert standalone.main([str(tmp_path / "x.zip")]) == 0
    assert "the bundle's own" in capsys.readouterr().err
    assert standalone.main([str(tmp_path / "none.zip")]) == 1
    (tmp_path / "x.zip").write_bytes(b"nonsense")
    assert standalone.main([str(tmp_path / "x.zip")]) == 1
