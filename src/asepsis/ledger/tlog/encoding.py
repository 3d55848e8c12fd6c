"""Numbers and hashes as the text formats write them: one way to write each, all others refused."""

import binascii
from base64 import b64encode
from typing import Final

from asepsis.ledger.errors import unproven

__all__ = ["HASH_SIZE", "MAX_SIZE", "from_base64", "from_decimal", "hash_from_base64", "text_lines", "to_base64"]

HASH_SIZE: Final = 32
MAX_SIZE: Final = (1 << 63) - 1
"""The most entries of a tree that the formats have room for everywhere."""

_DIGITS: Final = frozenset("0123456789")
_LONGEST: Final = 19


def to_base64(data: bytes, /) -> str:
    """Returns standard base64 with padding (RFC 4648 4)."""
    return b64encode(data).decode()


def from_base64(text: str, /) -> bytes:
    """Reads standard base64; raises NotTrusted for anything that `to_base64` would not have written."""
    try:
        data = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise unproven("expected base64") from error
    if to_base64(data) != text:
        raise unproven("expected base64 in its one form")
    return data


def hash_from_base64(text: str, /) -> bytes:
    """Reads a hash; raises NotTrusted unless it has 32 bytes."""
    data = from_base64(text)
    if len(data) != HASH_SIZE:
        raise unproven(f"expected a hash of {HASH_SIZE} bytes")
    return data


def from_decimal(text: str, /) -> int:
    """Reads a number from 0 to 2^63 - 1 without leading zeroes; raises NotTrusted."""
    if not text or len(text) > _LONGEST or not _DIGITS.issuperset(text) or (text[0] == "0" and text != "0"):
        raise unproven("expected a decimal number")
    number = int(text)
    if number > MAX_SIZE:
        raise unproven("expected a number below 2^63")
    return number


def text_lines(data: bytes, /, *, limit: int) -> list[str]:
    """Returns the lines of a text that ends with a newline; raises NotTrusted for other text or more than `limit`."""
    if len(data) > limit:
        raise unproven(f"expected at most {limit} bytes")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise unproven("expected UTF-8") from error
    if not text.endswith("\n"):
        raise unproven("expected a text that ends with a newline")
    return text.split("\n")[:-1]
