"""The flow monitor for tool calls in models' answers, where an agent's own runtime makes them.

1. A request brings its whole past along. The monitor is rebuilt from it, and kept for the request that goes on from
   there: what happened before is the same, by digest, or it is another conversation.
2. The user's words count where the application's word is taken (`speaking`); of all others every word is anybody's.
3. Tools are those of the manifests, by the names that agents see, and those that a request defines, as drafted.
4. What speaks against a call is told with the digest of just this call, so that people can be asked about it.
5. Arguments that the schema in the request does not allow are denied, whatever the monitor says and whoever approves.

6. What the model said counts as what nobody knows, unless it was said in an answer that went through here while nothing
   untrusted was read: whoever sums a conversation up in the model's role may leave out what it had read. That is
   remembered in the process, for the newest answers; forgotten, a conversation is one that has read something.

7. What a request says of tools that no manifest is of was written by whoever offers them, and the model reads it: where
   it speaks to the model, or hides something, anybody's words were read before all else.

The monitor is built when an answer has a call, or something was read before it.
"""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from asepsis.core import canonical
from asepsis.core.errors import Bug, Error
from asepsis.core.labels import Category
from asepsis.core.plans import Plan
from asepsis.core.ports import Called
from asepsis.core.types import Principal, Verdict
from asepsis.tools.conversations.calls import Calling, Wanted, said, thought, wanted
from asepsis.tools.conversations.declared import Declared
from asepsis.tools.conversations.telling import Telling
from asepsis.tools.conversations.transcripts import Happened, Heard, Missed, Other, Said, Seen, happened
from asepsis.tools.draft import draft
from asepsis.tools.fitting import RULE, Effort
from asepsis.tools.flow.monitor import Monitor
from asepsis.tools.flow.provenance import Resting
from asepsis.tools.flow.types import Flow
from asepsis.tools.outlined import outlined
from asepsis.tools.planning import granted
from asepsis.tools.poison import scan
from asepsis.tools.types import Argument, ArgumentRole, Effect, Json, Manifest, Tool

__all__ = ["Conversation", "Conversations"]

_KEPT: Final = 64
_POISON: Final = frozenset({"hidden", "orders", "other_tool", "encoded"})
"""What is suspicious in words that nobody confirmed; an address, or a word such as password, many tools have."""
_DRAFTED: Final = 256
_MOST_TOOLS: Final = 1_000
_DOES: Final = frozenset({Effect.WRITE, Effect.EGRESS, Effect.IRREVERSIBLE})
_CODE: Final = (Argument("input", ArgumentRole.CODE),)
_SHOWN: Final = 20
_REMEMBERED: Final = 20_000
_ROOM: Final = 1 << 22
"""How many bytes of schemas are kept."""


class _Tools(NamedTuple):
    """The tools of a request: a digest of what it says of them, their manifests, their schemas, and `poisoned`.

    That says whether a tool that nobody confirmed has more to say than what it does.
    """

    digest: str
    manifests: tuple[Manifest, ...]
    schemas: Declared
    poisoned: bool


