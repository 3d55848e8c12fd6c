"""A manifest drafted from what a server says of a tool, for a human to confirm.

The rules, in their order; where none fits, the strictest answer is taken:

1. Effects come from the verb in the name, or else in the description (`asepsis.tools.naming`). A verb that nobody
   knows writes, reaches outside and can't be undone. Nor can what speaks of money; what speaks of memory, in its name
   or its description, is kept for later. What has to be given a recipient, and words or an amount for them, does not
   only read. Reading reaches outside where the name's words do (a page of the web), and a call that sends to somebody
   reaches outside too. A name of known things alone, or one without a
   doing that is described as a thing, whose arguments only say which, reads. What the server says of
   itself in annotations is not read.
2. An argument of a tool that only reads is a query, but for addresses to fetch, secrets and code.
3. Elsewhere the argument's name says its part, then its format and its type, then its description
   (`asepsis.tools.parts`). Values that are doings say so (`asepsis.tools.choices`). What nothing speaks for is a value.
4. A field of a result comes from whom its name, format and type say. Numbers, truth values, times and lists of allowed
   values come from the system. What nothing speaks for is free.
5. Where a server describes no fields, the keys of what it answers say so by the same rule; but not where it answers
   with the text of one file, document or mail, whose keys are its author's (`read_document`).
6. A result without fields is what the nouns of the tool's name say: written by anybody, names that anybody chooses,
   people, or the service's own; the last two only by the last noun.
"""

import re
from typing import Final

import msgspec

from asepsis.tools.acting import acting
from asepsis.tools.besides import besides
from asepsis.tools.choices import acts, meanings, readings
from asepsis.tools.described import CLEAR, DETERMINERS, QUALIFYING, begins, clause, does, plain, strength
from asepsis.tools.fields import source_of
from asepsis.tools.naming import ATTESTING, STRICTEST, Naming, is_thing, name_words, naming, things_alone
from asepsis.tools.parts import part
from asepsis.tools.pins import digest_of
from asepsis.tools.shapes import SchemaLeaf, schema_leaves
from asepsis.tools.types import Argument, ArgumentRole, Effect, Manifest, ResultField, Source, Tool
from asepsis.tools.vocabulary import known, singular, vocabulary, words_of

__all__ = ["draft"]

_WHICH: Final = frozenset({"object", "subject", "time"})
_WORDED: Final = frozenset({"body", "message", "content", "text"})
_RECEIVING: Final = frozenset({"recipient", "recipients", "receiver", "payee", "cc", "bcc"})
_ATTESTED: Final = frozenset(
    {
        "administration", "consent", "delivery", "dose", "medication", "order", "payment", "prescription", "receipt",
        "report", "result", "shift", "signature", "timesheet", "visit",
    }
)  # fmt: skip
"""What somebody answers for who verifies it; coverage, an address or a license is only looked up."""

