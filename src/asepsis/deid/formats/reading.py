"""Documents that are read as a whole: bounded, in UTF-8, and text."""

from typing import BinaryIO

from asepsis.core.errors import InputError

__all__ = ["decoded", "whole"]


def whole(source: BinaryIO, /, *, limit: int) -> bytes:
    """Returns all bytes of a document; raises InputError for more than `limit`, or with the place of a zero byte."""
    data = source.read(limit + 1)
    if len(data) > limit:
        raise InputError(f"expected a document of at most {limit} bytes")
    # In text of another encoding, read as if it were UTF-8, nothing would be found.
    if (zero := data.find(0)) >= 0:
        raise InputError("expected text, got a zero byte", place=f"byte {zero}")
    return data


def decoded(data: bytes, /) -> str:
    """Returns the text of bytes; raises InputError with the place of what is no UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise InputError("expected text in utf-8", place=f"byte {error.start}") from error
