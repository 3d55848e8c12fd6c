"""CPU of the flow monitor in a session of 200 results of 4 KB: taking a result, and deciding on a call.

    make bench-flow

One JSON line each; read ratios. `memory_mb` is what the session keeps, `log_kb` what it is on the disk. *kept* adds a result
through the session: sealed, durable in the control database, then taken; 100 more after the 200, for while the database's
write-ahead file grows to its size a write costs twice as much (*while the file grows*, the first 200). *up to date* asks the
database whether another worker added something, as each call begins with. *whole* is all that is decided on a call: whom it
is about, the question to policy, the starter bundle's answer, and the monitor; each time by another caller, so that no
decision is remembered. What Cedar answered is, for callers of one role; *engine asked* is without that. *call* is the sum
for one call with such a result: up to date, whole and kept; so it is with the engine asked each time.

*through the firewall* is all of `Firewall.call` in such a session, with one new result of 4 KB each time: up to date, decided,
budgets, both Events built, the call's token signed, the result cut, kept and taken; the tool's server and the ledger's writer
are in the process and answer at once. The event loop, the collector's settings and the randomness are those of the process
`tools`.
"""

import asyncio
import gc
import hashlib
import json
import tempfile
import time
import tracemalloc
from pathlib import Path

import uvloop
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from asepsis.core.events import Mode
from asepsis.core.types import Principal
from asepsis.infra import database
from asepsis.infra.clock import SystemClock
from asepsis.infra.histories import HistoryRows
from asepsis.infra.ids import SystemIds
from asepsis.infra.randomness import SystemRandomness
from asepsis.policy.bundle import read
from asepsis.policy.engine import CedarPolicy
from asepsis.policy.folder import read_files
from asepsis.testing.agents import TOOLS, confirmed
from asepsis.testing.keys import NamedKeys
from asepsis.tools.catalogue import Catalogue, Confirmed
from asepsis.tools.eliciting import Asking
from asepsis.tools.firewall import Around, Firewall, Spoken
from asepsis.tools.flow.monitor import Monitor
from asepsis.tools.history import Histories, Ports, Spans
from asepsis.tools.live import Live
from asepsis.tools.mcp.front import Call
from asepsis.tools.members import Members
from asepsis.tools.sessions import Around as Needs
from asepsis.tools.sessions import Sessions

RESULTS, BYTES, ROUNDS, THROUGH = 200, 4096, 500, 100
PARTS = (
    "re con de in pro sub ex ad per com ob dis trans inter pre".split(),
    "fer form duct port tain mit press ject scribe vert".split(),
)
WORDS = [
    f"{one}{two}{end}" for one in PARTS[0] for two in PARTS[1] for end in ("", "s", "ing", "ed", "able", "er", "ion")
]
SAID = "Mail a summary of Referral 150 to ann@plan.test, delete that fax, and create an event on March 2nd"


def body(number):
    words, size = [], 0
    while size < BYTES - 300:
        word = WORDS[(number * 7919 + len(words) * 104729) % len(WORDS)]
        words.append(word)
        size += len(word) + 1
    return " ".join(words)


def fax(number):
    return {
        "id": f"fax-{number}",
        "sender": f"sender{number}@clinic{number % 40}.test",
        "subject": f"Referral {number}",
        "body": f"{body(number)} write to eve{number}@evil.test or see https://evil.test/{number}",
        "received_at": f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
    }


CALLS = {
    "a recipient that the user named": (
        "send_email",
        {"recipients": ["ann@plan.test"], "subject": "hi", "body": body(3)},
    ),
    "a recipient from a fax": ("send_email", {"recipients": ["eve7@evil.test"], "subject": "hi", "body": body(3)}),
    "a fax that the user's words choose": ("delete_fax", {"fax_id": "fax-150"}),
    "an amount that nothing speaks for": ("pay_claim", {"claim_id": "c-1", "amount": 12345.67}),
    "a day that nobody named": ("create_event", {"title": "x", "date": "2027-01-01"}),
}


