"""The token endpoint: what is exchanged for what, and all the ways to ask for more than one has."""

import base64
import hashlib
import json
import ssl
from urllib.parse import urlencode

import msgspec
import pytest

from asepsis.core import canonical
from asepsis.core.events import GrantIssued, GrantRefused, GrantRevoked
from asepsis.core.ports import UNSEEN, Peer
from asepsis.core.types import Limit, Purpose
from asepsis.identity import CallerIdentifier, GrantsConfig, IdentityConfig, Issuer, RoleOf
from asepsis.identity.callers import certificate_thumbprint
from asepsis.identity.config import Caller, TrustDomain, WorkloadRule
from asepsis.identity.errors import Refused
from asepsis.identity.exchange import Asking, Exchange, Tools
from asepsis.identity.grants import acting, digest
from asepsis.infra.clock import SystemClock
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds
from asepsis.testing.issuer import TestIssuer
from asepsis.testing.keys import NamedKeys
from asepsis.testing.proofs import Prover
from asepsis.testing.randomness import SeededRandomness
from asepsis.testing.workloads import TestDomain

SERVER, GATEWAY = "https://asepsis.example", "https://gateway.example"
ACCESS = "urn:ietf:params:oauth:token-type:access_token"
KEY = "sk-agent"


class Rows:
    """Grants in memory."""

    def __init__(self):
        self.rows, self.told = {}, []

    def held(self, handle, /):
        return self.rows.get(handle)

    def add(self, row, told, /):
        if row.parent and any(one.grant == row.parent and one.revoked for one in self.rows.values()):
            return False
        self.rows[row.handle] = row
        self.told.append(told)
        return True

    def revoke(self, grants, told, now, /, *, tenant):
        for handle, row in self.rows.items():
            if row.grant in grants:
                self.rows[handle] = msgspec.structs.replace(row, revoked=now)
        self.told.append(told)
        return 1


class Memory(set):
    def first(self, value, /, *, seconds):
        fresh = value not in self
        self.add(value)
        return fresh


class Digester:
    def digest(self, kind, value, /, *, tenant):
        return f"{kind}|{value}|{tenant}"


class Desk:
    def __init__(self, *, roster=True, **changes):
        self.clock, self.issuer, self.rows, self.refused = ManualClock(), TestIssuer(), Rows(), []
        corp = Issuer(
            "corp", self.issuer.name, "asepsis", "f", "portal", roles=(RoleOf("g-care", "care-manager"),),
        )  # fmt: skip
        keys = [(KEY, "svc-agent"), ("sk-other", "svc-other")]
        callers = tuple(Caller(hashlib.sha256(key.encode()).hexdigest(), "agents", name) for key, name in keys)
        config = IdentityConfig(anonymous="demo", callers=callers, issuers=(corp,))
        self.known = CallerIdentifier(
            config, tenant="t", clock=self.clock, keys={"corp f": self.issuer.key_set()},
        )  # fmt: skip
        tools = Tools(
            self.clock, SequentialIds(), SeededRandomness(), NamedKeys(), Digester(), Memory(),
            lambda tenant, told: self.refused.append((tenant, told)),
        )  # fmt: skip
        settings = GrantsConfig(**{"issuer": SERVER, "gateway": GATEWAY} | changes)
        self.exchange = Exchange(settings, self.rows, lambda: self.known, tools, tenant="t", roster=roster)

    @property
    def now(self):
        return self.clock.now() // 1000

    def token(self, who="ann", **claims):
        said = {"groups": ["g-care"], "purpose_of_use": "TREAT"} | claims
        return self.issuer.token(who, now=self.now, **said)

    def ask(
        self, subject=None, *, actor=KEY, scope="model.invoke", proof="", basic="", details=None, peer=UNSEEN, **more
    ):
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token": self.token() if subject is None else subject,
            "subject_token_type": ACCESS,
            **({"actor_token": actor, "actor_token_type": ACCESS} if actor else {}),
            **({"scope": scope} if scope else {}),
            **({"authorization_details": json.dumps([{"type": "asepsis_session", **details}])} if details else {}),
            **more,
        }
        form = {name: value for name, value in form.items() if value is not None}
        return self.exchange.token(Asking(urlencode(form).encode(), basic, proof, peer))

    def no(self, *given, **more):
        with pytest.raises(Refused) as caught:
            self.ask(*given, **more)
        assert self.refused.pop() == ("t", GrantRefused(caught.value.code))
        return caught.value.code


