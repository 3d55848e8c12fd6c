"""Places of templates: cities, counties, facilities and employers that nobody has to know."""

from asepsis.scan.names.tokens import word
from asepsis.scan.train.draw import Draw
from asepsis.scan.train.world import World

__all__ = ["city", "city_state", "county", "employer", "facility", "place", "town_abroad"]


def city(draw: Draw, world: World, /) -> str:
    """Returns the name of a place, now and then of one abroad."""
    if draw.chance(9):
        return town_abroad(draw, world)
    return draw.pick(world.large if draw.chance(55) else world.places).name


def town_abroad(draw: Draw, world: World, /) -> str:
    """Returns the name of a town in another country."""
    name = draw.pick(draw.pick(world.abroad))
    return name if name.isascii() or draw.chance(60) else (word(name).plain or name)


def city_state(draw: Draw, world: World, /) -> str:
    """Returns a place with its state."""
    name, state = draw.pick(world.large if draw.chance(55) else world.places)
    long = world.states[state]
    return draw.pick((f"{name}, {state}", f"{name}, {long}", f"{name} {state}", f"{name}, {state}", f"{name} {long}"))


def county(draw: Draw, world: World, /) -> str:
    """Returns a county, with its state now and then."""
    name, state = draw.pick(world.counties)
    return f"{name}, {draw.pick((state, world.states.get(state, state)))}" if draw.chance(30) else name


def facility(draw: Draw, world: World, /) -> str:
    """Returns a hospital, clinic, home or school by its name."""
    return _composed(draw, world, "facilities")


def employer(draw: Draw, world: World, /) -> str:
    """Returns an employer by its name."""
    return _composed(draw, world, "employers")


def place(draw: Draw, world: World, /) -> str:
    """Returns some place smaller than a state."""
    way = draw.below(100)
    if way < 4:
        return f"{town_abroad(draw, world)}, {draw.pick(world.countries)}"
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