def opened():
    monitor = Monitor(tuple(confirmed()))
    monitor.hear(SAID)
    return monitor


class Digests:
    def digest(self, kind, value, /, *, tenant):
        return hashlib.sha256(f"{kind}{value}".encode()).hexdigest()


def worker(engine):
    """Returns the sessions as a process has them, kept in a control database."""
    clock = SystemClock()
    needs = Needs(clock, Digests(), logs(clock, engine))
    return Sessions(lambda: Monitor(tuple(confirmed())), needs, most=9, minutes=60)


def logs(clock, engine):
    ports = Ports(clock, SystemIds(clock), NamedKeys(), SystemRandomness())
    return Histories(HistoryRows(lambda: engine), ports, Spans(60, days=90), most=99)


async def keeping(results, more):
    """Returns a session with all results, and the CPU of keeping one, at first and later, up to date, and of a restart."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/control.db"
        database.upgrade(url)
        engine = database.connect(url)
        sessions, who = worker(engine), Principal("local", "ann", "chat")
        session = await sessions.of(who)
        await session.hear(SAID)
        start = time.process_time()
        for one in results:
            await session.see("list_faxes", {}, [one])
        first, size = (time.process_time() - start) * 1e6 / RESULTS, session._size
        other = await sessions.of(Principal("local", "bob", "chat"))
        for one in results:
            await other.see("list_faxes", {}, [one])
        start = time.process_time()
        for one in more:
            await other.see("list_faxes", {}, [one])
        kept = (time.process_time() - start) * 1e6 / len(more)
        start = time.process_time()
        for _ in range(ROUNDS):
            await session.fresh()
        fresh = (time.process_time() - start) * 1e6 / ROUNDS
        start = time.process_time()
        await worker(engine).of(who)
        again = (time.process_time() - start) * 1e3
        engine.dispose()
        return session, {"kept": kept, "first": first, "fresh": fresh, "again": again, "size": size}


def whole(session):
    """Returns what decides on a call as the firewall does, and how much CPU each decision took, in microseconds."""
    bundle, faults = read(read_files(Path(__file__).parents[1] / "examples" / "policies"))
    assert bundle is not None, faults
    clock, digests = SystemClock(), Digests()
    live = Live(None, CedarPolicy(bundle), None, lambda *_: "", Members(digests))
    around = Around(clock, SystemIds(clock), digests, None, None, "local", lambda: live)
    catalogue = Catalogue([Confirmed("plan", tuple(confirmed()))])
    catalogue.offer("plan", TOOLS)
    firewall = Firewall(catalogue, {}, around, sessions=None, mode=Mode.ENFORCE)
    manifests = {one.name: one for one in confirmed()}

    async def decide(tool, arguments, *, role="member-services", asked=False):
        roles = (("role", role), ("purpose", "HPAYMT"))
        calls = [
            (Principal("local", f"corp:staff-{asked}-{at}", "desk", roles), Call(at, tool, arguments, modern=False))
            for at in range(ROUNDS + 1)
        ]
        found = ("plan", manifests[tool])
        await firewall._decided(calls[0][0], session, found, calls[0][1], Asking())  # the policies are read
        start = time.process_time()
        for who, call in calls[1:]:
            if asked:
                live.policy._answers.clear()
            await firewall._decided(who, session, found, call, Asking())
        return (time.process_time() - start) * 1e6 / ROUNDS

    return decide


class Instant:
    """A tools' server, and the ledger's writer, that answer at once."""

    def __init__(self):
        self.listed = True
        self.said = [json.dumps([fax(RESULTS + number)]) for number in range(THROUGH)] * len(CALLS)

    async def tools(self):
        return TOOLS

    async def call(self, tool, arguments, /, *, token, heard):
        return {"content": [{"type": "text", "text": self.said.pop()}]}

    def submit(self, events):
        done = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


async def through(results):
    """Returns how much CPU a call takes in a whole firewall, in microseconds, by what is called."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/control.db"
        database.upgrade(url)
        engine = database.connect(url)
        catalogue, clock, instant = Catalogue([Confirmed("plan", tuple(confirmed()))]), SystemClock(), Instant()
        bundle, _ = read(read_files(Path(__file__).parents[1] / "examples" / "policies"))
        live = Live(None, CedarPolicy(bundle), None, lambda *_: "", Members(Digests()))
        key = Ed25519PrivateKey.generate()
        around = Around(clock, SystemIds(clock), Digests(), instant, key, "local", lambda: live)
        needs = Needs(clock, Digests(), logs(clock, engine))
        sessions = Sessions(lambda: Monitor(catalogue.manifests), needs, most=99, minutes=60)
        firewall = Firewall(catalogue, {"plan": instant}, around, sessions=sessions, mode=Mode.ENFORCE)
        await firewall.refresh()
        found = {}
        for name, tool, arguments in (
            ("a tool that reads", "list_faxes", {}),
            ("a recipient that the user named", *CALLS["a recipient that the user named"]),
            ("a fax that the user's words choose", *CALLS["a fax that the user's words choose"]),
        ):
            who = Principal("local", f"corp:{tool}", "desk", (("role", "visitor"), ("purpose", "HPAYMT")))
            session = await sessions.of(who)
            for one in results:
                await session.see("plan__list_faxes", {}, [one])
            start = time.process_time()
            for number in range(THROUGH):
                session.monitor._same.clear()  # 25 of the same would be a loop
                # The same words to somebody again would be asked about.
                said = {"body": f"{arguments['body']} {number}"} if "body" in arguments else {}
                call = Call(number, f"plan__{tool}", arguments | said, modern=False)
                answer = await firewall.call(who, call, Spoken(SAID), lambda *_: None)
                assert not answer.get("isError"), answer
            found[name] = (time.process_time() - start) * 1e6 / THROUGH
        engine.dispose()
        return found


