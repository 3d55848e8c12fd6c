"""What is suspicious in a tool's own words: a sensor beside the pin, never the boundary.

| rule | what it sees in a name, a description or a schema |
| --- | --- |
| hidden | characters that nobody sees: zero width, tags, direction marks, control characters |
| confusable | a name that is not plain ASCII, or that only looks unlike another tool's |
| orders | words that speak to the model and not of the tool: ignore, do not tell, before using, always first |
| other_tool | the name of another tool beside an order |
| secrets | words that ask for keys, passwords, files of settings or earlier messages |
| encoded | long runs that may be encoded text |
| link | an address; a description needs none |
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from asepsis.tools.shapes import schema_leaves
from asepsis.tools.types import Json, Tool

__all__ = ["SAYS", "Suspicion", "legible", "scan", "skeleton"]

SAYS: Final = {
    "hidden": "characters that nobody sees",
    "confusable": "looks like another name",
    "orders": "speaks to the model and not of the tool",
    "other_tool": "names another tool beside an order",
    "secrets": "speaks of keys, passwords or earlier messages",
    "encoded": "may be encoded text",
    "link": "has an address",
}
"""What each rule sees, for whoever reads a tool's words."""

_DEPTH: Final = 64
_HIDDEN: Final = frozenset({"Cc", "Cf", "Co", "Cn", "Cs"})
_SPACES: Final = frozenset("\n\r\t")
_ORDERS: Final = re.compile(
    r"\b(ignore|disregard|forget)\b.{0,40}\b(previous|prior|above|other|earlier|instruction|rule)"
    r"|\b(do not|don't|never)\s+(tell|mention|inform|reveal|show|ask|notify)"
    r"|\b(before|after|whenever|instead of)\s+(you\s+)?(use|using|call|calling|invoke|invoking|running)\b"
    r"|\b(you|assistant|the model|the agent|ai)\s+(must|should|have to|need to|are required)\b"
    r"|<\s*/?\s*(important|system|instructions?|information|secret|admin)\s*>"
    r"|\bsystem prompt\b|\bwithout (telling|asking|informing)\b|\b(side ?note|sidenote) to\b",
    re.IGNORECASE | re.DOTALL,
)
_SECRETS: Final = re.compile(
    r"\b(api[ _-]?keys?|private keys?|passwords?|credentials?|access tokens?|id_rsa|\.ssh|\.env|mcp\.json|\.aws)\b"
    r"|\b(conversation|chat) history\b|\bprevious messages\b",
    re.IGNORECASE,
)
_ENCODED: Final = re.compile(r"[A-Za-z0-9+/]{60,}={0,2}|(?:[0-9a-fA-F]{2}){32,}|(?:\\u[0-9a-fA-F]{4}){4,}")
_LINK: Final = re.compile(r"\b(?:https?|ftp|data|javascript):", re.IGNORECASE)
_LOOKS: Final = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "5": "s", "8": "b", "_": None, "-": None, ".": None, " ": None, "/": None}
)
_SCRIPTS: Final = str.maketrans("аеорсухіјѕԁɡοαντιρυκϲհոսզ", "aeopcyxijsdgoavtipukchnuq")

_TOKEN: Final = re.compile(r"[^\s\"{}\[\],:]+")


class Suspicion(NamedTuple):
    """A rule of the table and where it applies: the tool and the part of its definition, never the words."""

    rule: str
    tool: str
    place: str


def scan(tools: Sequence[Tool], /) -> tuple[Suspicion, ...]:
    """Returns what is suspicious in a server's tools; raises InputError for schemas beyond the limits."""
    names = {tool.name for tool in tools}
    found = [suspicion for tool in tools for suspicion in _of(tool, names)]
    looks: dict[str, str] = {}
    alike = (tool.name for tool in tools if looks.setdefault(skeleton(tool.name), tool.name) != tool.name)
    found += [Suspicion("confusable", name, "name") for name in alike]
    return tuple(dict.fromkeys(found))


def skeleton(name: str, /) -> str:
    """Returns what a name looks like: equal for names that a reader takes for each other."""
    plain = unicodedata.normalize("NFKD", name).casefold().translate(_SCRIPTS)
    return "".join(c for c in plain if unicodedata.category(c) not in {*_HIDDEN, "Mn"}).translate(_LOOKS)


def legible(text: str, /) -> str:
    """Returns a text as a person can tell it from others: what they don't see, or take for another letter, as numbers.

    Letters of other scripts stay where a word is all of such, and looks like none of ours.
    """
    return _TOKEN.sub(_spelled, "".join(c if c.isprintable() else _number(c) for c in text))


def _spelled(token: re.Match[str]) -> str:
    word = token[0]
    if word.isascii():
        return word
    plain = "".join(map(_plain, word))
    every = "@" in plain or plain.casefold().translate(_SCRIPTS).isascii()
    mixed = any(c.isascii() and c.isalpha() for c in word)
    return "".join(_number(c) if not c.isascii() and (every or (mixed and _looks_other(c))) else c for c in word)


def _looks_other(c: str) -> bool:
    """Whether a letter among plain ones may be taken for one: of another script, a mark, another form of one."""
    foreign = unicodedata.category(c)[0] in {"L", "M"} and not unicodedata.name(c, "").startswith("LATIN")
    return foreign or _plain(c) != c or c in "\u0131\u0251\u0261"


def _plain(c: str) -> str:
    """The letter that another form of it stands for."""
    plain = unicodedata.normalize("NFKC", c)
    return plain if len(plain) == 1 else c


def _number(c: str) -> str:
    return f"\\u{ord(c):04x}"


def _of(tool: Tool, names: set[str]) -> Iterator[Suspicion]:
    others = [re.escape(name) for name in names if name != tool.name and len(name) > 3]
    named = re.compile(rf"\b(?:{'|'.join(others)})\b") if others else None
    for place, text in _texts(tool):
        if any(unicodedata.category(c) in _HIDDEN and c not in _SPACES for c in text):
            yield Suspicion("hidden", tool.name, place)
        if place == "name":
            if not text.isascii():
                yield Suspicion("confusable", tool.name, place)
            continue
        orders = _ORDERS.search(text)
        if orders:
            yield Suspicion("orders", tool.name, place)
        if orders and named is not None and named.search(text):
            yield Suspicion("other_tool", tool.name, place)
        for rule, pattern in (("secrets", _SECRETS), ("encoded", _ENCODED), ("link", _LINK)):
            if pattern.search(text):
                yield Suspicion(rule, tool.name, place)


def _texts(tool: Tool) -> Iterator[tuple[str, str]]:
    yield "name", tool.name
    yield "description", tool.description
    for title, schema in (("input", tool.input_schema), ("output", tool.output_schema)):
        told = [" ".join((leaf.path, leaf.description, *leaf.values)) for leaf in schema_leaves(schema)]
        yield from ((f"{title}[{number}]", text) for number, text in enumerate(told))
        yield title, "\n".join(text for text in _strings(schema, 0) if not any(text in one for one in told))


def _strings(value: Json, depth: int) -> Iterator[str]:
    """Yields what else a schema has a model read: titles, defaults, examples, what is said of objects."""
    if isinstance(value, str):
        yield value
    elif depth < _DEPTH and isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _strings(one, depth + 1)
