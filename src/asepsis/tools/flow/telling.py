"""What in the user's words only asks or tells, so that nothing of it is to be done.

1. A sentence that begins as a question and ends as one asks for an answer, but for *can you* and *please*.
2. What is quoted is somebody's text: *send 'cancel my plan' to Ann*.
3. What others say, want or are told is theirs: *find out why*, *remind Ann to*, *she asked us to*, *tell her that*.
4. What was done is told. A doing in its past form is wanted where something before it in its clause wants it (*have
   it cancelled*, *has to be denied*), and not where it is of a thing (*the denied claim*) or was so (*has been paid*).
5. What is done to a thing as a whole is asked of nobody else (*Ann will cancel it*, *before I cancel it*), and *to
   cancel it* is an order behind a wish and none behind a thing (*the request to cancel it*).

Where a sentence may be read either way, less is asked for than was meant: that is answered with a question.
"""

import functools
import re
from collections.abc import Iterator
from typing import Final

from asepsis.tools.flow import texts
from asepsis.tools.flow.asking import asking

__all__ = ["SAID", "told"]

SAID: Final = "\u2025"
"""What stands for what somebody asks, says or is told, behind the word for that."""

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
_PIDE: Final = re.compile(r"\b(?:por favor|pued[ea]s?|podr[i\u00ed]as?|me |nos )")
"""What makes an order of a question in Spanish."""

_QUOTED: Final = re.compile(
    '(?:(?<=[\\s(:])|^)(?:"[^"]{1,2000}"|\u201c[^\u201d]{1,2000}\u201d|\u2018[^\u2019]{1,2000}\u2019'
    "|`[^`]{1,2000}`|'[^']{1,2000}')(?=[\\s.,;:!?)]|$)"
)
_ON: Final = r"(?!\b(?:and|then|but|so)\b)"
_REST: Final = rf"(?:{_ON}[^,.;:!?\n])*"
_INDIRECT: Final = re.compile(
    r"(\b(?:find out|figure out|look up|check|see|verify|confirm|ask|tell|explain|describe|say|know|understand|wonder"
    rf"|learn|show|summari[sz]e)\b(?:{_ON}[^,.;:!?\n]){{0,60}}?)\b(?:why|how|whether|if|what|when|where|which|who|whom|whose)\b"
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
_CLAUSE: Final = re.compile(r"([,.;:!?\n]\s|\b(?:and|but|or|so|then|until|till|unless|because|since|before|after)\b)")
_WORD: Final = re.compile(r"[a-z]+")
_WANTING: Final = re.compile(
    r"\b(?:as|to|(?<!will )(?<!would )(?<!may )(?<!might )(?<!could )(?<!to have )be)(?: \w+ly)? $"
    r"|\b(?:get|want|need|like|see|make|keep|leave|mark|set|have (?!been|not|already|just|also)\S+) (?:.* )?$"
)
_ATTRIBUTE: Final = re.compile(
    r"(?:\b(?:the|an?|my|his|her|their|our|your|its|this|that|these|those|all|any|every|each|no|of|was|were|been|being)"
    r"|['\u2019]s|s['\u2019])(?: (?:not|already|just|also|\w+ly))? $"
)

_MODAL: Final = r"(?: (?:will|would|might|may|could))"
_SUBJECT: Final = re.compile(
    r"(?:\b(?:he|she|they|who|any(?:body|one)|some(?:body|one)|nobody)|['\u2019](?:ll|d)"
    r"|(?<!you )\b(?:will|would|might)"
    rf"|\b(?:i|we){_MODAL}|\b(?:before|after|until|till|when|while|once|if|unless|because|since|that|how|why) (?:i|we))"
    rf"(?:{_MODAL}| (?:also|just|only|then|now|always|never|\w+ly))* $"
)
"""Who does it, where that is not the agent: an order has no subject but *you*; and *we approve it* decides it."""

_AIMED: Final = re.compile(r"\bto (?:\w+ly )?$")
_ORDERED: Final = re.compile(
    r"(?:^|[^\w\s'\u2019] ?|\b(?:want|need|like|wish|have|has|had|got|ought|prefer|try|you|us|sure|remember|proceed"
    r"|continue|go|ahead|order|is|are|am|be|and|or|please|time|best|better|supposed|going|now) )to (?:\w+ly )?$"
    r"|\b(?:use|set|change|update|switch|move|put|mark|turn|log in)\b.{0,80} to $"
)
"""*I want you to cancel it*, and no *reason to cancel it*."""

_NEAR: Final = 200
"""How far before a past form what wants it may stand."""


def told(text: str, /) -> str:
    """Returns a normal text without what in it asks for an answer and for nothing to be done, or only tells of it.

    What leads to an indirect question, or to an order for somebody else, stays: who wants a thing asked wants it asked.
    """
    text = _QUOTED.sub("\u2026", text)
    text = "".join(map(_unasked, _SENTENCE.split(text))) if "?" in text else text
    text = _INDIRECT.sub(rf"\1\2{SAID}\n ", text)
    text = _CONTENT.sub(rf"\1\2{SAID}\n ", _OTHERS.sub(rf"\1{SAID}\n ", text))
    return "".join(_undone(_CLAUSE.split(text)))


def _unasked(sentence: str) -> str:
    """A sentence without what in it is a question."""
    if sentence.startswith("\u00bf") and sentence.endswith("?") and not _PIDE.search(sentence):
        return " ? "
    found = _QUESTION.search(sentence) if sentence.endswith("?") else None
    if found is None:
        return sentence
    wish = _WISH.search(sentence, found.start())
    return f"{sentence[: found.start()]} ? {sentence[wish.start() :] if wish else ''}"


def _undone(clauses: list[str]) -> Iterator[str]:
    """Yields clauses without the doings that they tell of as done, or as somebody else's."""
    joined = ""
    for clause in clauses:
        at = 0
        for found in _WORD.finditer(clause):
            before = clause[max(0, found.start() - _NEAR) : found.start()]
            if _is_told(found[0], joined + before if found.start() < _NEAR else before):
                yield f"{clause[at : found.start()]}\u2026"
                at = found.end()
        yield clause[at:]
        joined = clause[-_NEAR:]


def _is_told(word: str, before: str) -> bool:
    """Whether a word for a doing only tells of one, by its form and by what stands before it."""
    past, third = _forms()
    if word.endswith("ed") and texts.stem(word) in past and word not in asking().plain:
        return _WANTING.search(before) is None or _ATTRIBUTE.search(before) is not None
    if word in asking().whole:
        aimed = _AIMED.search(before) is not None and _ORDERED.search(before) is None
        return aimed or _SUBJECT.search(before) is not None
    return word in third


@functools.cache
def _forms() -> tuple[frozenset[str], frozenset[str]]:
    """The stems of all doings, and the forms in which somebody does what is done to a whole thing: *she cancels it*."""
    third = (f"{word[:-1]}ies" if word.endswith("y") else f"{word}s" for word in asking().whole)
    return frozenset(map(texts.stem, asking().plain)), frozenset(third) - asking().plain
