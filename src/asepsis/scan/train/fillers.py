"""What fills the slots of a template: identifiers with their labels, and everything else without.

A document is about one person: the slots that begin with `pt` all name that person, in different ways.
"""

from collections.abc import Callable
from typing import Final

from asepsis.scan.train import addresses, numbers, people, places
from asepsis.scan.train.draw import Draw
from asepsis.scan.train.people import Person
from asepsis.scan.train.world import Origin, World

__all__ = ["LABELS", "Fillers"]

_NAMES: Final = (
    "pt", "PT", "pt_first", "pt_last", "pt_rev", "pt_initials", "name", "name_rev", "first", "last", "dr", "DR",
    "drfull", "drinit", "initials", "nick", "employer", "mi",
)  # fmt: skip
_PLACES: Final = ("city", "citystate", "county", "address", "block", "street", "zip", "facility", "place")
_DATES: Final = ("date", "dob", "md", "my", "ordinal", "holiday", "dobspoken", "month", "monthsaid")
_IDS: Final = (
    "phone", "fax", "email", "url", "user", "photo", "mrn", "member", "mbi", "group", "ssn", "ssn4", "account", "claim",
    "auth", "rx", "plate", "vin", "device", "license", "npi", "dea", "encounter", "accession", "otherid", "card", "ip",
)  # fmt: skip

LABELS: Final = {
    **dict.fromkeys(_NAMES, "NAME"),
    **dict.fromkeys(_PLACES, "GEO"),
    **dict.fromkeys(_DATES, "DATE"),
    **dict.fromkeys(_IDS, "ID"),
    "age90": "AGE",
    "mi": "",
}
"""The label of each slot that is an identifier."""


class Fillers:
    """Fills the slots of one document."""

    def __init__(self, draw: Draw, world: World) -> None:
        self._draw = draw
        self._world = world
        self._origins = {one.name: one for one in world.origins}
        self.patient = people.person(draw, world)
        self._doctor = people.person(draw, world)
        self._makers: dict[str, Callable[[], str]] = {
            "pt": lambda: self._full(self.patient),
            "PT": lambda: self._full(self.patient).upper(),
            "pt_first": lambda: self.patient.first,
            "pt_last": lambda: self.patient.last,
            "pt_rev": lambda: people.reversed_name(draw, self.patient),
            "pt_initials": lambda: people.initials(draw, self.patient),
            "name": lambda: self._full(self._somebody()),
            "name_rev": lambda: people.reversed_name(draw, self._somebody()),
            "first": lambda: self._somebody().first,
            "last": lambda: self._somebody().last,
            "nick": lambda: people.nick(draw, self.patient.first),
            "initials": lambda: people.initials(draw, self._somebody()),
            "drinit": lambda: people.initials(draw, self._doctor),
            "dr": lambda: self._clinician().last,
            "DR": self._capitals,
            "drfull": lambda: self._full(self._clinician()),
            "employer": lambda: places.employer(draw, world),
            "mi": lambda: self.patient.middle[0],
            "city": lambda: places.city(draw, world),
            "citystate": lambda: places.city_state(draw, world),
            "county": lambda: places.county(draw, world),
            "address": lambda: addresses.address(draw, world),
            "block": lambda: addresses.block(draw, world),
            "street": lambda: addresses.street(draw, world),
            "zip": lambda: addresses.zip_code(draw),
            "facility": lambda: places.facility(draw, world),
            "place": lambda: places.place(draw, world),
            "date": lambda: numbers.date(draw, world),
            "dob": lambda: numbers.birth_date(draw, world),
            "md": lambda: numbers.month_day(draw, world),
            "my": lambda: numbers.month_year(draw, world),
            "ordinal": lambda: numbers.ordinal(draw, world),
            "holiday": lambda: numbers.holiday(draw, world),
            "dobspoken": lambda: numbers.spoken(draw, world),
            "month": lambda: numbers.month(draw, world),
            "monthsaid": lambda: numbers.month_said(draw, world),
            "age90": lambda: numbers.age90(draw, world),
            "fax": lambda: draw.digits(draw.pick(world.numbers["phone"])),
            "email": self._email,
            "url": self._url,
            "user": self._user,
            "photo": lambda: draw.digits(draw.pick(world.forms["photos"])),
        }

    def value(self, slot: str, /) -> str | None:
        """Returns what fills a slot; None for a slot that is no identifier."""
        maker = self._makers.get(slot)
        if maker is not None:
            return maker()
        return numbers.number(self._draw, self._world, slot)

    def _somebody(self) -> Person:
        return people.person(self._draw, self._world)

    def _clinician(self) -> Person:
        return self._doctor if self._draw.chance(40) else self._somebody()

    def _capitals(self) -> str:
        return self._clinician().last.upper()

    def _full(self, who: Person) -> str:
        return people.full(self._draw, who, self._origins.get(who.origin, Origin("", (), ())))

    def _user(self) -> str:
        first, last = (one.lower().replace(" ", "").replace("'", "") for one in self.patient[:2])
        forms = (
            f"{first}{last}", f"{last}{first}", f"{first}.{last}", f"{first[0]}{last}", f"{first}##",
            f"{last}{first[0]}%#", f"{first}_{last}",
        )  # fmt: skip
        return self._draw.digits(self._draw.pick(forms))

    def _email(self) -> str:
        return f"{self._user()}@{self._draw.pick(self._world.forms['hosts'])}"

    def _url(self) -> str:
        host = self._draw.pick(self._world.forms["hosts"])
        return self._draw.pick(
            (
                f"https://portal.{host}/u/{self._user()}",
                f"www.{host}/patients/{self._draw.digits('%#####')}",
                f"http://{host}",
            )
        )
