"""Topics that are confidential beyond HIPAA: HIV, mental health, substance use, reproduction, genetics.

What a text speaks of is a Label, never a Finding: nothing is masked, and a denial (*no history of HIV*) speaks of it as
much as a diagnosis. Topics are data, as rules are: a pack of words for each, all in one Hyperscan database.
"""

import tomllib
from collections.abc import Sequence
from functools import reduce
from importlib import resources
from pathlib import Path
from typing import Final

import msgspec

from asepsis.core.labels import TRUSTED, Category, Label
from asepsis.core.types import Part, PartKind
from asepsis.scan.database import Prefilter
from asepsis.scan.errors import PackError
from asepsis.scan.normalise import fold

__all__ = ["Topic", "Topics", "read_topics"]

_PACK: Final = "confidentiality.toml"


class Topic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A topic as a pack writes it: the category that its `words`, an expression, speak of."""

    id: str
    category: Category
    words: str
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()


class _Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    topic: tuple[Topic, ...]


class Topics:
    """Says what parts speak of. Any thread may ask."""

    def __init__(self, topics: Sequence[Topic], *, cache: Path | None = None) -> None:
        """Compiles the words, or takes them from `cache`; raises PackError for words that can't be used."""
        self._categories = tuple(topic.category for topic in topics)
        self._engine = Prefilter([rf"(?i)\b(?:{topic.words})\b" for topic in topics], cache=cache)

    def categories(self, texts: Sequence[str], /) -> frozenset[Category]:
        """Returns the categories that texts speak of."""
        folded = "\n".join(text if text.isascii() else fold(text).text for text in texts)
        return frozenset(self._categories[number] for number in self._engine.fired(folded.encode("ascii", "replace")))

    def label(self, parts: Sequence[Part], /) -> Label:
        """Returns the label of parts together: what each bears already, and the categories they speak of."""
        texts = [part.text for part in parts if part.kind is not PartKind.OPAQUE]
        said = Label(categories=self.categories(texts))
        return reduce(Label.join, (part.label for part in parts), said) if parts else TRUSTED


def read_topics() -> tuple[Topic, ...]:
    """Returns the topics that come with the package."""
    text = (resources.files("asepsis.scan") / "packs" / _PACK).read_text()
    try:
        return msgspec.convert(tomllib.loads(text), _Pack).topic
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise PackError(f"expected a pack of topics: {error}", place=_PACK) from error
