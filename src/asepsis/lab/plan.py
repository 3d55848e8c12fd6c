"""A health plan that does not exist: members, claims and notes from a seed, the same for the same seed.

Identifiers have the form and, where there is one, the check digit of real ones. Names come from short lists of common
names; nobody is meant by any combination.
"""

import random  # noqa: TID251 made-up people come from a seed, nothing secret does
from typing import Final

import msgspec

__all__ = ["Claim", "HealthPlan", "Member", "Note", "health_plan"]

_FIRST: Final = [
    "Amara",
    "Anders",
    "Beatriz",
    "Carlos",
    "Chen",
    "Dana",
    "Divya",
    "Eleni",
    "Emeka",
    "Fatima",
    "Grace",
    "Hana",
    "Hugo",
    "Imani",
    "Ines",
    "Jamal",
    "Jun",
    "Kenji",
    "Lara",
    "Lucia",
    "Marek",
    "Mei",
    "Nadia",
    "Noah",
    "Olga",
    "Omar",
    "Priya",
    "Quinn",
    "Rosa",
    "Samir",
    "Sofia",
    "Tariq",
    "Uma",
    "Viktor",
    "Wanjiru",
    "Yara",
    "Zoe",
]
_LAST: Final = [
    "Abara",
    "Becker",
    "Castillo",
    "Dang",
    "Eriksen",
    "Fernandes",
    "Garcia",
    "Haddad",
    "Ivanova",
    "Jansen",
    "Kaur",
    "Lindqvist",
    "Moreno",
    "Nakamura",
    "Okafor",
    "Petrov",
    "Quintero",
    "Rahman",
    "Sato",
    "Tran",
    "Ueda",
    "Varga",
    "Walsh",
    "Xu",
    "Yilmaz",
    "Zielinski",
]
_STREETS: Final = ("Maple Avenue", "Harbor Street", "Orchard Lane", "Mill Road", "Cedar Court", "Prospect Drive")
_CITIES: Final = (("Millbrook", "OH", "45011"), ("Fairmont", "WV", "26554"), ("Lakewood", "CO", "80226"))
_PROBLEMS: Final = (
    ("E11.9", "type 2 diabetes", "metformin 500 mg twice daily"),
    ("I10", "hypertension", "lisinopril 10 mg daily"),
    ("J45.40", "moderate persistent asthma", "budesonide 160 mcg two puffs twice daily"),
    ("M54.50", "low back pain", "naproxen 250 mg as needed, not with ibuprofen"),
)
_MBI_LETTERS: Final = "ACDEFGHJKMNPQRTUVWXY"


class Member(msgspec.Struct, frozen=True):
    """A member of the plan."""

    id: str
    name: str
    born: str
    ssn: str
    mbi: str
    mrn: str
    phone: str
    email: str
    address: str


class Claim(msgspec.Struct, frozen=True):
    """A claim for one member; money in cents."""

    id: str
    member: str
    code: str
    cents: int


class Note(msgspec.Struct, frozen=True):
    """A visit note about one member."""

    member: str
    text: str


class HealthPlan(msgspec.Struct, frozen=True):
    """All of it."""

    members: tuple[Member, ...]
    claims: tuple[Claim, ...]
    notes: tuple[Note, ...]


def health_plan(seed: int, members: int) -> HealthPlan:
    """Returns the plan of a seed with so many members, a claim and a note for each."""
    dice = random.Random(seed)  # noqa: S311 synthetic data from a seed, nothing secret
    people = tuple(_member(dice) for _ in range(members))
    claims = tuple(
        Claim(f"CLM{dice.randrange(10**9):09d}", one.id, dice.choice(_PROBLEMS)[0], dice.randrange(4_000, 900_000))
        for one in people
    )
    return HealthPlan(people, claims, tuple(_note(dice, one) for one in people))


def _member(dice: random.Random) -> Member:
    first, last = dice.choice(_FIRST), dice.choice(_LAST)
    city, state, area = dice.choice(_CITIES)
    return Member(
        id=f"HP{dice.randrange(10**8):08d}",
        name=f"{first} {last}",
        born=f"{dice.randrange(1, 13):02d}/{dice.randrange(1, 29):02d}/{dice.randrange(1936, 2016)}",
        ssn=f"{dice.randrange(100, 600):03d}-{dice.randrange(1, 100):02d}-{dice.randrange(1, 10_000):04d}",
        mbi=_mbi(dice),
        mrn=f"{dice.randrange(10**7):07d}",
        phone=f"({dice.randrange(201, 989)}) 555-{dice.randrange(100, 200):04d}",
        email=f"{first}.{last}@example.org".lower(),
        address=f"{dice.randrange(1, 9900)} {dice.choice(_STREETS)}, {city}, {state} {area}",
    )


def _mbi(dice: random.Random) -> str:
    """A Medicare Beneficiary Identifier: eleven positions, letters without S L O I B Z (CMS, MBI format)."""
    forms = {"C": "123456789", "A": _MBI_LETTERS, "E": _MBI_LETTERS + "0123456789", "N": "0123456789", "-": "-"}
    return "".join(dice.choice(forms[form]) for form in "CAEN-AEN-AANN")


def _note(dice: random.Random, member: Member) -> Note:
    code, problem, treatment = dice.choice(_PROBLEMS)
    text = (
        f"{member.name}, MRN {member.mrn}, DOB {member.born}, was seen for {problem} ({code}). BP 132/84,"
        f" no chest pain. Continue {treatment}. Call back at {member.phone}."
    )
    return Note(member.id, text)
