"""A streamed answer under guard: server-sent events in, guarded events out; no input or output of its own.

1. Each piece of a channel goes through its hold-back (`channel`).
2. What else an event carries is scanned as a document; an event that differs from a clean one only in its channels'
   text is known to be clean.
3. Text that repeats a whole channel is replaced by what that channel released.
4. Before an event that ends channels, what they held back is released in events of their own.
5. A tool call is a decision of its own, made when its name comes.
6. An event that differs from one before it in nothing but one channel's text, byte by byte, takes a short cut (`same`):
   its text goes through the hold-back without the rest being read again.

Anything raised here closes the stream; the caller ends it in the surface's own way with `cut`.
"""

import hashlib
import re
from collections.abc import Callable, Hashable, Iterable
from typing import Final

import msgspec

from asepsis.core.ports import Clue, Scanner
from asepsis.core.types import Coverage, Finding
from asepsis.deid.restore import Restorer
from asepsis.gateway.channel import Channel
from asepsis.gateway.document import GuardedDocument, decode
from asepsis.gateway.errors import Denied
from asepsis.gateway.limits import Limits, StreamLimits
from asepsis.gateway.plan import Plan
from asepsis.gateway.readable import readable
from asepsis.gateway.same import Same
from asepsis.gateway.sse import ServerEvent, SseParser, frame
from asepsis.gateway.surfaces.types import Delta, Dialect, Document, Envelope, Usage, encode_event
from asepsis.gateway.tails import Tails, Texts, texts

__all__ = ["StreamGuard", "StreamLimits"]

_EVENT_NAME: Final = re.compile(r"[a-z_.]{0,80}")
_REMEMBERED: Final = 256


