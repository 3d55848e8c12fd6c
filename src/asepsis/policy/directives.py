"""What is known of members beyond a call: what they consented to, what they refused, and who stands how to them.

A file of rows with a head, read when it changes:

    member,kind,category,purpose,who,first,last
    4711,consent,part2,TREAT,care-*,2026-01-01,2027-01-01
    4711,refusal,reproductive,,,,
    4711,treating,,,corp:nurse,,
    4712,self,,,corp:ann,,
    4713,vip,,,,,

- `consent`: the member consents that data of a category is used for a purpose by applications that fit a glob
  (42 CFR 2.31); an empty purpose or application is any.
- `refusal`: the member does not want that (45 CFR 164.522(a)); without a category it is about all of their data.
- `treating`, `assigned`, `self`, `family`, `coworker`: how the principal `who` stands to the member, who may be the one
  that a call is made for in the end; `vip` is of nobody in particular.

Days are the first and the last on which it holds, UTC; empty for no end. Members are those of the roster.

INVARIANT: of several members a consent counts only if all gave it, and a refusal if one did. A relation that admits
(`treating`, `assigned`) counts if it is to all of them, one that warns if it is to one.
"""

import csv
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, NamedTuple

from asepsis.core.errors import ConfigError
from asepsis.core.labels import Category
from asepsis.core.ports import Clock, Facts
from asepsis.core.types import Principal, Purpose
from asepsis.infra.clock import day_number, today

__all__ = ["RELATIONS", "Directives", "read"]

_LOG: Final = logging.getLogger(__name__)
_COLUMNS: Final = ("member", "kind", "category", "purpose", "who", "first", "last")
_ADMITS: Final = frozenset({"treating", "assigned"})
_WARNS: Final = frozenset({"self", "family", "coworker", "vip"})
RELATIONS: Final = _ADMITS | _WARNS
"""How somebody may stand to a member."""

_KINDS: Final = RELATIONS | {"consent", "refusal"}
_CATEGORIES: Final = frozenset(one.value for one in Category)
_PURPOSES: Final = frozenset(one.value for one in Purpose)
_LONGEST: Final = 1 << 16
_ROWS: Final = 5_000_000
_LOOK: Final = 2_000_000_000
_NEVER: Final = 99_991_231


class _Row(NamedTuple):
    kind: str
    category: str
    purpose: str
    who: str
    first: int
    last: int


Known = Mapping[str, tuple[_Row, ...]]
"""The rows of each member."""

Digest = Callable[[str, str], str]
"""Makes the keyed digest that a member (the second) has for a tenant (the first)."""