class Conversations:
    """Implements the port of the same name, for any thread that asks."""

    def __init__(
        self,
        manifests: Sequence[Manifest],
        *,
        watched: Callable[[str], bool],
        speaking: Callable[[str], bool],
    ) -> None:
        """`watched` and `speaking` say which applications' calls are watched, and whose word is taken."""
        self._manifests = {one.name: one for one in manifests}
        self._watched = watched
        self._speaking = speaking
        self._drafts: OrderedDict[str, _Tools] = OrderedDict()
        self._kept: OrderedDict[bytes, Monitor] = OrderedDict()
        self._clean: OrderedDict[bytes, None] = OrderedDict()
        self._lock = threading.Lock()
        self._lock_of_drafts = threading.Lock()

    def of(self, who: Principal, surface: str, document: Mapping[str, Json], /) -> "Conversation | None":
        """Returns the conversation that a request goes on with, None where its application is not watched."""
        return Conversation(self, who, surface, document) if self._watched(who.application) else None

    def tools(self, document: Mapping[str, Json], /) -> _Tools:
        """Returns the tools of a request."""
        defined = _defined(document)[:_MOST_TOOLS]
        said = [_tool(one) for one in defined]
        free = frozenset(tool.name for tool, one in zip(said, defined, strict=True) if _is_free(one))
        form = _form(said)
        digest = hashlib.sha256(form + _form(sorted(free))).hexdigest()
        found = self._drafts.get(digest)
        if found is None:
            drafted = [self._manifests.get(one.name) or _drafted(one, free=one.name in free) for one in said]
            missing = self._manifests.keys() - {one.name for one in drafted}
            manifests = (*drafted, *(self._manifests[name] for name in sorted(missing)))
            poisoned = _poisoned([one for one in said if one.name not in self._manifests])
            found = _Tools(digest, manifests, Declared(form), poisoned)
            self._keep(found)
        return found

    def _keep(self, tools: _Tools) -> None:
        with self._lock_of_drafts:
            self._drafts[tools.digest] = tools
            room = _ROOM - sum(one.schemas.size for one in self._drafts.values())
            while len(self._drafts) > _DRAFTED or (room < 0 and len(self._drafts) > 1):
                room += self._drafts.popitem(last=False)[1].schemas.size

    def against(self, who: Principal, tools: _Tools, past: Sequence[Happened], calls: Sequence[Wanted]) -> list[Called]:
        """Returns calls with what speaks against each after what happened."""
        effort = Effort()
        wrong = [tools.schemas.misfit(call, effort) for call in calls]
        with self._lock:
            monitor = self._monitor(who, tools, past)
            if any(call.ran for call in calls):
                # What the provider's tools answered stands in no request so far, so this monitor is not kept either.
                self._kept.popitem()
                monitor.overhear("what the provider's own tools answered")
            flows = _flows(monitor, calls, granted(who))
            return [
                Called(call.tool, Verdict.DENY, RULE, said) if said else _called(call, flow, tools.manifests, monitor)
                for call, flow, said in zip(calls, flows, wrong, strict=True)
            ]

    def sources(
        self,
        who: Principal,
        tools: _Tools,
        past: Sequence[Happened],
        answer: Sequence[tuple[int, str]],
    ) -> list[tuple[int, Resting]]:
        """Returns which sentences of an answer's numbered texts rest on what anybody may have written."""
        with self._lock:
            monitor = self._monitor(who, tools, past)
            return [(at, one) for at, text in answer for one in monitor.sources(text)]

    def clean(self, who: Principal, tools: _Tools, past: Sequence[Happened]) -> bool:
        """Whether nothing untrusted happened."""
        if not self._speaking(who.application) or any(isinstance(one, Other) for one in past):
            return False
        if any(isinstance(one, Seen | Missed) for one in past):
            with self._lock:
                return not self._monitor(who, tools, past).untrusted
        return all(_digest(who, one.text) in self._clean for one in past if isinstance(one, Said))

    def remember(self, who: Principal, texts: Iterable[str]) -> None:
        """Takes it that a model said these while nothing untrusted was read."""
        with self._lock:
            for text in filter(None, texts):
                self._clean[_digest(who, text)] = None
                self._clean.move_to_end(_digest(who, text))
            while len(self._clean) > _REMEMBERED:
                self._clean.popitem(last=False)

    def _take(self, who: Principal, monitor: Monitor, one: Happened) -> None:
        if isinstance(one, Seen):
            monitor.see(one.tool, one.arguments, one.result)
        elif isinstance(one, Missed):
            monitor.see(one.tool, one.arguments, None, missed=True)
        elif isinstance(one, Heard) and self._speaking(who.application):
            monitor.hear(one.text)
        elif not (isinstance(one, Said) and (not one.text.strip() or _digest(who, one.text) in self._clean)):
            monitor.overhear(one.text)

    def _monitor(self, who: Principal, tools: _Tools, past: Sequence[Happened]) -> Monitor:
        """The monitor of all that happened, which is the one of less that happened where that is known."""
        speaks = self._speaking(who.application)
        plan = granted(who)
        planned = plan.digest if plan is not None else ""
        state = hashlib.sha256(_form((who.tenant, who.id, who.application, speaks, tools.digest, planned))).digest()
        chain = [state]
        for one in past:
            state = hashlib.sha256(state + _form((type(one).__name__, *one))).digest()
            chain.append(state)
        known = next((at for at in range(len(past), -1, -1) if chain[at] in self._kept), 0)
        monitor = self._kept.pop(chain[known], None)
        if monitor is None:
            monitor = Monitor(tools.manifests)
            if plan is not None:
                monitor.seal(plan)
        for one in past[known:]:
            self._take(who, monitor, one)
        self._kept[chain[-1]] = monitor
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return monitor


