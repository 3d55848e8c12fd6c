"""What users say in passing: conditions, what others may or will do, and what is being done.

| said | orders |
| --- | --- |
| *Before you cancel V-2, ask me*, *… unless we cancel it* | nothing behind `before`, `unless` and the like |
| *how to cancel it*, *the form to cancel it*, *forbidden to*, *too early to* | nothing behind the `to` |
| *Reject the request to pay it* | the rejecting alone |
| *Cancel it once I confirm* | nothing |
| *We will cancel it*, *Ann may cancel it* | nothing; *you may* and *would you* do |
| *before denying it*, *they deny it* | nothing; *mind denying it* and *can we deny it* do |

Where a sentence may be read either way, less is ordered than was meant: that is answered with a question.
"""

import functools
import re
from collections.abc import Sequence
from typing import Final

from asepsis.tools.flow import texts
from asepsis.tools.flow.asking import asking

__all__ = ["forms", "ordered"]

_REST: Final = r"(?:(?!\b(?:and|then|but|so|please)\b)[^,.;:!?\n])*"
_ASIDE: Final = (
    r"(?:if|when|whenever|before|after|until|unless|once|since|because|although|though|lest|in case|as soon as)"
)
_CAN: Final = r"(?! (?:(?:you|we|i) (?:can|could|may)|so|not|yes|possible|needed|necessary)\b)"
_LEADING: Final = re.compile(
    rf"(?:(?<=[.;:!?\n] )|(?<=\n)|^)\s*{_ASIDE}\b{_CAN}[^,.;:!?\n]*(?=,(?! (?:and|at|by|for|from|in|on|or|to|with)\b))"
)
_TRAILING: Final = re.compile(rf"(?<=[^\s.;:!?\n] )(?<!\band )(?<!\bthen )(?<!\bbut )(?<!\bso ){_ASIDE}\b{_CAN}{_REST}")
_TOLD_OF: Final = (
    "ability|authority|cost|deadline|failure|fee|form|instruction|intention|option|permission|policy|procedure"
    "|process|reason|refusal|right|rule|step|threat|way"
)
_TOO: Final = (
    "afraid|dangerous|early|forbidden|hesitant|illegal|impossible|late|prohibited|reluctant|unable|unsafe|unwilling"
    "|unwise|used|wrong|costs?|takes|threatened|intends|intended|hopes|hoped"
)
_INFINITIVE: Final = re.compile(rf"\b((?:(?:{_TOLD_OF})(?:e?s)?|{_TOO}|how|too \w+) )to\b(?! (?:me|us)\b){_REST}")
_AGAINST: Final = re.compile(
    r"\b((?:undo|void|nullify|retract|scrap|discard|take back"
    r"|reject|deny|decline|ignore|dismiss|disregard|cancel|reverse|resist|oppose|postpone|withdraw|revoke"
    r"|appeal|dispute|question|block|stop|turn down|overturn|overrule|rescind|veto)\b[^,.;:!?\n]{0,60}?"
    r"\b(?:application|attempt|bid|decision|demand|motion|offer|order|plan|proposal|push|recommendation|request|wish)"
    rf"(?:e?s)? )to\b{_REST}"
)
_WILL: Final = re.compile(
    r"\b(?!you\b)([a-z0-9-]+(?:'ll|\u2019ll| (?:will|would|may|might))\b)"
    rf"(?! (?:you|like|love|prefer|appreciate|want|need|be|have|help)\b){_REST}"
)
_DOING: Final = frozenset({"begin", "by", "finish", "mind", "need", "needs", "start", "try"})
_FOR: Final = {"with": frozenset({"ahead", "help", "proceed"}), "for": frozenset({"put", "send", "submit"})}
_OTHERS: Final = frozenset({"he", "she", "they", "who"})
_ASKING: Final = frozenset({"can", "could", "let", "shall"})


_MY_WORD: Final = re.compile(
    r"[^.;:!?\n]*\b(?:once|when|as soon as|after|until|unless|if) i(?:['\u2019]ve| have)? "
    r"(?:\u2026|confirm|approve|agree|ok|okay|decide|sa(?:y|id) (?:so|yes|it)|tell you|sign off"
    r"|get back|give (?:you|my|the))"
    r"[^.;:!?\n]*"
)
"""What waits for the user's word is not ordered yet."""


def ordered(text: str, /) -> str:
    """Returns a normal text without what in it is only told of."""
    text = _MY_WORD.sub(" ", text)
    text = _TRAILING.sub("\n ", _LEADING.sub("\n ", text))
    text = _AGAINST.sub(r"\1\n ", _INFINITIVE.sub(r"\1\n ", text))
    return _WILL.sub(r"\1\n ", text)


def forms(words: Sequence[str], /) -> list[str]:
    """Returns the words of an order without those doings in it that are told as done, or as what others do."""
    return [word for at, word in enumerate(words) if not _told(words, at)]


def _told(words: Sequence[str], at: int) -> bool:
    """Whether a word is a doing in a form that orders nothing."""
    word, last = words[at], words[at - 1] if at else ""
    if word in asking().plain:
        return last in _OTHERS and (words[at - 2] if at > 1 else "") not in _ASKING
    if texts.stem(word) not in _stems():
        return False
    wanted = last in _DOING or (last in _FOR and not _FOR[last].isdisjoint(words[max(at - 4, 0) : at]))
    return word.endswith("ing") and not wanted


@functools.cache
def _stems() -> frozenset[str]:
    return frozenset(map(texts.stem, asking().plain))
