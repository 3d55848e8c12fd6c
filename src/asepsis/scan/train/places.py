"""Places of templates: cities, streets, facilities and employers that nobody has to know."""

from asepsis.scan.train.draw import Draw
from asepsis.scan.train.world import World

__all__ = ["address", "city", "city_state", "county", "employer", "facility", "place", "street", "zip_code"]


def city(draw: Draw, world: World, /) -> str:
    """Returns the name of a place."""
    return draw.pick(world.large if draw.chance(55) else world.places).name


def city_state(draw: Draw, world: World, /) -> str:
    """Returns a place with its state."""
    name, state = draw.pick(world.large if draw.chance(55) else world.places)
    long = world.states[state]
    return draw.pick((f"{name}, {state}", f"{name}, {long}", f"{name} {state}", f"{name}, {state}", f"{name} {long}"))


def county(draw: Draw, world: World, /) -> str:
    """Returns a county, with its state now and then."""
    name, state = draw.pick(world.counties)
    return f"{name}, {draw.pick((state, world.states.get(state, state)))}" if draw.chance(30) else name


def zip_code(draw: Draw, /) -> str:
    """Returns five digits, with four more now and then."""
    return draw.digits("#####-####" if draw.chance(12) else "#####")


def street(draw: Draw, world: World, /) -> str:
    """Returns a house number and a street."""
    forms = world.forms
    number = draw.digits(draw.pick(("%", "%#", "%##", "%###", "%###", "%####")))
    if draw.chance(4):
        return draw.pick(forms["boxes"]).format(n=number)
    last = draw.pick(draw.pick(world.origins).last)
    name = draw.pick((draw.pick(forms["streets"]), draw.pick(forms["streets"]), last, city(draw, world)))
    suffix = draw.pick(forms["usual_suffixes"] if draw.chance(85) else world.suffixes)
    line = f"{number} {draw.pick(forms['directions'])}{name} {suffix}".rstrip()
    if not draw.chance(22):
        return line
    unit = draw.digits(draw.pick(("%", "%#", "%##")))
    return line + draw.pick((", ", " ")) + draw.pick(forms["more"]).format(n=unit, l=draw.digits("?"))


def address(draw: Draw, world: World, /) -> str:
    """Returns an address, whole or in part."""
    line = street(draw, world)
    name, state = draw.pick(world.large if draw.chance(50) else world.places)
    way = draw.below(100)
    if way < 45:
        return f"{line}, {name}, {state} {zip_code(draw)}"
    if way < 60:
        return f"{line}, {name}, {world.states[state]} {zip_code(draw)}"
    if way < 72:
        return f"{line}, {name}, {state}"
    if way < 82:
        return f"{line}, {name}"
    return f"{line} {name} {state} {zip_code(draw)}" if way < 90 else line


def facility(draw: Draw, world: World, /) -> str:
    """Returns a hospital, clinic, home or school by its name."""
    return _composed(draw, world, "facilities")


def employer(draw: Draw, world: World, /) -> str:
    """Returns an employer by its name."""
    return _composed(draw, world, "employers")


def place(draw: Draw, world: World, /) -> str:
    """Returns some place smaller than a state."""
    way = draw.below(100)
    if way < 45:
        return city(draw, world)
    if way < 60:
        return city_state(draw, world)
    if way < 80:
        return county(draw, world)
    return draw.pick(world.forms["parts"]).format(n=city(draw, world)) if way < 90 else facility(draw, world)


def _composed(draw: Draw, world: World, form: str) -> str:
    forms = world.forms
    return draw.pick(forms[form]).format(
        house=draw.pick(forms["houses"]), fair=draw.pick(forms["fair"]), known=draw.pick(forms["known_houses"]),
        saint=draw.pick(forms["saint"]) + " " + draw.pick(forms["saints"]) + draw.pick(forms["of_saint"]),
        city=city(draw, world), last=draw.pick(draw.pick(world.origins).last),
        county=county(draw, world).partition(",")[0], state=draw.pick(tuple(world.states.values())),
        firm=draw.pick(forms["firms"]), big=draw.pick(forms["known_firms"]),
    )  # fmt: skip
