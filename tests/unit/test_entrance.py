"""What stands at the console's door, built of settings."""

import base64
import json
import ssl

import pytest

from asepsis import app
from asepsis.core.errors import ConfigError
from asepsis.core.events import ApprovalUsed, GlassBroken, build
from asepsis.core.ports import Peer
from asepsis.entrance import Callers, Rows, entrance, issuer_of, webhooks
from asepsis.identity.callers import certificate_thumbprint
from asepsis.infra.clock import SystemClock
from asepsis.settings import publish, read_snapshot
from asepsis.testing.certificates import Authority
from asepsis.testing.issuer import TestIssuer
from asepsis.testing.starts import GOOD, prepared
from asepsis.testing.workloads import TestDomain

SIGN_IN = """
[[identity.issuers]]
name = "corp"
issuer = "https://issuer.example"
audience = "asepsis"
jwks = "https://issuer.example/keys"
application = "demo"
roles = [{ group = "g-audit", role = "auditor" }]
[console.sign_in]
issuer = "corp"
client_id = "console"
[[console.access]]
role = "auditor"
"""

WORKLOADS = """
[[identity.trust_domains]]
name = "plan.example"
bundle = "bundle.json"
[[identity.trust_domains.workloads]]
path = "/ns/bots/*"
application = "demo"
roles = ["auditor"]
[console.tls]
certificate = "file:CERTIFICATE"
trust_domain = "plan.example"
"""
OTHERS = SIGN_IN.partition("[console.sign_in]")[0].replace('"demo"', '"demo"\ntenant = "others"')


def der(pem):
    text = pem.decode()
    return ssl.PEM_cert_to_DER_cert(text[text.index("-----BEGIN CERT") :])


@pytest.fixture
def start(tmp_path):
    file = tmp_path / "a.toml"
    file.write_text(GOOD + SIGN_IN)
    start = app.Start(tmp_path / "state", file)
    prepared(start)
    return start


def test_callers_of_the_api_are_those_of_the_gateway_but_nobody_anonymous(start):
    issuer, clock = TestIssuer(), SystemClock()
    callers = Callers(start.load().value, start.paths, clock=clock)
    now = clock.now() // 1000
    said = {"groups": ["g-audit"], "acr": "gold", "amr": ["mfa"], "auth_time": now - 5}
    header = [("authorization", f"Bearer {issuer.token('ann', now=now, **said)}")]
    assert callers.person(header) is None
    snapshot = read_snapshot(start.paths)
    known = {one.source: issuer.key_set() for one in snapshot.settings.identity.issuers}
    publish(start.paths, type(snapshot)(snapshot.settings, snapshot.digest, keys=known))
    person = callers.person(header)
    assert (person.principal, person.roles, person.acr, person.amr) == ("corp:ann", ("auditor",), "gold", ("mfa",))
    assert person.at == (now - 5) * 1000
    assert not person.agent
    acting = issuer.token("ann", now=now, act={"sub": "agent", "groups": ["g-audit"]})
    assert callers.person([("authorization", f"Bearer {acting}")]).agent
    assert callers.person([]) is None  # the anonymous caller of the gateway


def test_a_token_that_is_bound_to_a_certificate_counts_with_it(start):
    issuer, clock = TestIssuer(), SystemClock()
    callers = Callers(start.load().value, start.paths, clock=clock)
    snapshot = read_snapshot(start.paths)
    known = {one.source: issuer.key_set() for one in snapshot.settings.identity.issuers}
    publish(start.paths, type(snapshot)(snapshot.settings, snapshot.digest, keys=known))
    bound = {"groups": ["g-audit"], "cnf": {"x5t#S256": certificate_thumbprint(b"der")}}
    header = [("authorization", f"Bearer {issuer.token('ann', now=clock.now() // 1000, **bound)}")]
    assert callers.person(header, Peer("::1", b"der")).principal == "corp:ann"
    assert callers.person(header) is None
    assert callers.person(header, Peer("::1", b"other")) is None


