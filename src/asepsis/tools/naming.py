"""Which word of a tool's name is its verb, what the tool does by it, and what the tool is about.

Vendors put the verb first (`get_member_claims`), last (`claimSearch`, `pa_upd`) or behind a name of their own
(`crm_send_fax`), and some words are things as well as doings (`fax_get`, `refundIssue`); `tables/vocabulary.toml` says
which. Rules:

1. Of the first and the last word the verb is the one that is more of a verb; of two that are as much of one, the first,
   but for a reading before a doing (`visit_book`).
2. Where the first word is none, it is the word behind it or the last one, again by which is more of a verb, and of two
   that are as much of one, the one that does something. Where the best is as much a thing, anything may be done.
3. What is opened is read, but for cases and the like, which begin by it.
4. What makes a fax, a message or a refund does what its name does (`createOutboundFax`, `post_payments`), and so does
   a name of nouns alone that ends in such a thing (`paDetermination`); so does what its description begins with
   (`post_pages`: *Page a clinician*). What stands behind the id of a path is done to the thing (`post_orders_id_sign`).
5. A verb that may be a thing does what the other of the two would, too (`refundIssue`), and what an `and` adds counts
   always (`read_and_delete`).
6. Where no word of the name is a verb, the first words of the description say it by the same rules. Name and
   description are both the server's. A word that nobody knows is the verb where all others are known things, or where
   the description begins with it (`claimReverse`).
7. What ends in something that holds things (`faxInbox`, `client_chart`) is read, unless a clear verb or a `to` stands
   before it (`file_to_chart`) or the description begins with a doing; a thing before `of` and the like is none
   (*Messages from families*).
8. Of two words of a name that may be the verb, what the description begins with is one, too (`record_release`).
9. Versions are no words (`v3-assets-set-status`). A clipped word at either end is the doing that the description begins
   with (`unit_disc`, *Discard a unit*), or else the conventional one (`msg_snd`).
"""

import itertools
import re
from typing import Final, NamedTuple

from asepsis.tools.described import (
    BEHIND,
    CLEAR,
    DETERMINERS,
    QUALIFYING,
    also,
    are_several,
    begins,
    clause,
    does,
    is_one,
    opening,
    plain,
    strength,
)
from asepsis.tools.types import Effect
from asepsis.tools.vocabulary import known, singular, vocabulary, words_of

__all__ = ["ATTESTING", "STRICTEST", "Naming", "is_thing", "name_words", "naming", "things_alone"]

ATTESTING: Final = frozenset({"verify", "validate"})
"""What reads, or answers for what was read."""

_LINKING: Final = frozenset(
    {"a", "all", "an", "and", "current", "given", "into", "new", "or", "specific", "the", "their", "to", "up"}
)
_INTO: Final = frozenset({"into", "onto", "to"})
_JOINING: Final = frozenset({"and", "or", "then"})
STRICTEST: Final = frozenset({Effect.WRITE, Effect.EGRESS, Effect.IRREVERSIBLE})
_PAIR: Final = 2
_TOOLS: Final = frozenset(
    {"action", "api", "command", "endpoint", "function", "method", "operation", "service", "tool", "utility", "way"}
)
_DONE: Final = ("al", "ance", "ing", "ion", "nt", "re")
"""How words for doings end that no table knows: `erasure`, `disposal`."""

_ARTICLES: Final = frozenset({"a", "all", "an", "the"})
_HELD: Final = frozenset({"inbox", "outbox", "mailbox", "worklist", "queue", "calendar"})
_METHODS: Final = {"post": ("create", "add"), "put": ("set", "replace", "update"), "patch": ("update",)}
"""What the methods of HTTP are called elsewhere (RFC 9110 9.3)."""

_VERSION: Final = re.compile(r"(?:\bapi[_./-]?)?(?:(?<![A-Za-z])v|(?<![A-Z])V)\d+(?:(?:alpha|beta|rc)\d*)?(?![a-z])")
_LEAST: Final = 4
_PARTS: Final = re.compile(r"([A-Z][A-Za-z]*)[_.]([A-Z][a-z]+)")
_READING: Final = frozenset({Effect.READ})


class Naming(NamedTuple):
    """What a tool's name says; `things` are its nouns as they stand."""

    verbs: tuple[str, ...]
    things: tuple[str, ...]
    effects: frozenset[Effect]

    @property
    def nouns(self) -> tuple[str, ...]:
        """What the tool is about, in the singular."""
        return tuple(dict.fromkeys(singular(word) for word in self.things if word not in _LINKING))


