"""Documents that are read as a whole: bounded, and text in UTF-8."""

import io

import pytest

from asepsis.core.errors import InputError
from asepsis.deid.formats.reading import decoded, whole


def test_a_document_is_read_up_to_its_limit():
    assert whole(io.BytesIO(b"12345"), limit=5) == b"12345"
    with pytest.raises(InputError, match="at most 4 bytes"):
        whole(io.BytesIO(b"12345"), limit=4)


@pytest.mark.parametrize(
    ("data", "place", "message"),
    [(b"ok \xff", "byte 3", "expected text in utf-8"), (b"ok\x00", "byte 2", "expected text, got a zero byte")],
)
def test_what_is_no_text_is_named_with_its_place(data, place, message):
    with pytest.raises(InputError) as refused:
        decoded(whole(io.BytesIO(data), limit=99))
    assert (refused.value.place, refused.value.message) == (place, message)
