"""Rules as data: packs in TOML, read into Rules that carry their own examples.

A rule is a `pattern`, whose group `v` is the finding, or `keywords` with the `value` that follows them. `between` says
what may lie between the two: `near` (marks and small words) or `loose` (up to forty characters that are no digits; for
values that can hardly be anything else).

A rule's `trigger` is what the engine looks for: an expression found wherever the rule matches, and ending inside the
value. Where none is written, it is the pattern itself, or the keyword up to the first digit, which the value holds
among its first thirteen characters.
"""

import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from asepsis.core.types import Kind
from asepsis.infra.clock import SystemClock
from asepsis.scan.beginnings import alternatives, beginnings
from asepsis.scan.errors import PackError
from asepsis.scan.validators import VALIDATORS, over_89

__all__ = ["BUILT_IN", "Rule", "RuleSource", "compiled", "read_packs", "this_year"]

BUILT_IN: Final = ("us_health", "ages", "devices", "partial", "payment", "network", "secrets")

_YEAR_MS: Final = 31_556_952_000
_OVER_89: Final = "over_89"
"""The one validator that has to know what year it is."""

_SMALL_WORDS: Final = (
    "is|was|are|of|the|for|number|num|no|id|on|at|as|to|in|my|her|his|their|file|patient|member|value|here|listed|a"
)
_MARKS: Final = r"""[\s"'\\:=#.,()<>{}\[\]*_|/-]"""
_BETWEEN: Final = {
    "near": (
        rf"(?:{_MARKS}|(?:{_SMALL_WORDS})(?![0-9A-Za-z])){{0,12}}+",
        rf"(?:'?s)?(?:{_MARKS}|{_SMALL_WORDS})*[^0-9\x00]{{0,12}}",
    ),
    "loose": (r"[^0-9\x00]{0,40}?", r"[^0-9\x00]{0,40}"),
}
"""What may lie between a keyword and its value: for `re`, and, more coarsely, for the engine."""
_START: Final = r"(?:(?<![A-Za-z])|(?-i:(?<=[a-z])(?=[A-Z])))"
"""The start of a keyword: no letter before it, or a hump as in `patientMrn`."""
_END: Final = r"(?:(?<=[A-Za-z])(?:'?s)?(?![A-Za-z])|(?<![A-Za-z]))"
"""The end of a keyword, which may be a plural; what follows a mark, as in `#S24-10233`, is the value's."""
_EDGE: Final = r"(?![0-9A-Za-z])"
_PLAIN_START: Final = re.compile(r"[a-z](?![?*{])")


class RuleSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule as a pack writes it: with a `pattern`, or with `keywords` and a `value` that holds a digit."""

    id: str
    kind: Kind
    score: Annotated[int, Meta(ge=1, le=1000)]
    pattern: str = ""
    keywords: str = ""
    value: str = ""
    between: Literal["near", "loose"] = "near"
    trigger: str = ""
    validator: str = ""
    joined: bool = False
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()


class Rule(msgspec.Struct, frozen=True):
    """A rule ready to run; `check` is its validator, `trigger` what the engine looks for.

    `year` is there for a rule that reckons ages; it says in which year where a document does not.
    """

    id: str
    kind: Kind
    score: int
    joined: bool
    trigger: str
    regex: re.Pattern[str]
    check: Callable[[str], bool] | None
    year: Callable[[], int] | None = None

    @property
    def expression(self) -> str:
        """What the engine looks for."""
        return self.trigger

    def passes(self, value: str, /, *, year: int = 0) -> bool:
        """Whether a value is what the rule is about, in a document of a year; 0 for one that does not say."""
        if self.year is not None:
            return over_89(value, year=year or self.year())
        return self.check is None or self.check(value)

    def matches(self, text: str, pos: int = 0, endpos: int = sys.maxsize, /) -> Iterator[tuple[int, int]]:
        """Yields the ranges of values in `text[pos:endpos]`; look-behind sees what stands before `pos`.

        A value that fails its check is stepped into, not over.
        """
        at = pos
        while (found := self.regex.search(text, at, endpos)) is not None:
            start, end = found.span("v")
            if self.passes(text[start:end]):
                yield start, end
                at = max(end, found.start() + 1)
            else:
                at = found.start() + 1


class _Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rule: tuple[RuleSource, ...]


def read_packs(extra: Sequence[Path] = (), /) -> tuple[RuleSource, ...]:
    """Returns the rules of the built-in packs and of extra files; raises PackError with the place."""
    folder = resources.files("asepsis.scan") / "packs"
    texts = [(f"{name}.toml", (folder / f"{name}.toml").read_text()) for name in BUILT_IN]
    texts += [(str(path), _read(path)) for path in extra]
    sources = [source for name, text in texts for source in _parse(name, text)]
    seen: set[str] = set()
    for source in sources:
        if source.id in seen:
            raise PackError("expected each rule id once", place=source.id)
        seen.add(source.id)
    return tuple(sources)


def this_year() -> int:
    """Returns the year that the system's clock says, UTC."""
    return 1970 + SystemClock().now() // _YEAR_MS


