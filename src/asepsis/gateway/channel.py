"""One stream of text inside an answer, guarded with a bounded hold-back.

A channel keeps back what the scanner does not call settled, so that nothing is released before it was scanned and no
finding is split by a border between chunks. What the client gets does not depend on how the text was cut.
"""

from collections.abc import Callable
from typing import Final

from asepsis.core.ports import Clue, Scanner
from asepsis.core.types import Finding, Part, PartKind, Role
from asepsis.deid.restore import Restorer
from asepsis.gateway.errors import Denied
from asepsis.gateway.keeping import spared
from asepsis.gateway.splice import JsonState, Replace, splice
from asepsis.gateway.walk import label

__all__ = ["HELD_LIMIT", "Channel"]

HELD_LIMIT: Final = 65_536
"""How many characters a channel holds back before it closes; far above what any rule of ours needs."""


_CLUES: Final = 4096


class Channel:
    """Guards one channel. `found` is called with the findings that became final, in order.

    `original` is what came, `guarded` what scanning left of it, and `released` has values in the place of tokens where
    `restore` says so.
    """

    __slots__ = (
        "_buffer",
        "_clues",
        "_edge",
        "_found",
        "_fresh",
        "_json",
        "_kept",
        "_part",
        "_replace",
        "_restore",
        "_restorer",
        "_scanner",
        "guarded",
        "original",
        "released",
        "size",
    )

    def __init__(  # noqa: PLR0913 each is a collaborator, and the optional ones are named at the call
        self,
        scanner: Scanner,
        replace: Replace,
        found: Callable[[list[Finding]], None],
        /,
        *,
        place: str,
        json: bool,
        restore: Callable[..., Restorer | None] | None = None,
        clues: list[Clue] | None = None,
        keep: bool = False,
    ) -> None:
        self._scanner = scanner
        self._replace = replace
        self._restore = restore
        self._clues = clues
        self._kept: list[str] | None = [] if keep else None
        self._restorer: Restorer | None = None
        self._found = found
        self._part = Part(PartKind.TEXT, place, "", Role.ASSISTANT, label(Role.ASSISTANT))
        self._json = JsonState() if json else None
        self._buffer = ""
        self._edge = 0
        self._fresh = 0
        self.size = 0
        self.original: list[str] = []
        self.released: list[str] = []
        self.guarded: list[str] = self.released if restore is None else []

    @property
    def place(self) -> str:
        """Where the text stands."""
        return self._part.place

    @property
    def said(self) -> str:
        """What is to be kept of the text: what was let through, as it came but for what may not be kept in any form."""
        return "".join(self._kept or ())

    @property
    def restores(self) -> bool:
        """Whether values come back in this text."""
        return self._restore is not None

    @property
    def held(self) -> int:
        """How many characters are held back."""
        return len(self._buffer) - self._edge

    def feed(self, text: str, /) -> str:
        """Takes more text and returns what may be released by now; raises Denied when too much is held back.

        A long text that is held back is scanned again only once it has grown by an eighth, so that the work stays in
        proportion to the text.
        """
        if not text:
            return ""
        self.original.append(text)
        self.size += len(text)
        self._buffer += text
        self._fresh += len(text)
        if self._fresh < len(self._buffer) - self._edge >> 3:
            return ""
        self._fresh = 0
        findings, settled, keep = self._scanner.scan_open(self._with(self._buffer))
        settled = max(self._edge, settled)
        out = self._release(findings, settled, keep=keep)
        if len(self._buffer) > HELD_LIMIT:
            raise Denied("gateway.stream.held", f"more than {HELD_LIMIT} characters would be held back")
        return out

    def finish(self) -> str:
        """Ends the text and returns the rest of it."""
        out = ""
        if self.held:
            (findings,) = self._scanner.scan([self._with(self._buffer)])
            out = self._release(findings, len(self._buffer), keep=len(self._buffer))
        rest = self._restorer.finish() if self._restorer is not None else ""
        if rest:
            self.released.append(rest)
        return out + rest

    def _with(self, text: str) -> Part:
        part = self._part
        return Part(part.kind, part.place, text, part.role, part.label)

    def _restored(self, text: str) -> str:
        """Puts values back in the place of their tokens."""
        if self._restore is not None and self._restorer is None:
            self._restorer = self._restore(json=False)
        return text if self._restorer is None else self._restorer.feed(text)

    def _release(self, findings: tuple[Finding, ...], upto: int, *, keep: int) -> str:
        edge = self._edge
        if findings or self._json is not None:
            final = [one for one in findings if edge <= one.start < upto]
            if final:
                self._found(final)
                if self._clues is not None and len(self._clues) < _CLUES:
                    self._clues += [Clue(one.kind, self._buffer[one.start : one.end]) for one in final]
            out = splice(self._buffer, final, self._replace, start=edge, end=upto, json=self._json)
        else:
            out = self._buffer[edge:upto]
        if self._kept is not None:
            self._kept.append(spared(self._buffer, findings, start=edge, end=upto))
        keep = min(keep, upto)
        if keep:
            self._buffer = self._buffer[keep:]
        self._edge = upto - keep
        if out:
            if self._restore is not None:
                self.guarded.append(out)
                out = self._restored(out)
            self.released.append(out)
        return out