@pytest.fixture
def desk():
    return Desk()


def basic(name, key):
    return "Basic " + base64.b64encode(f"{name}:{key}".encode()).decode()


def test_an_agent_gets_a_grant_to_act_for_a_user(desk):
    issued = desk.ask()
    who = issued.grant.principal
    assert (who.id, who.on_behalf_of.id) == ("svc-agent", "corp:ann")
    assert who.on_behalf_of.claims == (("purpose", "TREAT"), ("role", "care-manager"))
    assert issued.handle.startswith("asg_")
    assert len(issued.handle) == 47
    row = desk.rows.held(digest(issued.handle))
    assert (row.grant, row.principal) == (issued.grant.id, "svc-agent")
    (told,) = desk.rows.told
    assert told == GrantIssued(
        issued.grant.id, "", ("principal|svc-agent|t", "principal|corp:ann|t"), Purpose.TREATMENT, ("model.invoke",),
        0, bound=False, expires=issued.grant.expires,
    )  # fmt: skip


def test_the_handle_is_kept_nowhere(desk):
    issued = desk.ask()
    assert issued.handle.encode() not in msgspec.json.encode([*desk.rows.rows.values(), *desk.rows.told])


def test_the_agent_may_say_who_it_is_as_oauth_clients_do(desk):
    assert desk.ask(actor=None, basic=basic("svc-agent", KEY)).grant.principal.id == "svc-agent"
    assert desk.no(actor=None, basic=basic("svc-other", KEY)) == "invalid_client"
    assert desk.no(actor=None, basic=basic("svc-agent", "wrong")) == "invalid_client"
    assert desk.no(actor=None, basic=f"Bearer {KEY}") == "invalid_client"
    assert desk.no(actor=None, basic="Basic ???") == "invalid_client"
    assert desk.no(basic=basic("svc-agent", KEY)) == "invalid_request"


def test_a_grant_lasts_no_longer_than_what_it_comes_from(desk):
    assert desk.ask().grant.expires == (desk.now + 300 + 30) * 1000
    assert desk.ask(details={"minutes": 2}).grant.expires == (desk.now + 120) * 1000
    parent = desk.ask(details={"minutes": 2}).handle
    assert desk.ask(parent, actor=None, details={"minutes": 60}).grant.expires == (desk.now + 120) * 1000


def test_a_grant_is_bound_to_the_certificate_that_was_shown_and_so_is_what_is_narrowed(desk):
    shown, other = Peer("::1", b"der"), Peer("::1", b"other")
    parent = desk.ask(peer=shown)
    assert parent.grant.bound == f"x5t#S256:{certificate_thumbprint(b'der')}"
    assert desk.ask(parent.handle, actor=None, peer=shown).grant.bound == parent.grant.bound
    assert desk.no(parent.handle, actor=None) == "invalid_dpop_proof"
    assert desk.no(parent.handle, actor=None, peer=other) == "invalid_dpop_proof"
    assert desk.no(parent.handle, actor="sk-other", peer=other) == "invalid_dpop_proof"
    details = {"may_act": ["svc-other"]}
    named = desk.ask(parent.handle, actor=None, peer=shown, details=details)
    assert desk.ask(named.handle, actor="sk-other", peer=other).grant.bound != parent.grant.bound


