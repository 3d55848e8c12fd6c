r"""What the user's words deny: what stands behind a `not` or `never`, and what is done to nothing or nobody.

1. A negation goes to the end of its clause, or to a `but`. A comma ends it where it has said what is not to be done:
   not in *do not, whatever they say, pay it*, nor in *do not pay, refund or credit it*; and a colon does not where the
   list behind it says that.
2. What is done to nothing is not to be done, from the beginning of its clause: *pay nothing*, *send mail to nobody*.
   An `and` joins further nouns to `no payment`, and a further verb to `nothing`.

3. What is told to be left out (`barred`) is behind a command that denies (*do not cancel V-2*), an exception (*all but
   V-2*, *except V-2 and V-3*), what the one that is meant is not (*the one that isn't V-2*), or a `leave` (*leave V-2
   alone*), or where another one is told by it (*the visit after V-2*, *the duplicate of V-2*). *I have not got
   V-2* tells of it and bars nothing.

Where a sentence may be read either way, more is denied than was meant: that is answered with a question.
"""

import re
from collections.abc import Iterator
from typing import Final

__all__ = ["apart", "barred"]

_SENTENCE: Final = re.compile(r"([;:!?\n]|[.](?=\s|$))")
_CLAUSE: Final = re.compile(r"(,|\b(?:but|instead(?! of)|rather(?! than))\b)")
_NOT: Final = re.compile(
    r"\b(?:(?:(?P<do>do|must|should|shall|can|could|may) ?(?:not|n['\u2019]t)|cannot|ca ?n['\u2019]?t|(?P<never>never)"
    r"|\w+n['\u2019]t|(?:do|does|did|wo|need|would|should|must|could|is|are|was|were|has|have|had|ai)nt"
    r"|forbid(?:den|s)?|prohibit(?:ed|s)?|not|neither|nor|without|avoid|(?:instead of|rather than)|hold off"
    r"|nunca|jam[a\u00e1]s|pero no|no need to"
    r"|(?:refuse|decline)[sd]? to|refrain from|(?:ask|check with|consult) (?:me|us) (?:first )?before)\b)"
    r"(?! only\b)"
)
_SUBJECTLESS: Final = re.compile(r"(?:^|\b(?:please|and|or|so|then|also|just|you|kindly|must|should))\s*$")
_ASIDE: Final = re.compile(
    r"\s*(?:$|(?:under|in|on|at|for|by|with|until|if|when|while|unless|even|ever|whatever|whoever|no|despite|please"
    r"|again|of|i|you|they|he|she|we|\w+ly)\b)"
)
"""Nothing, or the beginning of what is said in passing: no verb of what is to be done."""

_LISTED: Final = re.compile(r"\s*(?:\w+(?: (?:it|them|him|her))? )?n?or\b")
_POINTING: Final = re.compile(r"\b(?:these|this|that|following|things|any|either)(?: \w+)?\s*$")
_SAID_OF: Final = re.compile(r"\b(?:that|which|who)(?: (?:is|are|was|were|has|have|had))?\s*$")
_IS: Final = re.compile(r"(?:is|are|was|were|has|have|had)n|not")
_ORDER: Final = re.compile(
    r"\band (?:then |also |please |just )?[a-z]+ (?:it|them|him|her|the|this|that|these|those|its|their|his)\b"
)
"""What a clause that tells which one is meant does not go on with: *the one that isn't paid and pay it*."""

_NOT_AS: Final = re.compile(r" an? \w+(?= and )")
_PART: Final = re.compile(
    r"([,;:!?\n]|[.](?=\s|$)|\b(?:and|but|instead|then|if|when|where|since|because|that|which|who|as|unless|while|with"
    r"|so|though|although|there|is|are|was|were|has|have|had|i|we|they|he|she|you|says|shows|gives|saying|stating)\b)"
)
_NOUGHT: Final = re.compile(
    r"\b(?:(?P<alone>nothing|nobody|none|no[ -]one)"
    r"|(?<!\ba )no (?!longer|more|less|fewer|later|earlier|sooner|matter|doubt|problem|show|need)[a-z]+)\b(?![\w-]*\d)"
)

_BEGINS: Final = r"(?:^|[.,;:!?\n(-]\s*|\b(?:and|but|so|then|please|also|just|you)\s+)"
_BARRING: Final = re.compile(
    rf"{_BEGINS}(?:(?:do|must|should|may|can) ?(?:not|n['\u2019t]+)|cannot|ca ?n['\u2019]?t|never|not"
    r"|nunca|jam[a\u00e1]s)\b(?! only\b)"
    r"[^.,;!?\n]*"
    r"|\b(?:without|instead of|rather than|pero no|excepto|salvo)\b[^.,;!?\n]*"
    r"|\b(?:after|before|follow(?:s|ing)?|precede[sd]?|(?:duplicate|copy) of|same as|identical to)"
    r" (?:[a-z]+ ){0,2}[a-z]{1,6}[-#]?\d[\w-]*"
    r"|\b[\w-]{1,64} (?:is |are )?(?:excepted|excluded|exempt(?:ed)?|not included)\b"
    r"|\b(?:except|excepting|excluding|other than|apart from|aside from|minus|not (?:counting|including)"
    r"|with the exception of"
    r"|(?P<all>(?:all|every\w*|any\w*|each|both|none|no \w+)(?: [^\s.,;!?]+){0,3} )"
    r"(?:but|save|bar))\b(?:(?!(?<!\bdr)(?<!\bmr)(?<!\bms)(?<!\bmrs)\.\s|\.$|[;!?\n]).)*"
    r"|\b(?:that|which|who) (?:(?:is|are|was|were|does|do|did|has|have|had)(?:n['\u2019]?t| not)|never)\b"
    rf"(?:(?!{_ORDER.pattern})[^.,;:!?\n])*"
    r"|\b(?:leave|keep)\b(?:(?!\.\s|[,;!?\n]).){1,100}?\b(?:alone|untouched|out|as (?:is|it is|they are|it was))\b"
)


