"""A manifest drafted from what a server says of a tool, for a human to confirm.

The rules, in their order; where none fits, the strictest answer is taken:

1. Effects come from the verb in the name (`asepsis.tools.naming`). A verb that nobody knows writes, reaches outside and
   can't be undone. Nor can what speaks of money; what speaks of memory, in its name or its description, is kept for
   later. Reading reaches outside where the name's words do (a page of the web), and a call that sends to somebody
   reaches outside too. What the server says of itself in annotations is not read.
2. An argument of a tool that only reads is a query, but for addresses to fetch, secrets and code.
3. Elsewhere the argument's name says its part, then its format and its type, then its description. What nothing speaks
   for is a value.
4. A field of a result comes from whom its name, format and type say. Numbers, truth values, times and lists of allowed
   values come from the system. What nothing speaks for is free.
5. Where a server describes no fields, the keys of what it answers say so by the same rule.
6. A result without fields is what the nouns of the tool's name say: written by anybody, names that anybody chooses,
   people, or the service's own; the last two only by the last noun.
"""

import re
from typing import Final

from asepsis.tools.fields import source_of
from asepsis.tools.naming import Naming, naming
from asepsis.tools.pins import digest_of
from asepsis.tools.shapes import SchemaLeaf, schema_leaves
from asepsis.tools.types import Argument, ArgumentRole, Effect, Manifest, ResultField, Source, Tool
from asepsis.tools.vocabulary import vocabulary, words_of

__all__ = ["draft"]

_FORMATS: Final = {
    ArgumentRole.URL: ("uri", "url", "iri", "uri-reference"),
    ArgumentRole.DESTINATION: ("email", "idn-email"),
    ArgumentRole.TIME: ("date", "date-time", "time", "duration"),
}
_KEPT_IN_READING: Final = frozenset({ArgumentRole.URL, ArgumentRole.SECRET, ArgumentRole.CODE, ArgumentRole.SUBJECT})
_LEADING: Final = frozenset({ArgumentRole.DESTINATION, ArgumentRole.OBJECT})
_NAMING: Final = frozenset({"id", "ids", "identifier", "uuid", "no", "ref"})
_NUMBERS: Final = frozenset({"integer", "number", "boolean"})
_QUALITIES: Final = frozenset({"all", "available", "current", "details", "open", "pending", "recent"})
_QUOTED: Final = re.compile(r"[\"'`]([A-Za-z_]{1,24})[\"'`]")
_CHANGING: Final = frozenset({"update", "set", "change", "edit", "modify", "rename", "patch"})


def draft(tool: Tool, /) -> Manifest:
    """Returns the manifest by the rules above; raises InputError for a schema beyond the limits."""
    named, words = naming(tool.name), words_of(tool.name)
    arguments = schema_leaves(tool.input_schema) if tool.input_schema.get("properties") else ()
    effects = _effects(words, named.effects, tool.description)
    roles = tuple(_argument(leaf, effects, named) for leaf in arguments)
    if not effects <= {Effect.READ} and any(role.role is ArgumentRole.DESTINATION for role in roles):
        effects |= {Effect.EGRESS}
    if effects == {Effect.READ} and any(role.role is ArgumentRole.URL for role in roles):
        # Whoever reads from an address that is given sends there what stands in it.
        effects = frozenset({Effect.READ, Effect.EGRESS})
    answered = _answered(named.things)
    results = schema_leaves(tool.output_schema) if tool.output_schema else ()
    return Manifest(
        name=tool.name,
        digest=digest_of(tool),
        effects=effects,
        verbs=named.verbs,
        nouns=named.nouns,
        source=answered,
        arguments=roles,
        keyed=any(leaf.path.endswith("{}") for leaf in results) or not results,
        results=tuple(ResultField(leaf.path, _field(leaf, answered)) for leaf in results),
    )


