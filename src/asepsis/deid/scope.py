"""A scope's memory: which value got which token or surrogate. Pure and in memory; it implements `Transformer`.

1. Before a text is transformed it is shown (`observe`), so that nothing drawn stands in it already.
2. `replacement` gives the same for the same value, and for one value never what another has.
3. `pending` is what was issued since the last `saved`; it has to be kept before a token leaves.

A token is one spelling of one value, so that what comes back is exactly what was there. Dates move by a number of days
that is drawn once for each subject, so that intervals stay; what can't be replaced is masked.
"""

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from asepsis.core.errors import Bug, Unavailable
from asepsis.core.ports import Clock
from asepsis.core.types import Finding, Kind, ObligationKind
from asepsis.deid import dates, generalise, standing, surrogates, tokens
from asepsis.deid.dice import Dice, Draws
from asepsis.deid.people import people
from asepsis.deid.restore import Restorer
from asepsis.deid.service import Masker
from asepsis.deid.types import Channel, Issued, Reveal, Scope

__all__ = ["LARGEST", "Memory", "year"]

LARGEST: Final = 100_000
"""The most values that a scope remembers; a scope that is full takes no more."""

_ATTEMPTS: Final = 64
_LONGER: Final = 12
"""By how many characters a code may be longer than what it stands for."""

_SHORT: Final = 4
"""Shorter numbers stand in nearly every text, which says nothing."""

_WORD: Final = re.compile(r"[\w-]+")
_MARKS: Final = re.compile(r"[\W_]+")
_AS_WRITTEN: Final = frozenset({Kind.EMAIL, Kind.IP, Kind.SECRET, Kind.URL})
_NEVER_BACK: Final = frozenset({Kind.SECRET, Kind.INJECTION, Kind.EXFIL, Kind.CANARY})
"""What no model needs to tell apart, and no reader gets again."""

_MASKER: Final = Masker()
_YEAR_MS: Final = 31_556_952_000
_WEEK: Final = 7