def test_where_grants_have_to_be_bound_a_certificate_is_enough():
    desk = Desk(bound=True)
    assert desk.no() == "invalid_dpop_proof"
    assert desk.ask(peer=Peer("", b"der")).grant.bound


def test_the_workload_whose_certificate_was_shown_acts(desk):
    domain = TestDomain()
    pem = domain.certificate("/ns/claims/a").decode()
    der = ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN CERT") :])
    rule = WorkloadRule("/ns/claims/*", "agents")
    trusted = TrustDomain("plan.example", "bundle.json", (rule,))
    corp = Issuer("corp", desk.issuer.name, "asepsis", "f", "portal", roles=(RoleOf("g-care", "care-manager"),))
    keys = {"corp f": desk.issuer.key_set(), trusted.source: domain.bundle()}
    desk.clock.advance(milliseconds=SystemClock().now() - desk.clock.now())  # when certificates of tests are good
    desk.known = CallerIdentifier(
        IdentityConfig(issuers=(corp,), trust_domains=(trusted,)),
        tenant="t", clock=desk.clock, keys=keys, shown="plan.example",
    )  # fmt: skip
    token = desk.token()
    issued = desk.ask(token, actor=None, peer=Peer("::1", der))
    assert (issued.grant.principal.id, issued.grant.principal.on_behalf_of.id) == (
        "spiffe://plan.example/ns/claims/a", "corp:ann",
    )  # fmt: skip
    assert desk.no(token, actor=None, peer=Peer("::1", b"another")) == "invalid_client"


def test_a_sub_agent_gets_less_than_the_agent(desk):
    parent = desk.ask(scope="model.invoke:m* tool.call", details={"members": ["1", "2"]})
    issued = desk.ask(parent.handle, actor="sk-other", scope="model.invoke:m-3", details={"members": ["2"]})
    chain, who = [], issued.grant.principal
    while who is not None:
        chain.append(who.id)
        who = who.on_behalf_of
    assert chain == ["svc-other", "svc-agent", "corp:ann"]
    assert (issued.grant.parent, issued.grant.members) == (parent.grant.id, ("2",))


def test_a_child_is_never_broader_than_its_parent(desk):
    parent = desk.ask(scope="model.invoke:m*", details={"members": ["1"]}).handle
    assert desk.no(parent, actor=None, scope="model.invoke") == "invalid_scope"
    assert desk.no(parent, actor=None, scope="tool.call") == "invalid_scope"
    assert desk.no(parent, actor=None, scope="", details={"members": ["2"]}) == "invalid_authorization_details"
    assert desk.no(parent, actor=None, scope="", details={"purpose": "HRESCH"}) == "invalid_target"


@pytest.mark.parametrize("subject", ["", "nothing", "asg_unknown", "a.b.c"])
def test_what_does_not_hold_is_exchanged_for_nothing(desk, subject):
    assert desk.no(subject) == "invalid_grant"
    assert desk.no(actor=subject or "x") in ("invalid_grant", "invalid_request")


def test_a_token_for_somebody_else_is_exchanged_for_nothing(desk):
    assert desk.no(desk.token(aud="other")) == "invalid_grant"
    assert desk.no(desk.token(exp=desk.now - 60, iat=desk.now - 100)) == "invalid_grant"
    assert desk.no(desk.issuer.token("ann", now=desk.now, typ="JWT")) == "invalid_grant"


def test_a_handle_says_not_who_acts(desk):
    assert desk.no(actor=desk.ask().handle) == "invalid_request"


def test_a_grant_that_was_given_back_is_exchanged_for_nothing(desk):
    parent = desk.ask()
    desk.exchange.revoke(Asking(urlencode({"token": parent.handle}).encode()))
    assert desk.rows.told[-1] == GrantRevoked(parent.grant.id, "principal|svc-agent|t", 1, "holder")
    with pytest.raises(Refused, match="expected a grant that was not taken back"):
        desk.ask(parent.handle, actor=None)
    desk.exchange.revoke(Asking(urlencode({"token": "asg_unknown"}).encode()))
    assert len(desk.rows.told) == 2