class Conversation:
    """One request and its answer. The past is read at once, for a request is changed on its way."""

    def __init__(
        self, conversations: Conversations, who: Principal, surface: str, document: Mapping[str, Json]
    ) -> None:
        self._conversations = conversations
        self._who = who
        self._tools = conversations.tools(document)
        told = (Other("what the request says of its tools"),) if self._tools.poisoned else ()
        self._past = (*told, *happened(surface, document))
        self._calling = Calling()
        self._telling = Telling(self._rows, self._remember) if self._has_read or self._tools.manifests else None

    @property
    def labels(self) -> frozenset[Category]:
        """The categories of the results that the request holds, as the manifests have them."""
        read = {one.tool for one in self._past if isinstance(one, Seen)}
        return frozenset[Category]().union(*(one.answers for one in self._tools.manifests if one.name in read))

    def answered(self, document: Mapping[str, Json], /) -> Sequence[Called]:
        """Returns the calls that a whole answer wants made, with what speaks against each."""
        self._remember((*said(document), *thought(document)))
        return self._against(wanted(document))

    def sources(self, document: Mapping[str, Json], /) -> str:
        """Returns, as JSON in ASCII, which sentences of a whole answer rest on what anybody may have written.

        Each has the number of its text in the answer, where it begins and ends there, and places. Empty for none, and
        where nothing was read.
        """
        self._remember(thought(document))
        rows = self._rows(list(enumerate(said(document))))
        return json.dumps(rows, separators=(",", ":")) if rows else ""

    def hold(self, chunk: bytes, /) -> bytes:
        """Takes bytes of a streamed answer, and returns those that may go on by now.

        What ends a text tells, in a field of its own, what `sources` does of a whole answer.
        """
        return self._told(self._calling.hold(chunk))

    def calls(self, chunk: bytes, /) -> bool:
        """Whether the stream speaks of a call by now, with the bytes that come next."""
        return self._calling.speaks(chunk)

    def ended(self) -> Sequence[Called]:
        """Returns the calls that a streamed answer wants made, with what speaks against each."""
        return self._against(self._calling.wanted())

    def release(self) -> bytes:
        """Returns what was held."""
        return self._told(self._calling.release())

    @property
    def _has_read(self) -> bool:
        """Whether anything but the user's words and the model's own was read."""
        return any(not isinstance(one, Heard | Said) for one in self._past)

    def _remember(self, texts: Iterable[str]) -> None:
        """Keeps what the model says, where nothing untrusted was read before."""
        if self._tools.manifests and self._conversations.clean(self._who, self._tools, self._past):
            self._conversations.remember(self._who, texts)

    def _told(self, events: bytes) -> bytes:
        return self._telling.told(events) if self._telling is not None else events

    def _rows(self, answer: Sequence[tuple[int, str]]) -> list[Json]:
        self._remember(text for _, text in answer)
        if not self._has_read:
            return []
        found = self._conversations.sources(self._who, self._tools, self._past, answer)
        return [{"text": at, "start": one.start, "end": one.end, "from": one.places} for at, one in found[:_SHOWN]]

    def _against(self, calls: Sequence[Wanted]) -> Sequence[Called]:
        return self._conversations.against(self._who, self._tools, self._past, calls) if calls else ()


