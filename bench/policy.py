"""CPU per decision: ours, raw Cedar, and Rego in process, on the same request in one run.

    make bench-policy

120 policies, 1,000 entities, full context; once for one principal and once for an act chain of three. Every question is
another one, and what the engine answered is forgotten before each, so that nothing is remembered; *engine's answers
remembered* is as it runs, where those alike are answered once. Rego runs in a virtual environment of its own, `.venv-bench-policy`, made here
when it is missing. One JSON line each; read ratios.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import cedarpy
import msgspec

from asepsis.core.labels import Category
from asepsis.core.types import Action, Actor, Count, DecisionInput, Kind, Purpose
from asepsis.policy.bundle import read
from asepsis.policy.engine import CedarPolicy
from asepsis.policy.question import context, request
from asepsis.policy.rules import house, schema

ROOT = Path(__file__).resolve().parent.parent
REGO = ROOT / ".venv-bench-policy"
REGO_VERSION = "1.5.2"
POLICIES, ENTITIES, ROUNDS = 120, 1000, 2000
HEAD = b"""name = "bench"
version = "1"
author = "a"
created = "2026-01-01"
expires = "2030-01-01"
[[providers]]
upstream = "cloud"
region = "us-east"
baa_until = "2029-01-01"
"""
ACTIONS = ("model.invoke", "tool.call", "data.embed", "model.reveal")


def policies():
    for number in range(POLICIES):
        action = ACTIONS[number % len(ACTIONS)]
        effect = "forbid" if number % 6 == 5 else "permit"
        when = (
            'context.purpose == "HPAYMT" && context.members < 5'
            if effect == "permit"
            else f"context.members > {90 + number}"
        )
        yield (
            f'@id("p{number}")\n@reason("so")\n{effect} (principal in Asepsis::Role::"role{number}",'
            f' action == Asepsis::Action::"{action}", resource) when {{ {when} }};'
        )


def _role(name):
    return {"type": "Asepsis::Role", "id": name}


def entities():
    """Roles in departments in one plan, and models in groups."""
    for number in range(ENTITIES // 2):
        yield {"uid": _role(f"role{number}"), "parents": [_role(f"department{number % 25}")]}
    for number in range(25):
        yield {"uid": _role(f"department{number}"), "parents": [_role("plan")]}
    yield {"uid": _role("plan")}
    for number in range(ENTITIES // 2 - 26):
        yield {
            "uid": {"type": "Asepsis::Model", "id": f"m{number}"},
            "parents": [{"type": "Asepsis::ModelGroup", "id": f"g{number % 9}"}],
        }


def question(number, chain=()):
    found = tuple(Count(kind, 1 + number) for kind in (Kind.DATE, Kind.MRN, Kind.NAME, Kind.SSN))
    return DecisionInput(
        "local", Action.MODEL_INVOKE, f"p{number % 100}", "chat", Purpose.PAYMENT, "openai.chat", f"m{number % 50}", "cloud",
        found=found, roles=("role0", "role4", "role8"), labels=(Category.HIV, Category.MENTAL_HEALTH), members=1 + number % 4,
        day=20261126, on_behalf_of=chain,
    )  # fmt: skip


def timed(work, rounds=ROUNDS):
    for number in range(200):
        work(number)
    start = time.process_time()
    for number in range(200, 200 + rounds):
        work(number)
    return (time.process_time() - start) * 1e6 / rounds


def say(name, microseconds):
    print(json.dumps({"name": name, "us_per_decision": round(microseconds, 1)}), flush=True)
    return microseconds


def rego():
    if not (REGO / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(REGO)], check=True)
        subprocess.run([REGO / "bin" / "pip", "install", "-q", f"regopy=={REGO_VERSION}"], check=True)
    parents = {one["uid"]["id"]: [two["id"] for two in one.get("parents", [])] for one in entities()}
    asked = [msgspec.to_builtins(question(number)) for number in range(60)]
    made = json.dumps({"parents": parents, "policies": POLICIES, "actions": ACTIONS, "asked": asked})
    out = subprocess.run([REGO / "bin" / "python", "-c", PEER], input=made, capture_output=True, text=True, check=True)
    return float(out.stdout)


PEER = """
import json, sys, time
from regopy import Interpreter
given = json.load(sys.stdin)
rules = ["package asepsis", "import rego.v1", "default allow := false",
    "roles := graph.reachable(data.parents, {one | some one in input.roles})"]
