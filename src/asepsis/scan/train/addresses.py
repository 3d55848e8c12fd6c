"""Addresses of templates, at home and abroad: streets, corners, boxes, the post of forces; in one line or several."""

from collections.abc import Callable
from typing import Final

from asepsis.scan.train.draw import Draw
from asepsis.scan.train.places import city, town_abroad
from asepsis.scan.train.world import Place, World

__all__ = ["abroad", "address", "block", "corner", "street", "zip_code"]

_FOREIGN: Final = ("#####", "####", "##-###", "####-###", "?# %??", "??## %??")


def zip_code(draw: Draw, /) -> str:
    """Returns five digits, with four more now and then."""
    return draw.digits("#####-####" if draw.chance(12) else "#####")


def street(draw: Draw, world: World, /) -> str:
    """Returns a house number and a street."""
    forms = world.forms
    number = draw.digits(draw.pick(("%", "%#", "%##", "%###", "%###", "%####")))
    if draw.chance(4):
        return draw.pick(forms["boxes"]).format(n=number)
    if draw.chance(8):
        return _unit(draw, world, abroad(draw, world))
    last = draw.pick(draw.pick(world.origins).last)
    name = draw.pick((draw.pick(forms["streets"]), draw.pick(forms["streets"]), last, city(draw, world)))
    suffix = draw.pick(forms["usual_suffixes"] if draw.chance(85) else world.suffixes)
    return _unit(draw, world, f"{number} {draw.pick(forms['directions'])}{name} {suffix}".rstrip())


def abroad(draw: Draw, world: World, /) -> str:
    """Returns a house number and a street as they are written elsewhere."""
    forms = world.forms
    origin = draw.pick(world.origins)
    return draw.pick(forms["abroad"]).format(
        n=draw.between(1, 220), m=draw.between(1, 40), road=draw.pick(forms["roads"]),
        joined=draw.pick(forms["joined"]), last=draw.pick(origin.last), first=draw.pick(origin.first),
        city=draw.pick(world.places).name, town=town_abroad(draw, world), suffix=draw.pick(forms["usual_suffixes"]),
    )  # fmt: skip


def corner(draw: Draw, world: World, /) -> str:
    """Returns where two streets meet."""
    forms = world.forms
    names = [draw.pick(forms["streets"] if draw.chance(50) else draw.pick(world.origins).last) for _ in range(2)]
    one, two = (
        abroad(draw, world) if draw.chance(25) else f"{name} {draw.pick(forms['usual_suffixes'])}" for name in names
    )
    return draw.pick(forms["corners"]).format(one=one, two=two, n=draw.between(1, 99))


def block(draw: Draw, world: World, /) -> str:
    """Returns an address line by line, of this country or another, with the marks of a quotation or a list at times."""
    lead = "\n" + draw.pick(("", "", "", " ", "   ", "> ", ">", "| ", "- ", "* "))
    line = abroad(draw, world) if draw.chance(55) else street(draw, world)
    before = f"{draw.between(1, 99)}{draw.pick((' ', '/', '-', ', '))}" if draw.chance(20) else ""
    unit = draw.pick(world.forms["more"]).format(n=draw.digits(draw.pick(("%", "%#", "###"))), l=draw.digits("?"))
    town = _town(draw, world)
    away = town_abroad(draw, world)
    code, country = draw.digits(draw.pick(_FOREIGN)), draw.pick(world.countries)
    lines = [before + line, *([unit] if draw.chance(60) else [])]
    lines += draw.pick((
        [f"{town.name}, {town.state} {zip_code(draw)}"], [town.name, f"{town.state} {zip_code(draw)}"],
        [away, f"{country} {code}"], [away, country], [f"{code} {away}", country], [away, code],
        [away.upper(), country],
    ))  # fmt: skip
    return lead.join(lines)


def address(draw: Draw, world: World, /) -> str:
    """Returns an address, whole or in part."""
    way = draw.below(1000)
    return next(make for share, make in _FORMS if (way := way - share) < 0)(draw, world)


def _unit(draw: Draw, world: World, line: str) -> str:
    if not draw.chance(22):
        return line
    unit = draw.digits(draw.pick(("%", "%#", "%##")))
    return line + draw.pick((", ", " ", "\n")) + draw.pick(world.forms["more"]).format(n=unit, l=draw.digits("?"))


def _town(draw: Draw, world: World) -> Place:
    return draw.pick(world.large if draw.chance(50) else world.places)


def _usual(draw: Draw, world: World) -> str:
    town = _town(draw, world)
    return f"{street(draw, world)}, {town.name}, {town.state} {zip_code(draw)}"


def _in_full(draw: Draw, world: World) -> str:
    town = _town(draw, world)
    return f"{street(draw, world)}, {town.name}, {world.states[town.state]} {zip_code(draw)}"


def _bare(draw: Draw, world: World) -> str:
    town = _town(draw, world)
    return f"{street(draw, world)} {town.name} {town.state} {zip_code(draw)}"


def _short(draw: Draw, world: World) -> str:
    town = _town(draw, world)
    return f"{street(draw, world)}, {town.name}" + draw.pick(("", f", {town.state}"))


def _lines(draw: Draw, world: World) -> str:
    """An address on lines of its own, or of another country."""
    line = street(draw, world)
    town = draw.pick(world.places)
    if draw.chance(50):
        return f"{line}\n{town.name}, {town.state} {zip_code(draw)}"
    name = town_abroad(draw, world)
    country, name = draw.pick(world.countries), name.upper() if draw.chance(15) else name
    mark, code = draw.pick((", ", "\n", "\n ", " ")), draw.digits(draw.pick(_FOREIGN))
    return draw.pick((
        f"{line}{mark}{code} {name}", f"{line}{mark}{name} {code}", f"{line}{mark}{name}{mark}{country} {code}",
        f"{line}{mark}{code} {name}{mark}{country}", f"{line}{mark}{name}{mark}{country}",
    ))  # fmt: skip


def _post(draw: Draw, world: World) -> str:
    """An address of the armed forces."""
    forms = world.forms
    return draw.pick(forms["posts"]).format(
        n=draw.digits("%###"), m=draw.digits("%###"), f=draw.pick(forms["forces"]), zip=draw.digits("09###"),
        last=draw.pick(draw.pick(world.origins).last),
    )  # fmt: skip


_FORMS: Final[tuple[tuple[int, Callable[[Draw, World], str]], ...]] = (
    (360, _usual), (120, _in_full), (190, _short), (70, _bare), (70, street), (70, _lines), (50, block), (40, corner),
    (30, _post),
)  # fmt: skip
"""So many of a thousand addresses are written that way."""
