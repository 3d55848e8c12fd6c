"""A console over a log in memory."""

import asyncio
import hashlib
import json
from urllib.parse import parse_qsl, quote, urlsplit

import httpx
import msgspec
import pytest
from joserfc.jwk import KeySet
from starlette.applications import Starlette

from asepsis.console.access import Office
from asepsis.console.config import Access, ConsoleConfig, SignIn
from asepsis.console.cookies import Cookies
from asepsis.console.desk import Desk as DeskOf
from asepsis.console.door import Visitors
from asepsis.console.pages import Pages
from asepsis.console.people import People
from asepsis.console.readiness import Readiness
from asepsis.console.service import Console, Entrance, Logs
from asepsis.console.sessions import Sessions, Tools
from asepsis.console.signing_in import Outside, SigningIn
from asepsis.console.tellers import Tellers
from asepsis.console.toolservers import ToolServers
from asepsis.core.errors import NotTrusted, Unavailable
from asepsis.core.labels import Category
from asepsis.core.ports import Entry
from asepsis.core.types import (
    Action,
    Count,
    Decision,
    DecisionInput,
    Kind,
    Outline,
    PartKind,
    Piece,
    Purpose,
    Role,
    Verdict,
)
from asepsis.identity.config import Issuer, RoleOf
from asepsis.infra import database
from asepsis.infra.approvals import ApprovalRows
from asepsis.infra.delegations import DelegationRows
from asepsis.infra.elevations import ElevationRows
from asepsis.infra.outbox import Outbox
from asepsis.infra.sessions import SessionRows
from asepsis.infra.spent import Spent
from asepsis.infra.telemetry.tail import Tails
from asepsis.lab.issuer import LabIssuer
from asepsis.policy.answers import Rules
from asepsis.policy.approvals import Approvals
from asepsis.policy.approvals import Tools as ApprovalTools
from asepsis.policy.delegation import Delegations
from asepsis.policy.docket import Docket
from asepsis.policy.elevation import Elevations
from asepsis.policy.rota import Rota
from asepsis.policy.types import Rule
from asepsis.testing.calls import Calls
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds
from asepsis.testing.randomness import SeededRandomness

QUESTION = DecisionInput(
    "local",
    Action.MODEL_INVOKE,
    "lab:rep",
    "demo",
    Purpose.PAYMENT,
    "openai.chat",
    "lab-assistant",
    "lab",
    found=(Count(Kind.SSN, 2),),
    labels=(Category.HIV,),
    members=1,
)
ASK = Decision(
    Verdict.ASK,
    "topics need an approval",
    ("limits.topics",),
    "b",
    duties=("ask:privacy-office", "clock:72h 29 CFR 2560.503-1"),
    approvable=True,
)
SHOWN = Outline(
    ("memberdigest",),
    (
        Piece("messages[0].content", Role.SYSTEM, PartKind.TEXT, 1200),
        Piece("messages[1].content", Role.USER, PartKind.TEXT, 40, (Count(Kind.SSN, 2),)),
        Piece("messages[2].content[0].image", Role.TOOL, PartKind.OPAQUE, 9, opaque="image"),
        Piece("recipient", Role.ASSISTANT, PartKind.TEXT, 9, origin="result 1 of `list_faxes` [0].body, untrusted"),
    ),
    more=3,
)
SIGN_IN = SignIn("lab", "asepsis-console")
ROLES = (
    RoleOf("g-privacy", "privacy"),
    RoleOf("g-directors", "director"),
    RoleOf("g-audit", "auditor"),
    RoleOf("g-care", "nurse"),
)
ISSUER = Issuer("lab", "http://lab/issuer", "asepsis", "f", "demo", roles=ROLES)
ACCESS = (
    Access("auditor"),
    Access("nurse"),
    Access("privacy", "approve", ("privacy-office",)),
    Access("director", "approve", ("medical-directors",)),
)


class MemoryLog:
    """A log that grows in memory; `damaged` makes reading fail as damaged bytes would."""

    def __init__(self):
        self.written = []
        self.damaged = False

    def write(self, *events):
        for event in events:
            self.written.append(Entry(len(self.written), event.encode()))

    def size(self):
        return len(self.written)

    def entries(self, start):
        if self.damaged:
            raise NotTrusted("a durable entry does not hold")
        yield from self.written[start:]


class Desk:
    """A console, its log, and a client that asks it."""

    def __init__(self):
        self.log = MemoryLog()
        self.logs = {"local": self.log}
        self.tails = Tails(self.logs.__getitem__)
        self.calls = Calls()
        self.stop = asyncio.Event()
        self.ready = {"writer": True, "gateway": True}
        checks = {name: self._checker(name) for name in self.ready}
        self.readiness = Readiness(checks)
        self.told = []
        self.pages = Pages(size=5, gateway="http://127.0.0.1:8080", tools="http://127.0.0.1:8082/mcp")
        self.console = Console(
            ConsoleConfig(calls=20, page=5, viewers=2),
            Logs("local", lambda: sorted(self.logs), self.tails.shared),
            self.pages,
            readiness=self.readiness,
            metrics=lambda: (b"asepsis_calls_total 1\n", "text/plain; version=0.0.4"),
            stop=self.stop,
            servers=ToolServers([("plan", "plan.toml"), ("claims", "claims.toml")], lambda: self.told),
            entrance=self.entrance(),
        )
        self.board = self.console.board
        transport = httpx.ASGITransport(self.console.application())
        self.client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8081")

    def entrance(self):
        """Who may come in: whoever reaches it."""
        return

    def write(self, *events):
        """Puts events into the log and onto the board."""
        start = len(self.log.written)
        self.log.write(*events)
        for one in self.tails.alone("local").reads(start):
            self.board.take(one)

    def _checker(self, name):
        async def check():
            return self.ready[name]

        return check


