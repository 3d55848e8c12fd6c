import zipfile

import msgspec
import pytest
from click.testing import CliRunner

from asepsis.ledger.evidence.commands import evidence
from asepsis.ledger.signing import VKEYS


def run(*words):
    return CliRunner().invoke(evidence, list(map(str, words)))


@pytest.fixture
def bundle(folder, tmp_path):
    done = run("export", folder, "-o", tmp_path / "x.zip", "--start", 10, "--end", 20, "--principal", "b")
    assert done.exit_code == 0, done.output
    return tmp_path / "x.zip"


def test_a_bundle_is_written_and_checked(folder, bundle):
    done = run("verify", bundle, "--vkey", folder / VKEYS)
    assert done.exit_code == 0
    assert "range 10 20\nselected 5\n" in done.output
    assert "own" not in done.output
    assert len(run("verify", bundle, "--vkey", folder / VKEYS, "--jsonl").stdout.splitlines()) == 5
    assert "the keys are the bundle's own" in run("verify", bundle).output


def test_a_bundle_that_does_not_hold_is_refused(bundle, folder, tmp_path):
    data = bundle.read_bytes()
    bundle.write_bytes(data[:-1])
    assert run("verify", bundle).exit_code == 1
    (tmp_path / "keys").write_text("nonsense")
    bundle.write_bytes(data)
    assert run("verify", bundle, "--vkey", tmp_path / "keys").exit_code == 1
    assert run("verify", bundle, "--policy", tmp_path / "keys").exit_code == 1


def test_what_cannot_go_out_is_told(folder, tmp_path):
    done = run("export", folder, "-o", tmp_path / "x.zip", "--end", 9999)
    assert (done.exit_code, "expected a range within 300" in done.output) == (1, True)
    assert not (tmp_path / "x.zip").exists()
    assert run("export", folder, "-o", tmp_path / "no" / "x.zip").exit_code == 1


def test_the_bundle_says_what_it_is(bundle):
    with zipfile.ZipFile(bundle) as archive:
        assert {"evidence/verify.py", "evidence/cover.html", "evidence/data/claim.json"} <= set(archive.namelist())


def test_what_was_opened_goes_along(sealed, tmp_path):
    folder, bodies = sealed
    names = [tmp_path / f"{one.event}.json" for one in bodies]
    for name, one in zip(names, bodies, strict=True):
        name.write_bytes(msgspec.json.encode(one))
    opened = [word for name in names for word in ("--opened", name)]
    done = run("export", folder, "-o", tmp_path / "x.zip", *opened)
    assert done.exit_code == 0, done.output
    assert "opened 1 messages[0] (user): Maria Gonzalez, metformin\n" in run("verify", tmp_path / "x.zip").output
    names[0].write_text("nonsense")
    done = run("export", folder, "-o", tmp_path / "x.zip", *opened)
    assert (done.exit_code, "what `asepsis ledger open -o` wrote" in done.output) == (1, True)