def read(path: Path, /) -> Known:
    """Reads a file; raises ConfigError with the line of what can't be read, and repeats nothing of it."""
    known: dict[str, list[_Row]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for number, fields in _rows(file, place=str(path)):
                member, row = _row(fields, place=f"{path}:{number}")
                known.setdefault(member, []).append(row)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError("expected a readable file of directives in UTF-8", place=str(path)) from error
    return {member: tuple(rows) for member, rows in known.items()}


class Directives:
    """Implements the port `Directives` over a file, looked at again every two seconds."""

    def __init__(self, path: Path, digest: Digest, *, tenant: str, clock: Clock) -> None:
        """Reads the file for one tenant, and for another when it is asked for; raises ConfigError."""
        self._path = path
        self._digest = digest
        self._clock = clock
        self._sign = _sign(path)
        self._known = read(path)
        self._of = {tenant: self._keyed(tenant)}
        self._next = clock.monotonic() + _LOOK
        self._reading = threading.Lock()
        self._pool = ThreadPoolExecutor(1, "directives")

    def about(self, members: frozenset[str], who: Principal, purpose: Purpose, /) -> Facts:
        """Returns what holds for a call about members, by keyed digest; what nobody wrote down does not."""
        if self._clock.monotonic() >= self._next:
            self._next = self._clock.monotonic() + _LOOK
            self._pool.submit(self.look)
        if not members:
            return Facts()
        day, each = today(self._clock.now()), []
        known = self._of.get(who.tenant) or self._of.setdefault(who.tenant, self._keyed(who.tenant))
        chain = _ids(who)
        for member in members:
            rows = [row for row in known.get(member, ()) if row.first <= day <= row.last]
            said = [row for row in rows if row.kind in ("consent", "refusal") and _fits(row, purpose, who.application)]
            consented = {row.category for row in said if row.kind == "consent"}
            refused = {row.category for row in said if row.kind == "refusal"}
            relations = {row.kind for row in rows if row.kind in RELATIONS and (row.who in chain or row.kind == "vip")}
            each.append((consented - refused, refused, relations))
        consents = frozenset.intersection(*(frozenset(one[0]) for one in each))
        refusals = frozenset[str]().union(*(one[1] for one in each))
        any_of = frozenset[str]().union(*(one[2] for one in each))
        all_of = frozenset.intersection(*(frozenset(one[2]) for one in each))
        return Facts(
            tuple(sorted(map(Category, consents))),
            tuple(sorted(map(Category, refusals))),
            tuple(sorted((any_of & _WARNS) | (all_of & _ADMITS))),
        )

    def look(self) -> None:
        """Reads the file again if it changed; one that can't be read leaves what was known, but for its consents."""
        with self._reading:
            sign = _sign(self._path)
            if sign == self._sign:
                return
            try:
                self._known = read(self._path)
            except ConfigError as error:
                _LOG.error("directives can't be read, nobody consents to anything until they can: %s", error)
                self._known = {
                    member: tuple(row for row in rows if row.kind != "consent" and row.kind not in _ADMITS)
                    for member, rows in self._known.items()
                }
            self._of = {tenant: self._keyed(tenant) for tenant in self._of}
            self._sign = sign

    def _keyed(self, tenant: str) -> Known:
        """Returns the rows of each member, by the keyed digest that a tenant knows them by."""
        return {self._digest(tenant, member): rows for member, rows in self._known.items()}


def _rows(lines: Iterable[str], *, place: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(_short(lines, place), strict=True)
    if tuple(next(reader, ())) != _COLUMNS:
        raise ConfigError(f"expected the head `{','.join(_COLUMNS)}`", place=f"{place}:1")
    for fields in reader:
        if reader.line_num > _ROWS:
            raise ConfigError(f"expected at most {_ROWS} rows", place=place)
        if fields:
            yield reader.line_num, fields


def _short(lines: Iterable[str], place: str) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if len(line) > _LONGEST:
            raise ConfigError("expected shorter lines", place=f"{place}:{number}")
        yield line


def _row(fields: list[str], *, place: str) -> tuple[str, _Row]:
    if len(fields) != len(_COLUMNS) or not fields[0]:
        raise ConfigError(f"expected {len(_COLUMNS)} fields, the first of them a member", place=place)
    member, kind, category, purpose, who, first, last = (field.strip() for field in fields)
    if kind not in _KINDS:
        raise ConfigError(f"expected one of {', '.join(sorted(_KINDS))} as the kind", place=place)
    if kind == "refusal":
        category = category or Category.PHI.value
    if (kind in ("consent", "refusal")) != (category in _CATEGORIES) or purpose not in {*_PURPOSES, ""}:
        raise ConfigError("expected a category for consents and refusals alone, and a purpose or none", place=place)
    if (kind in RELATIONS - {"vip"}) and not who:
        raise ConfigError("expected who stands so to the member", place=place)
    try:
        days = day_number(first) if first else 0, day_number(last) if last else _NEVER
    except ValueError as error:
        raise ConfigError("expected days such as 2027-01-31", place=place) from error
    return member, _Row(kind, category, purpose, who, *days)


def _fits(row: _Row, purpose: Purpose, application: str) -> bool:
    return row.purpose in ("", purpose.value) and (not row.who or fnmatchcase(application, row.who))


def _ids(who: Principal) -> frozenset[str]:
    """Returns whoever may stand in a relation: all in the chain."""
    found, other = {who.id}, who.on_behalf_of
    while other is not None:
        found.add(other.id)
        other = other.on_behalf_of
    return frozenset(found)


def _sign(path: Path) -> tuple[int, int, int]:
    try:
        stat = path.stat()
    except OSError:
        return (0, 0, 0)
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
