"""The rules for one argument's value, once something untrusted was read.

Each answers with None, or with the doubt: the rule, and the place where the value came from.
"""

import itertools
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from asepsis.tools.fields import source_of
from asepsis.tools.flow import figures, texts
from asepsis.tools.flow.addressing import receives
from asepsis.tools.flow.asking import asking
from asepsis.tools.flow.choosing import Choosing
from asepsis.tools.flow.pairing import pieces
from asepsis.tools.flow.reckoning import reckoned
from asepsis.tools.flow.seen import Record, Result, Seen, Spot, text_of
from asepsis.tools.flow.types import Doubt, Rule
from asepsis.tools.flow.words import Words
from asepsis.tools.shapes import Scalar
from asepsis.tools.types import Argument, ArgumentRole, Effect, Manifest, Source
from asepsis.tools.vocabulary import known, singular, words_of

__all__ = ["LASTING", "Rules"]

_BY_ROLE: Final = {
    ArgumentRole.DESTINATION: Rule.DESTINATION,
    ArgumentRole.OBJECT: Rule.OBJECT,
    ArgumentRole.SUBJECT: Rule.OBJECT,
    ArgumentRole.VALUE: Rule.VALUE,
    ArgumentRole.SECRET: Rule.SECRET,
    ArgumentRole.CODE: Rule.CODE,
}
_WEIGHING: Final = frozenset({ArgumentRole.DESTINATION, ArgumentRole.VALUE})
_AIMED: Final = frozenset({ArgumentRole.DESTINATION, ArgumentRole.OBJECT, ArgumentRole.SUBJECT})
LASTING: Final = frozenset({Effect.IRREVERSIBLE, Effect.DETERMINATION})
_CHANGING: Final = frozenset({"change", "correct", "edit", "modify", "patch", "replace", "set", "update"})
_ADDRESSES: Final = ("email", "e-mail", "mail", "address", "contact")
_PHONES: Final = ("phone", "telephone", "number", "fax", "mobile", "cell", "contact")
_MAILS: Final = frozenset({"email", "mail"})
_CALLED: Final = frozenset({"phone", "telephone", "mobile", "cell"})
_NUMBERED: Final = frozenset({"number", "no", "line"})
_ONLY_PHONES: Final = ("phone", "telephone", "fax", "mobile", "cell")
_ONLY_MAILS: Final = ("email", "e-mail", "mail")
_MOVED: Final = ("address", "moved", "relocated")
_HOME_PARTS: Final = (
    (("zip", "postal", "postcode"), r" {}(?:-\d{{4}})?$"),
    (("state", "province"), r" {},? \d{{5}}\b"),
    (("city", "town"), r" {},? [a-z]{{2}},? \d{{5}}\b"),
    (("address", "street"), r"\b{}\b"),
)
"""Where the parts of a postal address stand in it, by the words of an argument."""

_UNSAID: Final = frozenset({"email", "mail", "id", "name", "number"})
_OF_ITSELF: Final = frozenset(
    {
        "audit", "code", "confirmation", "created", "id", "identifier", "key", "new", "no", "number", "receipt", "ref",
        "reference", "tracking", "uuid",
    }
)  # fmt: skip
"""What the name of a field says beside what a call made."""

_STATE: Final = re.compile(r"[^\W\d]+(?:[ -][^\W\d]+)*")
_TURNING: Final = ("credit", "deduct", "reduce", "lower", "discount", "refund", "write off", "take off")
"""What is done with an amount whose sign systems turn."""

_MANY: Final = 200
_SHIFT: Final = 40
"""How far apart the versions of words are that are heard again in part, so that what is remembered by them is."""

_HALF: Final = 0.5
_SWITCH: Final = frozenset({"true", "false"})