def _effects(words: tuple[str, ...], said: frozenset[Effect], described: str) -> frozenset[Effect]:
    """What a name says that a tool does, with what it reaches and keeps; a description can only add to it."""
    table = vocabulary().outside
    if said == {Effect.READ}:
        return said | {Effect.EGRESS} if set(words) & set(table["nouns"]) else said
    kept = set(words) & set(table["kept"]) or any(phrase in described.casefold() for phrase in table["later"])
    paid = set(words) & set(table["money"])
    return said | ({Effect.MEMORY} if kept else set()) | ({Effect.EGRESS, Effect.IRREVERSIBLE} if paid else set())


def _argument(leaf: SchemaLeaf, effects: frozenset[Effect], named: Naming) -> Argument:
    said = vocabulary().says(vocabulary().arguments, leaf.name)
    role = _by_format(leaf) or (ArgumentRole(said) if said else ArgumentRole.VALUE)
    if not said and role is ArgumentRole.VALUE:
        role = _described(leaf) or role
    if role in {ArgumentRole.TEXT, ArgumentRole.VALUE} and set(words_of(leaf.description)[-1:]) & _NAMING:
        role = ArgumentRole.OBJECT  # `message`, described as the number of one
    if effects == {Effect.READ, Effect.EGRESS} and role in _LEADING and leaf.kind not in _NUMBERS:
        role = ArgumentRole.URL  # where a tool that reads outside is sent, by whatever name
    if effects <= {Effect.READ, Effect.EGRESS} and Effect.READ in effects:
        return Argument(leaf.path, role if role in _KEPT_IN_READING else ArgumentRole.QUERY)
    if role is ArgumentRole.URL:
        role = ArgumentRole.DESTINATION  # who writes to an address sends to whoever reads there
    elif leaf.kind in _NUMBERS and role is not ArgumentRole.OBJECT:
        role = ArgumentRole.VALUE
    if role is ArgumentRole.VALUE and leaf.name.casefold() in named.nouns:
        role = ArgumentRole.OBJECT
    if _CHANGING & set(named.verbs) and leaf.name.casefold().endswith("name"):
        role = ArgumentRole.VALUE  # what a thing is to be called from now on
    if leaf.kind == "key" and not leaf.format:
        role = ArgumentRole.FREE
    return Argument(leaf.path, role, _harmless(leaf) if role in {ArgumentRole.VALUE, ArgumentRole.OBJECT} else ())


def _by_format(leaf: SchemaLeaf) -> ArgumentRole | None:
    """The part that a string's format says, whatever its name."""
    return next((role for role, formats in _FORMATS.items() if leaf.format in formats), None)


def _harmless(leaf: SchemaLeaf) -> tuple[str, ...]:
    """The allowed values that give away the least, and for a map the words that its description quotes."""
    least = tuple(value for value in leaf.values if value.casefold() in vocabulary().least["values"])
    return least or (tuple(dict.fromkeys(_QUOTED.findall(leaf.description))) if leaf.path.endswith("{}") else ())


def _described(leaf: SchemaLeaf) -> ArgumentRole | None:
    """The part that the first sentence of a description names, where the name names none."""
    sentence = leaf.description.partition(".")[0]
    said = vocabulary().says(vocabulary().arguments, sentence) if len(sentence) < 80 else ""
    strict = said in {"destination", "secret", "subject", "code", "url"}
    return ArgumentRole(said) if strict else None


def _answered(nouns: tuple[str, ...]) -> Source:
    """What a plain answer is, by the table's lists in their order.

    Any noun says that it is what anybody writes or names; that it is people, or the service's own, only the last one
    can say: the transactions of an account are no account.
    """
    head = next((noun for noun in reversed(nouns) if noun not in _QUALITIES), "")
    for said, entries in vocabulary().answers.items():
        source = Source(said)
        if any(noun in entries for noun in (nouns if source.untrusted else (head,))):
            return source
    return Source.FREE


def _field(leaf: SchemaLeaf, answered: Source) -> Source:
    if leaf.kind == "key":
        return Source.PARTY if leaf.format == "email" else answered if answered is not Source.FREE else Source.NAME
    if leaf.kind in _NUMBERS or leaf.values or leaf.format in {"date-time", "date", "time", "uuid"}:
        return Source.SYSTEM
    if leaf.format in {"email", "idn-email"}:
        return Source.PARTY
    return source_of(leaf.name, answered) if leaf.name else answered
