"""A bundle read whole."""

from importlib.resources import files as package
from pathlib import Path

import pytest

from asepsis.core.errors import ConfigError
from asepsis.policy.bundle import opened, read
from asepsis.testing.policies import HEAD


def faults(files):
    return [str(one) for one in read(files).faults]


def test_a_bundle_has_all_its_pieces(files):
    entities = [{"uid": {"type": "Asepsis::Role", "id": "staff"}}]
    bundle, wrong = read(files(entities=entities))
    assert not wrong
    assert (bundle.meta.name, [one.upstream for one in bundle.meta.providers]) == ("tried", ["inside", "cloud"])
    assert ([one.id for one in bundle.rules], len(bundle.entities), len(bundle.digest)) == (["staff.ask"], 1, 64)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (None, "expected a head"),
        ("name = 1", "bundle.toml:1: expected `str`"),
        ("name = ", "bundle.toml: invalid value"),
        (HEAD.replace("version", "vers"), "bundle.toml:2: object contains unknown field `vers`"),
        (HEAD.replace("2027-11-01", "2027-13-01"), "expected `expires` to be a day"),
        (HEAD.replace("2027-11-01", "20271101"), "expected `expires` to be a day"),
        (HEAD.replace("2027-11-01", "2027-W10-1"), "expected `expires` to be a day"),
        (HEAD.replace("2027-01-31", "soon"), "expected `providers[1].baa_until` to be a day"),
        (HEAD.replace('"cloud"', '"inside"'), "expected each upstream once"),
        (HEAD.replace('author = "ann"', 'author = " "'), "expected `author`"),
        (HEAD.replace("internal = true", "retention_days = -1"), "expected `providers[0].retention_days` of 0"),
        (HEAD.replace("internal = true", f"retention_days = {1 << 63}"), "expected `providers[0].retention_days` of 0"),
        (HEAD.replace("2027-11-01", "2020-01-01"), "bundle.toml:5: expected `expires` on or after `created`"),
        (HEAD.replace("internal = true", "intern = true"), "object contains unknown field `intern`"),
        ("a = " + "[" * 9999, "bundle.toml: maximum recursion depth"),
    ],
)
def test_a_head_that_cannot_be_used(files, head, said):
    made = files(head=head) if head is not None else {"p.cedar": files()["p.cedar"]}
    assert any(said in one for one in faults(made)), faults(made)


@pytest.mark.parametrize(
    ("entities", "said"),
    [
        (b"[", "entities.json: input data was truncated"),
        (b'[{"uid":{"type":"Asepsis::Principal","id":"x"}}]', "entities.json[0]: expected a type that a"),
        (
            b'[{"uid":{"type":"Asepsis::Role","id":"x"},"parents":[{"type":"Asepsis::ToolGroup","id":"y"}]}]',
            "fit the schema",
        ),
        (b'[{"uid":{"type":"Asepsis::Role","id":"x"},"attrs":{"a":"b"}}]', "fit the schema"),
        (
            b'[{"uid":{"type":"Asepsis::Role","id":"x"},"parents":[{"type":"Asepsis::Role","id":"x"}]}]',
            "fit the schema",
        ),
        (b"\xff", "entities.json: JSON is malformed"),
        (
            b'[{"uid":{"type":"Asepsis::Role","id":"x"}},{"parents":[{"type":"Asepsis::Role","id":"y"}],%s]'
            % b'"uid":{"type":"Asepsis::Role","id":"x"}}',
            "duplicate",
        ),
        (
            b'[{"uid":{"type":"Asepsis::Role","id":"x"},"parents":[{"type":"Asepsis::Role","id":"x"}]}]',
            "none in itself",
        ),
        (b'[{"uid":{"type":"Asepsis::Role","id":"x"},"attrs":' + b'{"a":' * 9999, "entities.json: "),
    ],
)  # fmt: skip
def test_entities_that_cannot_be_used(files, entities, said):
    made = files(**{"entities.json": entities})
    assert any(said in one for one in faults(made)), faults(made)


def test_all_faults_are_found_at_once(files):
    said = faults(files("permit (x);", head=HEAD.replace("tried", "")))
    assert len(said) == 2


def test_bytes_that_are_no_text_have_a_line(files):
    assert "q.cedar:2: expected text in UTF-8" in faults(files(**{"q.cedar": b"// a\n\xff"}))


def test_a_bundle_without_policies_is_none(files):
    assert any("expected at least one policy" in one for one in faults(files("// none")))


def test_a_folder_that_does_not_hold_is_refused_with_its_place(tmp_path, files):
    for name, data in files("permit (x);").items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    with pytest.raises(ConfigError, match=r"p\.cedar:1: expected a policy"):
        opened(tmp_path)


def test_the_labs_policies_are_the_starter_bundle_and_its_visitors():
    starter, lab = Path(str(package("asepsis.policy") / "starter")), Path(__file__).parents[3] / "examples" / "policies"
    ours = {
        one.relative_to(lab): one.read_bytes() for one in lab.rglob("*") if one.is_file() and "visitors" not in one.name
    }
    assert ours == {one.relative_to(starter): one.read_bytes() for one in starter.rglob("*") if one.is_file()}


def test_a_day_may_be_written_without_quotes(files):
    assert faults(files(head=HEAD.replace('"2027-11-01"', "2027-11-01"))) == []
