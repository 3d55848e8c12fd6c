"""Made-up people: names from the room's own lists, numbers in the forms that real ones have. The same for a seed."""

from datetime import date, timedelta

import msgspec

from asepsis.deid.dice import Dice
from asepsis.deid.people import people

__all__ = ["Person", "drawn"]

_FIRST = date(1938, 1, 1)
_TOWNS = (("Ames", "IA", "50010"), ("Eureka", "CA", "95501"), ("Bangor", "ME", "04401"), ("Laredo", "TX", "78040"))
_DAYS = 26_000
_DIGITS = "0123456789"


class Person(msgspec.Struct, frozen=True):
    """One person and one stay. Dates are whole days, `zip` has five digits or nine without a mark."""

    family: str
    given: str
    middle: str
    sex: str
    born: date
    street: str
    town: str
    state: str
    zip: str
    phone: str
    ssn: str
    mrn: str
    member: str
    claim: str
    group: str
    came: date
    went: date
    doctor: str
    npi: str

    def values(self) -> tuple[str, ...]:
        """Returns what identifies, as fields write it."""
        return (
            self.family, self.given, self.street, self.phone, self.ssn, self.mrn, self.member, self.claim, self.doctor,
            f"{self.born:%Y%m%d}", f"{self.born:%Y-%m-%d}", f"{self.came:%Y%m%d}", f"{self.came:%Y-%m-%d}",
        )  # fmt: skip


def drawn(seed: int, /) -> Person:
    """Returns the person of a seed."""
    dice = Dice(b"person %d" % seed)
    lists = people().lists
    culture = dice.pick(sorted({culture for culture, _ in lists}))
    sex = dice.pick("MF")
    town, state, code = dice.pick(_TOWNS)
    came = date(2023, 1, 1) + timedelta(days=dice.below(700))
    given = lists[culture, sex.lower()]
    return Person(
        family=dice.pick(lists[culture, "s"]),
        given=dice.pick(given),
        middle=dice.pick(given)[:1],
        sex=sex,
        born=_FIRST + timedelta(days=dice.below(_DAYS)),
        street=f"{dice.below(899) + 100} Quarry {dice.pick(('St', 'Ave', 'Ln'))}",
        town=town,
        state=state,
        zip=code + dice.pick(("", dice.text(_DIGITS, 4))),
        phone=f"{dice.pick(('415', '207', '515'))}555{dice.text(_DIGITS, 4)}",
        ssn=f"4{dice.text(_DIGITS, 8)}",
        mrn=f"7{dice.text(_DIGITS, 6)}",
        member=f"W{dice.text(_DIGITS, 9)}",
        claim=f"PCN{dice.text(_DIGITS, 6)}",
        group=f"GRP{dice.text(_DIGITS, 4)}",
        came=came,
        went=came + timedelta(days=1 + dice.below(9)),
        doctor=dice.pick(lists[dice.pick(("english", culture)), "s"]),
        npi=_npi(dice),
    )


def _npi(dice: Dice) -> str:
    """Ten digits whose Luhn sum behind 80840 holds (45 CFR 162.406)."""
    body = "1" + dice.text(_DIGITS, 8)
    total = 24
    for at, digit in enumerate(reversed(body)):
        doubled = int(digit) * (2 - at % 2)
        total += doubled - 9 * (doubled > 9)
    return body + str(-total % 10)