class Rules:
    """Answers for one session."""

    def __init__(self, words: Words, seen: Seen) -> None:
        self._words = words
        self._seen = seen
        self.choosing = Choosing(words, seen)
        self._named: tuple[tuple[int, int], tuple[str, ...]] = ((-1, -1), ())
        self._pieces = 0
        self._held: dict[tuple[int, str | None], tuple[frozenset[str], ...]] = {}
        self._elsewhere: tuple[tuple[int, int], dict[tuple[tuple[str, ...], int, bool], bool]] = ((-1, -1), {})
        self._own: dict[tuple[int, tuple[str, ...], bool], Choosing | None] = {}
        self._fits: tuple[tuple[int, int, tuple[str, ...]], tuple[str, ...]] = ((-1, -1, ()), ())

    def doubt(self, manifest: Manifest, argument: Argument, value: Scalar, /) -> Doubt | None:
        """Returns why a value may not play the part of a tool's argument, None where it may."""
        text = texts.normal(text_of(value))
        if argument.role is ArgumentRole.URL:
            return self._fetched(manifest, argument, text_of(value))
        if argument.role is ArgumentRole.TEXT:
            return self._text(argument, text) or self._carried(manifest, argument, text)
        if argument.role is ArgumentRole.TIME:
            return self._text(argument, text) or self._when(argument, text)
        rule = _BY_ROLE.get(argument.role)
        if rule is None or not text:
            return None
        # An address goes out as it is written, and what only reads like the user's is somebody else's.
        shown = texts.plain if rule is Rule.DESTINATION else texts.shown
        written = argument.role not in _AIMED or shown(text_of(value))
        vouched = written and self._vouched(manifest, argument, text)
        return None if vouched and self._meant(manifest, argument, text) else self._from(argument, rule, text)

    def _meant(self, manifest: Manifest, argument: Argument, text: str) -> bool:
        """Whether a value that the user's words speak for is not one that they say of something else."""
        if argument.role in _AIMED:
            return not self._words.astray(manifest, text)
        return argument.role is not ArgumentRole.VALUE or self._words.fits(manifest, text)

    def _vouched(self, manifest: Manifest, argument: Argument, text: str) -> bool:
        """Whether a value is one that needs no reason, the user's own, or derives from what may speak for it."""
        if self._says(argument, text):
            return True
        harmless = {texts.normal(one) for one in argument.values}
        if text in harmless:
            # Of *left* and *right* either does nothing by itself, but for whoever said the other one.
            return not any(map(self._words.picks, harmless - {text}))
        if self._words.bars(text) or argument.role in {ArgumentRole.SECRET, ArgumentRole.CODE}:
            return False
        if text in _SWITCH and Effect.DETERMINATION in manifest.effects:  # that something else is true is no verdict
            return self._worked_out(manifest, argument, text)
        return self._worked_out(manifest, argument, text) or self._derives(manifest, argument, text)

    def _says(self, argument: Argument, text: str) -> bool:
        """Whether the user named a value: as it is, or a state by what they want done."""
        if argument.role is ArgumentRole.VALUE and _STATE.fullmatch(text):
            done = any(texts.normal(value) == text for value, _ in argument.means)
            return self._words.states(text, done=done) or self.orders(argument, text)
        return self._words.say(text) or self.orders(argument, text)

    def orders(self, argument: Argument, text: str, /) -> bool:
        """Whether a value is a doing that the user asked for."""
        return any(texts.normal(value) == text and self._words.does(verb) for value, verb in argument.means)

    def _derives(self, manifest: Manifest, argument: Argument, text: str) -> bool:
        # What somebody has in credit stands as a negative balance, and is refunded as it is.
        turned = self._seen.equal(f"-{text}") if argument.role is ArgumentRole.VALUE and text[:1].isdigit() else ()
        if any(self._stands(manifest, argument, spot) for spot in (*self._seen.equal(text), *turned)):
            return True
        if (named := texts.reference(text)) and argument.role is not ArgumentRole.DESTINATION:
            return self._vouched(manifest, argument, named)
        lasting = bool(manifest.effects & LASTING)
        return any(
            self._stands_within(argument, text, spot, lasting=lasting)
            or (not lasting and self._delegated(manifest, argument, text, spot))
            for spot in self._seen.holding(text)[:_MANY]
            if spot.stands
        )

    def _stands(self, manifest: Manifest, argument: Argument, spot: Spot) -> bool:
        """Whether a leaf that is just the value may speak for it."""
        record = spot.record
        if not spot.stands or (spot.piece and argument.role in _WEIGHING and not _alone(spot.text, spot)):
            return False
        if argument.role is ArgumentRole.DESTINATION:
            elsewhere = self._words.directs(spot.text) and not self._words.any_of(asking().answering.words)
            return (
                not elsewhere
                and self._may_receive(manifest, argument, spot)
                and not self._otherwise(manifest, argument, spot)
            )
        # Whoever lists several things has not made them, whatever their verb: `intake_page` pages, or shows a page.
        if spot.source is Source.SYSTEM and record.result.made and not record.result.several(record):
            return self._is_made(spot)
        if spot.source is Source.NAME:
            return self._means(spot)
        own = self._aimed(manifest, receiving=receives(manifest, argument))
        chosen = self.choosing.chosen(record) or (own is not None and own.named(record))
        if spot.source is Source.FREE or not chosen or self._rather(spot):
            return False
        return argument.role not in _AIMED or not self._otherwise(manifest, argument, spot)

    def _is_made(self, spot: Spot) -> bool:
        """Whether a leaf names what a call made, and not what that is linked to: the id of a task, not of its fax."""
        result = spot.record.result
        if any(one.record.result.number < result.number for one in self._seen.equal(spot.text)):
            return False
        words = {singular(word) for word in words_of(spot.field)} - _OF_ITSELF
        return words.issubset(asking().names(result.manifest) | set(result.manifest.verbs))

    def _otherwise(self, manifest: Manifest, argument: Argument, spot: Spot) -> bool:
        """Whether something else is chosen where the doing is asked for: *show the largest and deny the smallest*."""
        state = (self._words.version, len(self._seen.results))
        if self._elsewhere[0] != state:
            self._elsewhere = (state, {})
        known = self._elsewhere[1]
        receiving = receives(manifest, argument)
        key = (manifest.doing, spot.at, receiving)
        if key not in known:
            known[key] = self._is_elsewhere(self._aimed(manifest, receiving=receiving), spot)
        return known[key]

    def _is_elsewhere(self, own: Choosing | None, spot: Spot) -> bool:
        if own is None or own.named(spot.record):
            return False
        if own.extreme or own.recalls:
            return not own.recalls  # *apply it to the oldest*: one thing was spoken of before
        field, left = words_of(spot.field), _MANY
        for result in reversed(self._seen.results):
            records = [one for one in result.records.values() if any(words_of(s.field) == field for s in one.spots)]
            if any(map(own.named, records)):
                return True
            left -= len(result.records)
            if left <= 0:
                break
        return False

    def _aimed(self, manifest: Manifest, *, receiving: bool) -> Choosing | None:
        """What is chosen by the words beside those that ask for a tool; None where all words may choose."""
        key = (self._words.version, manifest.doing, receiving)
        if key not in self._own:
            said = self._words.own(manifest, receiving=receiving)
            words = Words(-((abs(key[0]) + 1) << _SHIFT) + 2 * len(self._own))
            words.hear(said)
            self._own[key] = Choosing(words, self._seen) if said else None
        return self._own[key]

    def _rather(self, spot: Spot) -> bool:
        """Whether a number is not the one of its record whose field the user named, as in *the patient share*."""
        numbers = spot.record.counted
        return spot in numbers and not self._speaks_of(spot) and any(self._speaks_of(other) for other in numbers)

    def _speaks_of(self, spot: Spot) -> bool:
        words = words_of(spot.field)
        return len(words) > 1 and all(texts.stem(word) in self._words.stems for word in words)

    def _may_receive(self, manifest: Manifest, argument: Argument, spot: Spot) -> bool:
        record = spot.record
        if spot.source is Source.SYSTEM and not _reaches(spot):
            return spot.names and self.choosing.chosen(record)
        if spot.source is Source.CATALOG or (spot.source is Source.PARTY and record.directory):
            # Of a list where the user's words pick some, the others are not meant.
            asked = any(record.result.asked) or self.choosing.picked(record.result)
            return not (asked or self._words.addressees) or self.choosing.chosen(record)
        if spot.source in {Source.PARTY, Source.SYSTEM}:
            if record.result.manifest.source is Source.PARTY and _alone(spot.text, spot, whole=True):
                return self.choosing.chosen(record)  # a list of people, with a note to each
            if spot.text in self._called(manifest):
                return True
            same = _kind(argument.path) == _kind(spot.field) and (record.directory or self._is_addressed(spot))
            same = same and not self._another(argument)
            again = same or self._words.any_of(asking().answering.words)
            meant = again or (self._open() and self._is_addressed(spot)) or self._names_field(manifest, spot)
            return meant and self.choosing.chosen(record) and not self._only_by_name(spot)
        return spot.source is Source.NAME and self._means(spot)

    def _is_addressed(self, spot: Spot) -> bool:
        """Whether nobody is written to by what they are, or the field is theirs: *my boss* is no sender of a fax."""
        said = self._words.addressees
        return not said or any(singular(word) in said for word in words_of(spot.field))

    def _names_field(self, manifest: Manifest, spot: Spot) -> bool:
        """Whether the user said what a field is called, in other words than ask for the tool: *the account on file*."""
        own = asking().words_of(manifest)
        words = (word for word in words_of(spot.field) if word not in _UNSAID and word not in asking().stop.words)
        stems = {texts.stem(singular(word)) for word in words} - own
        return not stems.isdisjoint(self._words.stems)

    def _only_by_name(self, spot: Spot) -> bool:
        """Whether what somebody calls themselves is what the user's words choose their record by."""
        own = self.choosing.likeness(spot)
        return own > 0 and all(self.choosing.likeness(other) <= own for other in spot.record.spots)

    def _called(self, manifest: Manifest) -> tuple[str, ...]:
        """Returns the address and the name that fit the user's words best, where just one does.

        Whoever writes can call themselves as somebody else is called, or by a word of the task.
        """
        state = (self._words.version, len(self._seen.parties), manifest.doing)
        if self._fits[0] != state:
            own = asking().words_of(manifest)
            best: list[str] = []
            for kind in (True, False):
                fits = {one: self._fit(one, own) for one in self._seen.parties if ("@" in one) is kind}
                top = [one for one, share in fits.items() if share >= _HALF and share == max(fits.values())]
                best += top if len(top) == 1 else []
            self._fits = (state, tuple(best))
        return self._fits[1]

    def _fit(self, party: str, own: frozenset[str]) -> float:
        """How much of what somebody is called the user said, in other words than those that ask for the tool."""
        words = [word for word in texts.tokens(party.partition("@")[0]) if texts.stem(word) not in own]
        meaning, said = self._words.content(" ".join(words))
        return said / meaning if meaning else 0.0

    def _means(self, spot: Spot) -> bool:
        """Whether a name that anybody may choose is the one that the user means, or one of all that they mean."""
        record = spot.record
        if self.choosing.listed(record.result) or self.choosing.busiest(spot) or self.choosing.begins(spot):
            return True
        if not self.choosing.likeness(spot):
            return False
        several = self.choosing.selected(record) and self._words.all_of(record.result.manifest)
        return several or self.choosing.only(record)

    def _open(self) -> bool:
        """Whether the user named nobody, by an address or as the session knows them: who is chosen may be meant."""
        return not (self._words.addresses or self._parties())

    def _parties(self) -> tuple[str, ...]:
        """Those whom the session knows, and the user named as it knows them."""
        state = (self._words.version, len(self._seen.parties))
        if self._named[0] != state:
            self._named = (state, tuple(filter(self._words.say, self._seen.parties)))
        return self._named[1]

    def _another(self, argument: Argument) -> bool:
        """Whether the user named somebody who stands where such a value does: *assign T-2 to jdoe*, whoever has it."""
        kind = _kind(argument.path)
        return any(_kind(spot.field) == kind for one in self._parties() for spot in self._seen.equal(one)[:_MANY])

    def _when(self, argument: Argument, text: str) -> Doubt | None:
        """A day is one that the user named, or the system's of a chosen record, where the user named any at all."""
        if not (self._words.days or self._words.apart) or self._words.say(text):
            return None
        found = figures.days(text)
        if not found:
            return None if figures.tells_no_day(text) else self._from(argument, Rule.VALUE, text)
        if all(map(self._words.said_day, found)):
            return None
        others = self._seen.days(self.choosing.chosen) if self._words.apart else frozenset()
        if self._words.near_day(found, others):
            return None
        spots = (spot for day in found for spot in self._seen.on(day)[:_MANY])
        if any(self.choosing.chosen(spot.record) for spot in spots):
            return None
        return self._from(argument, Rule.VALUE, text)

    def _stands_within(self, argument: Argument, text: str, spot: Spot, *, lasting: bool) -> bool:
        """Whether a leaf that holds the value among other words may speak for it: a line that the service wrote.

        Somebody else may have written one of its words, so that whom or how much it says only where it says one alone,
        and what can't be undone is done to nothing that stands in a text with room for an order.
        """
        if lasting and spot.prose:
            return False
        if spot.named or not (spot.source is Source.CATALOG or (spot.source is Source.PARTY and spot.record.directory)):
            return False
        return self.choosing.chosen(spot.record) and (argument.role not in _WEIGHING or _alone(text, spot))

    def _delegated(self, manifest: Manifest, argument: Argument, text: str, spot: Spot) -> bool:
        """Whether the user sent for just this text, and it holds one address or number of the kind.

        For calls that can be undone: whoever can write all of the text can choose what stands in it, as with a clerk
        who is sent to read it.
        """
        if argument.role not in _WEIGHING:
            return False
        # Whoever is written to is known by their name; what somebody is to be reached by from now on is not.
        reached = _CHANGING.isdisjoint(manifest.verbs)
        record = spot.record
        if self.choosing.only(record):
            there = self._there(record.result, record)
        elif self.choosing.bound(record.result):
            there = self._there(record.result, None)
        else:
            return False
        return (
            any(
                found == {text}
                and (self._speaks_of_kind(words) or (reached and self._is_of(text)))
                # Who sends for a phone number sends for no other address.
                and (not self._words.any_of(others) or self._words.any_of(words[:-1]))
                for found, words, others in zip(there, (_ADDRESSES, _PHONES), (_ONLY_PHONES, _ONLY_MAILS), strict=False)
            )
            or (self._words.any_of(_MOVED) and self._home(argument, text, there[2]))
        )

    def _there(self, result: Result, record: Record | None) -> tuple[frozenset[str], ...]:
        """The addresses, numbers of telephones and homes in a record or in all of a result; read once."""
        key = (result.number, None if record is None else record.name)
        if key not in self._held:
            records = result.records.values() if record is None else (record,)
            # Where somebody lived, or was called, stands in a field by itself, and is known already.
            parts = [one.text for other in records for one in other.spots if not _is_whole(one.text)]
            kinds = (texts.addresses, texts.phones, texts.homes)
            self._held[key] = tuple(frozenset(one for part in parts for one in kind(part)) for kind in kinds)
        return self._held[key]

    def _speaks_of_kind(self, words: tuple[str, ...]) -> bool:
        """Whether the user speaks of such addresses; whoever moved speaks of where they live."""
        moved = "address" in words and (self._words.any_of(_MOVED[1:]) or self._words.homes)
        return self._words.any_of(word for word in words if not (moved and word == "address"))

    def _is_of(self, address: str) -> bool:
        """Whether an address is that of somebody whom the user named: all its words before the `@` are theirs."""
        own, at, _ = address.partition("@")
        meaning, said = self._words.content(own)
        return bool(at) and 0 < meaning == said and not all(map(known, texts.tokens(own)))

    def _home(self, argument: Argument, text: str, homes: frozenset[str]) -> bool:
        """Whether a value is the one place where somebody lives that texts speak of, or a part of it (`city`)."""
        if argument.role is ArgumentRole.DESTINATION and homes == {text}:
            return True
        places = [place for words, place in _HOME_PARTS if not set(words).isdisjoint(words_of(argument.path))]
        stands = (re.search(place.format(re.escape(text)), one) for place in places[:1] for one in homes)
        return len(homes) == 1 and any(stands)

    def _worked_out(self, manifest: Manifest, argument: Argument, text: str) -> bool:
        if argument.role is not ArgumentRole.VALUE:
            return False
        if text in _SWITCH and argument.means:
            return False  # `hold` is a doing, and so is its end
        if text in _SWITCH:
            words = [word for word in words_of(argument.path) if len(word) > 3]
            if Effect.DETERMINATION in manifest.effects:
                return self._words.ruled(words) is (text == "true")
            return text == "false" or self._words.any_of(singular(word) for word in words)
        found = figures.amount(text)
        if found is None or text.strip("0123456789.,+-"):
            return False
        said, chosen = self._words.numbers, self.choosing.chosen
        turned = -found in said and self._words.any_of(_TURNING)
        return turned or reckoned(found, said, self._recent(), whole=self._whole, chosen=chosen)

    def _whole(self, result: Result) -> bool:
        """Whether a list counts as a whole: where the user named some of it, the sum of all is no amount of one."""
        return not self.choosing.picked(result) or self.choosing.quantifies()

    def _recent(self) -> Iterator[Record]:
        """Yields the records read last, up to many, but for those of results that have nothing to reckon with."""
        left = _MANY
        for result in reversed(self._seen.results):
            if result.counted:
                yield from itertools.islice(result.records.values(), left)
            left -= len(result.records)
            if left <= 0:
                return

    def _fetched(self, manifest: Manifest, argument: Argument, raw: str) -> Doubt | None:
        text = texts.normal(raw)
        link = texts.written(text)
        if texts.spelled(raw) != link and texts.spelled(raw) not in self._seen.spellings:
            # The host sees capitals, full stops and what nobody else sees.
            return self._from(argument, Rule.LINK, text)
        if self._words.link(link) or self._words.say(link):
            return None
        if self._seen.categories or self._seen.personal:
            return Doubt(Rule.CLEARANCE, argument.path, argument.role)
        spots = [*self._seen.linking(link), *self._seen.equal(text)]
        if any(self._may_lead(manifest, spot) for spot in spots):
            return None
        return self._from(argument, Rule.LINK, text, spots)

    def _may_lead(self, manifest: Manifest, spot: Spot) -> bool:
        """Whether the link in a leaf is the one that the user's words lead to, or one of all that they ask for.

        Whoever names a page has said which one they mean: where it leads further is its author's to say, not theirs.
        """
        if not (spot.stands and self.choosing.chosen(spot.record)):
            return False
        if not spot.source.untrusted:
            return True
        if _fetched(spot.record.result) and not self._words.any_of(asking().linking.words):
            return False
        listed = spot.record.result.records.values()
        meant = [record for record in listed if self.choosing.selected(record) or self.choosing.meant(record)]
        meant = meant or list(listed)
        found = {link for record in meant for one in record.spots for link in texts.links(one.text)}
        return spot.record in meant and (len(found) == 1 or self._words.all_of(manifest))

    def apart(self, aims: Collection[str], value: float, /) -> bool:
        """Whether the user says another amount of whom or what these are, and this one of somebody else."""
        said = [piece for piece in pieces(self._words.text) if any(texts.numbers(piece))]
        if len(said) < 2 or value not in self._words.numbers:
            return False
        records = [spot.record for aim in aims for spot in self._seen.equal(aim)[:_MANY]]
        own = [
            piece for piece in said if any(texts.contains(piece, aim) for aim in aims) or self._names(piece, records)
        ]
        return bool(own) and not any(value in texts.numbers(piece) for piece in own)

    def _names(self, piece: str, records: Sequence[Record]) -> bool:
        """Whether some of what the user said chooses one of these records by itself."""
        self._pieces += 2
        words = Words(-((abs(self._words.version) + 1) << _SHIFT) + self._pieces + 1)
        words.hear(piece)
        choosing = Choosing(words, self._seen)
        return any(map(choosing.named, records))

    def remembered(self, argument: Argument, value: Scalar, /) -> Doubt | None:
        """Returns why a text may not be kept for later sessions: after something untrusted, only what the user said."""
        text = texts.normal(text_of(value))
        trusted = (spot for spot in self._seen.equal(text) if not spot.source.untrusted)
        if argument.role is not ArgumentRole.TEXT or self._words.say(text) or any(trusted):
            return None
        return self._from(argument, Rule.MEMORY, text)

    def _text(self, argument: Argument, text: str) -> Doubt | None:
        for link in dict.fromkeys((*texts.links(text), *texts.links(texts.unescaped(text)))):
            spots = self._seen.linking(link)
            if not self._words.link(link) and all(spot.source.untrusted for spot in spots):
                return self._from(argument, Rule.LINK, link, spots)
        return None

    def _carried(self, manifest: Manifest, argument: Argument, text: str) -> Doubt | None:
        """A text that goes out repeats nothing of a result that nothing of the user's asked for."""
        if Effect.EGRESS not in manifest.effects:
            return None
        for said in itertools.islice(self._seen.repeated(text), _MANY):
            spots = self._seen.equal(said)
            if not self._words.say(said) and not any(self._asked(spot.record) for spot in spots):
                return Doubt(Rule.SUBJECT, argument.path, argument.role, spots[0].where, spots[0].source)
        return None

    def _asked(self, record: Record) -> bool:
        """Whether a record is of a list of all, of a catalogue, or of what the user's words led to."""
        manifest = record.result.manifest
        if manifest.source is Source.CATALOG and not manifest.personal:
            return True
        return not any(record.result.asked) or self.choosing.bound(record.result) or self.choosing.chosen(record)

    def _from(self, argument: Argument, rule: Rule, text: str, spots: list[Spot] | None = None) -> Doubt:
        """The doubt, with the place that the value came from: where it stands alone, or else among other words."""
        found = spots or self._seen.equal(text) or self._seen.holding(text)
        if not found:
            return Doubt(rule, argument.path, argument.role)
        spot = max(found, key=lambda one: one.source.untrusted)
        return Doubt(rule, argument.path, argument.role, spot.where, spot.source)


