"""A file of manifests with other pins: what pinning changes is changed in its text, what people wrote there stays.

1. A tool that was in the file keeps its lines, its comments among them; its digest is another one. Only what a draft
   had put there for its reader goes: the server's words, and categories that were proposed and that nobody took.
2. A tool that is gone takes its lines along. What is new is added at the end.
3. INVARIANT: the text reads as what was to be pinned. One that can't be changed line by line is not changed at all.
"""

import itertools
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from asepsis.core.errors import ConfigError
from asepsis.tools.confidential import kinds
from asepsis.tools.manifests import Confirmed, read

__all__ = ["amended"]

_HEAD: Final = re.compile(r"\s*\[\[\s*tools\s*\]\]")
_DIGEST: Final = re.compile(r"""^(\s*digest\s*=\s*)(?:"[^"]*"|'[^']*')(.*)$""")
_WORDS: Final = re.compile(r'# ".*"\s*')
_PROPOSED: Final = re.compile(r"# categories = \[")
_WHY: Final = re.compile(r"(.*\},|categories = .*\])\s+# ([a-z_]+(?:, [a-z_]+)*)\s*")


def amended(text: str, pinned: Confirmed, drafts: str, /) -> str | None:
    """Returns the text of a file with what is pinned now, `drafts` being that of tools that are new in it.

    None for a text that is not written tool by tool, each below a `[[tools]]` of its own.
    """
    head, blocks = _blocks(text.split("\n"))
    digests = {tool.name: tool.digest for tool in pinned.tools}
    try:
        kept = [line for block in blocks for line in _pinned(block, digests)]
        result = "\n".join([*head, *kept]).rstrip("\n") + "\n"
        result += f"\n{drafts}" if drafts else ""
        same = sorted(read(result).tools, key=str) == sorted(pinned.tools, key=str)
    except (ConfigError, tomllib.TOMLDecodeError, LookupError):
        return None
    return result if same else None


def _blocks(lines: Sequence[str]) -> tuple[Sequence[str], list[Sequence[str]]]:
    """Returns what stands before all tools, and the lines of each, with the comment that stands right before it."""
    begins = [*(_begin(lines, at) for at, line in enumerate(lines) if _HEAD.match(line)), len(lines)]
    return lines[: begins[0]], [lines[begin:end] for begin, end in itertools.pairwise(begins)]


def _begin(lines: Sequence[str], at: int) -> int:
    while at and lines[at - 1].startswith("#") and not _PROPOSED.match(lines[at - 1]):
        at -= 1
    return at


def _pinned(block: Sequence[str], digests: Mapping[str, str]) -> Iterator[str]:
    """Yields the lines of one tool as they are from now on; raises LookupError where its name can't be told."""
    (tool,) = tomllib.loads("\n".join(block))["tools"]
    digest = digests.get(tool["name"])
    if digest is None:
        yield from _behind(block)
        return
    head = next(at for at, line in enumerate(block) if _HEAD.match(line))
    yield from (line for line in block[:head] if not _WORDS.fullmatch(line))
    for line in block[head:]:
        if not _PROPOSED.match(line):
            yield _taken(_DIGEST.sub(rf'\1"{digest}"\2', line))


def _taken(line: str) -> str:
    """A line without the kinds of data by which categories were proposed in it."""
    why = _WHY.fullmatch(line)
    return why[1] if why and kinds().issuperset(why[2].split(", ")) else line


def _behind(block: Sequence[str]) -> Sequence[str]:
    """What stands behind the lines of a tool that is gone: comments of their own, past an empty line."""
    last = max(at for at, line in enumerate(block) if line.strip() and not line.startswith("#"))
    rest = block[last + 1 :]
    empty = next((at for at, line in enumerate(rest) if not line.strip()), len(rest))
    return rest[empty:]
