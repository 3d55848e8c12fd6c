"""The part that an argument of a tool plays, by its name, format, type and description, and by the tool's verb.

What nothing speaks for is a value. An argument of a tool that only reads is a query, but for addresses to fetch,
secrets and code, and whom it is about.
"""

import re
from typing import Final

from asepsis.tools.acting import acting
from asepsis.tools.choices import acts, kinds, meanings, readings
from asepsis.tools.naming import Naming
from asepsis.tools.shapes import SchemaLeaf
from asepsis.tools.types import Argument, ArgumentRole, Effect
from asepsis.tools.vocabulary import singular, vocabulary, words_of

__all__ = ["part"]

_FORMATS: Final = {
    ArgumentRole.URL: ("uri", "url", "iri", "uri-reference"),
    ArgumentRole.DESTINATION: ("email", "idn-email"),
    ArgumentRole.TIME: ("date", "date-time", "time", "duration"),
}
_KEPT_IN_READING: Final = frozenset({ArgumentRole.URL, ArgumentRole.SECRET, ArgumentRole.CODE, ArgumentRole.SUBJECT})
_ADDRESSED: Final = frozenset({ArgumentRole.DESTINATION, ArgumentRole.TEXT, ArgumentRole.URL})
_LEADING: Final = frozenset({ArgumentRole.DESTINATION, ArgumentRole.OBJECT})
_FIELDS: Final = frozenset(
    {
        "annotations", "args", "arguments", "attributes", "changes", "context", "data", "extra", "fields", "headers",
        "info", "input", "labels", "metadata", "options", "params", "parameters", "patch", "payload", "properties",
        "settings", "tags", "update", "updates", "values",
    }
)  # fmt: skip
"""Objects whose keys are names of fields."""

_NAMING: Final = frozenset({"id", "ids", "identifier", "uuid", "no", "ref", "number", "handle"})
_NUMBERS: Final = frozenset({"integer", "number", "boolean"})
_SPANS: Final = frozenset({"duration", "minutes", "hours", "days", "weeks", "seconds", "length"})
_FEW: Final = 2
_FOR: Final = re.compile(r"(?<=[a-z])(?:[_-]for[_-]|For(?=[A-Z]))")
_INFINITIVE: Final = re.compile(
    r"\bto (?=\w+(?: (?:it|them|this|that|him|her))?$)|\bto (?=(?:attach|do|include|put|reach|show|use)\b)"
)
"""*Results to attach* and *what is done to reach it* are sent nowhere by that word; *whom to send it to* is."""
_QUOTED: Final = re.compile(r"[\"'`]([A-Za-z_]{1,24})[\"'`]")
_CHANGING: Final = frozenset({"update", "set", "change", "edit", "modify", "rename", "patch"})


def part(leaf: SchemaLeaf, effects: frozenset[Effect], named: Naming, /, *, thing: bool = False) -> Argument:
    """Returns the part of one argument of a tool; with `thing` the tool has to be given which thing is meant."""
    # `comment_for_patient` is a comment.
    what, whole = (vocabulary().says(vocabulary().arguments, name) for name in (_FOR.split(leaf.name)[0], leaf.name))
    said = what or whole
    role = _named(leaf, said)
    if effects == {Effect.READ, Effect.EGRESS} and role in _LEADING and leaf.kind not in _NUMBERS:
        role = ArgumentRole.URL  # where a tool that reads outside is sent, by whatever name
    if effects <= {Effect.READ, Effect.EGRESS} and Effect.READ in effects:
        if doing := acting(leaf, role, thing=thing):
            return Argument(leaf.path, _doing(leaf, role), does=doing)
        kept = role in _KEPT_IN_READING
        # What is picked from a list shows more or less of what is asked for.
        return Argument(leaf.path, role if kept else ArgumentRole.QUERY, () if kept else leaf.values)
    role = _typed(leaf, role, named)
    if role is ArgumentRole.VALUE and not said and not leaf.values and leaf.kind != "boolean" and _thing(leaf, named):
        role = ArgumentRole.OBJECT
    if _CHANGING & set(named.verbs) and leaf.name.casefold().endswith("name"):
        role = ArgumentRole.VALUE  # what a thing is to be called from now on
    if leaf.kind == "key" and not leaf.format:
        role = _keyed(leaf, role)
    if role not in {ArgumentRole.VALUE, ArgumentRole.OBJECT}:
        return Argument(leaf.path, role)
    if role is ArgumentRole.VALUE and (doings := acts(leaf)):
        return Argument(leaf.path, role, means=doings, reads=readings(leaf))
    return Argument(leaf.path, role, _harmless(leaf), meanings(leaf) if role is ArgumentRole.VALUE else ())


