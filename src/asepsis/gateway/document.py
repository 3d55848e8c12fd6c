"""A whole JSON document under guard: walked, scanned, and rewritten as a decision obliges."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from asepsis.core.labels import Category
from asepsis.core.ports import Clue, Scanner
from asepsis.core.types import Count, Coverage, Finding, Outline, Part, PartKind, Piece, Role
from asepsis.deid.restore import Restorer
from asepsis.gateway.borders import across, neighbours
from asepsis.gateway.errors import Denied
from asepsis.gateway.plan import Plan
from asepsis.gateway.readable import readable
from asepsis.gateway.splice import JsonState, splice
from asepsis.gateway.walk import Json, Leaf, Limits, Walk, walk
from asepsis.scan.security import bears_labels, security_labels

__all__ = ["GuardedDocument", "decode"]

_PIECES: Final = 40
_UNSAID: Final = (Role.DEFINITION, Role.PROTOCOL)


def decode(body: bytes, /, *, what: str, depth: int) -> dict[str, Json]:
    """Reads a JSON object; raises Denied for anything else. Of a repeated key only the last value is kept."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Denied("gateway.json", f"expected {what} to be JSON in UTF-8") from error
    except RecursionError as error:
        raise Denied("gateway.limits.depth", f"nesting is deeper than {depth}") from error
    if not isinstance(value, dict):
        raise Denied("gateway.json", f"expected {what} to be a JSON object")
    return value


