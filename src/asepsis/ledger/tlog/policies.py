"""Trust policies: which logs, which witnesses, and how many of them it takes (C2SP tlog-policy)."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from asepsis.ledger.errors import unproven
from asepsis.ledger.tlog.encoding import from_decimal
from asepsis.ledger.tlog.keys import KeyType, VerifierKey, verified
from asepsis.ledger.tlog.notes import Note

__all__ = ["MAX_POLICY", "Member", "Policy", "parse"]

MAX_POLICY: Final = 1 << 19

_MOST: Final = 256
"""How many lines of each kind are read; the specification asks for 32 at least."""
_NONE: Final = "none"
_LOG_KINDS: Final = (KeyType.ED25519, KeyType.ML_DSA_44)
_WITNESS_KINDS: Final = (KeyType.COSIGNATURE, KeyType.ML_DSA_44)


class Member(NamedTuple):
    """A log or a witness: its key, and where it answers if that is told."""

    key: VerifierKey
    url: str


class _Group(NamedTuple):
    needed: int
    members: tuple[str, ...]


class Policy(NamedTuple):
    """Which checkpoints are trusted. Witnesses and groups go by their names in the file."""

    logs: tuple[Member, ...]
    witnesses: dict[str, Member]
    groups: dict[str, _Group]
    quorum: str

    def check(self, note: Note, /) -> tuple[VerifierKey, ...]:
        """Returns the keys of the witnesses that cosigned; raises NotTrusted unless a log signed and the quorum is met.

        A policy without logs leaves the log's signature to the caller.
        """
        if self.logs and not verified(note, (log.key for log in self.logs)):
            raise unproven("expected the signature of a log of the policy")
        signed = verified(note, (witness.key for witness in self.witnesses.values()))
        if not self.met(signed):
            raise unproven("the quorum of witnesses is not met")
        return tuple(signed)

    def met(self, keys: Iterable[VerifierKey], /) -> bool:
        """Returns whether these keys' owners make the quorum."""
        held = set(keys)
        here = {name: witness.key in held for name, witness in self.witnesses.items()} | {_NONE: True}
        for name, group in self.groups.items():  # in the order of the file: members come first
            here[name] = sum(here[member] for member in group.members) >= group.needed
        return here[self.quorum]


def parse(data: bytes, /) -> Policy:
    """Reads a policy file; raises NotTrusted, with the line's number and never its text."""
    reader = _Reader()
    for number, words in enumerate(_lines(data), 1):
        try:
            reader.take(words)
        except ValueError as error:
            raise unproven(f"line {number}: expected a log, witness, group or quorum") from error
    return reader.finish()


def _lines(data: bytes, /) -> list[list[str]]:
    if len(data) > MAX_POLICY or (data and not data.endswith(b"\n")):
        raise unproven(f"expected a policy of at most {MAX_POLICY} bytes that ends with a newline")
    if any((byte < 0x20 and byte not in b"\t\n") or byte == 0x7F for byte in data):
        raise unproven("expected a policy without control characters")
    # Names are octets: surrogates keep those that are no UTF-8 apart.
    text = data.decode("utf-8", "surrogateescape")
    found = [line.replace("\t", " ").split(" ") for line in text.split("\n")[:-1]]
    words = [[word for word in line if word] for line in found]
    return [[] if line and line[0].startswith("#") else line for line in words]


class _Reader:
    """Takes one line after the other; ValueError for one of the wrong form, NotTrusted for one that says too much."""

    def __init__(self) -> None:
        self._logs: list[Member] = []
        self._witnesses: dict[str, Member] = {}
        self._groups: dict[str, _Group] = {}
        self._quorum: str | None = None
        self._grouped: set[str] = set()

    def take(self, words: list[str], /) -> None:
        """Takes a line's words."""
        match words:
            case []:
                return
            case ["log", vkey, *url]:
                self._logs.append(_member(vkey, url, _LOG_KINDS, [one.key.public for one in self._logs]))
            case ["witness", name, vkey, *url]:
                seen = [one.key.public for one in self._witnesses.values()]
                self._witnesses[self._new(name)] = _member(vkey, url, _WITNESS_KINDS, seen)
            case ["group", name, count, *members] if members:
                self._groups[self._new(name)] = self._group(count, members)
            case ["quorum", name] if self._quorum is None and (name == _NONE or name in self._names()):
                self._quorum = name
            case _:
                raise ValueError
        if max(len(self._logs), len(self._witnesses), len(self._groups)) > _MOST:
            raise unproven(f"expected at most {_MOST} logs, witnesses and groups")

    def finish(self) -> Policy:
        """Returns the policy; raises NotTrusted where there was no quorum line."""
        if self._quorum is None:
            raise unproven("expected a quorum line")
        return Policy(tuple(self._logs), self._witnesses, self._groups, self._quorum)

    def _names(self) -> set[str]:
        return self._witnesses.keys() | self._groups.keys()

    def _new(self, name: str, /) -> str:
        if name == _NONE or name in self._names():
            raise unproven("expected a name that was not used before")
        return name

    def _group(self, count: str, members: list[str], /) -> _Group:
        counts = {"any": 1, "all": len(members)}
        needed = counts[count] if count in counts else from_decimal(count)
        if not 1 <= needed <= len(members) or len(set(members)) != len(members):
            raise unproven("expected a group that can be met")
        if not self._names().issuperset(members) or self._grouped.intersection(members):
            raise unproven("expected members defined before, each in one group at most")
        self._grouped.update(members)
        return _Group(needed, tuple(members))


def _member(vkey: str, url: list[str], kinds: tuple[KeyType, ...], seen: list[bytes], /) -> Member:
    key = VerifierKey.parse(vkey)
    if key.kind not in kinds or key.public in seen:
        raise unproven("expected a key of a fitting type that was not listed before")
    if len(url) > 1:
        raise ValueError
    return Member(key, url[0] if url else "")
