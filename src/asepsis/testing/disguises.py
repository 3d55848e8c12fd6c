"""Ways to write a value so that people and models read it and a plain search does not; and how many are found.

A disguise takes the words before a value and the value, and gives a text and where in it the value is. What cannot be
written so (digits apart, for a value with letters) is None.
"""

import base64
import json
import re
from collections.abc import Callable
from typing import Final, NamedTuple
from urllib.parse import quote

from asepsis.core.ports import Scanner
from asepsis.core.types import Part, PartKind
from asepsis.testing.identifiers import Identifier

__all__ = ["DISGUISES", "Disguised", "is_found"]

_LOOK_ALIKES: Final = str.maketrans("ABCEHIKMOPTXacehiopsxy", "АВСЕНІКМОРТХасеһіорѕху")  # noqa: RUF001 the point
_DASHES: Final = "\u2011\u2010\u2012\u2013\u2212\uff0d"
_BIDI: Final = ("\u202a", "\u202d", "\u2066", "\u200e", "\u202c", "\u2069")
_SAID: Final = dict(
    zip("0123456789-", "zero one two three four five six seven eight nine dash".split(), strict=True)  # noqa: SIM905 words
)
_ENOUGH: Final = 0.9
"""How much of a value's letters and digits has to be covered."""


class Disguised(NamedTuple):
    """A text, and the range of it that says the value."""

    text: str
    start: int
    end: int


def is_found(scanner: Scanner, one: Disguised, /) -> bool:
    """Whether findings cover nine tenths of the letters and digits that say the value."""
    (findings,) = scanner.scan([Part(PartKind.TEXT, "text", one.text)])
    covered = {at for found in findings for at in range(found.start, found.end)}
    marks = [at for at in range(one.start, one.end) if one.text[at].isalnum()]
    return sum(at in covered for at in marks) >= _ENOUGH * len(marks)


def _written(one: Identifier, value: str) -> Disguised:
    """The value alone is disguised."""
    start = len("So it is ") + len(one.before)
    return Disguised(f"So it is {one.before}{value}, as she said.", start, start + len(value))


def _read(text: str, start: int, end: int) -> Disguised:
    """The value is a range of an encoded text."""
    before = "Please read "
    return Disguised(f"{before}{text} and answer.", len(before) + start, len(before) + end)


def _each(form: str, one: Identifier) -> str:
    return "".join(form.format(ord(character)) for character in one.value)


def _wide(value: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else "\u3000" if one == " " else one for one in value)


def _mathematical(value: str) -> str:
    return "".join(chr(0x1D7CE + int(one)) if one.isdigit() else one for one in value)


def _dashed(one: Identifier) -> Disguised | None:
    if "-" not in one.value:
        return None
    number = 0
    value = ""
    for character in one.value:
        value += _DASHES[number % len(_DASHES)] if character == "-" else character
        number += character == "-"
    return _written(one, value)


def _spaced(one: Identifier) -> Disguised | None:
    if re.search(r"[^0-9 ._/-]", one.value) or sum(map(str.isdigit, one.value)) < 7:
        return None
    return _written(one, re.sub(r" {2,}", " ", " ".join(one.value)))


def _spoken(one: Identifier) -> Disguised | None:
    if re.search(r"[^0-9 -]", one.value) or sum(map(str.isdigit, one.value)) < 7:
        return None
    return _written(one, " ".join(_SAID[each] for each in one.value if each != " "))


def _packed(text: str, start: int, end: int, *, url: bool = False) -> tuple[str, int, int]:
    """Base64 of a text, and the range of it that says `[start, end)`."""
    encode = base64.urlsafe_b64encode if url else base64.b64encode
    packed = encode(text.encode()).decode()
    return packed, start // 3 * 4, min(len(packed), -(-end // 3) * 4)


def _said(one: Identifier) -> tuple[str, int, int]:
    text = one.before + one.value
    return text, len(one.before), len(text)


