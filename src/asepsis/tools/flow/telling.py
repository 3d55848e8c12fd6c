"""What in the user's words only asks or tells, so that nothing of it is to be done.

1. A sentence that begins as a question and ends as one asks for an answer, but for *can you* and *please*.
2. What is quoted is somebody's text: *send 'cancel my plan' to Ann*.
3. What others say, want or are told is theirs: *find out why*, *remind Ann to*, *she asked us to*, *tell her that*.
4. What was done is told. A doing in its past form is wanted where something before it in its clause wants it (*have it
   cancelled*, *has to be denied*), and not where it is of a thing (*the denied claim*) or was so (*has been paid*).

Where a sentence may be read either way, less is asked for than was meant: that is answered with a question.
"""

import re
from collections.abc import Iterator
from typing import Final

from asepsis.tools.flow import texts
from asepsis.tools.flow.asking import asking

__all__ = ["told"]

_SENTENCE: Final = re.compile(r"((?<=[.!?:;])\s+|\s*\n\s*)")
_QUESTION: Final = re.compile(
    r"(?:^(?:(?:and|but|or|so|also|ok|okay|well),? )?|,? (?:and|but|or|so) )"
    r"(?:(?:is|are|was|were|am|do|does|did|has|have|had|should|shall|may|might|must|can|could|would|will)(?:n['\u2019]?t)?"
    r"|who|whose|whom|which|what|when|where|why|how|any(?:thing|body|one)?"
    r"|(?:in|on|at|by|for|from|to|with|under|after|before) (?:which|what|whom))\b"
)
_WISH: Final = re.compile(
    r"\b(?:(?:can|could|would|will) (?:you|someone|somebody)|(?:can|could|may) (?:i|we) (?:have|get)|please|kindly|then"
    r"|if (?:so|not|yes)|why (?:not|don['\u2019]t))\b"
)
_QUOTED: Final = re.compile(
    '(?:(?<=[\\s(:])|^)(?:"[^"]{1,2000}"|\u201c[^\u201d]{1,2000}\u201d|\u2018[^\u2019]{1,2000}\u2019'
    "|`[^`]{1,2000}`|'[^']{1,2000}')(?=[\\s.,;:!?)]|$)"
)
_ON: Final = r"(?!\b(?:and|then|but|so)\b)"
_REST: Final = rf"(?:{_ON}[^,.;:!?\n])*"
_INDIRECT: Final = re.compile(
    r"(\b(?:find out|figure out|look up|check|see|verify|confirm|ask|tell|explain|describe|say|know|understand|wonder"
    rf"|learn|show|summari[sz]e)\b(?:{_ON}[^,.;:!?\n]){{0,60}}?)\b(?:why|how|whether|if)\b"
    rf"(?! (?:you|we|i) (?:can|could|may)\b)(?:(?!\bplease\b){_ON}[^,.;:!?\n])*"
    r"|(\b(?:remind|ask|tell|advise|instruct|invite|urge|encourage|warn) (?!you\b)(?:[^\s,.;:!?]+ ){1,4}?)to\b"
    rf"{_REST}"
)
_OTHERS: Final = re.compile(
    r"(?<!\bi )(?<!\bwe )\b(says|said|asks|asked|wants|wanted|writes|wrote|thinks|suggests|suggested|recommends"
    r"|recommended|requests|requested|insists|insisted|demands|demanded|tells|told|argues|argued)"
    rf"(?: (?:me|us|you|them|him|her))? (?:to|that|whether|if|we|they|he|she|it|you|i)\b{_REST}"
)
_SAYING: Final = (
    r"tell|inform|notify|let|text|write|fax|e-?mail|mail|message|page|say|note|reply|respond|answer|confirm|warn|remind"
    r"|explain|mention|document|report|announce|comment"
)
_CONTENT: Final = re.compile(
    rf"(\b(?!note that\b)(?:{_SAYING})\b(?: (?!that\b)[^\s,.;:!?]+){{0,8}}) that\b{_REST}"
    rf"|((?:^|(?<=[.,;:!?\n] )|\b(?:and|then|please) )(?:{_SAYING})(?: (?:[^\s,;:!?]+)){{1,12}}): [^.!?\n]*"
)
_CLAUSE: Final = re.compile(r"([,.;:!?\n]\s|\b(?:and|but|or|so|then)\b)")
_PAST: Final = re.compile(r"(?:(?<=\s)|^)([a-z]+ed)\b")
_WANTING: Final = re.compile(
    r"\b(?:as|to|(?<!will )(?<!would )(?<!may )(?<!might )(?<!could )(?<!to have )be)(?: \w+ly)? $"
    r"|\b(?:get|want|need|like|see|make|keep|leave|mark|set|have (?!been|not|already|just|also)\S+) (?:.* )?$"
)
_ATTRIBUTE: Final = re.compile(
    r"(?:\b(?:the|an?|my|his|her|their|our|your|its|this|that|these|those|all|any|every|each|no|of|was|were|been|being)"
    r"|['\u2019]s|s['\u2019])(?: (?:not|already|just|also|\w+ly))? $"
)

_NEAR: Final = 200
"""How far before a past form what wants it may stand."""


def told(text: str, /) -> str:
    """Returns a normal text without what in it asks for an answer and for nothing to be done, or only tells of it.

    What leads to an indirect question, or to an order for somebody else, stays: who wants a thing asked wants it asked.
    """
    text = _QUOTED.sub("\u2026", text)
    text = "".join(map(_unasked, _SENTENCE.split(text))) if "?" in text else text
    text = _INDIRECT.sub(r"\1\2\n ", text)
    text = _CONTENT.sub(r"\1\2\n ", _OTHERS.sub(r"\1\n ", text))
    return "".join(_undone(_CLAUSE.split(text)))


def _unasked(sentence: str) -> str:
    """A sentence without what in it is a question."""
    found = _QUESTION.search(sentence) if sentence.endswith("?") else None
    if found is None:
        return sentence
    wish = _WISH.search(sentence, found.start())
    return f"{sentence[: found.start()]} ? {sentence[wish.start() :] if wish else ''}"


def _undone(clauses: list[str]) -> Iterator[str]:
    """Yields clauses without the doings that they tell of as done."""
    plain = asking().plain
    stems = {texts.stem(word) for word in plain}
    for clause in clauses:
        at = 0
        for found in _PAST.finditer(clause):
            before = clause[max(0, found.start() - _NEAR) : found.start()]
            wanted = _WANTING.search(before) is not None and _ATTRIBUTE.search(before) is None
            if found[1] not in plain and texts.stem(found[1]) in stems and not wanted:
                yield f"{clause[at : found.start()]}\u2026"
                at = found.end()
        yield clause[at:]