class GuardedDocument:
    """One document and what was found in it."""

    __slots__ = ("_by_leaf", "_walk", "root")

    def __init__(self, root: Json, scanner: Scanner, limits: Limits) -> None:
        self.root = root
        self._walk: Walk = walk(root, limits)
        self._by_leaf = scanner.scan_document(self._walk.parts())
        pairs = neighbours(self._walk.leaves) if len(self._walk.leaves) > 1 else ()
        for number, share in across(scanner, self._walk.leaves, pairs) if pairs else ():
            self._by_leaf[number] = _joined(self._by_leaf[number], share)

    @property
    def findings(self) -> Sequence[Finding]:
        """All findings."""
        return [finding for found in self._by_leaf for finding in found] if any(self._by_leaf) else ()

    def clues(self) -> list[Clue]:
        """Returns what may say whom the document is about: the found texts, which nothing may remember."""
        pairs = zip(self._walk.leaves, self._by_leaf, strict=True)
        return [Clue(one.kind, leaf.part.text[one.start : one.end]) for leaf, found in pairs for one in found]

    @property
    def clean(self) -> bool:
        """Whether nothing was found and nothing is opaque."""
        return not any(self._by_leaf) and not self._walk.opaque

    @property
    def opaque(self) -> tuple[str, ...]:
        """The kinds of content that could not be read."""
        return tuple(sorted(set(self._walk.opaque))) if self._walk.opaque else ()

    @property
    def leaves(self) -> list[Leaf]:
        """The leaves, in order."""
        return self._walk.leaves

    @property
    def by_leaf(self) -> Sequence[tuple[Finding, ...]]:
        """The findings of each leaf."""
        return self._by_leaf

    @property
    def nested(self) -> Sequence[tuple[Leaf, int, int]]:
        """The leaves that hold JSON, innermost first, each with the range of the leaves inside it."""
        return self._walk.nested

    def labels(self) -> frozenset[Category]:
        """Returns how confidential the records within texts say that they are."""
        documents = [leaf.inner for leaf, _, _ in self._walk.nested if bears_labels(leaf.part.text)]
        return frozenset(label for document in documents for label in security_labels(document))

    def coverage(self, *, channels: int = 0) -> Coverage:
        """Returns the record of what was seen and scanned; its detail is the list of places and lengths."""
        seen = self._walk
        digest = hashlib.sha256(self.detail()).hexdigest()
        return Coverage(seen.seen, seen.characters, seen.seen - self.unread, channels, self.opaque, digest)

    def detail(self) -> bytes:
        """Returns what was seen, a line for each part: place, length, and what kind of opaque content it is."""
        parts = [leaf.part for leaf in self._walk.leaves]
        return "".join([f"{part.place}\0{len(part.text)}\0{part.opaque}\n" for part in parts]).encode()

    def outline(self, subjects: tuple[str, ...], /) -> Outline:
        """Returns the parts that say something, free of content: those with findings first, then the longest."""
        pairs = zip(self._walk.leaves, self._by_leaf, strict=True)
        told = [(leaf.part, found) for leaf, found in pairs if found or leaf.part.role not in _UNSAID]
        ranked = sorted(range(len(told)), key=lambda at: (not told[at][1], -len(told[at][0].text), at))
        pieces = tuple(_piece(*told[at]) for at in sorted(ranked[:_PIECES]))
        return Outline(subjects, pieces, max(0, len(told) - _PIECES))

    @property
    def unread(self) -> int:
        """How many parts could not be read."""
        return len(self._walk.opaque)

    def apply(self, plan: Plan, /, *, strict: bool) -> bool:
        """Rewrites the document as the plan obliges; False when nothing had to change.

        `strict` (a request) denies findings in structural fields, which the protocol could not do without; in an
        answer they are replaced. Raises Denied.
        """
        if not any(self._by_leaf):
            return False
        leaves = self._walk.leaves
        changed = [
            self._replace(leaf, found, plan, strict=strict) for leaf, found in zip(leaves, self._by_leaf, strict=True)
        ]
        for leaf, start, end in self._walk.nested:
            if any(changed[start:end]):
                self._rename(changed, plan, start, end)
                leaf.put(msgspec.json.encode(leaf.inner).decode())
                changed[start - 1] = True
            else:
                changed[start - 1] = self._raw(leaf, self._by_leaf[start - 1], plan)
        self._rename(changed, plan, 0, len(leaves))
        return any(changed)

    def restore(self, restorer: Callable[..., Restorer | None], /) -> None:
        """Puts values back in the place of their tokens, in the texts that are for the reader."""
        for holder, at in readable(self.root) if isinstance(self.root, dict) else ():
            text = holder[at]
            one = restorer(json=False) if isinstance(text, str) and "[" in text else None
            if one is not None:
                holder[at] = one.feed(str(text)) + one.finish()

    def _replace(self, leaf: Leaf, found: tuple[Finding, ...], plan: Plan, *, strict: bool) -> bool:
        """Replaces findings in a value; keys wait until their values are done, nested JSON until its inside is."""
        if not found:
            return False
        text = leaf.part.text
        instead = splice(text, found, plan.instead)
        if instead == text:
            return False
        if leaf.structural and strict:
            raise Denied(
                "gateway.structure", "something was found in a field that can't be masked", place=leaf.part.place
            )
        if leaf.part.kind is PartKind.NUMBER:
            leaf.put(0 if leaf.structural else instead)
        elif leaf.part.kind is PartKind.TEXT and leaf.inner is None:
            leaf.put(instead)
        return leaf.inner is None

    def _raw(self, leaf: Leaf, found: tuple[Finding, ...], plan: Plan) -> bool:
        """Replaces what only the raw text of nested JSON shows, such as the value of a key that is repeated."""
        text = leaf.part.text
        instead = splice(text, found, plan.instead, json=JsonState())
        if instead == text:
            return False
        leaf.put(instead)
        return True

    def _rename(self, changed: list[bool], plan: Plan, start: int, end: int) -> None:
        """Gives keys other names that are free; each object is made anew once, however many of its keys change."""
        others: dict[int, tuple[dict[str, Json], dict[str, str]]] = {}
        for number in range(start, end):
            leaf = self._walk.leaves[number]
            holder = leaf.holder
            if changed[number] and leaf.part.kind is PartKind.NAME and isinstance(holder, dict) and leaf.at in holder:
                names = others.setdefault(id(holder), (holder, {}))[1]
                names[str(leaf.at)] = splice(leaf.part.text, self._by_leaf[number], plan.instead)
        for holder, names in others.values():
            _renamed(holder, names)


def _piece(part: Part, found: tuple[Finding, ...]) -> Piece:
    counted = tuple(sorted(Count(kind, number) for kind, number in Counter(one.kind for one in found).items()))
    return Piece(part.place, part.role, part.kind, len(part.text), counted, part.opaque)


def _joined(found: tuple[Finding, ...], share: Finding) -> tuple[Finding, ...]:
    """The findings of a text with one more; those that it touches become one with it."""
    apart = [one for one in found if one.end <= share.start or share.end <= one.start]
    touched = [share, *(one for one in found if one not in apart)]
    start, end = min(one.start for one in touched), max(one.end for one in touched)
    whole = msgspec.structs.replace(share, start=start, end=end)
    return tuple(sorted([*apart, whole], key=lambda one: one.start))


def _renamed(holder: dict[str, Json], names: dict[str, str]) -> None:
    """Renames keys in place and in their positions; of those that would be the same, later ones get a number."""
    items = list(holder.items())
    taken = holder.keys() - names.keys()
    last: dict[str, int] = {}
    holder.clear()
    for key, value in items:
        name = unique = names.get(key, key)
        while key in names and unique in taken:
            last[name] = last.get(name, 1) + 1
            unique = f"{name}{last[name]}"
        taken.add(unique)
        holder[unique] = value
