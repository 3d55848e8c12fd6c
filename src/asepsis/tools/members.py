"""Whom a call of a tool is about, and whether the caller's grant is about them too.

1. Arguments that name members say whom, and so does what is found in any argument, where there is a roster to tell by.
2. A grant for some members reaches nobody else: neither by name, nor by words in another argument, nor by a result.
3. A tool whose results are confidential and that is asked for nobody by name may answer about anybody, so that such a
   grant does not reach it.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from asepsis.core.errors import InputError
from asepsis.core.ports import Clue, Digester, Resolver, Scanner
from asepsis.core.types import Kind, Part, PartKind, Principal
from asepsis.tools.shapes import leaves
from asepsis.tools.types import ArgumentRole, Json, Manifest, outer

__all__ = ["About", "Members"]

_IDENTIFIERS: Final = (Kind.HEALTH_PLAN_ID, Kind.MRN, Kind.SSN)


class About(NamedTuple):
    """Whom a call is about, as keyed digests; `beyond` says that this is more than the caller's grant is about."""

    digests: frozenset[str]
    beyond: bool


class Members:
    """Tells members; without a roster, and what finds clues in text, by their names in arguments alone."""

    def __init__(self, digester: Digester, resolver: Resolver | None = None, scanner: Scanner | None = None) -> None:
        self._digester = digester
        self._resolver = resolver
        self._scanner = scanner

    def key(self, text: str, /) -> str:
        """Returns the key of the member whom an argument names, the text itself where no roster knows better."""
        text = text.strip()
        found = self._resolved([Clue(kind, text) for kind in _IDENTIFIERS], frozenset())
        return found[0] if len(found) == 1 else text

    def about(self, who: Principal, manifest: Manifest, arguments: dict[str, Json], /) -> About:
        """Returns whom a call is about; what can't be read is beyond any grant for some."""
        granted = _granted(who)
        try:
            found = list(leaves(arguments, known=manifest.takes))
        except InputError:
            return About(self._keyed(who, granted), bool(granted))
        named = {self.key(str(one.value)) for one in found if _names(manifest, one.path)}
        said = self._resolved(self._clues([str(one.value) for one in found if isinstance(one.value, str)]), granted)
        everybody = named | set(said)
        beyond = bool(granted) and (not everybody <= granted or (not named and bool(manifest.answers)))
        return About(self._keyed(who, everybody | granted), beyond)

    def told(self, who: Principal, result: Json, /) -> About:
        """Returns whom a result is about, where a roster tells; one that nobody can read is beyond a grant for some."""
        granted = _granted(who)
        if self._resolver is None:
            return About(frozenset(), beyond=False)
        try:
            texts = [str(one.value) for one in leaves(result)]
        except InputError:
            return About(frozenset(), bool(granted))
        found = frozenset(self._resolved(self._clues(texts), granted))
        return About(self._keyed(who, found), bool(granted) and not found <= granted)

    def _clues(self, texts: list[str]) -> list[Clue]:
        if self._scanner is None or self._resolver is None or not texts:
            return []
        parts = [Part(PartKind.TEXT, str(number), text) for number, text in enumerate(texts)]
        found = zip(texts, self._scanner.scan(parts), strict=True)
        return [Clue(one.kind, text[one.start : one.end]) for text, findings in found for one in findings]

    def _resolved(self, clues: list[Clue], among: frozenset[str]) -> tuple[str, ...]:
        if self._resolver is None or not clues:
            return ()
        return self._resolver.resolve(clues, among=among).members

    def _keyed(self, who: Principal, members: Iterable[str]) -> frozenset[str]:
        return frozenset(self._digester.digest("member", one, tenant=who.tenant) for one in members)


def _granted(who: Principal) -> frozenset[str]:
    return frozenset(value for name, value in who.claims if name == "member")


def _names(manifest: Manifest, path: str) -> bool:
    while path:
        known = manifest.parts.get(path)
        if known is not None:
            return known.role is ArgumentRole.SUBJECT
        path = outer(path)
    return False