def naming(name: str, /, described: str = "") -> Naming:
    """Returns what a tool's name says, or else its description; a verb that nobody knows may do anything.

    What is read by its thing alone has no verb.
    """
    words = _looked_at(_whole_verbs(_controlled(_spelled(name_words(name), described))), described)
    if (said := _parted(name)) is None:
        said = _said(words)
        if said.effects != _READING and _holds(words, described):
            return Naming((), words, _READING)
        if _doubtful(words, said, described):
            return Naming(words[:1], words[1:], STRICTEST)
    if not said.effects and described:
        told = _said(opening(described))
        if told.effects:
            # `expedite_request`, *Expedites a request*: a word that no list knows asks for the tool as it stands.
            own = said.verbs if not any(map(known, said.verbs)) else ()
            said = Naming((*told.verbs, *own), (*said.things, *told.things), told.effects)
        elif new := [one for one in words if told.verbs in ((one,), (f"{one}s",))]:
            said = said._replace(verbs=(new[0],), things=tuple(one for one in words if one != new[0]))
    else:
        said = _brought(words, said, described)
    if said.effects == _READING:
        said = _besides(said, words, described)
    elif said.effects:
        said = _led(said, words, described)
    return said._replace(effects=_whole(said.effects))


def _parted(name: str) -> Naming | None:
    """What a name in two parts says by rule 10, whose thing may be a doing elsewhere; None for any other name."""
    if not (parts := _PARTS.fullmatch(name)):
        return None
    things, verb = words_of(parts[1]), words_of(parts[2])
    if len(verb) != 1 or not does(*verb):
        return None
    said = _said((*verb, *things))
    return said._replace(verbs=tuple(one for one in said.verbs if one not in things) or verb, things=things)


def _brought(words: tuple[str, ...], said: Naming, described: str) -> Naming:
    """What a name says, with what its description says is done to what it makes or is: *Cancels an appointment*."""
    brings, lead = set(vocabulary().doubtful["making"]), opening(described)[:1]
    if not any(map(does, words)) and begins(described) and (undone := set(lead) - brings - set(said.verbs)):
        # An `appointment` that is cancelled is not booked.
        found = frozenset[Effect]().union(*map(does, undone)) or STRICTEST
        return said._replace(verbs=tuple(undone), effects=said.effects | found)
    if set(said.verbs) & brings:
        done = tuple(word for word in lead if word in said.nouns and word not in said.verbs)
        return said._replace(verbs=(*said.verbs, *done), effects=said.effects.union(*map(does, done)))
    return said


def _led(said: Naming, words: tuple[str, ...], described: str) -> Naming:
    """What does something, with the verb that the description says it by.

    `record_release`, *Releases records*: of two words that may be the verb the description says which it is.
    `stash_alert`, *Stash an alert*: what nobody knows is the verb, beside one that is as much a thing.
    """
    may = set(words) - set(said.verbs)
    lead = tuple(one for one in opening(described)[:1] if one in may)
    weak = all(strength(one) < CLEAR for one in said.verbs)
    if lead and not does(*lead) and not known(*lead) and weak:
        return said._replace(verbs=lead, effects=STRICTEST)
    if lead and does(*lead) - _READING:
        return said._replace(verbs=(*lead, *said.verbs), effects=said.effects.union(does(*lead)))
    return said


def _besides(said: Naming, words: tuple[str, ...], described: str) -> Naming:
    """What reads by its name, with what it does besides by rule 11."""
    if words[1:2] != () and words[1] in _JOINING and words[2:3] != () and does(words[2]) != _READING:
        return said._replace(verbs=words[2:3], effects=STRICTEST)
    if not (done := also(described)):
        return said
    # Who asks for a slot to be found does not ask for it to be reserved; who asks for an order to be verified does.
    own = tuple(one for one in said.verbs if one in ATTESTING)
    return said._replace(verbs=(*own, *done), effects=_READING.union(*map(does, done)))


def name_words(name: str, /) -> tuple[str, ...]:
    """Returns the words of a tool's name but for its versions: `v4beta-mailbox-post`, `api_v2_get_member`."""
    return words_of(_VERSION.sub(" ", name)) or words_of(name)