def test_a_grant_whose_time_is_up_is_exchanged_for_nothing(desk):
    parent = desk.ask()
    desk.clock.advance(milliseconds=parent.grant.expires - desk.clock.now())
    with pytest.raises(Refused, match="expected a grant that has time left"):
        desk.ask(parent.handle, actor=None)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": None}, "unsupported_grant_type"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"}, "invalid_request"),
        ({"subject_token_type": None}, "invalid_request"),
        ({"actor_token_type": "urn:ietf:params:oauth:token-type:saml2"}, "invalid_request"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"scope": "model.invoke  tool.call"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": " ".join(f"tool.call:t{number}" for number in range(65))}, "invalid_scope"),
        ({"resource": "https://other.example"}, "invalid_target"),
        ({"audience": "x"}, "invalid_target"),
        ({"authorization_details": "{"}, "invalid_authorization_details"),
        ({"authorization_details": "[]"}, "invalid_authorization_details"),
        ({"authorization_details": '[{"type":"other"}]'}, "invalid_authorization_details"),
        ({"authorization_details": '[{"type":"asepsis_session","x":1}]'}, "invalid_authorization_details"),
        ({"authorization_details": '[{"type":"asepsis_session","minutes":0}]'}, "invalid_authorization_details"),
        ({"authorization_details": "[" * 5000}, "invalid_authorization_details"),
        ({"authorization_details": "\ud800".encode("utf-8", "surrogatepass")}, "invalid_request"),
    ],
)
def test_a_request_that_is_wrong_is_refused_in_oauths_words(desk, changes, code):
    assert desk.no(**changes) == code


def test_the_gateway_may_be_named_as_the_resource(desk):
    assert desk.ask(resource=GATEWAY)


@pytest.mark.parametrize("form", [b"scope=a&scope=b", b"\xff", b"&".join(b"f%d=1" % number for number in range(40))])
def test_a_form_that_is_none_is_refused(desk, form):
    with pytest.raises(Refused) as caught:
        desk.exchange.token(Asking(form))
    assert caught.value.code == "invalid_request"


def test_members_are_limited_only_where_they_can_be_told():
    assert Desk(roster=False).no(details={"members": ["1"]}) == "invalid_authorization_details"


def test_a_proof_binds_the_grant_to_its_key():
    desk, prover = Desk(bound=True), Prover()
    assert desk.no() == "invalid_dpop_proof"
    proof = prover.proof("POST", f"{SERVER}/oauth/token", now=desk.now)
    assert desk.ask(proof=proof).grant.bound == prover.key.thumbprint()
    assert desk.no(proof=proof) == "invalid_dpop_proof"
    assert desk.no(proof=prover.proof("POST", f"{SERVER}/other", now=desk.now)) == "invalid_dpop_proof"


def test_a_stolen_handle_is_narrowed_only_by_who_has_its_key(desk):
    prover, address = Prover(), f"{SERVER}/oauth/token"
    parent = desk.ask(proof=prover.proof("POST", address, now=desk.now)).handle
    assert desk.no(parent, actor=None) == "invalid_dpop_proof"
    assert desk.no(parent, actor=None, proof=Prover().proof("POST", address, now=desk.now)) == "invalid_dpop_proof"
    child = desk.ask(parent, actor=None, proof=prover.proof("POST", address, now=desk.now))
    assert child.grant.bound == prover.key.thumbprint()


def assertion(desk, typ="oauth-id-jag+jwt", **claims):
    said = {"aud": SERVER, "client_id": "svc-agent", "scope": "model.invoke tool.call", "groups": ["g-care"]} | claims
    return desk.issuer.token("ann", now=desk.now, typ=typ, **said)


