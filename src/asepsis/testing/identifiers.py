"""Invented identifiers with a form or a check digit, seeded: each with the words that stand before it in a text.

The numbers are drawn, and check digits are reckoned, not copied; nobody's is meant.
"""

import base64
from collections.abc import Callable, Iterator
from itertools import pairwise
from random import Random  # noqa: TID251 seeded numbers are the point
from typing import Final, NamedTuple

__all__ = ["SORTS", "Identifier", "identifiers"]

_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MBI_LETTERS: Final = "ACDEFGHJKMNPQRTUVWXY"
_VIN: Final = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
_VIN_VALUES: Final = dict(zip(_VIN, [*range(1, 9), *range(1, 6), 7, 9, *range(2, 10), *range(10)], strict=True))
_VIN_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_HIBC: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
_MONTHS: Final = ("January", "Feb", "March", "Apr", "May", "June", "July", "Aug", "Sept", "October", "Nov", "Dec")
_WORDS: Final = ("uma", "haddad", "okafor", "lind", "rosa", "king", "moreau", "tran", "silva", "novak")
_ANY: Final = _LETTERS + _LETTERS.lower() + "0123456789"


class Identifier(NamedTuple):
    """A value, and the words before it without which it is only a number; empty for one that proves itself."""

    sort: str
    before: str
    value: str


def identifiers(sort: str, /, *, count: int, seed: int) -> Iterator[Identifier]:
    """Yields invented identifiers of one of `SORTS`, the same for a seed each time."""
    words, make = SORTS[sort]
    draw = Random(f"{sort} {seed}")
    for _ in range(count):
        yield Identifier(sort, draw.choice(words), make(draw))


def _digits(draw: Random, count: int) -> str:
    return "".join(draw.choices("0123456789", k=count))


def _some(draw: Random, alphabet: str, least: int, most: int = 0) -> str:
    return "".join(draw.choices(alphabet, k=draw.randint(least, most or least)))


def _luhn(digits: str) -> str:
    total = 0
    for at, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 - at % 2)
        total += number - 9 if number > 9 else number
    return str(-total % 10)


def _ssn(draw: Random) -> str:
    mark = draw.choice(("-", "-", " ", "."))
    area = draw.choice([one for one in range(1, 900) if one != 666])
    return f"{area:03}{mark}{draw.randint(1, 99):02}{mark}{draw.randint(1, 9999):04}"


def _card(draw: Random) -> str:
    first = draw.choice(("4", "51", "55", "6011", "2221", "37"))
    length = 15 if first == "37" else 16
    digits = first + _digits(draw, length - 1 - len(first))
    digits += _luhn(digits)
    mark = draw.choice(("", " ", "-"))
    cuts = (0, 4, 10, 15) if length == 15 else (0, 4, 8, 12, 16)
    return mark.join(digits[low:high] for low, high in pairwise(cuts))


def _npi(draw: Random) -> str:
    digits = draw.choice("12") + _digits(draw, 8)
    return digits + _luhn("80840" + digits)


def _mbi(draw: Random) -> str:
    either = _MBI_LETTERS + "0123456789"
    pieces = (
        draw.choice("123456789") + draw.choice(_MBI_LETTERS) + draw.choice(either) + _digits(draw, 1),
        draw.choice(_MBI_LETTERS) + draw.choice(either) + _digits(draw, 1),
        _some(draw, _MBI_LETTERS, 2) + _digits(draw, 2),
    )
    return draw.choice(("", "-", "-")).join(pieces)


def _hicn(draw: Random) -> str:
    return _ssn(draw).replace(".", "-").replace(" ", "-") + draw.choice(("A", "B", "D", "C1", "T"))


def _dea(draw: Random) -> str:
    digits = _digits(draw, 6)
    total = sum(int(one) for one in digits[::2]) + 2 * sum(int(one) for one in digits[1::2])
    return draw.choice("ABFGM") + draw.choice(_LETTERS) + digits + str(total % 10)


def _mrn(draw: Random) -> str:
    return draw.choice(
        (_digits(draw, 7), "A" + _digits(draw, 7), f"{_digits(draw, 2)}-{_digits(draw, 2)}-{_digits(draw, 3)}")
    )


def _member(draw: Random) -> str:
    return draw.choice(
        ("W" + _digits(draw, 9), "XQF" + _digits(draw, 8), f"H{_digits(draw, 4)}-{_digits(draw, 4)}", _digits(draw, 11))
    )


def _claim(draw: Random) -> str:
    return draw.choice(("CLM", "PA-", "")) + _digits(draw, 8)


def _phone(draw: Random) -> str:
    area, exchange, line = f"{draw.randint(201, 989)}", f"{draw.randint(200, 999)}", _digits(draw, 4)
    form = draw.choice(("({}) {}-{}", "{}-{}-{}", "{}.{}.{}", "+1 {} {} {}", "1-{}-{}-{}"))
    return form.format(area, exchange, line)


def _email(draw: Random) -> str:
    host = draw.choice(("example.org", "mail.example.com", "clinic.example.net"))
    return f"{draw.choice(_WORDS)}{draw.choice(('.', '_', ''))}{draw.choice(_WORDS)}{draw.randint(1, 99)}@{host}"


def _ipv4(draw: Random) -> str:
    return ".".join(str(draw.randint(1, 254)) for _ in range(4))


def _ipv6(draw: Random) -> str:
    return "2001:db8:" + ":".join(f"{draw.randint(1, 65535):x}" for _ in range(6))


def _mac(draw: Random) -> str:
    return draw.choice((":", "-")).join(f"{draw.randint(0, 255):02X}" for _ in range(6))


def _url(draw: Random) -> str:
    return f"https://{draw.choice(_WORDS)}.example.org/{draw.choice(_WORDS)}/{draw.randint(1000, 99999)}"