def _spelled(words: tuple[str, ...], described: str) -> tuple[str, ...]:
    """The words of a name without a verb of its own, the last or first one in full where it is a clipped doing."""
    if any(map(does, words)):
        return words
    for at in dict.fromkeys((len(words) - 1, 0)):
        if words and not known(words[at]) and (verb := _unclipped(words[at], described)):
            return (*words[:at], verb, *words[at + 1 :])
    return words


def _unclipped(word: str, described: str) -> str:
    """The doing that a clipped word stands for, empty where it stands for none.

    It is no conventional reading where the description may begin with another word that is clipped alike, or with a
    word that nobody knows and that is done to something (*Zap the queue*).
    """
    lead, told = "".join(opening(described)[:1]), clause(described)
    alike = lead[:1] == word[:1] and lead != word and _clips(word, lead)
    if alike and does(lead):
        return lead
    full = vocabulary().clipped.get(word, "")
    unknown = lead != "" and not known(lead)
    done = told[1:2] != () and told[1] in DETERMINERS
    return "" if does(full) == _READING and unknown and (alike or done) else full


def _clips(word: str, full: str) -> bool:
    """Whether a word's letters stand in another one in their order."""
    letters = iter(full)
    return all(letter in letters for letter in word)


def _said(words: tuple[str, ...]) -> Naming:
    """What words say; no effects where none of them is a verb."""
    at = _place(words)
    verb = words[at : at + 1]
    joined = tuple(word for last, word in itertools.pairwise(words) if last in _JOINING and does(word) - _READING)
    things = _things(words, at)
    if verb and verb[0] in vocabulary().doubtful["making"]:
        joined = (*joined, *_making(things))
    elif not does(*verb) and words == tuple(map(singular, words)):
        joined = _making(words)
    if verb and not at:
        joined = (*joined, *_METHODS.get(verb[0], ()))
    effects = does(*verb)
    if at and strength(*verb) == 1:
        effects |= STRICTEST
    if verb == ("open",) and set(words) & set(vocabulary().doubtful["opened"]):
        effects = frozenset({Effect.WRITE})
    if effects != _READING and effects and strength(*verb) < CLEAR:
        effects |= does(words[0]) | does(words[-1])
    effects = effects.union(*map(does, joined))
    verbs = tuple(dict.fromkeys(word for word in (*verb, *joined) if does(word) - _READING)) or verb
    # `refundIssue` is about refunds.
    both = len(words) > 1 and not at and strength(*verb) == 1 and does(words[-1])
    return Naming(verbs, (*things, *(verb if both else ())), effects)