def asserted(desk, token, **more):
    kind = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    return {"grant_type": kind, "assertion": token, "subject": None, "subject_token_type": None} | more


def test_an_identity_assertion_is_exchanged_once_for_what_the_provider_admits(desk):
    token = assertion(desk)
    issued = desk.ask(**asserted(desk, token, scope=""))
    assert (issued.grant.principal.id, issued.grant.principal.on_behalf_of.id) == ("svc-agent", "corp:ann")
    assert issued.grant.scope == ("model.invoke", "tool.call")
    assert desk.no(**asserted(desk, token, scope="")) == "invalid_grant"


@pytest.mark.parametrize(
    ("claims", "more", "code"),
    [
        ({"client_id": "svc-other"}, {}, "invalid_grant"),
        ({"aud": "asepsis"}, {}, "invalid_grant"),
        ({"typ": "at+jwt"}, {}, "invalid_grant"),
        ({"act": {"sub": "x"}}, {}, "invalid_grant"),
        ({"cnf": {"x5t#S256": certificate_thumbprint(b"der")}}, {}, "invalid_grant"),
        ({}, {"scope": "data.embed"}, "invalid_scope"),
        ({"scope": None}, {"scope": ""}, "invalid_scope"),
        ({}, {"actor": None}, "invalid_client"),
    ],
)
def test_an_assertion_for_another_server_client_or_scope_is_not(desk, claims, more, code):
    assert desk.no(**asserted(desk, assertion(desk, **claims), **more)) == code


def test_an_assertion_is_no_access_token_and_the_other_way_round(desk):
    assert desk.no(assertion(desk)) == "invalid_grant"
    assert desk.no(**asserted(desk, desk.token(aud=SERVER, client_id="svc-agent"))) == "invalid_grant"


def test_a_grant_brings_its_budgets_and_those_of_all_above_it(desk):
    parent = desk.ask(details={"budget": {"tokens": 500, "members": 3}})
    child = desk.ask(parent.handle, actor=None, details={"budget": {"tokens": 900}}).grant
    ends = parent.grant.expires
    assert child.budgets == (
        Limit(parent.grant.id, "tokens", 500, ends),
        Limit(parent.grant.id, "members", 3, ends),
        Limit(child.id, "tokens", 900, ends),
    )
    assert ("budget", f"{parent.grant.id} tokens 500 {ends}") in acting(child).claims
    assert desk.no(details={"budget": {"tokens": -1}}) == "invalid_authorization_details"
    assert desk.no(details={"budget": {"minutes": 1}}) == "invalid_authorization_details"


def test_a_plan_goes_with_a_grant_and_the_record_has_its_digest_alone(desk):
    plan = {"steps": [{"tool": "claims__note", "origins": [{"path": "text", "value": "Dana called"}], "times": 2}]}
    parent = desk.ask(details={"plan": plan})
    assert parent.grant.plan.steps[0].times == 2
    assert len(desk.rows.told[-1].plan) >= 32
    assert b"Dana" not in canonical.encode(desk.rows.told[-1])
    assert desk.ask(parent.handle, actor=None).grant.plan == parent.grant.plan
    more = {"steps": [{"tool": "claims__note"}]}
    assert desk.no(parent.handle, actor=None, details={"plan": more}) == "invalid_authorization_details"
    assert desk.no(details={"plan": {"steps": [{"tool": ""}]}}) == "invalid_authorization_details"
    assert desk.no(details={"plan": {"steps": [{"tool": "t"}] * 65}}) == "invalid_authorization_details"


def test_members_are_counted_only_where_they_can_be_told():
    assert Desk(roster=False).no(details={"budget": {"members": 1}}) == "invalid_authorization_details"


def test_the_record_says_how_far_a_grant_goes_and_repeats_no_name(desk):
    desk.ask(scope="model.invoke tool.call:123-45-6789")
    assert desk.rows.told[-1].scope == ("model.invoke", "tool.call:scope|123-45-6789|t")