def _quoted(text: str) -> str:
    return "".join(f"={byte:02X}" for byte in text.encode())


def _soft(one: Identifier) -> Disguised:
    """Quoted-printable, with a soft line end inside the value."""
    half = len(one.value) // 2
    plain = [character if character != "=" else "=3D" for character in one.value]
    return _written(one, "".join(plain[:half]) + "=\n" + "".join(plain[half:]))


def _json_in_json(one: Identifier) -> Disguised:
    inner = json.dumps({"note": one.before + one.value})
    value = json.dumps(json.dumps(one.value)[1:-1])[1:-1]
    text = json.dumps({"body": inner})
    start = text.index(value)
    return Disguised(text, start, start + len(value))


def _packed_in_json(one: Identifier) -> Disguised:
    packed, start, end = _packed(*_said(one))
    before = '{"file":{"data":"'
    return Disguised(f'{before}{packed}","type":"text"}}}}', len(before) + start, len(before) + end)


def _json_packed(one: Identifier) -> Disguised:
    inner = json.dumps({"note": one.before + one.value, "page": 2})
    value = json.dumps(one.value)[1:-1]
    start = inner.index(value)
    return _read(*_packed(inner, start, start + len(value)))


def _lines(one: Identifier) -> Disguised:
    """Base64 in lines of 76 characters, as in mail."""
    text = f"The chart of today says that {one.before}{one.value} is what was written down on paper."
    start = text.index(one.value)
    packed, low, high = _packed(text, start, start + len(one.value))
    lines = "\n".join(packed[at : at + 76] for at in range(0, len(packed), 76))
    return Disguised(f"Read\n{lines}\nnow.", 5 + low + low // 76, 5 + high + (high - 1) // 76)


def _bidi(value: str) -> str:
    return "".join(_BIDI[at % len(_BIDI)] + character for at, character in enumerate(value)) + "\u202c"


DISGUISES: Final[dict[str, Callable[[Identifier], Disguised | None]]] = {
    "plain": lambda one: _written(one, one.value),
    "full width": lambda one: _written(one, _wide(one.value)),
    "zero width": lambda one: _written(one, "\u200b".join(one.value)),
    "soft hyphens": lambda one: _written(one, "\u00ad".join(one.value)),
    "dashes": _dashed,
    "spaced digits": _spaced,
    "digits in words": _spoken,
    "look-alikes": lambda one: _written(one, one.value.translate(_LOOK_ALIKES)),
    "mathematical digits": lambda one: _written(one, _mathematical(one.value)),
    "bidi controls": lambda one: _written(one, _bidi(one.value)),
    "entities": lambda one: _written(one, _each("&#{};", one)),
    "entities, hex": lambda one: _written(one, _each("&#x{:X};", one)),
    "percent": lambda one: _written(one, _each("%{:02X}", one)),
    "url": lambda one: _written(one, quote(one.value, safe="")),
    "quoted-printable": lambda one: _written(one, _quoted(one.value)),
    "soft line ends": _soft,
    "json escapes": lambda one: _written(one, _each("\\u{:04x}", one)),
    "json in json": _json_in_json,
    "base64": lambda one: _read(*_packed(*_said(one))),
    "base64, url": lambda one: _read(*_packed(*_said(one), url=True)),
    "base64 in lines": _lines,
    "base64 in json": _packed_in_json,
    "json in base64": _json_packed,
    "base64 twice": lambda one: _read(*_packed(*_packed(*_said(one)))),
    "percent twice": lambda one: _written(one, _each("%25{:02X}", one)),
    "entities of percent": lambda one: _written(one, "".join(f"&#37;{ord(each):02X}" for each in one.value)),
    "json escapes of full width": lambda one: _written(
        one, "".join(f"\\u{ord(each):04x}" for each in _wide(one.value))
    ),
}
"""Each way to write a value."""