_CHOOSING: Final = frozenset({"choose", "grab", "match", "pick", "select"})
_TAKING: Final = _CHOOSING | {"access", "extract", "load", "obtain", "open", "pull", "retrieve"}
_AMOUNTS: Final = frozenset({"amount", "dose", "quantity", "units"})
_SAID: Final = frozenset({"comment", "comments", "note", "notes", "remark", "remarks", "signature"})
_TOLD: Final = _SAID | {"description", "explanation", "finding", "findings", "narrative", "statement", "summary"}
_NUMBERS: Final = frozenset({"integer", "number", "boolean"})
_TEXTS: Final = frozenset(
    {
        "article", "attachment", "content", "contents", "document", "email", "fax", "file", "letter", "mail", "page",
        "recording", "transcript", "voicemail", "webpage", "website",
    }
)  # fmt: skip
_SHOWN: Final = frozenset({"search", "query", "filter", "keyword", "limit", "offset", "sort", "only"})
_FILTERS: Final = frozenset({"criteria", "filter", "filters", "where"})
_PICKED: Final = frozenset({"", "value"})
_STATES: Final = frozenset({"status", "state"})
_LISTING: Final = frozenset({"enumerate", "history", "index", "list", "listing", "overview", "roster"})
_CHANGING: Final = frozenset({"change", "edit", "modify", "patch", "set", "update"})
_CODE: Final = re.compile(r"\b[A-Z][A-Z0-9]{0,7}\b")
_NUMBERED: Final = re.compile(r"[A-Za-z]{1,5}[_-]?\d{2,5}[A-Za-z]?")
_CODED: Final = re.compile(rf"[A-Z]{{2,5}}({'|'.join(vocabulary().coded).upper()})")
_LONGEST: Final = 8
_SHOWING: Final = frozenset({"detail", "display", "inquiry", "list", "listing", "lookup", "overview"})
_PICKS: Final = _FILTERS | {"query", "tag", "tags", "label", "labels", "title", "subject", "topic"}
_THINGS: Final = frozenset({ArgumentRole.OBJECT, ArgumentRole.SUBJECT})
_ENDINGS: Final = frozenset({"inquiry", "list", "lookup", "search"})
_OPENED: Final = frozenset(vocabulary().doubtful["opened"])
_ON_THINGS: Final = frozenset(
    {*vocabulary().effects["irreversible"], *vocabulary().effects["determination"]}
    | {"archive", "close", "complete", "discharge", "lock", "mark", "merge", "move", "reopen", "unlock", "withdraw"}
).difference(vocabulary().outside["words"])
"""What is done to a thing that there is."""

_PLACES: Final = frozenset({"department", "desk", "office", "room", "service", "tool"})
_IDS: Final = frozenset({"id", "no", "number"})
_HOLDERS: Final = frozenset({"assignee", "handler", "owner"})
"""Who has a thing, and is assigned it where that changes."""

_QUALITIES: Final = frozenset({"all", "available", "current", "details", "open", "pending", "recent"})


def draft(tool: Tool, /) -> Manifest:
    """Returns the manifest by the rules above; raises InputError for a schema beyond the limits."""
    spoken = _spoken(tool)
    name = spoken or tool.name
    named = besides(name, tool.description, naming(name, tool.description))
    words = name_words(name)
    arguments = schema_leaves(tool.input_schema) if tool.input_schema.get("properties") else ()
    effects = _effects(words, named.effects, tool.description)
    alone = (_lists(tool) or things_alone(name, tool.description)) and Effect.READ not in effects
    if effects == STRICTEST and _is_listing(words, tool.description):
        effects = frozenset({Effect.READ})
        named = Naming(words[-1:], words[:-1], effects)
    effects = effects if spoken else STRICTEST
    thing = bool(spoken) and (alone or (is_thing(name, tool.description) and effects == STRICTEST))
    if thing and _only_names(tool, arguments):
        effects = frozenset({Effect.READ})
        named = Naming((), words, effects)
    if effects <= {Effect.READ} and (
        any(_said(leaf) == "code" for leaf in arguments)
        or words[:1] == ("mark",)  # as read
        or _wants_more(tool, named, arguments)
        or (not named.verbs and _says(tool, arguments))
    ):
        effects = STRICTEST
    one = bool({"object", "subject"} & {_said(leaf) for leaf in _needed(tool, arguments)})
    roles = tuple(part(_told(leaf, tool), effects, named, thing=one) for leaf in arguments)
    if any(role.reads for role in roles) and _does_one(words):
        roles = tuple(msgspec.structs.replace(role, reads=()) for role in roles)  # whatever is picked, it does that
    if any(role.reads for role in roles):
        roles = tuple(_besides(leaf, role, thing=one) for leaf, role in zip(arguments, roles, strict=True))
    if not effects <= {Effect.READ, Effect.EGRESS} and _ON_THINGS.intersection(named.verbs):
        roles = _picked(tool, arguments, roles)
    if not effects <= {Effect.READ} and any(role.role is ArgumentRole.DESTINATION for role in roles):
        effects |= {Effect.EGRESS}
        if any(set(words_of(leaf.name)) & _WORDED for leaf in arguments):
            effects |= {Effect.IRREVERSIBLE}  # what is said to somebody is said, whatever the verb
    if effects == {Effect.READ} and any(role.role is ArgumentRole.URL for role in roles):
        # Whoever reads from an address that is given sends there what stands in it.
        effects = frozenset({Effect.READ, Effect.EGRESS})
    answered = _answered(named.things)
    results = schema_leaves(tool.output_schema) if tool.output_schema else ()
    return Manifest(
        name=tool.name,
        digest=digest_of(tool),
        effects=effects,
        verbs=(*named.verbs, *_done_by(named, arguments)),
        nouns=named.nouns,
        source=answered,
        arguments=roles,
        keyed=_keyed(results, written=_written(named)),
        results=tuple(ResultField(leaf.path, _field(leaf, answered)) for leaf in results),
    )


