"""Check digits and forms by which a match proves itself, or fails to.

Each takes the matched value as written and says whether it holds.
"""

import ipaddress
import re
from collections.abc import Callable
from typing import Final

__all__ = ["VALIDATORS", "over_89"]

_DIGITS: Final = re.compile(r"\D")
_DATE: Final = re.compile(
    r"(?:19|20)[0-9]{2}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:19|20)?[0-9]{2}"
)
_NO_IDENTIFIER: Final = re.compile(
    r"(?:19|20)[0-9]{2}(?:-[0-9]{1,2}(?:-[0-9]{1,2})?)?|[0-9]{1,2}-[0-9]{1,2}-(?:19|20)[0-9]{2}"
)
_NPI_PREFIX: Final = "80840"
_VIN_VALUES: Final = dict(
    zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", (*range(10), *range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True)
)
_VIN_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_HIBC: Final = {one: at for at, one in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%")}
_ABA_WEIGHTS: Final = (3, 7, 1, 3, 7, 1, 3, 7, 1)
_MBI: Final = re.compile(
    r"[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9][0-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9][0-9][AC-HJKMNP-RT-Y]{2}[0-9]{2}"
)


def ssn(value: str) -> bool:
    """Social Security number: area not 000, 666 or 9xx, group and serial not zero (SSA, POMS RM 10201.035)."""
    digits = _digits(value)
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return len(digits) == 9 and area not in ("000", "666") and area[0] != "9" and group != "00" and serial != "0000"


def luhn(value: str) -> bool:
    """The Luhn check (ISO/IEC 7812-1, annex B)."""
    total = 0
    for at, digit in enumerate(reversed(_digits(value))):
        number = int(digit) * (1 + at % 2)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def card(value: str) -> bool:
    """A payment card: 13 to 19 digits, an issuer's first digit, and the Luhn check; not one digit over and over."""
    digits = _digits(value)
    return 13 <= len(digits) <= 19 and digits[0] in "23456" and len(set(digits)) > 1 and luhn(digits)


def npi(value: str) -> bool:
    """National Provider Identifier: ten digits from 1 or 2, Luhn over 80840 and them (45 CFR 162.406)."""
    digits = _digits(value)
    return len(digits) == 10 and digits[0] in "12" and luhn(_NPI_PREFIX + digits)


def dea(value: str) -> bool:
    """DEA registration number: a letter, a letter or 9, and seven digits, the last a check digit (21 CFR 1301)."""
    tail = value[-7:]
    if len(value) != 9 or not tail.isdecimal():
        return False
    digits = [int(one) for one in tail]
    return (digits[0] + digits[2] + digits[4] + 2 * (digits[1] + digits[3] + digits[5])) % 10 == digits[6]


def mbi(value: str) -> bool:
    """Medicare Beneficiary Identifier: eleven positions without S L O I B Z (CMS, MBI format)."""
    return _MBI.fullmatch(value.replace("-", "").replace(" ", "").upper()) is not None


def vin(value: str) -> bool:
    """Vehicle identification number: seventeen characters, the ninth a check digit (49 CFR 565.15)."""
    text = value.upper()
    if len(text) != 17 or any(one not in _VIN_VALUES for one in text):
        return False
    rest = sum(_VIN_VALUES[one] * weight for one, weight in zip(text, _VIN_WEIGHTS, strict=True)) % 11
    return text[8] == ("X" if rest == 10 else str(rest)) and not text.isdigit() and not text.isalpha()


def gtin(value: str) -> bool:
    """Global Trade Item Number: fourteen digits, weights 3 and 1, the last a check digit (GS1 General Spec. 7.9.1)."""
    digits = _digits(value)
    return len(digits) == 14 and sum(int(one) * (3 - at % 2 * 2) for at, one in enumerate(digits)) % 10 == 0


def gs1(value: str) -> bool:
    """A device identifier of GS1: `(01)` and a GTIN; with a wrong check digit, only where more follows."""
    first, _, more = value.removeprefix("(01)").partition("(")
    return gtin(first) or bool(more)


def hibcc(value: str) -> bool:
    """A device identifier of HIBCC: the last character is the sum of all others, modulo 43 (ANSI/HIBC 2.6).

    One with a lot or date behind the product (`/$`) is one whatever its last character.
    """
    known = all(one in _HIBC for one in value)
    return (known and sum(map(_HIBC.__getitem__, value[:-1])) % 43 == _HIBC[value[-1]]) or "/$" in value


def aba(value: str) -> bool:
    """ABA routing number: nine digits with weights 3, 7, 1."""
    digits = _digits(value)
    if len(digits) != 9:
        return False
    return sum(int(one) * weight for one, weight in zip(digits, _ABA_WEIGHTS, strict=True)) % 10 == 0


def iban(value: str) -> bool:
    """International bank account number: modulo 97 is 1 (ISO 13616)."""
    text = re.sub(r"[\s-]", "", value).upper()
    moved = text[4:] + text[:4]
    return 15 <= len(text) <= 34 and moved.isalnum() and int("".join(str(int(one, 36)) for one in moved)) % 97 == 1


def ip(value: str) -> bool:
    """An IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def phone(value: str) -> bool:
    """A North American number: the area code begins with 2 to 9; made-up numbers often have an exchange of 1xx."""
    digits = _digits(value.lower().partition("x")[0].partition("e")[0]).removeprefix("00")
    digits = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    return len(digits) == 10 and digits[0] in "23456789"


def dialled(value: str) -> bool:
    """What one can dial behind the word for it: seven to fifteen digits (ITU-T E.164), and no date."""
    return 7 <= len(_digits(value.lower().partition("x")[0])) <= 15 and _DATE.fullmatch(value) is None


def identifier(value: str) -> bool:
    """What can be an identifier behind its keyword: four characters, three of them digits, and no year or date."""
    digits = len(_DIGITS.sub("", value))
    return digits >= 3 and sum(map(str.isalnum, value)) >= 4 and _NO_IDENTIFIER.fullmatch(value) is None


def mixed(value: str) -> bool:
    """A secret's likely look: at least eight characters that are not all letters."""
    return len(value) >= 8 and not value.isalpha()


def random(value: str) -> bool:
    """A value nobody would say: letters, digits and marks or both cases, or a long mix of letters and digits."""
    upper = any(one.isupper() for one in value)
    lower = any(one.islower() for one in value)
    digit = any(one.isdigit() for one in value)
    if len(value) >= 16 and digit and (upper or lower):
        return True
    return digit and upper + lower + any(not one.isalnum() for one in value) >= 2


def over_89(value: str, /, *, year: int) -> bool:
    """A year of birth that shows, in `year`, an age over 89 (45 CFR 164.514(b)(2)(i)(C)), and no more than 130."""
    return 89 < year - int(value) <= 130


def _digits(value: str) -> str:
    return _DIGITS.sub("", value)


VALIDATORS: Final[dict[str, Callable[[str], bool]]] = {
    "aba": aba,
    "card": card,
    "dea": dea,
    "dialled": dialled,
    "gs1": gs1,
    "gtin": gtin,
    "hibcc": hibcc,
    "iban": iban,
    "identifier": identifier,
    "ip": ip,
    "luhn": luhn,
    "mbi": mbi,
    "mixed": mixed,
    "npi": npi,
    "phone": phone,
    "random": random,
    "ssn": ssn,
    "vin": vin,
}
