"""The tree of settings: what is refused before anything runs, and the snapshot of it."""

import hashlib
from pathlib import Path

import msgspec
import pytest

from asepsis import settings
from asepsis.core.errors import ConfigError, Unavailable
from asepsis.infra.state import Paths
from asepsis.settings import Settings, Snapshot, Start
from asepsis.testing.certificates import Authority

EXAMPLES = Path(__file__).parents[2] / "examples"
GOOD = """
[identity]
anonymous = "demo"
[[policy.applications]]
name = "demo"
"""


def written(tmp_path, text):
    path = tmp_path / "c.toml"
    path.write_text(text)
    return path


def test_a_configuration_that_can_run_is_loaded_with_its_digest(tmp_path):
    loaded = settings.load(written(tmp_path, GOOD), ["gateway.port=9"])
    assert (loaded.value.gateway.port, loaded.value.identity.anonymous) == (9, "demo")
    assert loaded.digest != settings.load(written(tmp_path, GOOD)).digest


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[identity]\nanonymous = "demo"', "`demo` among policy.applications"),
        ('[[identity.callers]]\nkey_sha256 = "12"\napplication = "a"', "64 hex digits"),
        ('[[policy.applications]]\nname = "a"\n[[policy.applications]]\nname = "a"', "each application once"),
        (
            '[[gateway.upstreams]]\nname = "a"\nbase_url = "http://h"\ncredential = "env:ASEPSIS_NO_SUCH"',
            "ASEPSIS_NO_SUCH",
        ),
        ('[[gateway.upstreams]]\nname = "a"\nbase_url = "http://h"\ncredential = "sk-1"', "secret uri such as"),
        ('[[gateway.upstreams]]\nname = "a"\nbase_url = "ftp://h"', "expected an address such as"),
        ('[[gateway.upstreams]]\nname = "a"\nbase_url = "http://h:99999"', "expected an address such as"),
        ("[gateway]\nport = 70000", "65535"),
        ("[gateway]\nport = 9\n[console]\nport = 9", "expected another port than the gateway's 9"),
        ('tenant = "A/b"', "expected a tenant of"),
        (GOOD + 'admit = ["imagee"]', "image"),
        (GOOD + 'state = ["stored"]', "store"),
        (GOOD + '[gateway]\nobserve = ["demo"]\n[policy]\nbundle = "b"', "gateway.observe: expected none"),
        (GOOD + '[gateway]\nobserve = ["dem"]', "expected `dem` among policy.applications; the nearest name is `demo`"),
        ('tenat = "x"', "the nearest name is `tenant`"),
        ('[ledger]\npolicy = "/nowhere"', "expected a readable file, for a trust policy"),
        ('[ledger.emergency]\nfolder = "/nowhere"', "expected a folder, on another disk than `state`"),
        (GOOD + '[ledger.emergency]\nfolder = "/tmp"', "expected two people in the group `emergency`"),
        ('[ledger.timestamps]\nurl = "https://tsa"', "expected certificates of timestamp authorities"),
    ],
)
def test_what_fits_its_types_and_cannot_run_is_refused(tmp_path, text, says):
    with pytest.raises(ConfigError, match=says):
        settings.load(written(tmp_path, text))


@pytest.mark.parametrize("data", [None, b"{", b'{"settings":{"gateway":{"port":"x"}},"digest":""}'])
def test_without_a_snapshot_nothing_runs(tmp_path, data):
    paths = Paths(tmp_path)
    if data is not None:
        paths.snapshot.write_bytes(data)
    with pytest.raises(ConfigError, match="snapshot"):
        settings.read_snapshot(paths)


def test_a_callers_key_may_be_given_by_its_digest_alone(tmp_path):
    digest = hashlib.sha256(b"secret").hexdigest()
    text = f'[[identity.callers]]\nkey_sha256 = "{digest}"\napplication = "a"\n[[policy.applications]]\nname = "a"'
    assert settings.load(written(tmp_path, text)).value.identity.callers[0].application == "a"


KEY = "ed25519:" + "A" * 43 + "="
SAME = "ed25519:" + "A" * 42 + "B="


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", ""),
        (
            '[[policy.signers]]\nname = "a"\nkey = ""',
            r"policy.signers\[0\].key: expected a public key as `asepsis policy",
        ),
        ('[[policy.signers]]\nname = "a"\nkey = "ed25519:AAAA"', r"policy.signers\[0\].key: expected a public key"),
        (f'[[policy.signers]]\nname = "a"\nkey = "{KEY[8:]}"', r"policy.signers\[0\].key: expected a public key"),
        *(
            (
                f'[[policy.signers]]\nname = "a"\nkey = "{KEY}"\n[[policy.signers]]\nname = "b"\nkey = "{key}"',
                r"policy.signers\[1\].key: expected each key once",
            )
            for key in (KEY, SAME)
        ),
        (f'[[policy.signers]]\nname = "a"\nkey = "{KEY}"\n' * 2, r"policy.signers\[1\].name: expected each name once"),
        ('[[policy.approvers]]\nname = "a"\nprincipal = "c:a"\nkey = "-"', r"policy.approvers\[0\].key: expected a pu"),
        (f'[[policy.approvers]]\nname = "a"\nprincipal = ""\nkey = "{KEY}"', r"policy.approvers\[0\].principal: e"),
    ],
)
def test_people_have_a_name_and_a_key_each(tmp_path, text, says):
    if not says:
        settings.load(written(tmp_path, GOOD + text))
        return
    with pytest.raises(ConfigError, match=says):
        settings.load(written(tmp_path, GOOD + text))