class Memory:
    """The memory of one scope. Not for use by two threads at a time."""

    def __init__(
        self,
        scope: Scope,
        draws: Draws,
        *,
        today: int,
        weekdays: bool = False,
        issued: Iterable[Issued] | None = None,
    ) -> None:
        """Takes the year `today`, whether days of the week stay as they are, and what a vault says was issued before.

        `reversible` says that there is a vault: stand-ins are remembered so that they can be turned back, too.
        """
        self.scope = scope
        self._draws = draws
        self.today = today
        self._step = _WEEK if weekdays else 1
        self._tokens: dict[tuple[Kind, str], str] = {}
        self._values: dict[str, Issued] = {}
        self._codes: dict[tuple[Kind, str], list[str]] = {}
        self._taken: set[str] = set()
        self._surrogates: dict[tuple[str, str, str], str] = {}
        self._given: set[str] = set()
        self._originals: set[str] = set()
        self._shifts: dict[str, int] = {}
        self._pending: list[Issued] = []
        self._seen: tuple[str, ...] = ()
        self._words: frozenset[str] | None = None
        self.kept = False
        self.reversible = issued is not None
        for one in issued or ():
            self._remember(one)
            self.kept = True

    def observe(self, texts: Iterable[str], /) -> None:
        """Takes note of the texts that are transformed next: what stands in them is never drawn."""
        self._seen = tuple(texts)
        self._words = None
        for text in self._seen:
            self._taken |= tokens.mentioned(text)

    def replacement(self, finding: Finding, text: str, /, *, do: ObligationKind) -> str:
        """Returns what stands in the place of `text`; raises Bug for a denial, Unavailable when the scope is full."""
        return self.instead(finding.kind, text, do=do)

    def instead(self, kind: Kind, text: str, /, *, do: ObligationKind, subject: str = "", part: str = "") -> str:
        """Returns what stands for a value of a kind; dates are about `subject`, a name may be `part` of one only."""
        match do:
            case ObligationKind.TOKEN:
                return self.token(kind, text)
            case ObligationKind.SURROGATE:
                new = self.surrogate(kind, text, subject=subject, part=part)
            case ObligationKind.GENERALISE:
                new = generalise.generalised(kind, text, today=self.today)
            case ObligationKind.MASK | ObligationKind.DROP:
                return _MASKER.instead(kind, do=do)
            case ObligationKind.DENY:
                raise Bug("a denied text is not transformed")
        return _MASKER.instead(kind, do=ObligationKind.MASK) if new is None else new

    def token(self, kind: Kind, text: str, /) -> str:
        """Returns the token of a value, a mask for what never comes back; raises Unavailable when the scope is full."""
        if kind in _NEVER_BACK:
            return _MASKER.instead(kind, do=ObligationKind.MASK)
        known = self._tokens.get((kind, text))
        if known is not None:
            return known
        if len(self._tokens) >= LARGEST:
            raise Unavailable(f"a scope of tokens is full at {LARGEST} values", code="vault_full")
        spellings = self._codes.get((kind, _normal(kind, text)))
        fresh = spellings is None or len(spellings) > len(tokens.SPELLINGS)
        code = self._code(kind, text) if fresh or spellings is None else _code_of(spellings[0])
        issued = Issued(tokens.written(kind, code, 0 if fresh else len(spellings or ())), kind, text)
        if fresh:
            self._codes[kind, _normal(kind, text)] = []
        self._remember(issued)
        self._pending.append(issued)
        return issued.token

    def surrogate(self, kind: Kind, text: str, /, *, subject: str = "", part: str = "") -> str | None:
        """Returns the surrogate of a value, None for what has none."""
        if kind is Kind.DATE:
            year = dates.year_of(text)
            # However far it moves, it would still show an age over 89.
            old = year is not None and generalise.reveals_age(year, today=self.today)
            return generalise.OLDEST if old else dates.shifted(text, self.shift(subject))
        if kind is Kind.AGE_OVER_89:
            return generalise.OLDEST
        if kind is Kind.NAME:
            return people().surrogate(text, self._word, part=part) or None
        return self._drawn(kind.value, _normal(kind, text), text, lambda dice: surrogates.surrogate(kind, text, dice))

    def coded(self, text: str, /) -> str:
        """Returns a code in the shape of an identifier that others refer to; the same for the same identifier.

        Of short identifiers there are few: once they are used up, codes get longer. Raises Unavailable when none is
        free.
        """
        for more in range(_LONGER):
            new = self._drawn("code", text, text, partial(surrogates.coded, text + "0" * more))
            if new is not None:
                self._stands_in("code", new, text)
                return new
        raise Unavailable("no free code was drawn for an identifier", code="vault_full")

    def stand_in(self, form: standing.Form, text: str, /) -> str | None:
        """Returns what stands for a value in a place of a form and can be turned back; None where nothing can.

        Nothing does so without a vault. Raises Unavailable when the scope is full.
        """
        if not self.reversible:
            return None
        for more in range(_LONGER):
            new = self._drawn(form, text, text, partial(standing.made, form, text, longer=more))
            if new is not None:
                self._stands_in(form, new, text)
                return new
            if form != "number":
                break
        return None

    def stands(self, form: standing.Form, text: str, /) -> bool:
        """Whether a text is a stand-in of a form in this scope."""
        return standing.key(form, text) in self._values

    def shift(self, subject: str, /) -> int:
        """Returns by how many days the dates of a subject move: up to a year either way, never none."""
        known = self._shifts.get(subject)
        if known is None:
            dice = self._draws.dice("shift", subject, 0)
            most = 364 // self._step
            known = (dice.below(most) + 1) * self._step * (1 if dice.below(2) else -1)
            self._shifts[subject] = known
        return known

    def is_token(self, text: str, /) -> bool:
        """Whether the whole text is a token of this scope, in any case."""
        return text.lower() in self._values

    def unfound(self, findings: Iterable[Finding], text: str, /) -> tuple[Finding, ...]:
        """Returns the findings that do not touch a token of this scope: what a scanner sees in tokens is none."""
        found = tuple(findings)
        if "[" not in text or not self._values or not found:
            return found
        spans = [one.span() for one in tokens.PATTERN.finditer(text) if one[0].lower() in self._values]
        return tuple(one for one in found if not any(one.start < end and start < one.end for start, end in spans))

    def restorer(self, reveal: Reveal, /, *, channel: Channel) -> Restorer:
        """Returns what puts values back; raises NotTrusted for a right in another tenant."""
        return Restorer(self._values, reveal, tenant=self.scope.tenant, channel=channel)

    def pending(self) -> tuple[Issued, ...]:
        """Returns what was issued and not yet kept."""
        return tuple(self._pending)

    def saved(self, kept: Iterable[Issued], /) -> None:
        """Says that these are kept now."""
        done = {one.token for one in kept}
        self.kept = self.kept or bool(done)
        self._pending = [one for one in self._pending if one.token not in done]

    def _stands_in(self, form: standing.Form, new: str, text: str) -> None:
        name = standing.key(form, new)
        if self.reversible and name not in self._values:
            self._values[name] = Issued(name, standing.FORMS[form], text)
            self._pending.append(self._values[name])

    def _remember(self, issued: Issued) -> None:
        stood = standing.split(issued.token)
        if stood is not None:
            form, new = stood
            self._values[issued.token] = issued
            self._surrogates[form, issued.value, issued.value] = new
            self._given.add(f"{form}\0{new.lower()}")
            return
        self._tokens[issued.kind, issued.value] = issued.token
        self._values[issued.token.lower()] = issued
        self._codes.setdefault((issued.kind, _normal(issued.kind, issued.value)), []).append(issued.token)
        self._taken.add(_code_of(issued.token))

    def _code(self, kind: Kind, text: str) -> str:
        for attempt in range(_ATTEMPTS):
            code = tokens.code(
                self._draws.dice("token", f"{kind.value}:{_normal(kind, text)}", attempt), attempt=attempt
            )
            if code not in self._taken:
                self._taken.add(code)
                return code
        raise Unavailable("no free code was drawn for a token", code="vault_full")

    def _word(self, word: str, role: str, make: Callable[[Dice], str]) -> str:
        # A word is one person's name wherever it stands: alone it can't be told whether it is given or the family's.
        for other in ("given", "surname"):
            known = self._surrogates.get((other, word, word)) if role != "initial" else None
            if known is not None:
                return known
        drawn = self._drawn(role, word, word, make)
        if drawn is not None:
            return drawn
        return "".join(tokens.ALPHABET[at % len(tokens.ALPHABET)] for at in range(5)).capitalize()

    def _drawn(self, role: str, key: str, text: str, make: Callable[[Dice], str | None]) -> str | None:
        """What was drawn for a value, or is now; None where nothing can be or nothing free was found."""
        known = self._surrogates.get((role, key, text))
        if known is not None:
            return known
        if len(self._surrogates) >= LARGEST * 10:
            raise Unavailable(f"a scope of surrogates is full at {LARGEST * 10} values", code="vault_full")
        self._originals.add(text.lower())
        for attempt in range(_ATTEMPTS):
            new = make(self._draws.dice(role, key, attempt))
            if new is None:
                return None
            if role == "initial" or self._free(role, new):
                self._given.add(f"{role}\0{new.lower()}")
                self._surrogates[role, key, text] = new
                return new
        return None

    def _free(self, role: str, new: str) -> bool:
        lower = new.lower()
        if lower in self._originals or f"{role}\0{lower}" in self._given:
            return False
        return (len(new) < _SHORT and not new.isalpha()) or not self._stands(new)

    def _stands(self, new: str) -> bool:
        """Whether something stands in what is transformed: as a word of it in any case, or, if it is more, anywhere."""
        if not _WORD.fullmatch(new):
            return any(new in text for text in self._seen)
        if self._words is None:
            self._words = frozenset(word for text in self._seen for word in _WORD.findall(text.lower()))
        return new.lower() in self._words


def year(clock: Clock, /) -> int:
    """Returns the year it is."""
    return 1970 + clock.now() // _YEAR_MS


def _normal(kind: Kind, text: str) -> str:
    return text.casefold() if kind in _AS_WRITTEN else _MARKS.sub("", text).casefold() or text


def _code_of(token: str) -> str:
    """The code in a token, without its spelling."""
    parts = token.strip("[]").lower().split("_")
    return parts[-2] if len(parts[-1]) == 1 else parts[-1]