def _doing(leaf: SchemaLeaf, role: ArgumentRole) -> ArgumentRole:
    """The part of an argument by which a tool that reads does more."""
    if leaf.kind in _NUMBERS or leaf.values:
        return ArgumentRole.VALUE
    return role if role in _ADDRESSED else ArgumentRole.VALUE


def _keyed(leaf: SchemaLeaf, role: ArgumentRole) -> ArgumentRole:
    """The part of the keys of an object: names of fields may be any, and elsewhere they are what the object is of."""
    if role is ArgumentRole.TEXT or _FIELDS.intersection(words_of(leaf.name)[-1:]):
        return ArgumentRole.FREE
    sharing = set(words_of(leaf.name)) & set(vocabulary().least["permissions"]) or "permissions" in leaf.name.casefold()
    named = role if role in {ArgumentRole.DESTINATION, ArgumentRole.SUBJECT} else ArgumentRole.OBJECT
    return ArgumentRole.DESTINATION if sharing else named


def _thing(leaf: SchemaLeaf, named: Naming) -> bool:
    """Whether an argument is called, or described in a word, as what the tool is about: `vm`, *Voicemail*."""
    described = words_of(leaf.description)
    told = len(described) == 1 and singular(described[0]) in named.nouns
    return leaf.name.casefold() in named.nouns or told


def _named(leaf: SchemaLeaf, said: str) -> ArgumentRole:
    """The part by the name, its format and its description."""
    role = _by_format(leaf) or (ArgumentRole(said) if said else ArgumentRole.VALUE)
    if not said and role is ArgumentRole.VALUE:
        role = _described(leaf) or role
    described = words_of(leaf.description)
    if role in {ArgumentRole.TEXT, ArgumentRole.VALUE} and set(described[-1:]) & _NAMING and "and" not in described:
        role = ArgumentRole.OBJECT  # `message`, described as the number of one
    return role


def _typed(leaf: SchemaLeaf, role: ArgumentRole, named: Naming) -> ArgumentRole:
    """The part by the type too, and by what the tool does."""
    if role is ArgumentRole.URL:
        return ArgumentRole.DESTINATION  # who writes to an address sends to whoever reads there
    if leaf.kind in _NUMBERS and role is not ArgumentRole.OBJECT:
        # How many days somebody authorizes is what they decide.
        span = set(words_of(leaf.name)) & _SPANS and Effect.DETERMINATION not in named.effects
        return ArgumentRole.TIME if span else ArgumentRole.VALUE
    if leaf.values and role not in {ArgumentRole.SECRET, ArgumentRole.CODE}:
        return ArgumentRole.VALUE  # what is picked from a list names nobody and no thing
    words = set(named.verbs) & set(vocabulary().outside["words"])
    if role is ArgumentRole.TEXT and not words and set(words_of(leaf.name)) <= set(named.nouns):
        return ArgumentRole.OBJECT  # which message to forward or to delete, not what to say
    return role


def _by_format(leaf: SchemaLeaf) -> ArgumentRole | None:
    """The part that a string's format says, whatever its name."""
    return next((role for role, formats in _FORMATS.items() if leaf.format in formats), None)


def _harmless(leaf: SchemaLeaf) -> tuple[str, ...]:
    """The allowed values that give away the least, or kinds, and for a map the words that its description quotes."""
    doings = dict(meanings(leaf))  # `R` may be reading, or *referred to the state*
    least = tuple(
        value for value in leaf.values if value.casefold() in vocabulary().least["values"] and value not in doings
    )
    quoted = tuple(dict.fromkeys(_QUOTED.findall(leaf.description))) if leaf.path.endswith("{}") else ()
    return least or kinds(leaf) or quoted


def _described(leaf: SchemaLeaf) -> ArgumentRole | None:
    """The part that the first sentence of a description names, where the name names none."""
    sentence = leaf.description.partition(".")[0]
    said = vocabulary().says(vocabulary().arguments, _INFINITIVE.sub(" ", sentence)) if len(sentence) < 80 else ""
    # *Text*, *Rx number*, *Date MMDDYYYY*: no more than a name.
    few = len(words_of(sentence)) <= _FEW and said in {"text", "object", "time"}
    return ArgumentRole(said) if few or said in {"destination", "secret", "subject", "code", "url"} else None
