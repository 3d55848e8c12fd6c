"""What the values mean that a schema allows for an argument: a doing such as an approval, or only a kind of thing.

`APV`, `approved` and `A1` in *A1 certified in total, A3 not certified* are doings: to pass one is to do it, so that the
user has to have asked for it. `FAX` and `MAIL`, `home` and `work` are kinds, and whichever is taken does nothing by
itself. A list in which any value is a doing or a permission has no kinds, and neither has one that is a verdict by its
argument's name, such as `GO` and `NOGO`. Where an argument says which of its actions a tool runs, each that is no
reading is a doing, known or not.
"""

import re
from typing import Final

from asepsis.tools.shapes import SchemaLeaf
from asepsis.tools.vocabulary import singular, vocabulary, words_of

__all__ = ["acts", "kinds", "meanings", "readings"]

_CODE: Final = re.compile(r"[A-Z][A-Z0-9]{0,7}")
_END: Final = re.compile(r"[,;.\n()]")
_NOT: Final = frozenset({"not", "non", "no", "un", "never"})
_STATES: Final = frozenset({"condition", "phase", "stage", "state", "status"})
"""What is so from the call on is what the call does."""

_ACTIONS: Final = frozenset(
    {"action", "activity", "cmd", "command", "function", "method", "op", "operation", "transaction", "verb"}
)
_REQUESTS: Final = frozenset({"delete", "get", "head", "list", "options", "patch", "post", "put", "search"})
_LONGEST: Final = 24
_IRREGULAR: Final = {"held": "hold", "overridden": "override", "paid": "pay", "sent": "send", "upheld": "uphold"}


def meanings(leaf: SchemaLeaf, /) -> tuple[tuple[str, str], ...]:
    """Returns the verb that each value means, by the value itself or else by the description; none for kinds."""
    if leaf.kind == "boolean":
        return _switched(words_of(leaf.name))
    values = leaf.values or tuple(dict.fromkeys(_CODE.findall(leaf.description)))
    found = {value: _verb(words_of(value)) or _verb(_said_of(value, values, leaf.description)) for value in values}
    found |= {value: verb for value, verb in _verdicts(leaf, set(found.values())).items() if not found[value]}
    return tuple((value, verb) for value, verb in found.items() if verb)


def readings(leaf: SchemaLeaf, /) -> tuple[str, ...]:
    """Returns the values by which a tool only reads, where an argument says which of its actions it runs."""
    named = _ACTIONS.intersection(words_of(leaf.name)[-1:])
    # A method of payment may be a check.
    if not named or (named == {"method"} and not _REQUESTS.issuperset(map(str.casefold, leaf.values))):
        return ()
    return tuple(value for value in leaf.values if _reads(words_of(value)))


def acts(leaf: SchemaLeaf, /) -> tuple[tuple[str, str], ...]:
    """Returns the doings that an argument picks from, each with its verb, where it says which action a tool runs."""
    reads, known = readings(leaf), dict(meanings(leaf))
    if not _ACTIONS.intersection(words_of(leaf.name)[-1:]):
        return ()
    doings = (value for value in leaf.values if value not in reads and words_of(value))
    return tuple((value, known.get(value) or words_of(value)[0]) for value in doings)


def _reads(words: tuple[str, ...]) -> bool:
    """Whether an action is a reading by its first word, and no doing stands behind it: `getCase`, no `readAndClose`."""
    effects = vocabulary().effects
    doings = {verb for said, verbs in effects.items() if said != "read" for verb in verbs}
    doubtful = {*vocabulary().doubtful["things"], *vocabulary().doubtful["both"]}
    return words[:1] != () and words[0] in effects["read"] and (doings - doubtful).isdisjoint(words)


def _switched(words: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """What yes and no mean where an argument is named by a doing that another one ends: `hold`, `locked`."""
    pairs = vocabulary().switches.items()
    verb = next((word for word in words[-1:] for pair in pairs if word in pair), "") or _verb(words[-1:])
    other = next((off if verb == on else on for on, off in pairs if verb in (on, off)), "")
    return (("true", verb), ("false", other)) if other else ()


def _verdicts(leaf: SchemaLeaf, verbs: set[str]) -> dict[str, str]:
    """The verdicts of a list with a yes and a no, or an approval among its verbs; plain words only where named so."""
    table = vocabulary().verdicts
    plain = () if _rules(leaf) else table["plain"]
    said = {value: " ".join(words_of(value)) for value in leaf.values}
    found = {
        value: verb
        for word, verb in (("yes", "approve"), ("no", "deny"))
        for value, text in said.items()
        if text not in plain and (text in table[word] or (verb == "deny" and _denied(text.split())))
    }
    known = {"approve"} if verbs & set(vocabulary().least["approving"]) else verbs & {"deny"}
    return found if len(known.union(found.values())) > 1 else {}


def _denied(words: list[str]) -> bool:
    """Whether words are a yes that is denied, as in `not covered`."""
    return words[:1] != [] and words[0] in _NOT and " ".join(words[1:]) in vocabulary().verdicts["yes"]


def kinds(leaf: SchemaLeaf, /) -> tuple[str, ...]:
    """Returns the allowed values where all of them are kinds of things, and passing one does nothing by itself."""
    if len(leaf.values) < 2 or _rules(leaf) or meanings(leaf) or set(words_of(leaf.name)[-1:]) & _STATES:
        return ()
    named = {word for value in leaf.values for word in words_of(value)}
    return () if named & set(vocabulary().least["permissions"]) else leaf.values


def _rules(leaf: SchemaLeaf) -> bool:
    """Whether an argument is a verdict by its name."""
    return bool(set(vocabulary().verdicts["named"]) & set(words_of(leaf.name)))


def _said_of(value: str, values: tuple[str, ...], description: str) -> tuple[str, ...]:
    """The words behind a value in a description, up to the next value or what ends them."""
    words: list[str] = []
    for word in _behind(value, description).split():
        if word in values:
            break
        words.append(word)
    return words_of(" ".join(words))


def _behind(value: str, description: str) -> str:
    found = re.search(rf"\b{re.escape(value)}\b(.*)", description, re.DOTALL)
    return _END.split(found[1].lstrip(" :=-"), maxsplit=1)[0] if found and len(value) <= _LONGEST else ""


def _verb(words: tuple[str, ...]) -> str:
    """The doing that words speak of, what is denied or not approved being a denial."""
    effects, channels = vocabulary().effects, set(vocabulary().least["channels"])
    doings = {verb for said, verbs in effects.items() if said != "read" for verb in verbs} - channels
    for word in words:
        plain = (word.removesuffix(end) for end in ("d", "ed", "n"))  # `approved`, `rejected`, `withdrawn`
        for form in (_IRREGULAR.get(word, word), singular(word), *plain, _dropped(word)):
            if form in doings:
                approved = form in vocabulary().least["approving"]
                return "deny" if approved and _NOT & set(words) else form
    return ""


def _dropped(word: str) -> str:
    """The verb of `denied` or `transferred`."""
    if word.endswith("ied"):
        return word[:-3] + "y"
    stem = word.removesuffix("ed")
    return stem[:-1] if stem[-2:-1] == stem[-1:] else word
