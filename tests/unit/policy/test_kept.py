"""Bundles in force."""

import pytest

from asepsis.core.errors import ConfigError
from asepsis.policy import dsse, signing
from asepsis.policy.config import PolicyConfig, Signer
from asepsis.policy.folder import digest
from asepsis.policy.kept import accepted, keep, kept
from asepsis.testing.policies import CASE

TODAY = 20261126
TESTS = CASE + CASE.replace('["staff"]', "[]").replace('"transform"', '"deny"').replace("staff.ask", "policy.default")
UNSIGNED = PolicyConfig(unsigned=True)


@pytest.fixture
def folder(tmp_path, files):
    """Returns a function that writes a bundle."""

    def make(**more):
        for name, data in files(**{"tests": TESTS, **more}).items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(data)
        return tmp_path

    return make


@pytest.fixture
def signed(folder):
    where = folder()
    name = accepted(where, UNSIGNED, today=TODAY).bundle.digest
    keys = {who: dsse.private_key(dsse.new_key()) for who in ("ann", "bob")}
    (where / "signatures").mkdir()
    for who, role in (("ann", "author"), ("bob", "approver")):
        (where / "signatures" / f"{role}.json").write_bytes(signing.envelope(name, keys[who], signer=who, role=role))
    return where, PolicyConfig(signers=tuple(Signer(who, dsse.public_text(key)) for who, key in keys.items()))


def test_a_bundle_of_two_people_is_accepted(signed):
    assert accepted(*signed, today=TODAY).signed == ("ann", "bob")


@pytest.mark.parametrize("name", ["author", "approver"])
def test_one_signature_is_not_enough(signed, name):
    (signed[0] / "signatures" / f"{name}.json").unlink()
    with pytest.raises(ConfigError, match="an author and of another approver"):
        accepted(*signed, today=TODAY)


@pytest.mark.parametrize("name", ["bundle.toml", "p.cedar", "tests/t.toml"])
def test_a_bundle_that_was_changed_is_not_the_one_that_was_signed(signed, name):
    file = signed[0] / name
    comment = b"\n// more\n" if name.endswith("cedar") else b"\n# more\n"
    file.write_bytes(file.read_bytes() + comment)
    with pytest.raises(ConfigError, match="signatures"):
        accepted(*signed, today=TODAY)


@pytest.mark.parametrize(
    ("changes", "today", "said"),
    [
        ({}, 20271102, r"bundle\.toml:5: the bundle expired on 2027-11-01 \(give it a later day"),
        ({"tests": CASE}, TODAY, "has no negative case"),
        ({"tests": TESTS.replace("transform", "allow", 1)}, TODAY, r"t\.toml:2: `one`: expected allow"),
        ({"policies": "permit (x);"}, TODAY, r"p\.cedar:1: expected a policy"),
    ],
)
def test_a_bad_bundle_is_refused_with_its_place(folder, changes, today, said):
    with pytest.raises(ConfigError, match=said) as caught:
        accepted(folder(**changes), UNSIGNED, today=today)
    assert str(folder()) in str(caught.value)


def test_what_is_kept_is_what_was_accepted(signed, tmp_path):
    one = accepted(*signed, today=TODAY)
    root = tmp_path.parent / f"{tmp_path.name}-kept"
    assert keep(one.files, root) == keep(one.files, root) == one.bundle.digest == digest(one.files)
    assert kept(root, one.bundle.digest) == one.bundle
    assert accepted(root / one.bundle.digest, signed[1], today=TODAY).signed == one.signed


def test_a_copy_that_was_changed_is_refused(signed, tmp_path):
    one = accepted(*signed, today=TODAY)
    root = tmp_path.parent / f"{tmp_path.name}-kept"
    (root / keep(one.files, root) / "p.cedar").write_text("permit (principal, action, resource);")
    with pytest.raises(ConfigError, match="the digest of"):
        kept(root, one.bundle.digest)


def test_a_copy_that_is_there_already_gets_the_signatures_that_came_since(signed, tmp_path):
    where, config = signed
    root = tmp_path.parent / f"{tmp_path.name}-kept"
    unsigned = {name: data for name, data in accepted(*signed, today=TODAY).files.items() if "signatures" not in name}
    keep(unsigned, root)
    name = keep(accepted(*signed, today=TODAY).files, root)
    assert accepted(root / name, config, today=TODAY).signed == ("ann", "bob")
    (where / "signatures" / "author.json").write_bytes(b"{}")
    (where / "signatures" / "approver.json").rename(where / "signatures" / "more.json")
    keep(accepted(where, UNSIGNED, today=TODAY).files, root)
    assert sorted(path.name for path in (root / name / "signatures").iterdir()) == [
        "approver.json", "author.json", "more.json",
    ]  # fmt: skip
    assert [path.name for path in root.iterdir()] == [name]