for number in range(given["policies"]):
    action = given["actions"][number % len(given["actions"])]
    deny = number % 6 == 5
    when = f"input.members > {90 + number}" if deny else 'input.purpose == "HPAYMT"; input.members < 5'
    rules.append(f'{"deny" if deny else "permit"} contains "p{number}" if {{ input.action == "{action}"; "role{number}" in roles; {when} }}')
rules.append("allow if { count(permit) > 0; count(deny) == 0 }")
rego = Interpreter()
rego.add_data({"parents": given["parents"]})
rego.add_module("asepsis", "\\n".join(rules))
def ask(one):
    rego.set_input(one)
    return rego.query("data.asepsis.allow; data.asepsis.permit")
assert "true" in str(ask(given["asked"][0])).lower()
start = time.process_time()
for one in given["asked"]:
    ask(one)
print((time.process_time() - start) * 1e6 / len(given["asked"]))
"""


def main():
    listed = list(entities())
    text = "\n".join(policies())
    bundle, faults = read({"bundle.toml": HEAD, "p.cedar": text.encode(), "entities.json": msgspec.json.encode(listed)})
    assert not faults, faults[0]
    policy = CedarPolicy(bundle)
    chain = (Actor("agent", ("role12",)), Actor("ann", ("role0", "role16")))
    decision = policy.decide(question(0, chain))
    assert decision.verdict == 1, decision

    def anew(asked):
        policy._answers.clear()
        return policy.decide(asked)

    one = say("asepsis, one principal", timed(lambda number: anew(question(number))))
    three = say("asepsis, an act chain of three", timed(lambda number: anew(question(number, chain))))
    again = CedarPolicy(bundle)
    for name, behind in (("one principal", ()), ("an act chain of three", chain)):
        work = timed(lambda number, behind=behind: again.decide(question(number, behind)))
        say(f"asepsis, {name}, the engine's answers remembered", work)
    known = question(1)
    say("asepsis, a question asked before", timed(lambda _: policy.decide(known), 20_000))
    whole = [{"attrs": {}, "parents": [], **entity} for entity in listed]
    rules = {rule.id: rule.cedar for rule in (*house(), *bundle.rules)}
    tree = msgspec.json.encode({"templates": {}, "staticPolicies": rules, "templateLinks": []}).decode()
    handles = cedarpy.PolicySet.from_json_str(tree), cedarpy.Entities.from_json_str(json.dumps(whole))
    provider = bundle.meta.providers[0]

    def raw(number):
        asked = question(number)
        principal = {
            "uid": {"type": "Asepsis::Principal", "id": asked.principal},
            "attrs": {"tenant": "local"},
            "parents": [{"type": "Asepsis::Role", "id": role} for role in asked.roles],
        }
        added = handles[1].with_added_json_str(json.dumps([principal]))
        return cedarpy.is_authorized(
            dict(request(asked, context(asked, provider, approved=False))), handles[0], added, schema()
        )

    assert raw(0).allowed
    bare = say("cedarpy with handles, all policies and entities", timed(raw, 300))
    words = tree, json.dumps(whole)
    text_each = say(
        "cedarpy from text each time",
        timed(
            lambda number: cedarpy.is_authorized(
                dict(request(question(number), context(question(number), provider, approved=False))), text, words[1]
            ),
            20,
        ),
    )
    peer = say("regopy", rego())
    print(
        json.dumps(
            {
                "name": "ratios to asepsis, one principal",
                "cedarpy with handles": round(bare / one, 1),
                "cedarpy from text": round(text_each / one, 1),
                "regopy": round(peer / one, 1),
                "chain of three": round(three / one, 2),
            }
        )
    )
    policy = CedarPolicy(bundle)
    start = time.process_time()
    for asked in [question(number) for number in range(500)]:
        anew(asked)
    print(json.dumps({"name": "500 questions not asked before", "ms": round((time.process_time() - start) * 1e3, 1)}))
    policy = CedarPolicy(bundle)
    some = sorted(Category)[:9]
    classes = [
        msgspec.structs.replace(question(0), labels=tuple(one for at, one in enumerate(some) if number >> at & 1))
        for number in range(500)
    ]
    start = time.process_time()
    for asked in classes:
        policy.decide(asked)
    spent = time.process_time() - start
    assert len(policy._answers) >= len(classes)
    print(json.dumps({"name": "500 label classes of one principal", "ms": round(spent * 1e3, 1)}))


main()