def _controlled(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a path with a doing behind an id (`post_orders_id_sign`), as the doing and its thing."""
    if len(words) < _LEAST or words[0] not in _METHODS or words[-2] != "id" or not does(words[-1]):
        return words
    return (words[-1], *(word for word in words[1:-2] if word != "id"))


def _looked_at(words: tuple[str, ...], described: str) -> tuple[str, ...]:
    """The words of a name, the reading first where what is read comes before it: `mail-read`, `stock_on_hand`."""
    if words[-2:] == ("on", "hand"):
        return ("get", *words[:-2])
    read = len(words) == _PAIR and words[1] == "read" and strength(words[0]) < CLEAR and not begins(described)
    return words[::-1] if read else words


def _whole_verbs(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a name, verbs of two words as one."""
    phrasal = vocabulary().phrasal
    for at in range(len(words) - 1):
        if verb := phrasal.get(" ".join(words[at : at + 2])):
            return (*words[:at], verb, *words[at + 2 :])
    return words


def things_alone(name: str, described: str, /) -> bool:
    """Whether a name is made of known things alone, none of which is a doing: `member_eligibility`, `claimDetail`.

    It is not where the description begins with a doing (*File an appeal*), nor where a thing that may be a doing stands
    before what it is done to: `appeal_claim`, `invoicePatient`.
    """
    words = [word for word in name_words(name) if word not in QUALIFYING]
    if begins(described) or _is_done(words):
        return False
    made, doubtful = vocabulary().made, vocabulary().doubtful
    if len(words) > 1 and words[-1] in _HELD:  # a fax's inbox, a queue of requests
        held = set(doubtful["things"]) | set(made)
        words = [word for word in words[:-1] if singular(word) not in held]
        return not any(map(does, words)) and all(map(known, words))
    return bool(words) and not any(does(word) or singular(word) in made for word in words) and all(map(known, words))


def _is_done(words: list[str]) -> bool:
    """Whether two things are a doing and what it is done to."""
    lists = vocabulary()
    if len(words) != _PAIR or words[0] not in lists.doubtful["done"]:
        return False
    return words[1] == singular(words[1]) and words[1] in {*lists.doubtful["opened"], *lists.answers["party"], "visit"}


def _holds(words: tuple[str, ...], described: str) -> bool:
    """Whether a tool reads by rule 7."""
    *before, last = words or ("",)
    doings = any(strength(one) == CLEAR or one in _INTO for one in before)
    if singular(last) not in vocabulary().doubtful["holding"] or doings or not all(map(known, before)):
        return False  # `clear_inbox`: what no list knows may be a doing
    told = [word for word in clause(described) if word not in _ARTICLES]
    if not told:
        return not any(does(one) - _READING for one in words)
    first = plain(told[0])
    if not known(first) and begins(described):
        return False  # *Empties the inbox*
    if first == "return" and first not in before:
        return True  # what a function returns, not what is brought back
    thing = strength(first) < CLEAR and first != told[0] and told[1:2] != [] and told[1] in BEHIND
    return thing or not does(first) - _READING


def _doubtful(words: tuple[str, ...], said: Naming, described: str) -> bool:
    """Whether what reads by a word that may be a thing as well may do anything by one before it that nobody knows.

    `scratch_visit` and `nuke_list` are no readings, unless the description begins with one or with a thing.
    """
    reads = said.effects == _READING and said.verbs == words[-1:] and strength(*said.verbs) < CLEAR
    if not reads or len(words) < _PAIR or known(words[0]) or words[0] != singular(words[0]):
        return False
    told, phrase = clause(described), opening(described)
    if len(words) > _PAIR:  # `service_request_detail` is somebody's service
        return phrase[:1] in ((words[0],), (f"{words[0]}s",))
    return not (does(*phrase[:1]) == _READING or is_one(told) or are_several(told))


def is_thing(name: str, described: str, /) -> bool:
    """Whether a name without a doing is described as a thing: `postboxItem`, *One letter or e-mail*.

    A name that ends in several things, or in what holds them, is no doing by that: `secureMessages`, `nurseLineLog`.
    """
    told = clause(described)
    if not _TOOLS.isdisjoint(told) or not (is_one(told) or are_several(told)):
        return False
    *before, last = name_words(name) or ("",)
    listed = last != singular(last) or last in vocabulary().doubtful["holding"]
    words, made = before if listed else (*before, last), vocabulary().made
    done = not listed and last.endswith(_DONE)
    return not done and not any(does(word) or singular(word) in made for word in words)


def _making(things: tuple[str, ...]) -> tuple[str, ...]:
    """The verbs of what is made, by the last two nouns or the last one."""
    nouns = [singular(word) for word in things]
    made = vocabulary().made
    return tuple((made.get(" ".join(nouns[-2:])) or made.get(nouns[-1] if nouns else "", "")).split())


def _place(words: tuple[str, ...]) -> int:
    """Where the verb stands."""
    if not words:
        return 0
    first, end = strength(words[0]), len(words) - 1
    if words[0] in _METHODS and strength(words[end], ends=True) < CLEAR:
        return 0
    if first:
        last = strength(words[end], ends=True)
        # `visit_book` books a visit: of two that may be things, the one that does something.
        later = first == last and last > 1 and does(words[0]) == _READING != does(words[end])
        return end if last > first or later else 0
    if not any(map(does, words)) and known(words[0]) and not known(words[end]):
        return end
    places = [at for at in dict.fromkeys((1, end)) if at <= end and does(words[at])]
    return max(places, key=lambda at: (strength(words[at], ends=at == end), does(words[at]) != _READING), default=0)


def _whole(effects: frozenset[Effect]) -> frozenset[Effect]:
    if not effects:
        return STRICTEST
    return effects if effects == _READING else effects - _READING | {Effect.WRITE}


def _things(words: tuple[str, ...], at: int) -> tuple[str, ...]:
    """The words behind the verb, or else before it, up to a qualifying one (`reviews` of `get_reviews_for_hotels`).

    Of a verb in the midst the known things before it, too (`card_set_status`).
    """
    before = tuple(word for word in words[:at] if known(word) and not does(word))
    nouns = (*before, *words[at + 1 :]) if words[at + 1 :] else words[:at]
    nouns = nouns[1:] if nouns and nouns[0] in QUALIFYING else nouns
    ends = [at for at, word in enumerate(nouns) if word in QUALIFYING and at]
    return nouns[: ends[0]] if ends else nouns
