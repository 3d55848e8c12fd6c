"""Plausible values in the place of real ones, for the release of data; in the shape of the value, and never real.

| kind | why it can't be anyone's |
| --- | --- |
| SSN | area 9xx with a group that no ITIN has (SSA POMS RM 10201.035, IRS Pub. 1915); last four digits 0000 |
| PHONE, FAX | 555-01xx, reserved for fiction (ATIS-0300115); country code 999, assigned to nobody (ITU-T E.164) |
| EMAIL, URL | example.org (RFC 2606) |
| IP | 192.0.2.0/24, 198.51.100.0/24 (RFC 5737), 2001:db8::/32 (RFC 3849) |
| HEALTH_PLAN_ID | an MBI with a letter that CMS never uses; other ids by chance only |
| ACCOUNT, LICENSE, VEHICLE | the check digit is wrong (Luhn, NPI, DEA, VIN); an IBAN has the check digits 00 |
| GEO | a made-up street and town; ZIP codes begin with 000 |

Other identifiers have no invalid range: each letter gives way to a letter and each digit to a digit. That a surrogate
is neither in the input nor given twice is seen to by the scope, which draws again.
"""

import re
from collections.abc import Callable
from typing import Final

from asepsis.core.types import Kind
from asepsis.deid.dice import Dice
from asepsis.scan.validators import VALIDATORS

__all__ = ["coded", "shaped", "surrogate"]

_DIGIT: Final = re.compile(r"[0-9]")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_OID: Final = re.compile(r"[0-2](?:\.[0-9]+){3,}", re.ASCII)
_MBI: Final = re.compile(
    r"[1-9][A-Za-z][A-Za-z0-9][0-9][ -]?[A-Za-z][A-Za-z0-9][0-9][ -]?[A-Za-z]{2}[0-9]{2}", re.ASCII
)
_ZIP: Final = re.compile(r"(?<![0-9A-Za-z])[0-9]{5}(-?[0-9]{4})?(?![0-9A-Za-z])", re.ASCII)
_STATE: Final = re.compile(r"\b[A-Z]{2}\b(?= *[0-9]{5}|\s*\Z)", re.ASCII)
_VOWELS: Final = "aeiou"
_CONSONANTS: Final = "bcdfghjkmnpqrstvwxz"
_DIGITS: Final = "0123456789"
_HEX: Final = "0123456789abcdef"
_TOWNS: Final = (
    "Alderbrook", "Birchhollow", "Cedarmere", "Dunwick", "Elmshaven", "Farrowdale", "Glenmarsh", "Hartwellton",
    "Inglewick", "Juniper Falls", "Kestrel Bay", "Larkmoor", "Maplecross", "Northmere", "Oakhaven Springs", "Pinewick",
    "Quarry Bend", "Ravensford Mills", "Stonebrook Hollow", "Thornbury Glen", "Umberfield", "Vale Crossing",
    "Westerlyn", "Yarrowdale",
)  # fmt: skip
_STREETS: Final = ("Alder", "Bramble", "Clover", "Drumlin", "Fern", "Gorse", "Heron", "Larch", "Mallow", "Plover")
_SUFFIXES: Final = ("Street", "Avenue", "Lane", "Road", "Drive", "Court")


def surrogate(kind: Kind, text: str, dice: Dice, /) -> str | None:
    """Returns a surrogate of the value, None for kinds that have none (secrets, attacks, pictures, dates, names)."""
    make = _MAKERS.get(kind)
    return None if make is None else make(text, dice)


def shaped(text: str, dice: Dice, /) -> str:
    """Returns other letters and digits in the shape of the text; a UUID stays one, and so does an OID."""
    if _OID.fullmatch(text):
        root, *rest = text.split(".")
        return ".".join([root, *(_number(one, dice) for one in rest)])
    if _UUID.fullmatch(text):
        raw = dice.text(_HEX, 32)
        new = f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-{dice.pick('89ab')}{raw[17:20]}-{raw[20:]}"
        return new.upper() if text.isupper() else new
    return "".join(_sign(one, dice) for one in text)


def coded(text: str, dice: Dice, /) -> str:
    """Returns a code in the shape of an identifier; a number stays one, without a zero in front if it had none."""
    if text.isascii() and text.isdigit() and text[0] != "0":
        return _number(text, dice)
    return shaped(text, dice)


def _number(digits: str, dice: Dice) -> str:
    """A number of as many digits, without a zero in front."""
    return dice.pick("123456789") + dice.text(_DIGITS, len(digits) - 1)


def _sign(sign: str, dice: Dice) -> str:
    if sign.isdigit():
        return str(dice.below(10))
    if not sign.isalpha():
        return sign
    letter = dice.pick(_CONSONANTS)
    return letter.upper() if sign.isupper() else letter


def _fill(text: str, digits: str) -> str:
    """The text with its digits replaced, in order; digits that are left over stay out."""
    rest = iter(digits)
    return _DIGIT.sub(lambda old: next(rest, old[0]), text)


