"""The annotations of a policy: who it is, why, and what it obliges to.

| annotation | says |
| --- | --- |
| `@id("services.ask")` | the name that decisions, Events and tests know it by |
| `@reason("…")` | why, in words that a denied caller may read |
| `@request("mask *; token MRN SSN; clear DATE")` | what is done with findings in a request, by kind |
| `@answer("clear NAME")` | the same for answers; there are no tokens in answers |
| `@opaque("image vector")` | content that nobody can read and that may pass, by its kind |
| `@state("store")` | what may live on at the provider |
| `@ask("privacy-office 2")` | who has to say yes where an approval is needed, and how many of them |
| `@seal("on")`, `@seal("off")` | whether what is said is kept, sealed; one `off` counts for all |
| `@minimise("claim.* member.name")` | which fields of JSON in a request are needed; the others are taken out |
| `@route("lab-* on-prem")` | which upstreams may be asked |
| `@notify("privacy-office")` | who is told, by webhooks |
| `@clock("72h 29 CFR 2560.503-1(f)(2)(i)")` | by when the law wants it decided, shown to who has to say yes |
| `@consent("part2 TREAT")` | the scope of consent that goes with the answer |
| `@retention("6y")` | how long what is said is kept, sealed; the shortest of several counts |
| `@template("60")` | a template, `principal == ?principal`, that is linked for somebody for so many minutes at most |
| `@breakglass("30")` | such a template that somebody may link for themselves in an emergency |

Verbs, weakest first: clear, token, generalise, surrogate, mask, drop, deny. `*` is every kind that the same annotation
does not name; for attacks (INJECTION, EXFIL, CANARY) and secrets it is never weaker than what is done unsaid. Only
permits oblige, and what no permit admits of opaque content and state is denied.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, get_args

from asepsis.core.errors import InputError
from asepsis.core.fields import as_needed
from asepsis.core.types import Kind, ObligationKind
from asepsis.policy.config import Opaque, State

__all__ = [
    "DUTIES",
    "STRENGTH",
    "Handling",
    "admitted",
    "asking",
    "clocked",
    "consenting",
    "handling",
    "lasting",
    "name",
    "needing",
    "notifying",
    "retaining",
    "routing",
    "sealing",
    "stricter",
    "unsaid",
]

Handling = ObligationKind | None
"""What is done with a kind's findings; None lets them through as they are."""

DUTIES: Final = frozenset({"ask", "clock", "consent", "minimise", "notify", "retention", "route", "seal"})
STRENGTH: Final[Mapping[Handling, int]] = {
    None: 0,
    ObligationKind.TOKEN: 1,
    ObligationKind.GENERALISE: 2,
    ObligationKind.SURROGATE: 3,
    ObligationKind.MASK: 4,
    ObligationKind.DROP: 5,
    ObligationKind.DENY: 6,
}
_VERBS: Final[Mapping[str, Handling]] = {"clear": None, **{one.value: one for one in ObligationKind}}
_ALL: Final = "*"
_ATTACKS: Final = frozenset({Kind.INJECTION, Kind.EXFIL, Kind.CANARY})
_GUARDED: Final = _ATTACKS | {Kind.SECRET}
_ADMITTED: Final = {"opaque": frozenset(get_args(Opaque)), "state": frozenset(get_args(State))}
_ID: Final = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_ASK: Final = re.compile(r"[A-Za-z_][\w.-]*(?:\s+[1-9][0-9]?)?")
_CLOCK: Final = re.compile(r"[1-9][0-9]{0,3}[hd]\s+\S.*")
_RETAIN: Final = re.compile(r"[1-9][0-9]{0,3}[dmy]")
_LONGEST: Final = 64
_MINUTES: Final = 1_440
_DIGITS: Final = 4


def unsaid(kind: Kind, /) -> ObligationKind:
    """Returns what is done with a kind that no policy speaks of."""
    return ObligationKind.DENY if kind in _ATTACKS else ObligationKind.MASK


def stricter(one: Handling, other: Handling, /) -> Handling:
    """Returns the stricter of two."""
    return max(one, other, key=STRENGTH.__getitem__)


def name(text: str, /) -> str:
    """Returns the name of a policy; raises InputError for one that can't be a name."""
    if not _ID.fullmatch(text) or len(text) > _LONGEST:
        raise InputError("expected an @id of words in lower case with `.` or `-` between them, at most 64 characters")
    return text