def _spoken(tool: Tool) -> str:
    """The name of a tool in words, where it is a code: `MSG020` and `AGTUPD`, *Message display* and *Agent update*.

    A number says nothing, so that the description does; a code ends in what is done, as is the custom. Nothing for one
    that neither says: then it may do anything.
    """
    told = clause(tool.description)[:_LONGEST]
    if (code := _CODED.fullmatch(tool.name)) is not None:
        verb = vocabulary().coded[code[1].casefold()]
        if verb in vocabulary().effects["read"] and not _shows(told):
            return ""  # a list may be one that somebody is taken off, and `DSP` a disposal
        return "_".join((verb, *(word for word in told if plain(word) != verb and word not in _SHOWING)))
    if not _NUMBERED.fullmatch(tool.name):
        return tool.name
    if _acts(told):
        return ""
    if told and told[-1] in _SHOWING:
        told = (told[-1], *told[:-1])  # *Recall list* recalls nothing
    return "_".join(told) or tool.name


def _shows(told: tuple[str, ...]) -> bool:
    """Whether the words of a description are of showing something: by their verb, or by the noun that they end with."""
    read = bool(told) and plain(told[0]) in vocabulary().effects["read"] and not _OPENED.intersection(told)
    return read or told[:1] == ("text",) or (bool(told) and told[-1] in _SHOWING and not _acts(told))


def _acts(told: tuple[str, ...]) -> bool:
    """Whether a description begins with a word in the third person that is no reading and no thing: *Offsets …*."""
    first, behind = "".join(told[:1]), told[1:2]
    if not first.endswith("s") or not behind or behind[0] in QUALIFYING or plain(first) in vocabulary().effects["read"]:
        return False
    return behind[0] in DETERMINERS or not known(singular(first))


def _is_listing(words: tuple[str, ...], described: str) -> bool:
    """Whether a name of two words is a list of what nobody knows, described as a thing: `OVP_LIST`, *Overpayments*."""
    listing = len(words) > 1 and words[-1] in _ENDINGS and not any(does(word) for word in words[:-1])
    return listing and bool(described) and not begins(described) and not _acts(clause(described))


def _lists(tool: Tool) -> bool:
    """Whether a tool with a number for a name is described as several things: *Incoming messages*, *Beds by unit*."""
    told = clause(tool.description) if _NUMBERED.fullmatch(tool.name) else ()
    end = next((at for at, word in enumerate(told) if word in QUALIFYING and at), len(told))
    before, last = told[: end - 1], "".join(told[end - 1 : end])
    several = last != singular(last) or told[end : end + 1] == ("by",)
    return several and strength(plain(last)) < CLEAR and not any(does(plain(word)) for word in before)


def _picked(tool: Tool, arguments: tuple[SchemaLeaf, ...], roles: tuple[Argument, ...]) -> tuple[Argument, ...]:
    """The parts of a tool that does something to what there is, and is given no thing: a text says which one is meant.

    That is one that has to be given, one that picks by its name, and the only argument.
    """
    if any(role.role in _THINGS for role in roles):
        return roles
    needed = {leaf.path for leaf in _needed(tool, arguments)}
    picks = {
        leaf.path
        for leaf in arguments
        if leaf.path in needed or _PICKS.intersection(words_of(leaf.name)) or len(arguments) == 1
    }
    return tuple(
        Argument(role.path, ArgumentRole.OBJECT) if role.role is ArgumentRole.TEXT and role.path in picks else role
        for role in roles
    )