def _flows(monitor: Monitor, calls: Sequence[Wanted], plan: Plan | None) -> list[Flow]:
    """What holds for the calls of one answer: each as if those before it had begun."""
    found: list[Flow] = []
    begun: list[tuple[str, str]] = []
    for call in calls:
        flow = _decided(monitor, call, plan)
        found.append(flow)
        if flow.verdict is Verdict.ALLOW and call.arguments is not None and not call.ran:
            one = monitor.once(call.tool, call.arguments, within=plan)
            if monitor.begin(call.tool, one):
                begun.append((call.tool, one))
    for tool, one in reversed(begun):
        monitor.unmake(tool, one)
    return found


def _decided(monitor: Monitor, call: Wanted, plan: Plan | None) -> Flow:
    """What holds for a call; one that was made already is policy's to judge, by its name."""
    if call.ran:
        return Flow(Verdict.ALLOW)
    return monitor.unreadable() if call.arguments is None else monitor.decide(call.tool, call.arguments, within=plan)


def _called(call: Wanted, flow: Flow, manifests: Sequence[Manifest], monitor: Monitor) -> Called:
    rule = flow.doubts[0].rule.value if flow.doubts else ""
    if call.arguments is None:
        return Called(call.tool, flow.verdict, rule, flow.reason)
    manifest = next((one for one in manifests if one.name == call.tool), None)
    try:
        origins = monitor.origins(call.tool, call.arguments) if flow.verdict is Verdict.ASK else {}
        pieces = outlined(manifest, call.arguments, origins)
        digest = canonical.digest((call.tool, call.arguments))
    except Error:
        return Called(call.tool, flow.verdict, rule, flow.reason)
    return Called(call.tool, flow.verdict, rule, flow.reason, digest, pieces)


def _digest(who: Principal, text: str) -> bytes:
    """What tells whose model said a text, however it is spaced."""
    said = "\0".join((who.tenant, who.id, who.application, " ".join(text.split())))
    return hashlib.blake2b(said.encode(errors="replace"), digest_size=16).digest()


def _form(value: object) -> bytes:
    return msgspec.json.encode(value, order="deterministic")


def _defined(document: Mapping[str, Json]) -> list[dict[str, Json]]:
    """The tools and functions that a request defines, each as its surface writes it."""
    found: list[dict[str, Json]] = []
    for name in ("tools", "functions"):
        given = document.get(name)
        found += [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    return found


def _tool(said: dict[str, Json]) -> Tool:
    function = said.get("function", said.get("custom"))
    one = function if isinstance(function, dict) else said
    schema = one.get("parameters", one.get("input_schema", {}))
    name, description = one.get("name", _named(said)), one.get("description", "")
    return Tool(str(name), str(description), schema if isinstance(schema, dict) else {})


def _named(said: dict[str, Json]) -> str:
    """The name of a tool that has none, as its calls have it: `local_shell_call`, `computer_call`."""
    return f"{str(said.get('type', '')).removesuffix('_use_preview')}_call"


def _is_free(said: dict[str, Json]) -> bool:
    """Whether a tool takes what no schema tells: a text of any form, or what its provider says that it takes."""
    return (said.get("type") or "function") != "function" and "input_schema" not in said


def _drafted(tool: Tool, *, free: bool) -> Manifest:
    """The draft of a tool; one whose schema can't be read is known by its name alone, with the strictest parts.

    What a `free` one takes may be a program, whatever its name says.
    """
    try:
        found = draft(tool)
    except Bug:
        raise
    except Error:
        found = draft(Tool(tool.name))
    does = (found.effects | _DOES) - {Effect.READ}
    return msgspec.structs.replace(found, effects=does, arguments=_CODE) if free else found


def _poisoned(tools: Sequence[Tool]) -> bool:
    """Whether anything is suspicious in what tools say; what can't be read is."""
    try:
        return any(one.rule in _POISON for one in scan(tools))
    except Bug:
        raise
    except Error:
        return True