def test_a_second_factor_is_what_a_verified_token_says_and_no_text_beside_a_certificate(start):
    domain, clock = TestDomain(), SystemClock()
    certificate = start.file.with_name("console.pem")
    certificate.write_bytes(Authority("console").issue("localhost"))
    certificate.chmod(0o600)
    start.file.write_text(GOOD + SIGN_IN + WORKLOADS.replace("CERTIFICATE", str(certificate)))
    callers = Callers(start.load().value, start.paths, clock=clock)
    snapshot = read_snapshot(start.paths)
    known = {one.source: domain.bundle() for one in start.load().value.identity.trust_domains}
    publish(start.paths, type(snapshot)(snapshot.settings, snapshot.digest, keys=known))
    claims = json.dumps({"acr": "gold", "amr": ["mfa"], "auth_time": clock.now() // 1000}).encode()
    forged = f"x.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.x"
    peer = Peer("::1", der(domain.certificate("/ns/bots/ticketing")))
    person = callers.person([("authorization", f"Bearer {forged}")], peer)
    assert (person.principal, person.roles) == ("spiffe://plan.example/ns/bots/ticketing", ("auditor",))
    assert (person.acr, person.amr, person.at) == ("", (), 0)


def test_a_caller_of_another_tenant_is_nobody_here(start):
    issuer, clock = TestIssuer(), SystemClock()
    snapshot = read_snapshot(start.paths)
    known = {one.source: issuer.key_set() for one in snapshot.settings.identity.issuers}
    publish(start.paths, type(snapshot)(snapshot.settings, snapshot.digest, keys=known))
    header = [("authorization", f"Bearer {issuer.token('eve', now=clock.now() // 1000, groups=['g-audit'])}")]
    assert Callers(start.load().value, start.paths, clock=clock).person(header).principal == "corp:eve"
    start.file.write_text(GOOD + OTHERS)
    assert Callers(start.load().value, start.paths, clock=clock).person(header) is None


def test_people_sign_in_where_the_settings_say_so(start):
    settings = start.load().value
    inside = entrance(settings, start.paths, Rows(None, None, None), None, clock=SystemClock())
    assert inside.signing_in is not None
    assert inside.visitors.origin == "http://127.0.0.1:8081"
    assert issuer_of(settings).name == "corp"
    start.file.write_text(GOOD)
    plain = entrance(start.load().value, start.paths, Rows(None, None, None), None, clock=SystemClock())
    assert plain.signing_in is None


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (('issuer = "corp"\nclient_id', 'issuer = "other"\nclient_id'), "console.sign_in.issuer"),
        (('audience = "asepsis"', 'audience = "asepsis"\ntenant = "others"'), "console.sign_in.issuer"),
        (('client_id = "console"', 'client_id = ""'), "console.sign_in.client_id"),
        (('[[console.access]]\nrole = "auditor"\n', ""), "console.access"),
        (("[console.sign_in]", '[console]\nurl = "http://console.example"\n[console.sign_in]'), "console.url"),
    ],
)
def test_what_cannot_work_is_refused_with_its_place(start, change, place):
    start.file.write_text(GOOD + SIGN_IN.replace(*change))
    with pytest.raises(ConfigError) as caught:
        start.load()
    assert caught.value.place == place


def test_webhooks_say_where_to_look(start):
    start.file.write_text(GOOD + SIGN_IN + '[[telemetry.webhooks]]\nname = "chat"\nurl = "https://r.example/x"\n')
    (hook,) = webhooks(start.load().value, start.paths, clock=SystemClock())
    broken = build(GlassBroken("l1", "d", "glass", 9, "r"), id="e", time=1, tenant="local")
    assert hook.name == "webhook.chat"
    assert hook._more(broken) == {"url": "http://127.0.0.1:8081/access"}
    used = build(ApprovalUsed("c1", "a"), id="e", time=1, tenant="local")
    assert hook._more(used) == {"url": "http://127.0.0.1:8081/approvals/c1"}


@pytest.mark.parametrize(
    "hook", ['name = "a"\nurl = "http://r.example/x"', 'name = ""\nurl = "https://r"', 'name = "a"\nurl = "f.json"']
)
def test_a_webhook_that_cannot_work_is_refused(start, hook):
    start.file.write_text(GOOD + SIGN_IN + f"[[telemetry.webhooks]]\n{hook}\n")
    with pytest.raises(ConfigError) as caught:
        start.load()
    assert caught.value.place.startswith("telemetry.webhooks[0].")