def _does_one(words: tuple[str, ...]) -> bool:
    """Whether a name says the one thing that a tool does: `issue_refund`, no `fax_queue` and no `claims`."""
    place = words[-1] in _PLACES or words[-1] in vocabulary().doubtful["holding"]
    ends = {words[0], words[-1]} if len(words) > 1 and not place else set()
    return any(does(word) and word not in vocabulary().effects["read"] for word in ends)


def _besides(leaf: SchemaLeaf, role: Argument, *, thing: bool) -> Argument:
    """An argument of a tool that runs actions, by which one that reads does more."""
    doing = "" if role.reads else acting(leaf, role.role, thing=thing)
    return msgspec.structs.replace(role, does=doing) if doing else role


def _told(leaf: SchemaLeaf, tool: Tool) -> SchemaLeaf:
    """An argument with what the tool's description says of its codes: *APR approves, DNY denies*."""
    codes = [value for value in leaf.values if _CODE.fullmatch(value)]
    words = frozenset(_CODE.findall(tool.description))
    if len(codes) < len(leaf.values) or not codes or not words.issuperset(codes) or words & {*leaf.description.split()}:
        return leaf
    return leaf._replace(description=f"{leaf.description}. {tool.description}")


def _done_by(named: Naming, arguments: tuple[SchemaLeaf, ...]) -> tuple[str, ...]:
    """The doings that a change comes to by its arguments: what is `assignedTo` somebody, or has an `assignee`."""
    if _CHANGING.isdisjoint(named.verbs):
        return ()
    words = [words_of(leaf.name) for leaf in arguments]
    verbs = [one[-2].removesuffix("ed") for one in words if len(one) > 1 and one[-1] == "to" and one[-2].endswith("ed")]
    verbs += ["assign" for one in words if _HOLDERS.intersection(one[-1:])]
    return tuple(dict.fromkeys(verb for verb in verbs if does(verb) and verb not in named.verbs))


def _keyed(results: tuple[SchemaLeaf, ...], *, written: bool) -> bool:
    """Whether the keys of what a tool answers may say more than its schema does.

    What lies in an open field of something that somebody has `written` is theirs, and keys that all have figures are no
    names of fields: they count what they name.
    """
    if all(not leaf.path for leaf in results):
        return not written
    some = (leaf for leaf in results if not (leaf.path.endswith("{}") and leaf.kind in _NUMBERS))
    free = any(leaf.path.endswith("{}") or not (written or leaf.kind or leaf.values) for leaf in some)
    return free or all(not leaf.path or leaf.path.endswith("{*}") for leaf in results)


def _written(named: Naming) -> bool:
    """Whether a tool answers with one text that somebody wrote, so that keys in it are its author's."""
    return named.things[-1:] != () and named.things[-1] in _TEXTS and not set(named.verbs) & _LISTING


def _only_names(tool: Tool, arguments: tuple[SchemaLeaf, ...]) -> bool:
    """Whether arguments say no more than which thing is meant, or which of them to show."""
    required = tool.input_schema.get("required")
    needed = required if isinstance(required, list) else []
    said = {leaf.path: _said(leaf) for leaf in arguments}
    # The state of which are to be shown, not of one that is named.
    shown = _SHOWN if set(said.values()) & {"object", "subject"} else _SHOWN | _STATES
    # *Providers by specialty and county* says what its arguments pick by.
    picked = frozenset(words_of(tool.description.partition(" by ")[2]))
    return all(
        said[leaf.path] in _WHICH
        or (leaf.path not in needed and leaf.values and not meanings(leaf))
        or set(words_of(leaf.name)) & (shown - _STATES if leaf.path in needed else shown)
        or (said[leaf.path] in _PICKED and (picked.issuperset(words_of(leaf.name)) or _numbers(leaf)))
        for leaf in arguments
    )


