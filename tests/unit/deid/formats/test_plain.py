"""Text and lines of text."""

import io
import json

import pytest

from asepsis.core.errors import InputError
from asepsis.deid.formats.plain import convert_lines, convert_text
from asepsis.deid.profiles import read_profiles
from asepsis.deid.text import Deidentifier


@pytest.fixture
def masking(scanner, memory):
    return Deidentifier(scanner, read_profiles()["mask"], memory)


def test_a_text_comes_out_whole(scanner, masking):
    line = "é ordinary words that say nothing, and then SSN 123-45-6789\r\n"
    out = b"".join(convert_text(io.BytesIO((line * 3000).encode()), scanner, masking))
    assert out.decode() == line.replace("123-45-6789", "[SSN]") * 3000


@pytest.mark.parametrize("text", [b"ab\xffcd", b"x" * 70_000 + b"\xe9 ", b"cut \xc3"])
def test_what_is_no_text_is_refused_with_its_place(scanner, masking, text):
    with pytest.raises(InputError, match="utf-8") as refused:
        list(convert_text(io.BytesIO(text), scanner, masking))
    assert refused.value.place.startswith("byte ")


def test_lines_keep_the_contract(scanner, masking):
    lines = [{"id": n, "text": f"MRN 71222{n:02d}"} for n in range(10)]
    given = "".join(json.dumps(one) + "\n" for one in lines).encode()
    out = [json.loads(one) for one in convert_lines(io.BytesIO(given), scanner, masking)]
    assert [one["id"] for one in out] == list(range(10))
    assert all(one["text"] == "MRN [MRN]" and one["findings"][0]["start"] == 4 for one in out)


def test_a_broken_line_ends_the_file_with_its_number(scanner, masking):
    good = b'{"id":1,"text":"x"}\n'
    with pytest.raises(InputError) as refused:
        list(convert_lines(io.BytesIO(good * 39_999 + b'{"id": oops 123-45-6789'), scanner, masking))
    assert refused.value.place == "line 40000"
    assert "123" not in str(refused.value)