def _reaches(spot: Spot) -> bool:
    """Whether a number of the system's is where somebody is reached, which is theirs to say: `caller_id`."""
    own = spot.field.rpartition(".")[2].strip("[]{}")
    return spot.names and (bool(texts.phones(spot.text)) or source_of(own, Source.FREE) is Source.PARTY)


def _fetched(result: Result) -> bool:
    """Whether a result is of a page, got by its address."""
    return any(one.role is ArgumentRole.URL for one in result.manifest.arguments)


def _is_whole(text: str) -> bool:
    """Whether a text is a postal address or the number of a telephone and no more."""
    return any(kind(text) == [text] for kind in (texts.phones, texts.homes))


def _alone(text: str, spot: Spot, *, whole: bool = False) -> bool:
    """Whether a text is an address or the number of a telephone, and its record holds no other, or none by itself."""
    spots = [other for other in spot.record.spots if not whole or _is_whole(other.text) or "@" in other.text]
    return any(
        kind(text) == [text] and {one for other in spots for one in kind(other.text)} == {text}
        for kind in (texts.addresses, texts.phones, texts.homes)
    )


def _kind(path: str) -> str:
    """What sort of party a name speaks of: `recipients[]` and `recipient`, `phoneNumber` and `mobile` are the same."""
    words = words_of(path)
    while len(words) > 1 and (words[-1] in _NUMBERED or (words[-1] == "address" and words[-2] in _MAILS)):
        words = words[:-1]
    last = singular(words[-1]) if words else ""
    return "phone" if last in _CALLED else "email" if last in _MAILS else last
