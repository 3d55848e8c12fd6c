"""The one canonical walk: every string leaf, object key and number of a JSON document becomes a Part.

Nothing is skipped because a field is unknown: what `grammar` knows of a field gives it a role, or makes it structural.
A leaf that holds JSON is scanned as it is and walked again inside; data URLs and base64 of text are decoded. What
cannot be read becomes an opaque Part that names its kind. A Part's place never contains unknown key text: an unknown
key shows as its position, `{2}`.

Numbers between -10,000 and 10,000 and the protocol's own key names say nothing about anybody: they are counted as
seen and make no Part.
"""

import base64
import binascii
from typing import Final

import msgspec

from asepsis.core.labels import Integrity, Label
from asepsis.core.types import Part, PartKind, Role
from asepsis.gateway import grammar
from asepsis.gateway.errors import Denied
from asepsis.gateway.limits import Limits

__all__ = ["Json", "Leaf", "Limits", "Walk", "label", "walk"]

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None

_TRUSTED: Final = (Role.SYSTEM, Role.DEFINITION, Role.PROTOCOL)
_LABELS: Final = {
    role: Label(
        integrity=Integrity.TRUSTED if role in _TRUSTED else Integrity.UNTRUSTED, origins=frozenset({role.value})
    )
    for role in Role
}
_SMALL: Final = 10_000
_NOTHING: Final = (bool, type(None))
_NUMBERS: Final = (int, float)
_BLOB: Final = 512
_PLAIN: Final = frozenset(" .,:\"'{}")
_GENERIC: Final = frozenset(
    ["code", "content", "data", "id", "identifier", "number", "text", "val", "value", "valueString", "value_string"]
)
_SAYING: Final = ("name", "label", "type", "field", "key", "title", "system", "code")
_SAID: Final = 48


def label(role: Role) -> Label:
    """Returns the label of what that role says in a call: the system and the definitions are the application's own."""
    return _LABELS[role]


class Leaf(msgspec.Struct, gc=False):
    """A Part and the slot its text stands in, so that it can be replaced.

    `encoded` is the prefix of a text that stands in base64, None for plain text. `inner` is the document inside a text
    that is JSON itself. `free` is set where keys are the caller's own, as in the arguments of a tool.
    """

    part: Part
    holder: dict[str, Json] | list[Json]
    at: str | int
    free: bool = False
    structural: bool = False
    encoded: str | None = None
    inner: Json = None

    def put(self, value: Json) -> None:
        """Puts a value in the slot; text that stood in base64 goes back in base64."""
        if self.encoded is not None and isinstance(value, str):
            value = self.encoded + base64.b64encode(value.encode()).decode()
        self.holder[self.at] = value  # type: ignore[index]  # `at` is the index or key that its holder takes


class Walk:
    """What a walk saw.

    `nested` lists the leaves that hold JSON, innermost first, each with the range of the leaves inside it.
    """

    __slots__ = ("characters", "leaves", "nested", "opaque", "seen")

    def __init__(self) -> None:
        self.leaves: list[Leaf] = []
        self.nested: list[tuple[Leaf, int, int]] = []
        self.opaque: list[str] = []
        self.seen = 0
        self.characters = 0

    def parts(self) -> list[Part]:
        """Returns the Parts in order."""
        return [leaf.part for leaf in self.leaves]


def walk(root: Json, limits: Limits, /, *, role: Role = Role.USER) -> Walk:
    """Walks a decoded document; raises Denied when it is too deep or has too many parts."""
    walker = _Walker(limits)
    walker.visit(root, _Spot([root], 0, "", role, _LABELS[role], 0, "", free=False))
    return walker.walk


class _Spot(msgspec.Struct, frozen=True, gc=False):
    """Where a value stands: its slot, its place in words, who speaks there, how deep, and under which key."""

    holder: dict[str, Json] | list[Json]
    at: str | int
    place: str
    role: Role
    label: Label
    depth: int
    key: str
    free: bool