def handling(text: str, /, *, answer: bool = False) -> dict[Kind, Handling]:
    """Reads an annotation @request or @answer; raises InputError."""
    table: dict[Kind, Handling] = {}
    rest: list[Handling] = []
    for verb, words in _clauses(text):
        if answer and verb is ObligationKind.TOKEN:
            raise InputError("expected tokens in requests only")
        for word in words:
            if word == _ALL:
                rest.append(verb)
                continue
            kind = _kind(word)
            if kind in table:
                raise InputError(f"expected `{word}` once")
            if kind is Kind.SECRET and STRENGTH[verb] < STRENGTH[ObligationKind.MASK]:
                raise InputError("expected secrets to be masked, dropped or denied; they never pass as they stand")
            table[kind] = verb
    if len(rest) > 1:
        raise InputError("expected `*` once")
    for kind in Kind if rest else ():
        table.setdefault(kind, stricter(rest[0], unsaid(kind)) if kind in _GUARDED else rest[0])
    return table


def admitted(text: str, /, *, sort: str) -> tuple[str, ...]:
    """Reads an annotation @opaque or @state; raises InputError for a word that is none of that sort."""
    words = text.split()
    for word in words:
        if word not in _ADMITTED[sort]:
            raise InputError(f"expected one of {', '.join(sorted(_ADMITTED[sort]))}, got `{word[:_LONGEST]}`")
    return tuple(sorted(set(words)))


def sealing(text: str, /) -> str:
    """Reads an annotation @seal: `on`, also for no word, or `off`; raises InputError."""
    word = text.strip() or "on"
    if word not in ("on", "off"):
        raise InputError(f"expected `on` or `off`, got `{word[:_LONGEST]}`")
    return word


def asking(text: str, /) -> str:
    """Reads an annotation @ask: a group, and how many of it; nothing for any approver; raises InputError."""
    if text.strip() and not _ASK.fullmatch(text.strip()):
        raise InputError(
            f"expected a group in one word and, for more than one person, how many, got `{text[:_LONGEST]}`"
        )
    return " ".join(text.split())


def needing(text: str, /) -> str:
    """Reads an annotation @minimise: paths of fields; raises InputError."""
    as_needed(text.split())
    return _words(text, "fields")


def routing(text: str, /) -> str:
    """Reads an annotation @route: globs of upstreams; raises InputError for none."""
    return _words(text, "upstreams")


def notifying(text: str, /) -> str:
    """Reads an annotation @notify: who is told; raises InputError for nobody."""
    return _words(text, "somebody")


def consenting(text: str, /) -> str:
    """Reads an annotation @consent; raises InputError for what can't be a header's value (RFC 9110 5.5)."""
    said = _words(text, "a scope")
    if not said.isascii():
        raise InputError("expected a scope in ASCII: it goes with the answer as a header")
    return said


def clocked(text: str, /) -> str:
    """Reads an annotation @clock: hours or days, and the law that says so; raises InputError."""
    if not _CLOCK.fullmatch(text.strip()):
        raise InputError(f"expected a time such as `72h` or `7d`, and the law, got `{text[:_LONGEST]}`")
    return " ".join(text.split())


def retaining(text: str, /) -> str:
    """Reads an annotation @retention: days, months or years such as `30d`, `18m`, `6y`; raises InputError."""
    if not _RETAIN.fullmatch(text.strip()):
        raise InputError(f"expected a time such as `30d`, `18m` or `6y`, got `{text[:_LONGEST]}`")
    return text.strip()


def _words(text: str, what: str) -> str:
    if not (words := " ".join(text.split())):
        raise InputError(f"expected {what}")
    return words


def lasting(text: str, /) -> int:
    """Reads the most minutes that a template is linked for; raises InputError."""
    if not text.isdecimal() or not 1 <= int(text[:_DIGITS]) <= _MINUTES or len(text) > _DIGITS:
        raise InputError(f"expected 1 to {_MINUTES} minutes, got `{text[:_LONGEST]}`")
    return int(text)


def _clauses(text: str) -> Iterator[tuple[Handling, list[str]]]:
    for clause in text.split(";"):
        verb, *words = clause.split() or [""]
        if verb not in _VERBS:
            raise InputError(f"expected one of {', '.join(_VERBS)}, got `{verb[:_LONGEST]}`")
        if not words:
            raise InputError(f"expected kinds behind `{verb}`, or `*`")
        yield _VERBS[verb], words


def _kind(word: str) -> Kind:
    try:
        return Kind(word)
    except ValueError as error:
        raise InputError(f"expected a kind such as SSN or `*`, got `{word[:_LONGEST]}`") from error