@pytest.fixture
async def desk():
    desk = Desk()
    async with desk.client:
        yield desk


RAW = msgspec.Raw(b"{}")


class Templates:
    """Policies that let nurses break the glass."""

    def __init__(self, templates):
        self.templates = templates

    def decide(self, question):
        return Decision(Verdict.ALLOW if "nurse" in question.roles else Verdict.DENY, "")


class PlainKeys:
    def key(self, name, /, *, tenant):
        return hashlib.sha256(f"{name}-{tenant}".encode()).digest()


class PlainDigester:
    def digest(self, kind, value, /, *, tenant):
        return f"{kind}-{value}"


class Front(Desk):
    """A console that people sign in to by the lab's provider, all in memory but for the sessions' rows."""

    ADDRESS = "http://127.0.0.1:8081"

    def __init__(self, engine, spent, *, address=ADDRESS):
        self.clock = ManualClock(now=1_800_000_000_000)
        self.address = address
        lab = LabIssuer("http://lab/issuer", clock=self.clock, ids=SequentialIds())
        self.lab = lab
        self.provider = httpx.AsyncClient(transport=httpx.ASGITransport(Starlette(routes=lab.routes())))
        self.outbox = Outbox(engine, clock=self.clock, ids=SequentialIds())
        self.away = False
        self.api = {}
        randomness = SeededRandomness(seed=5)
        tools = Tools(self.clock, randomness, PlainDigester())
        self.sessions = Sessions(SessionRows(engine, self.outbox), tools, SIGN_IN, tenant="local")
        self.cookies = Cookies(address, b"k" * 32, randomness)
        self.people = People(ACCESS, SIGN_IN)
        approvals = Approvals(
            lambda: ApprovalRows(engine, self.outbox),
            Rules((), Rota(())),
            ApprovalTools(self.clock, SequentialIds(), PlainDigester(), PlainKeys(), Spent(spent)),
            minutes=15,
        )
        self.approvals = approvals
        templates = {
            "access.cover": Rule(
                "access.cover",
                permits=True,
                reason="covers",
                place="",
                cedar=RAW,
                minutes=60,
                duties=("ask:privacy-office",),
            ),
            "access.glass": Rule(
                "access.glass", permits=True, reason="help", place="", cedar=RAW, minutes=30, glass=True
            ),
        }
        in_force = Templates(templates)
        self.elevations = Elevations(
            ElevationRows(engine, self.outbox), approvals.answers, approvals._tools, lambda: in_force, tenant="local"
        )
        rows, key = DelegationRows(engine, self.outbox), approvals.answers.desk("local")
        self.delegations = Delegations(rows, key, approvals._tools, tenant="local")
        tellers = Tellers(self.people, self.delegations)
        self.rooms = Office(self.elevations, tellers, "demo", self.clock)
        self.office = DeskOf(approvals, Docket(approvals, tenant="local"), tellers, "local", 2)
        super().__init__()

    def ask(self, action="a" * 32, *, decision=ASK, outline=SHOWN, **more):
        """Has a call wait for an approval; returns its case."""
        question = msgspec.structs.replace(QUESTION, **more)
        return self.approvals.approval(question, decision, action, outline)

    async def post(self, path, **fields):
        """Posts a form of the session."""
        form = {"form": self.person().secret, **fields}
        return await self.client.post(path, data=form, headers={"origin": self.address})

    def entrance(self):
        outside = Outside(self._fetch, self._post, self._keys, lambda: "", self.clock, SeededRandomness(seed=6))
        signing = SigningIn(
            SIGN_IN, ISSUER, self.address, sessions=self.sessions, cookies=self.cookies, outside=outside
        )
        caller = lambda headers, peer: self.api.get(dict(headers).get("authorization"))  # noqa: E731 it is a table
        visitors = Visitors(self.people, caller, sessions=self.sessions, cookies=self.cookies, origin=self.address)
        return Entrance(visitors, signing, self.office, self.rooms)

    async def sign_in(self, user, *, to="/", mfa=False, again=False):
        """Goes through signing in as a browser does; returns the last answer."""
        begun = await self.client.get(f"/sign-in?to={quote(to, safe='')}{'&again=yes' if again else ''}")
        asked = dict(parse_qsl(urlsplit(begun.headers["location"]).query))
        form = {"asked": json.dumps(asked), "user": user, **({"mfa": "yes"} if mfa else {})}
        back = await self.provider.post("http://lab/issuer/login", data=form)
        return await self.client.get(back.headers["location"])

    def person(self):
        """Who the client is now."""
        return self.sessions.person(self.client.cookies.get("asepsis-session", ""), used=False)

    def _keys(self):
        return json.dumps(KeySet([self.lab._key]).as_dict(private=False))

    async def _fetch(self, url, most):
        if self.away:
            raise Unavailable("expected an answer in time")
        return (await self.provider.get(url)).content

    async def _post(self, url, form, headers):
        answer = await self.provider.post(url, data=form, headers=headers)
        if answer.status_code != 200:
            raise Unavailable(f"expected status 200, got {answer.status_code}")
        return answer.content


@pytest.fixture
def engine(tmp_path):
    url = f"sqlite:///{tmp_path}/c.db"
    database.upgrade(url)
    made = database.connect(url)
    yield made
    made.dispose()


@pytest.fixture
async def front(engine, tmp_path):
    front = Front(engine, tmp_path / "spent")
    async with front.client, front.provider:
        yield front