DOMAIN = """
[[identity.trust_domains]]
name = "plan.example"
bundle = "bundle.json"
[[identity.trust_domains.workloads]]
path = "/a"
application = "demo"
"""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('client_ca = "ca.pem"', r"gateway.tls.certificate: expected a certificate of the gateway's own"),
        ("required = true", r"gateway.tls.certificate: expected a certificate of the gateway's own"),
        (
            'certificate = "env:PEM"\nclient_ca = "a"\ntrust_domain = "plan.example"',
            r"gateway.tls: expected .* one sort",
        ),
        ('certificate = "env:PEM"\nrequired = true', r"gateway.tls: expected `client_ca` or `trust_domain`"),
        ('certificate = "env:PEM"\ntrust_domain = "other"', r"gateway.tls.trust_domain: expected one of"),
        ('certificate = "env:PEM"\nclient_ca = "gone.pem"', r"gone.pem: expected a file of certificates"),
        ('certificate = "env:NONE"', r"gateway.tls.certificate: expected a certificate and its key"),
        ('certificate = "env:PEM"\ntrust_domain = "plan.example"\nrequired = true', ""),
    ],
)
def test_tls_towards_clients_is_tried(tmp_path, monkeypatch, text, says):
    monkeypatch.setenv("PEM", Authority("A").issue("gateway").decode())
    monkeypatch.setenv("NONE", "no certificate")
    file = written(tmp_path, f"{GOOD}{DOMAIN}[gateway.tls]\n{text}\n")
    if not says:
        assert settings.load(file).value.gateway.address == "https://127.0.0.1:8080"
        return
    with pytest.raises(ConfigError, match=says):
        settings.load(file)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("plan.example", "Plan", r"trust_domains\[0\].name: expected each trust domain once"),
        ('path = "/a"', 'path = "a"', r"trust_domains\[0\].workloads\[0\]: expected a path"),
        ('application = "demo"', 'application = "none"', r"none"),
        ('"bundle.json"', '"http://elsewhere.example/b"', r"trust_domains\[0\].bundle: expected an https address"),
        (DOMAIN, DOMAIN * 2, r"trust_domains\[1\].name: expected each trust domain once"),
    ],
)
def test_a_trust_domain_is_one(tmp_path, old, new, says):
    with pytest.raises(ConfigError, match=says):
        settings.load(written(tmp_path, GOOD + DOMAIN.replace(old, new)))


@pytest.mark.parametrize(
    ("budget", "says"),
    [
        ('unit = "requests"\nof = "tool"\ntool = "plan__*"', ""),
        ('unit = "tokens"\ntool = "plan__*"', r"policy.budgets\[0\]: expected requests or members of tools"),
        ('unit = "requests"\nof = "model"\ntool = "*"', r"policy.budgets\[0\]: expected requests or members of tools"),
        ('unit = "requests"\nof = "tool"', r"policy.budgets\[0\].tool: expected the tools whose calls count"),
        ('unit = "members"', r"policy.budgets\[0\].unit: expected `scan.subjects.roster`"),
    ],
)
def test_a_budget_is_of_what_can_be_counted(tmp_path, budget, says):
    text = GOOD + f'[[policy.budgets]]\nname = "b"\nmost = 1\n{budget}\n'
    if not says:
        settings.load(written(tmp_path, text))
        return
    with pytest.raises(ConfigError, match=says):
        settings.load(written(tmp_path, text))


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.toml")), ids=lambda file: file.stem)
def test_each_example_can_be_used_as_it_says(file, monkeypatch):
    monkeypatch.chdir(EXAMPLES.parent)
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "AZURE_OPENAI_API_KEY"):
        monkeypatch.setenv(name, "made-up")
    loaded = settings.load(file).value
    assert loaded.gateway.upstreams
    assert {one.name for one in loaded.policy.applications}


def test_a_snapshot_is_read_as_it_was_published(tmp_path):
    paths = Paths(tmp_path)
    current = Snapshot(Settings(tenant="t"), "digest", (("t", "model", "m"),))
    settings.publish(paths, current)
    assert settings.read_snapshot(paths) == current
    changed = msgspec.structs.replace(current, draining=True)
    settings.publish(paths, changed)
    assert settings.read_snapshot(paths).draining


def test_a_snapshot_that_can_not_be_written_is_told(tmp_path):
    with pytest.raises(Unavailable):
        settings.publish(Paths(tmp_path / "none"), Snapshot(Settings(), ""))


def test_a_process_finds_what_it_was_started_with(tmp_path):
    start = Start(tmp_path / "state", written(tmp_path, GOOD), ("gateway.port=9",))
    assert start.load().value.gateway.port == 9
    assert start.paths.state == tmp_path / "state"


def test_plugins_are_named_in_three_rooms():
    wanted = settings.wanted(Settings())
    assert (wanted.scan.scanners, wanted.deid.transform, wanted.gateway.upstreams) == (("rules",), "mask", ())