def _digits(text: str) -> str:
    return "".join(_DIGIT.findall(text))


def _ssn(text: str, dice: Dice) -> str:
    count = len(_digits(text))
    if count != 9:
        return _fill(text, "0" * count)
    return _fill(text, f"9{dice.below(100):02d}{dice.below(50):02d}{dice.below(10_000):04d}")


def _phone(text: str, dice: Dice) -> str:
    digits = _digits(text)
    trunk = digits[:1] if len(digits) > 10 and digits[0] == "1" else ""
    local = f"55501{dice.below(100):02d}"
    if text.lstrip().startswith("+") and not trunk:
        return _fill(text, "999" + dice.text(_DIGITS, max(0, len(digits) - 3)))
    if len(digits) - len(trunk) >= 10:
        area = f"{dice.pick('2345678')}{dice.pick('02345678')}{dice.below(10)}"
        return _fill(text, trunk + area + local + dice.text(_DIGITS, len(digits)))
    return _fill(text, local + dice.text(_DIGITS, len(digits)) if len(digits) >= 7 else dice.text("01", len(digits)))


def _address(text: str, dice: Dice) -> str:
    if ":" in text and "." not in text:
        return "2001:db8::" + f"{dice.below(1 << 16):x}:{dice.below(1 << 16):x}"
    block = dice.pick(("192.0.2", "198.51.100", "203.0.113"))
    return f"{block}.{dice.below(254) + 1}"


def _account(text: str, dice: Dice) -> str:
    if text[:2].isalpha() and text[2:4].isdigit():
        return _broken(text[:2] + "00" + shaped(text[4:], dice), ("iban",))
    digits = _digits(text)
    return _broken(_fill(text, digits[:1] + _digits(shaped(digits[1:], dice))), ("luhn", "aba"))


def _broken(text: str, checks: tuple[str, ...]) -> str:
    """Changes the last digit until no check holds; of ten digits one fails at most for each check."""
    for step in range(10):
        last = len(text) - 1 - next((at for at, one in enumerate(reversed(text)) if one in _DIGITS), len(text))
        if last < 0 or not any(VALIDATORS[check](text) for check in checks):
            return text
        text = f"{text[:last]}{(int(text[last]) + step + 1) % 10}{text[last + 1 :]}"
    return text


def _plan_id(text: str, dice: Dice) -> str:
    new = shaped(text, dice)
    if not _MBI.fullmatch(text):
        return new
    letter = dice.pick("SLOIBZ")
    first = dice.pick("123456789")
    return first + (letter if text[1].isupper() else letter.lower()) + new[2:]


def _place(text: str, dice: Dice) -> str:
    zipped = _ZIP.search(text)
    if zipped and zipped.span() == (0, len(text)):
        return _fill(text, "000" + dice.text(_DIGITS, len(text)))
    pieces: list[str] = []
    bare = _ZIP.sub("", text)
    if _DIGIT.search(bare):
        pieces.append(f"{dice.below(9000) + 1000} {dice.pick(_STREETS)} {dice.pick(_SUFFIXES)}")
    if not pieces or "," in text:
        pieces.append(dice.pick(_TOWNS))
    state = _STATE.search(text)
    tail = " ".join(filter(None, (state[0] if state else "", f"000{dice.below(100):02d}" if zipped else "")))
    if tail:
        pieces.append(tail)
    return _like(text, ", ".join(pieces))


def _word(dice: Dice) -> str:
    return "".join(dice.pick(_CONSONANTS) + dice.pick(_VOWELS) for _ in range(3))


def _like(old: str, new: str) -> str:
    return new.upper() if old.isupper() else new.lower() if old.islower() else new


def _email(text: str, dice: Dice) -> str:
    return _like(text, f"{_word(dice)}.{_word(dice)}{dice.below(90) + 10}@example.org")


def _url(_: str, dice: Dice) -> str:
    return f"https://example.org/{_word(dice)}{_word(dice)}{dice.below(1000)}"


def _license(text: str, dice: Dice) -> str:
    return _broken(shaped(text, dice), ("npi", "dea"))


def _vehicle(text: str, dice: Dice) -> str:
    return _broken(shaped(text, dice), ("vin",))


_MAKERS: Final[dict[Kind, Callable[[str, Dice], str]]] = {
    Kind.ACCOUNT: _account,
    Kind.DEVICE: shaped,
    Kind.EMAIL: _email,
    Kind.FAX: _phone,
    Kind.GEO: _place,
    Kind.HEALTH_PLAN_ID: _plan_id,
    Kind.IP: _address,
    Kind.LICENSE: _license,
    Kind.MRN: shaped,
    Kind.OTHER_ID: shaped,
    Kind.PHONE: _phone,
    Kind.SSN: _ssn,
    Kind.URL: _url,
    Kind.VEHICLE: _vehicle,
}
