"""Rules as data: packs in TOML, read into Rules that carry their own examples.

A pattern is written once and used twice: Hyperscan, in prefilter mode, says which rules can match a text at all, and
Python's `re` finds where. KEY in a pattern stands for what may lie between a keyword and its value, and `\\b` for the
start of a keyword, which may follow a digit or an underscore.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from asepsis.core.types import Kind
from asepsis.scan.errors import PackError
from asepsis.scan.validators import VALIDATORS

__all__ = ["BUILT_IN", "Rule", "RuleSource", "compiled", "read_packs"]

BUILT_IN: Final = ("us_health", "payment", "network", "secrets")
_KEY: Final = r"""(?:[\s"'\\:=#.,(>-]|(?:is|was|of|the|for|number|no)(?![A-Za-z])){0,12}"""
_START: Final = r"(?<![A-Za-z])"


class RuleSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule as a pack writes it."""

    id: str
    kind: Kind
    pattern: str
    score: Annotated[int, Meta(ge=1, le=1000)]
    validator: str = ""
    joined: bool = False
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()


class Rule(msgspec.Struct, frozen=True):
    """A rule ready to run; `check` is its validator."""

    id: str
    kind: Kind
    score: int
    joined: bool
    expression: str
    regex: re.Pattern[str]
    check: Callable[[str], bool] | None

    def matches(self, text: str, /) -> Iterator[tuple[int, int]]:
        """Yields the ranges of values in a text. A value that fails its check is stepped into, not over."""
        at = 0
        while (found := self.regex.search(text, at)) is not None:
            start, end = found.span("v")
            if self.check is None or self.check(text[start:end]):
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


def compiled(source: RuleSource, /) -> Rule:
    """Returns a rule ready to run; raises PackError for a pattern or validator that can't be used."""
    expression = source.pattern.replace("KEY", _KEY).replace(r"\b", _START)
    if "(?P<v>" not in expression:
        expression = f"(?P<v>{expression})"
    if source.validator and source.validator not in VALIDATORS:
        raise PackError(f"expected one of {', '.join(sorted(VALIDATORS))} as validator", place=source.id)
    try:
        regex = re.compile(expression)
    except re.error as error:
        raise PackError("expected a regular expression", place=source.id) from error
    return Rule(
        source.id, source.kind, source.score, source.joined, expression, regex, VALIDATORS.get(source.validator)
    )


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