class _Walker:
    """One walk under way; its recursion is bounded by `limits.depth`."""

    __slots__ = ("limits", "walk")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.walk = Walk()

    def visit(self, value: Json, spot: _Spot) -> None:
        if isinstance(value, str):
            self._text(value, spot)
        elif isinstance(value, dict):
            self._object(value, spot)
        elif isinstance(value, list):
            self._array(value, spot)
        elif value is not None and not isinstance(value, bool):
            self._number(value, spot)

    def _object(self, value: dict[str, Json], spot: _Spot) -> None:
        self._deeper(spot)
        walk = self.walk
        role = grammar.role(value, spot.role)  # type: ignore[arg-type]  # dict is invariant; it is only read
        prefix = spot.place + "." if spot.place else ""
        for position, (name, child) in enumerate(value.items()):
            known = name in grammar.KNOWN
            kind = type(child)
            if known and (
                child in grammar.WORDS and not spot.free and name in grammar.STRUCTURAL
                if kind is str
                else kind in _NOTHING or (kind in _NUMBERS and -_SMALL < child < _SMALL)  # type: ignore[operator]  # a number
            ):
                walk.seen += kind not in _NOTHING
                continue
            place = f"{prefix}{name}" if known else f"{prefix}{{{position}}}"
            speaker = role if spot.free else grammar.ROLES.get(name, role)
            label = spot.label if speaker is spot.role else _LABELS[speaker]
            free = spot.free or name in grammar.FREE or (name == "input" and type(child) is dict)
            key = _labelled(name, value, spot.key) if free and name in _GENERIC else name
            inside = _Spot(value, name, place, speaker, label, spot.depth + 1, key, free)
            if not known:
                self._add(Part(PartKind.NAME, place, name, speaker, label), inside)
            if type(child) is str:
                self._field(child, value, inside, under=spot.key)
            else:
                self.visit(child, inside)

    def _field(self, value: str, parent: dict[str, Json], spot: _Spot, *, under: str) -> None:
        """Takes a string field of an object: structural, encoded, opaque or plain."""
        if not spot.free:
            if spot.key in grammar.STRUCTURAL and value:
                if value in grammar.WORDS:
                    self.walk.seen += 1
                    return
                self._add(Part(PartKind.TEXT, spot.place, value, Role.PROTOCOL, _LABELS[Role.PROTOCOL], spot.key), spot)
                self.walk.leaves[-1].structural = True
                return
            kind = grammar.content(spot.key, parent, under)  # type: ignore[arg-type]  # dict is invariant; only read
            if kind and value and not value.startswith("data:"):
                self._encoded(value, "", kind, spot)
                return
        self._text(value, spot)

    def _array(self, value: list[Json], spot: _Spot) -> None:
        self._deeper(spot)
        kind = grammar.number_list(value, spot.key) if not spot.free else ""  # type: ignore[arg-type]  # only read
        if kind:
            self._opaque(kind, len(value), spot)
            return
        for position, child in enumerate(value):
            place = f"{spot.place}[{position}]"
            self.visit(child, _Spot(value, position, place, spot.role, spot.label, spot.depth + 1, spot.key, spot.free))

    def _text(self, value: str, spot: _Spot) -> None:
        if not value or value in grammar.SCHEMA_URLS:
            self.walk.seen += 1
        elif value[:5].lower() == "data:" and "," in value:
            self._data_url(value, spot)
        elif len(value) >= _BLOB and _unreadable(value):
            self._opaque("binary", len(value), spot)
        else:
            leaf = self._add(Part(PartKind.TEXT, spot.place, value, spot.role, spot.label, spot.key), spot)
            if value.lstrip()[:1] in ("{", "["):
                self._nested(leaf, spot)

    def _data_url(self, value: str, spot: _Spot) -> None:
        head, _, data = value.partition(",")
        media, *options = head[5:].lower().split(";")
        kind = grammar.media_kind(media.strip() or "text/plain")
        if kind == "base64:text" and "base64" not in options:
            self._add(Part(PartKind.TEXT, spot.place, value, spot.role, spot.label, spot.key), spot)
        else:
            self._encoded(data, head + ",", kind, spot)

    def _nested(self, leaf: Leaf, spot: _Spot) -> None:
        try:
            inner: Json = msgspec.json.decode(leaf.part.text)
        except (msgspec.DecodeError, UnicodeEncodeError):
            return
        except RecursionError as error:
            raise Denied(
                "gateway.limits.depth", f"nesting is deeper than {self.limits.depth}", place=spot.place
            ) from error
        leaf.inner = inner
        start = len(self.walk.leaves)
        self.visit(inner, msgspec.structs.replace(spot, place=spot.place + "#", depth=spot.depth + 1, free=True))
        self.walk.nested.append((leaf, start, len(self.walk.leaves)))

    def _encoded(self, value: str, head: str, kind: str, spot: _Spot) -> None:
        """Takes content behind an encoding: decoded when it is text, opaque when not."""
        if kind == "remote":
            self._add(Part(PartKind.TEXT, spot.place, value, Role.PROTOCOL, _LABELS[Role.PROTOCOL]), spot)
        text = _decoded(value) if kind == "base64:text" else None
        if text is None:
            self._opaque(kind.replace("base64:text", "file"), len(value), spot)
            return
        leaf = self._add(Part(PartKind.TEXT, spot.place, text, spot.role, spot.label, spot.key), spot)
        leaf.encoded = head

    def _number(self, value: float, spot: _Spot) -> None:
        if -_SMALL < value < _SMALL:
            self.walk.seen += 1
            return
        digits = str(int(value)) if isinstance(value, int) or value.is_integer() else repr(value)
        part = Part(PartKind.NUMBER, spot.place, digits, spot.role, spot.label, spot.key)
        self._add(part, spot).structural = not spot.free and spot.key in grammar.NUMERIC

    def _opaque(self, kind: str, size: int, spot: _Spot) -> None:
        self._add(Part(PartKind.OPAQUE, spot.place, "", spot.role, spot.label, opaque=kind), spot)
        self.walk.characters += size
        self.walk.opaque.append(kind)

    def _add(self, part: Part, spot: _Spot) -> Leaf:
        seen = self.walk
        if len(seen.leaves) >= self.limits.parts:
            raise Denied("gateway.limits.parts", f"there are more than {self.limits.parts} parts")
        leaf = Leaf(part, spot.holder, spot.at, spot.free)
        seen.leaves.append(leaf)
        seen.seen += 1
        seen.characters += len(part.text)
        return leaf

    def _deeper(self, spot: _Spot) -> None:
        if spot.depth >= self.limits.depth:
            raise Denied("gateway.limits.depth", f"nesting is deeper than {self.limits.depth}")


def _labelled(name: str, parent: dict[str, Json], key: str) -> str:
    """What stands before a value whose own key says little: what the object says it is, or the key of the object."""
    for sibling in _SAYING:
        said = parent.get(sibling)
        said = said.get("text") or said.get("display") if isinstance(said, dict) else said
        if sibling != name and isinstance(said, str) and 0 < len(said) <= _SAID:
            return f"{said} {name}"
    return f"{key} {name}"


def _decoded(data: str) -> str | None:
    """The text behind base64, or None when that is no base64 or no text."""
    try:
        text = base64.b64decode("".join(data.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return None if "\0" in text else text


def _unreadable(value: str) -> bool:
    """Whether a long value is nothing but base64 that does not decode to text."""
    if not value.isascii() or not _PLAIN.isdisjoint(value[:_BLOB]):
        return False
    packed = "".join(value.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        raw = base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    try:
        return "\0" in raw.decode()
    except UnicodeDecodeError:
        return True