class StreamGuard:
    """Guards one stream."""

    lost: Final = False
    """Whether reading stopped and the stream goes on: never here, only where it is observed."""

    def __init__(  # noqa: PLR0913 each is a collaborator, and all are named at the call
        self,
        dialect: Dialect,
        scanner: Scanner,
        plan: Plan,
        /,
        *,
        tool: Callable[[str], None],
        admit: Callable[[tuple[str, ...]], None],
        limits: Limits,
        stream_limits: StreamLimits,
        restore: Callable[..., Restorer | None] | None = None,
        clues: list[Clue] | None = None,
        keep: bool = False,
        held: Callable[..., bytes] | None = None,
    ) -> None:
        self._dialect = dialect
        self._held = held
        self._scanner = scanner
        self._plan = plan
        self._tool = tool
        self._admit = admit
        self._restore = restore
        self._clues = clues
        self._keep = keep
        self._said: list[tuple[str, str]] = []
        self._limits = limits
        self._stream_limits = stream_limits
        self.parser = SseParser(stream_limits.event_bytes)
        self._channels: dict[Hashable, dict[Hashable, Channel]] = {}
        self._count = 0
        self._repeats: dict[str, str] = {}
        self._again: dict[str, str] = {}
        self._clean: dict[bytes, Texts] = {}
        self._tails = Tails(scanner, limits.parts)
        self._ended: set[Hashable] = set()
        self._same = Same()
        self._last: tuple[Delta | None, Channel | None] = (None, None)
        self._parts = self._scanned = 0
        self._detail = hashlib.sha256()
        self._sizes: dict[str, int] = {}
        self._characters = self._beside = 0
        self._opaque: set[str] = set()
        self.findings: list[Finding] = []
        self.usage = Usage()
        self.complete = False

    def feed(self, chunk: bytes, /) -> bytes:
        """Takes bytes of the upstream's body and returns what may be sent on; raises Denied."""
        out: list[bytes] = []
        for event in self.parser.feed(chunk):
            if self.complete:
                break
            short = self._same.match(event)
            if short is not None:
                self._tails.repeated += 1
                self._count_text(short.text)
                released = self._direct(short.delta).feed(short.text)
                if released:
                    out.append(short.frame(released))
                elif not short.text:
                    self._weigh(1)
                    out.append(short.frame(released))
                continue
            for envelope in self._event(event):
                if envelope.document is not None:
                    self._dialect.number(envelope.document)
                out.append(frame(encode_event(envelope)))
        sent = b"".join(out)
        return sent if self._held is None else self._held(sent, complete=self.complete)

    def cut(self, model: str, /, *, why: str = "") -> bytes:
        """Returns the surface's own ending of a stream closed for its content; what is held back is dropped.

        `why` is said in the field `asepsis_denied`, which clients keep with what they don't know.
        """
        ends = self._dialect.cut(model)
        for one in ends:
            if why and one.document is not None:
                one.document["asepsis_denied"] = why
        return self._close(ends)

    def fail(self, code: str, message: str, /) -> bytes:
        """Returns the surface's own word for an upstream that broke off; what is held back is dropped."""
        return self._close(self._dialect.fail(code, message))

    @property
    def said(self) -> list[tuple[str, str]]:
        """What is to be kept of the channels, by their places: what was let through, as it came."""
        still = [(one.place, one.said) for group in self._channels.values() for one in group.values()]
        return self._said + still

    def forget(self) -> None:
        """Lets go of the channels of a stream that is over: they know their stream, and would keep it."""
        self._channels.clear()
        self._last = (None, None)

    def coverage(self) -> Coverage:
        """Returns the record of what was seen and scanned.

        Its detail is that of each document, in their order, and then the length of each channel.
        """
        if not self._parts:
            return Coverage()
        sizes = dict(self._sizes)
        sizes.update((one.place, one.size) for group in self._channels.values() for one in group.values())
        detail = self._detail.copy()
        detail.update("".join(f"{place}\0{size}\n" for place, size in sorted(sizes.items())).encode())
        opaque = tuple(sorted(self._opaque))
        return Coverage(self._parts, self._characters, self._scanned, self._count, opaque, detail.hexdigest())

    def _close(self, envelopes: list[Envelope]) -> bytes:
        self.complete = True
        for envelope in envelopes:
            if envelope.document is not None:
                self._dialect.number(envelope.document)
        return b"".join(frame(encode_event(envelope)) for envelope in envelopes)

    def _event(self, event: ServerEvent) -> list[Envelope]:
        if not _EVENT_NAME.fullmatch(event.name):
            raise Denied("gateway.stream.event", "expected an event's name in lower case letters")
        if event.data == b"[DONE]":
            rest = self._flush(list(self._channels))
            self.complete = True
            return [*rest, Envelope("", None)]
        document = decode(event.data, what="an event", depth=self._limits.depth)
        self.usage = self._dialect.usage(document) or self.usage
        for name in self._dialect.tools(document):
            self._tool(name)
        deltas = self._dialect.deltas(document)
        texts = [str(delta.holder[delta.at]) for delta in deltas]
        for delta in deltas:
            delta.holder[delta.at] = ""
        ends = list(self._dialect.ends(document))
        released = [self._feed(delta, text) for delta, text in zip(deltas, texts, strict=True)]
        rest = self._flush(ends, into=(deltas, released)) if ends else []
        clean = self._other(document, deltas)
        self._dialect.guarded(document)
        for delta, text in zip(deltas, released, strict=True):
            if delta.at not in delta.holder:
                raise Denied("gateway.structure", "something was found in the name of a field")
            delta.holder[delta.at] = text
        if self._dialect.terminal(document):
            rest += self._flush(list(self._channels))
            self.complete = True
        if clean and len(deltas) == 1 and deltas[0].bare and not ends and not self.complete:
            self._same.learn(event, document, deltas[0], texts[0])
        if deltas and all(delta.bare for delta in deltas) and not any(released) and any(texts):
            return rest
        return [*rest, Envelope(event.name, document)]

    def _feed(self, delta: Delta, text: str) -> str:
        if text and delta.group in self._ended:
            raise Denied("gateway.stream.order", "text goes on in a channel that had ended")
        self._count_text(text)
        return self._channel(delta).feed(text)

    def _count_text(self, text: str) -> None:
        self._characters += len(text)
        if self._characters + self._beside > self._stream_limits.characters:
            self._weigh(0)

    def _weigh(self, size: int) -> None:
        """Counts events that carry no text, and what stands beside text: a stream without end meets a limit."""
        self._beside += size
        if self._characters + self._beside > self._stream_limits.characters:
            raise Denied(
                "gateway.limits.answer", f"the answer has more than {self._stream_limits.characters} characters"
            )

    def _direct(self, delta: Delta) -> Channel:
        """The channel of a learned event, which has not ended: what was learned is forgotten when a channel ends."""
        last, channel = self._last
        if delta is not last or channel is None:
            channel = self._channel(delta)
            self._last = (delta, channel)
        return channel

    def _channel(self, delta: Delta) -> Channel:
        group = self._channels.setdefault(delta.group, {})
        channel = group.get(delta.channel)
        if channel is None:
            self._count += 1
            self._parts += 1
            self._scanned += 1
            if self._count > self._stream_limits.channels:
                raise Denied(
                    "gateway.limits.channels", f"the answer has more than {self._stream_limits.channels} channels"
                )
            channel = Channel(
                self._scanner,
                self._plan.instead,
                self._found,
                place=f"stream[{self._count}]" + (".arguments" if delta.json else ""),
                json=delta.json,
                restore=self._restore if delta.read else None,
                clues=self._clues,
                keep=self._keep,
            )
            group[delta.channel] = channel
        return channel

    def _found(self, findings: Iterable[Finding]) -> None:
        found = list(findings)
        self.findings += found
        self._plan.check(found)

    def _flush(self, groups: list[Hashable], *, into: tuple[list[Delta], list[str]] = ([], [])) -> list[Envelope]:
        """Ends channels: their rest goes into this event where it has a slot for it, else into an event before it."""
        deltas, released = into
        slots = {delta.channel: number for number, delta in enumerate(deltas)}
        out: list[Envelope] = []
        self._same.forget()
        self._last = (None, None)
        for group in groups:
            self._ended.add(group)
            for name, channel in self._channels.pop(group, {}).items():
                rest = channel.finish()
                original = "".join(channel.original)
                self._sizes[channel.place] = channel.size
                if self._keep:
                    self._said.append((channel.place, channel.said))
                if original and len(self._repeats) < self._stream_limits.channels:
                    guarded = "".join(channel.guarded)
                    self._repeats[original] = guarded
                    if channel.restores:
                        self._again[guarded] = "".join(channel.released)
                if name in slots:
                    released[slots[name]] += rest
                elif rest:
                    out.append(self._dialect.carry(name, rest))
        return out

    def _other(self, document: Document, deltas: list[Delta]) -> bool:
        """Guards what an event carries beside its channels, whose slots are empty now; True when nothing was found."""
        shape = msgspec.json.encode(document)
        self._weigh(1 if deltas else len(shape))
        known = self._clean.get(shape)
        if known is not None:
            self._split(known)
            return True
        repeated = self._rewrite(document, self._repeats) if self._repeats and not deltas else False
        guarded = GuardedDocument(document, self._scanner, self._limits)
        self._parts += len(guarded.leaves)
        self._scanned += len(guarded.leaves) - guarded.unread
        self._detail.update(guarded.detail())
        self._characters += sum(len(leaf.part.text) for leaf in guarded.leaves)
        self._opaque.update(guarded.opaque)
        if guarded.opaque:
            self._admit(guarded.opaque)
        if not guarded.clean:
            self._found(guarded.findings)
            if self._clues is not None:
                self._clues += guarded.clues()
            guarded.apply(self._plan, strict=False)
        found = texts(guarded.leaves)
        self._split(found)
        if guarded.clean and not repeated and len(self._clean) < _REMEMBERED:
            self._clean[shape] = found
        # Values come back last: what is put in their place has been scanned, and they themselves would be found.
        repeated |= self._reread(document) if self._again and not deltas else False
        return guarded.clean and not repeated

    def _split(self, found: Texts) -> None:
        """Denies when text in one place goes on from one event to the next and a finding lies across the border.

        A shape that was learned beside other texts is forgotten: it would pass unread behind these.
        """
        if self._tails.same(found):
            return
        self._same.forget()
        for one in self._tails.follow(found):
            if self._plan.takes(one):
                raise Denied("gateway.stream.split", "a finding is spread over several events")

    def _reread(self, document: Document) -> bool:
        """Puts values back where an event repeats for the reader what a channel for the reader has said."""
        changed = False
        for holder, at in readable(document):
            instead = self._again.get(str(holder[at]))
            if instead is not None and instead != holder[at]:
                holder[at] = instead
                changed = True
        return changed

    def _rewrite(self, value: object, instead_of: dict[str, str]) -> bool:
        """Replaces each string that repeats a whole channel by what the channel made of it."""
        changed = False
        pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for at, inner in pairs:
            if isinstance(inner, str):
                instead = instead_of.get(inner)
                if instead is not None and instead != inner:
                    value[at] = instead  # type: ignore[index]  # `at` comes from the container itself
                    changed = True
            elif isinstance(inner, (dict, list)):
                changed |= self._rewrite(inner, instead_of)
        return changed
