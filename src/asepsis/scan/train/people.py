"""People of templates: who they are, and the ways their names are written."""

from typing import Final, NamedTuple

from asepsis.scan.names.tokens import word
from asepsis.scan.train.draw import Draw
from asepsis.scan.train.world import Origin, World

__all__ = ["Person", "full", "initials", "nick", "person", "reversed_name"]

_ONSETS: Final = ("b", "br", "ch", "d", "dr", "f", "g", "gr", "h", "j", "k", "kh", "l", "m", "n", "p", "r", "s", "sh",
                  "st", "t", "th", "tr", "v", "w", "y", "z", "zh", "mb", "kw", "sch", "fl", "")  # fmt: skip
_NUCLEI: Final = ("a", "e", "i", "o", "u", "ai", "ee", "ou", "ia", "au", "ei", "oa", "y")
_CODAS: Final = ("", "", "n", "r", "l", "s", "m", "k", "ng", "sh", "th", "rd", "nd", "tz", "ski", "son", "ez", "ov")
_PARTICLES: Final = ("de la ", "De La ", "del ", "van ", "Van ", "van der ", "von ", "de ", "De", "di ", "Di", "Mac",
                     "Mc", "O'", "St. ", "El-", "Al-", "bin ", "dos ", "Le ", "Du", "D'", "Ben-", "Abu ")  # fmt: skip
_QUOTES: Final = ('{{first}} "{}" {{last}}', "{{first}} ({}) {{last}}", "{{first}} '{}' {{last}}")
_LAST_FIRST: Final = frozenset({"chinese", "korean", "vietnamese", "japanese"})
_FORMS: Final = (
    (62, "{first} {last}"), (5, "{first} {m}. {last}"), (3, "{first} {m} {last}"), (9, "{first} {middle} {last}"),
    (3, "{f}. {last}"), (1, "{f} {last}"), (3, "{first} {l}."), (4, "{first}"), (3, "{first} {last}!"), (2, "nick"),
    (2, "{f}.{m}. {last}"), (3, "{first} {last}"),
)  # fmt: skip
"""So many of a hundred names are written that way; `!` stands for a suffix."""

_SUFFIXES: Final = (" Jr.", " Jr", ", Jr.", " Sr.", " III", " II", " IV", " 3rd")


class Person(NamedTuple):
    """A person's names, and the origin they were drawn from."""

    first: str
    last: str
    middle: str
    origin: str


def person(draw: Draw, world: World, /) -> Person:
    """Returns somebody."""
    origin = draw.pick(world.origins) if not draw.chance(12) else world.origins[0]
    source = world.listed if draw.chance(22) else origin
    first = _made(draw) if draw.chance(5) else draw.pick(source.first)
    last = _made(draw) if draw.chance(6) else draw.pick(source.last)
    if draw.chance(2.5):
        last = draw.pick(_PARTICLES) + last
    if draw.chance(5):
        last = f"{last}-{draw.pick(origin.last)}"
    elif draw.chance(3) and origin.name in ("hispanic", "portuguese"):
        last = f"{last} {draw.pick(origin.last)}"
    middle = draw.pick(origin.first) if draw.chance(30) else chr(65 + draw.below(26))
    names = (first, last, middle)
    if draw.chance(60):
        names = (_plain(first), _plain(last), _plain(middle))
    return Person(*names, source.name if source is world.listed else origin.name)


def full(draw: Draw, who: Person, origin: Origin, /) -> str:
    """Returns a person's name in one of the ways names are written."""
    first, last, middle, _ = who
    way = draw.below(100)
    if 74 <= way < 79:
        return reversed_name(draw, who)
    if way >= 97 and origin.name in _LAST_FIRST:
        return f"{last} {first}"
    form = next(form for share, form in _FORMS if (way := way - share) < 0)
    if form == "nick":
        form = draw.pick(_QUOTES).format(nick(draw, first))
    suffix = draw.pick(_SUFFIXES) if form.endswith("!") else ""
    return form.rstrip("!").format(first=first, last=last, middle=middle, f=first[0], m=middle[0], l=last[0]) + suffix


def reversed_name(draw: Draw, who: Person, /) -> str:
    """Returns a name as records write it: last name first."""
    name = f"{who.last}, {who.first}" + draw.pick(("", "", f" {who.middle[0]}", f" {who.middle[0]}.", f" {who.middle}"))
    return name.upper() if draw.chance(35) else name


def nick(draw: Draw, first: str, /) -> str:
    """Returns a short form of a first name."""
    stem = first[: draw.between(2, 4)]
    return draw.pick((stem, stem + "y", stem + "ie", stem.title(), first[:3])).strip("-' ").title() or first


def initials(draw: Draw, who: Person, /) -> str:
    """Returns a person's initials."""
    one, two, three = who.first[0].upper(), who.middle[0].upper(), who.last[0].upper()
    return draw.pick(
        (f"{one}.{three}.", f"{one}{three}", f"{one}.{two}.{three}.", f"{one}{two}{three}", f"{one}. {three}.")
    )


def _plain(name: str) -> str:
    return name if name.isascii() else (word(name).plain or name)


def _made(draw: Draw) -> str:
    return "".join(
        draw.pick(_ONSETS) + draw.pick(_NUCLEI) + (draw.pick(_CODAS) if at else "") for at in range(draw.between(1, 3))
    ).title()