def _numbers(leaf: SchemaLeaf) -> bool:
    """Whether an argument is described as the number of a thing, or as a part of what it is called: *Lot no*."""
    told = words_of(leaf.description)
    numbered = told[-1:] != () and told[-1] in _IDS and told[0] != "new"
    return not leaf.kind and (numbered or "part" in (*told[:1], *told[1:2], *told[-1:]))


def _wants_more(tool: Tool, named: Naming, arguments: tuple[SchemaLeaf, ...]) -> bool:
    """Whether a tool does more than to read, whatever its verb says.

    It calls itself a change; or verifies what somebody answers for, or takes a comment on it; or it has to be given
    somebody who is called a recipient, or to whom words or an amount go; or which thing, and a verdict on it, or what
    somebody says of it.
    """
    runs = any(readings(leaf) and acts(leaf) for leaf in arguments)
    if runs or set(words_of(tool.name)) & set(vocabulary().outside["changing"]):
        return True
    needed = _needed(tool, arguments)
    if any(_RECEIVING.intersection(words_of(leaf.name)) for leaf in needed):
        return True
    commented = any(_SAID.intersection(words_of(leaf.name)[-1:]) for leaf in arguments)
    if set(named.verbs) & ATTESTING and (commented or not _ATTESTED.isdisjoint(named.nouns[-1:])):
        return True
    said = set(map(_said, needed))
    if _takes(named, needed, said):
        return True
    if said & {"object", "subject"} and any(_TOLD.intersection(words_of(leaf.name)[-1:]) for leaf in needed):
        return True
    sends = "destination" in said and ("text" in said or any(leaf.kind == "number" for leaf in needed))
    return sends or (
        bool(said & {"object", "subject"})
        and any(leaf.values and meanings(leaf) and not _filters(leaf) for leaf in needed)
    )


def _takes(named: Naming, needed: list[SchemaLeaf], said: set[str]) -> bool:
    """Whether something is chosen for somebody, or so much of it taken: what is only looked at needs one name."""
    verbs = set(named.verbs)
    if verbs & _CHOOSING and {"object", "subject"} <= said:
        return True
    return bool(verbs & _TAKING) and any(
        leaf.kind in _NUMBERS and _AMOUNTS.intersection(words_of(leaf.name)) for leaf in needed
    )


def _filters(leaf: SchemaLeaf) -> bool:
    """Whether an argument lies in what a reading picks by: `Filter.Status`."""
    outside = leaf.path.split(".")[:-1]
    return any(words_of(step)[-1:] != () and words_of(step)[-1] in _FILTERS for step in outside)


def _says(tool: Tool, arguments: tuple[SchemaLeaf, ...]) -> bool:
    """Whether a tool has to be given words or a secret: a chart that is given a note is not only read."""
    return bool({"text", "secret"} & {_said(leaf) for leaf in _needed(tool, arguments)})


def _needed(tool: Tool, arguments: tuple[SchemaLeaf, ...]) -> list[SchemaLeaf]:
    required = tool.input_schema.get("required")
    return [leaf for leaf in arguments if isinstance(required, list) and leaf.path.partition(".")[0] in required]


def _said(leaf: SchemaLeaf) -> str:
    return vocabulary().says(vocabulary().arguments, leaf.name)


def _effects(words: tuple[str, ...], said: frozenset[Effect], described: str) -> frozenset[Effect]:
    """What a name says that a tool does, with what it reaches and keeps; a description can only add to it."""
    table = vocabulary().outside
    if said == {Effect.READ}:
        return said | {Effect.EGRESS} if set(words) & set(table["nouns"]) else said
    kept = set(words) & set(table["kept"]) or any(phrase in described.casefold() for phrase in table["later"])
    paid = set(words) & set(table["money"])
    return said | ({Effect.MEMORY} if kept else set()) | ({Effect.EGRESS, Effect.IRREVERSIBLE} if paid else set())


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