def _vin(draw: Random) -> str:
    while True:
        text = _some(draw, _VIN, 17)
        rest = sum(_VIN_VALUES[one] * weight for one, weight in zip(text, _VIN_WEIGHTS, strict=True)) % 11
        text = text[:8] + ("X" if rest == 10 else str(rest)) + text[9:]
        if not text.isdigit() and not text.isalpha():
            return text


def _udi(draw: Random) -> str:
    digits = "0" + _digits(draw, 12)
    check = -sum(int(one) * (3 - at % 2 * 2) for at, one in enumerate(digits)) % 10
    return f"(01){digits}{check}(17)27{draw.randint(1, 12):02}{draw.randint(1, 28):02}(21)SN{_digits(draw, 7)}"


def _hibcc(draw: Random) -> str:
    text = (
        f"+{draw.choice(_LETTERS)}{_digits(draw, 3)}{_some(draw, _LETTERS + '0123456789', 4, 10)}{draw.randint(0, 9)}"
    )
    check = _HIBC[sum(map(_HIBC.index, text)) % 43]
    return text + check if check.isalnum() else _hibcc(draw)


def _iban(draw: Random) -> str:
    country, account = draw.choice(
        (("DE", _digits(draw, 18)), ("GB", "NWBK" + _digits(draw, 14)), ("FR", _digits(draw, 23)))
    )
    rest = int("".join(str(int(one, 36)) for one in account + country + "00")) % 97
    text = f"{country}{98 - rest:02}{account}"
    return draw.choice((text, " ".join(text[at : at + 4] for at in range(0, len(text), 4))))


def _aba(draw: Random) -> str:
    digits = f"0{draw.randint(1, 9)}{_digits(draw, 6)}"
    return digits + str(
        -sum(int(one) * weight for one, weight in zip(digits, (3, 7, 1, 3, 7, 1, 3, 7), strict=True)) % 10
    )


def _born(draw: Random) -> str:
    year, month, day = draw.randint(1937, 2020), draw.randint(1, 12), draw.randint(1, 28)
    return draw.choice(
        (
            f"{month:02}/{day:02}/{year}",
            f"{year}-{month:02}-{day:02}",
            f"{month}-{day}-{year % 100:02}",
            f"{_MONTHS[month - 1]} {day}, {year}",
        )
    )


def _zip(draw: Random) -> str:
    return draw.choice((f"{draw.randint(601, 99950):05}", f"{draw.randint(601, 99950):05}-{_digits(draw, 4)}"))


def _plate(draw: Random) -> str:
    return draw.choice(
        (
            f"{draw.randint(1, 9)}{_some(draw, _LETTERS, 3)}{_digits(draw, 3)}",
            f"{_some(draw, _LETTERS, 3)}-{_digits(draw, 4)}",
        )
    )


def _imei(draw: Random) -> str:
    digits = "35" + _digits(draw, 12)
    return digits + _luhn(digits)


def _account(draw: Random) -> str:
    return _digits(draw, draw.randint(8, 12))


def _license(draw: Random) -> str:
    return draw.choice((draw.choice(_LETTERS) + _digits(draw, 7), _digits(draw, 9)))


def _serial(draw: Random) -> str:
    return f"{_some(draw, _LETTERS, 2, 3)}{_digits(draw, 6)}"


def _secret(draw: Random) -> str:
    header = base64.urlsafe_b64encode(b'{"alg":"HS256"}').decode().rstrip("=")
    return draw.choice(
        (
            "ghp_" + _some(draw, _ANY, 36),
            "AKIA" + _some(draw, _LETTERS + "0123456789", 16),
            "sk-proj-1" + _some(draw, _ANY, 40),
            "xoxb-" + _digits(draw, 12) + "-" + _some(draw, _ANY, 20),
            f"{header}.eyJ{_some(draw, _ANY, 24)}.{_some(draw, _ANY, 43)}",
        )
    )


def _password(draw: Random) -> str:
    return _some(draw, _ANY, 10, 16) + draw.choice("!#$%&") + _digits(draw, 2)


SORTS: Final[dict[str, tuple[tuple[str, ...], Callable[[Random], str]]]] = {
    "ssn": (("",), _ssn),
    "card": (("",), _card),
    "npi": (("NPI ", "npi: "), _npi),
    "mbi": (("", "MBI "), _mbi),
    "hicn": (("HICN ", "Medicare number: "), _hicn),
    "dea": (("", "DEA "), _dea),
    "mrn": (("MRN ", "mrn: ", "medical record number "), _mrn),
    "member": (("member ID ", "Subscriber #: "), _member),
    "claim": (("claim number ", "Encounter ID: "), _claim),
    "phone": (("",), _phone),
    "fax": (("fax ", "Fax: "), _phone),
    "email": (("",), _email),
    "ipv4": (("from ", "client IP "), _ipv4),
    "ipv6": (("",), _ipv6),
    "mac": (("",), _mac),
    "url": (("",), _url),
    "vin": (("",), _vin),
    "udi": (("",), _udi),
    "hibcc": (("",), _hibcc),
    "iban": (("",), _iban),
    "aba": (("routing number ", "ABA "), _aba),
    "born": (("DOB ", "date of birth: ", "born "), _born),
    "zip": (("ZIP ", "zip code: "), _zip),
    "plate": (("license plate ", "plate number: "), _plate),
    "imei": (("IMEI ",), _imei),
    "account": (("account number ", "acct # "), _account),
    "license": (("driver's license ", "License #: "), _license),
    "serial": (("serial number ", "pacemaker S/N: "), _serial),
    "secret": (("",), _secret),
    "password": (("password: ", "password="), _password),
}
"""What can be drawn: the words that stand before it, and how it is made."""