def compiled(source: RuleSource, /, *, year: Callable[[], int] = this_year) -> Rule:
    """Returns a rule ready to run; raises PackError for a pattern or validator that can't be used.

    `year` is asked for the year that ages are reckoned in, each time one is read in a document without a year.
    """
    expression, trigger = _expressions(source)
    known = {*VALIDATORS, _OVER_89}
    if source.validator and source.validator not in known:
        raise PackError(f"expected one of {', '.join(sorted(known))} as validator", place=source.id)
    try:
        regex = re.compile(expression, re.ASCII)
    except re.error as error:
        raise PackError("expected a regular expression", place=source.id) from error
    if "v" not in regex.groupindex:
        raise PackError("expected a group `v` in the pattern", place=source.id)
    check = VALIDATORS.get(source.validator)
    reckoned = year if source.validator == _OVER_89 else None
    return Rule(source.id, source.kind, source.score, source.joined, trigger, regex, check, reckoned)


def _expressions(source: RuleSource) -> tuple[str, str]:
    """The expression for `re` and the trigger for the engine."""
    if source.pattern:
        if source.keywords or source.value:
            raise PackError("expected a pattern, or keywords with a value, got both", place=source.id)
        return source.pattern, source.trigger or source.pattern.replace("(?P<v>", "(?:")
    if not source.keywords or not source.value:
        raise PackError("expected a pattern, or keywords with a value", place=source.id)
    between, coarse = _BETWEEN[source.between]
    # At most places a look at one character says that no keyword begins there, which is several times as fast.
    firsts = beginnings(source.keywords)
    ahead = f"(?=[{''.join(map(re.escape, sorted(firsts)))}])" if firsts else ""
    expression = f"(?i){ahead}{_START}(?:{source.keywords}){_END}{between}(?P<v>{source.value}){_EDGE}"
    trigger = source.trigger or f"(?:{'|'.join(map(_started, alternatives(source.keywords)))})(?i:{coarse})[0-9]"
    return expression, trigger


def _started(keyword: str) -> str:
    """A keyword for the engine: one that begins with a plain letter only where a word, or a hump of one, begins."""
    if _PLAIN_START.match(keyword):
        return f"(?:^|[^A-Za-z])(?i:{keyword})|[a-z]{keyword[0].upper()}(?i:{keyword[1:]})"
    return f"(?i:{keyword})"


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise PackError("expected a readable pack", place=str(path)) from error


def _parse(name: str, text: str) -> tuple[RuleSource, ...]:
    try:
        return msgspec.convert(tomllib.loads(text), _Pack).rule
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise PackError(f"expected a rule pack: {error}", place=name) from error