def barred(text: str, /) -> tuple[str, str]:
    """Returns what of a normal text is told to be left out, and the others of it."""
    out = (found[0][len(found["all"] or "") :] for found in _BARRING.finditer(text))
    return " \n ".join(out), _BARRING.sub(lambda found: f"{found['all'] or ''} \n ", text)


def apart(text: str, /) -> tuple[str, str]:
    """Returns a normal text without its denied parts, and those."""
    meant: list[str] = []
    denied: list[str] = []
    for said, is_denied in (*_told(text), ("", False)):
        (denied if is_denied else meant).append(said)
        if is_denied:
            meant.append(" \n ")
    kept = [" \n " if nought else said for said, nought in _idle("".join(meant))]
    denied += [said for said, nought in _idle("".join(meant)) if nought]
    return "".join(kept), " \n ".join(denied)


def _told(text: str) -> Iterator[tuple[str, bool]]:
    """Yields a text in pieces, each with whether a negation before it denies it."""
    denying = False
    for piece in _SENTENCE.split(text):
        if _SENTENCE.fullmatch(piece):
            denying = denying and piece == ":"
            yield piece, denying
            continue
        last = ("", False)
        for last in _clauses(piece, denying=denying):
            yield last
        denying = last[1] and (_POINTING.search(last[0]) is not None or _bare(last[0]))


def _bare(said: str) -> bool:
    """Whether a negation is all that is said."""
    found = _NOT.match(said)
    return found is not None and not said[found.end() :].strip()


def _clauses(sentence: str, *, denying: bool) -> Iterator[tuple[str, bool]]:
    """Yields the clauses of a sentence, each cut where a negation in it begins."""
    pieces = _CLAUSE.split(sentence)
    listed = _lists(pieces)
    whole = pending = denying
    for at, piece in enumerate(pieces):
        if at % 2:
            denying = denying and piece == "," and (whole or pending or listed[at + 1])
            yield piece, denying
            continue
        if denying:
            pending = pending and _ASIDE.match(piece) is not None
            yield piece, True
            continue
        found = _NOT.search(piece)
        if found is None:
            yield piece, False
            continue
        before, behind = piece[: found.start()], piece[found.end() :]
        order = _ORDER.search(behind) if _tells(before, found[0]) and not _denies(behind) else None
        if order is not None:
            yield before, False
            yield piece[found.start() : found.end() + order.start()], True
            yield behind[order.start() :], False
            continue
        as_such = _NOT_AS.match(behind) if found[0] == "not" and before.endswith("as ") else None
        yield before, False
        yield piece[found.start() : found.end() + (as_such.end() if as_such else len(behind))], True
        if as_such:
            yield behind[as_such.end() :], False
        denying = as_such is None
        alone = _SUBJECTLESS.search(before) is not None
        pending = alone and bool(found["do"] or found["never"]) and _ASIDE.match(behind) is not None


def _tells(before: str, negation: str) -> bool:
    """Whether a negation only tells which one is meant: *that isn't paid*."""
    return _SAID_OF.search(before) is not None and _IS.match(negation) is not None


def _denies(said: str) -> bool:
    return _NOT.search(said) is not None or _NOUGHT.search(said) is not None


def _lists(pieces: list[str]) -> list[bool]:
    """For each clause whether it, or one behind it before a `but`, is joined to those before by an `or`."""
    found = [False] * (len(pieces) + 1)
    for at in range(len(pieces) - 1, -1, -1):
        later = found[at + 1] if at % 2 == 0 or pieces[at] == "," else False
        found[at] = later or (at % 2 == 0 and _LISTED.match(pieces[at]) is not None)
    return found


def _idle(text: str) -> Iterator[tuple[str, bool]]:
    """Yields a text in pieces, each with whether what it says is said of nothing."""
    joined = False
    for piece in _PART.split(text):
        found = _NOUGHT.search(piece)
        if found is not None:
            starts = not piece[: found.start()].strip()
            joined = found["alone"] is None or starts
        elif _PART.fullmatch(piece):
            # *No payment is to be made*: the verb stands behind.
            joined = joined and piece in {"and", "is", "are", "was", "were", "has", "have", "had"}
        yield piece, found is not None or joined