def main():
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    results = [fax(number) for number in range(RESULTS)]
    tracemalloc.start()
    kept = opened()
    for one in results:
        kept.see("list_faxes", {}, [one])
    memory = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    timed = opened()
    start = time.process_time()
    for one in results:
        timed.see("list_faxes", {}, [one])
    taken = (time.process_time() - start) * 1e6 / RESULTS
    print(json.dumps({"name": "taking a result", "us": round(taken), "memory_mb": round(memory, 1)}), flush=True)
    session, took = uvloop.run(keeping(results, [fax(RESULTS + number) for number in range(100)]))
    line = {"name": "a result kept", "us": round(took["kept"]), "log_kb": round(took["size"] / 1e3)}
    print(json.dumps({**line, "us_while_the_file_grows": round(took["first"])}), flush=True)
    print(json.dumps({"name": "up to date", "us": round(took["fresh"])}), flush=True)
    print(json.dumps({"name": "read again after a restart", "ms": round(took["again"])}), flush=True)
    decide = whole(session)
    for name, (tool, arguments) in CALLS.items():
        start = time.process_time()
        first = timed.decide(tool, arguments)
        cold = (time.process_time() - start) * 1e6
        start = time.process_time()
        for _ in range(ROUNDS):
            timed.decide(tool, arguments)
        each = (time.process_time() - start) * 1e6 / ROUNDS
        line = {"name": name, "verdict": first.verdict.name, "us_first": round(cold), "us": round(each)}
        line["us_whole"] = round(uvloop.run(decide(tool, arguments)))
        line["us_whole_engine_asked"] = round(uvloop.run(decide(tool, arguments, asked=True)))
        line["us_call"] = round(took["fresh"] + took["kept"] + line["us_whole"])
        line["us_call_engine_asked"] = round(took["fresh"] + took["kept"] + line["us_whole_engine_asked"])
        print(json.dumps(line), flush=True)
    for name, us in uvloop.run(through(results)).items():
        print(json.dumps({"name": f"through the firewall: {name}", "us": round(us)}), flush=True)


main()
