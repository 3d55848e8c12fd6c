"""Putting values back where their tokens stand, in a text that comes in pieces. Sans-io.

A token is turned back only where it was issued to this scope, whole, and in text for the reader. It stays a token

1. in arguments of a tool of another party and in what was fetched (`Channel.TOOL`, `Channel.FETCHED`), and
2. in a web address, where showing the value would send it away: behind `:/`, `//`, `www.`, a scheme, a host with a
   path or the `](` of a Markdown link, up to white space; in the target of a definition of Markdown; inside an HTML
   tag; behind an address that was put back itself; and where a word, a host or an address goes on behind the token.

INVARIANT: what comes out does not depend on how the text was cut. `HOLD` is the most characters that are held back.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from typing import Final

from asepsis.core.errors import NotTrusted
from asepsis.core.events import VaultRevealed
from asepsis.core.types import Count, Kind
from asepsis.deid import standing
from asepsis.deid.addresses import Address
from asepsis.deid.quoting import Quoting
from asepsis.deid.tokens import LONGEST, PATTERN
from asepsis.deid.types import Channel, Issued, Reveal

__all__ = ["HOLD", "Restorer"]

_AHEAD: Final = 2
_WORD: Final = "xx"
"""What stands for a value that is put back, where addresses are followed."""
HOLD: Final = LONGEST + _AHEAD
"""The most characters held back: a token that is not whole yet, and what says whether an address goes on behind it."""

_OPEN: Final = re.compile(r"\[[A-Za-z]{0,10}(?:_[A-Za-z]{0,10}){0,3}\Z", re.ASCII)
_BEHIND: Final = re.compile(r"[A-Za-z0-9]|\.\w|@|:[/\\0-9]|%|[?#&=]\w")

_READABLE: Final = frozenset({Channel.READER, Channel.READER_JSON})


class Restorer:
    """Puts values back into one text. `shown` counts them by kind, `tokens` by token."""

    def __init__(
        self,
        values: Mapping[str, Issued],
        reveal: Reveal,
        /,
        *,
        tenant: str,
        channel: Channel = Channel.READER,
    ) -> None:
        """Takes a scope's tokens in small letters; raises NotTrusted when the right is another tenant's."""
        if reveal.question.tenant != tenant:
            raise NotTrusted("expected a decision of the scope's own tenant", code="vault_reveal")
        self._values = values
        self._reveal = reveal
        self._channel = channel
        self._buffer = ""
        self._address = Address(json=channel is Channel.READER_JSON)
        self._quoting = Quoting()
        self.shown: Counter[Kind] = Counter()
        self.tokens: Counter[str] = Counter()

    @property
    def held(self) -> int:
        """How many characters are held back."""
        return len(self._buffer)

    def feed(self, text: str, /) -> str:
        """Takes more text and returns what may go on by now."""
        if self._channel not in _READABLE or not self._values:
            return text
        self._buffer += text
        return self._release(self._safe())

    def finish(self) -> str:
        """Ends the text and returns the rest of it."""
        return self._release(len(self._buffer))

    def whole(self, text: str, /) -> str:
        """Returns a text of its own, which does not go on what came before, with its values back."""
        self._address = Address(json=self._channel is Channel.READER_JSON)
        self._quoting = Quoting()
        return self.feed(text) + self.finish()

    def stood(self, form: standing.Form, text: str, /) -> str | None:
        """Returns the value for which a stand-in stands in a place of a form, None for what is none."""
        issued = self._values.get(standing.key(form, text))
        return None if issued is None else self._counted(issued)

    def event(self, scope: str, /) -> VaultRevealed | None:
        """Returns what happened, for the ledger; None where nothing was shown. `scope` is the scope's digest."""
        if not self.shown:
            return None
        counts = tuple(sorted(Count(kind, number) for kind, number in self.shown.items()))
        question = self._reveal.question
        return VaultRevealed(scope, question.purpose, self._reveal.decision, question, counts)

    def _safe(self) -> int:
        """How far the buffer can be decided whatever follows."""
        text = self._buffer
        at = text.find("[", max(0, len(text) - HOLD))
        while at >= 0:
            found = PATTERN.match(text, at)
            if (found and len(text) - found.end() < _AHEAD) or _OPEN.match(text, at):
                return at
            at = text.find("[", at + 1)
        return len(text)

    def _release(self, upto: int) -> str:
        text = self._buffer
        out: list[str] = []
        at = 0
        for found in PATTERN.finditer(text, 0, upto) if "[" in text else ():
            issued = self._values.get(found[0].lower())
            if issued is None:
                continue
            before = text[at : found.start()]
            self._follow(before)
            self._quoting.token()
            kept = self._address.inside or _goes_on(text[found.end() : found.end() + _AHEAD])
            # What is put back leaves no brackets, so tokens side by side make no link.
            self._address.follow(found[0] if kept else _WORD)
            if not kept and issued.kind is Kind.URL:
                self._address.enter()
            out += (before, found[0] if kept else self._shown(issued))
            at = found.end()
        rest = text[at:upto]
        self._follow(rest)
        out.append(rest)
        self._buffer = text[upto:]
        return "".join(out)

    def _follow(self, text: str) -> None:
        self._quoting.follow(text)
        if self._channel is Channel.READER:
            self._address.json = self._quoting.in_json
        self._address.follow(text)

    def _counted(self, issued: Issued) -> str:
        self.shown[issued.kind] += 1
        self.tokens[issued.token] += 1
        return issued.value

    def _shown(self, issued: Issued) -> str:
        value = self._counted(issued)
        for _ in range(self._quoting.level if self._channel is Channel.READER else 1):
            value = json.dumps(value, ensure_ascii=False)[1:-1]
        return value


def _goes_on(behind: str) -> bool:
    """Whether an address may go on; other forms of a dot are dots to whoever looks a host up (UTS 46, 4.5)."""
    if not behind.isascii():
        behind = unicodedata.normalize("NFKC", behind).replace("\u3002", ".")
    return _BEHIND.match(behind) is not None
