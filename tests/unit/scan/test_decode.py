"""Decoded views: what is read, what it covers, and that reading stays bounded."""

import base64
import random
import string
import time

import hyperscan
import pytest

from asepsis.scan.database import Prefilter
from asepsis.scan.decode import DEPTH, TRIGGERS, readings
from asepsis.scan.views import View

VALUE = "123-45-6789"


def read(text: str, since: int = 0) -> list[tuple[str, View]]:
    return [(one.view.text, one.view) for one in readings(View(text), since)]


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"\\u{ord(one):04x}" for one in VALUE),
        "".join(f"\\\\u{ord(one):04X}" for one in VALUE),
        "".join(f"\\u{{{ord(one):04x}}}" for one in VALUE),
        "".join(f"\\x{ord(one):02x}" for one in VALUE),
        "".join(f"%{ord(one):02x}" for one in VALUE),
        "".join(f"%25{ord(one):02x}" for one in VALUE),
        "".join(f"&#{ord(one)};" for one in VALUE),
        "".join(f"&#x{ord(one):X};" for one in VALUE),
        "".join(f"&amp;#{ord(one)};" for one in VALUE),
        "".join(f"={ord(one):02X}" for one in VALUE),
        "123-45=\n-6789",
        "1\x002\x003-45-6789",
        "1****2****3**-**4****5**-6789",
        encoded(VALUE),
        encoded(VALUE).rstrip("="),
        "id_" + encoded(VALUE),
        encoded(encoded(VALUE)),
        base64.b64encode(VALUE.encode("utf-16-le")).decode(),
        base64.b64encode(VALUE.encode("utf-16-be")).decode(),
        VALUE.encode().hex(),
        "0x" + VALUE.encode().hex(),
        "\\ud835\\udfcf23-45-6789",
    ],
)
def test_what_is_encoded_is_read_and_covered(text):
    around = f"so {text} then"
    readable = [view for plain, view in read(around) if VALUE in plain]
    assert readable
    place = readable[0].text.index(VALUE)
    start, end = readable[0].back(place, place + len(VALUE))
    assert start <= 3 + len("id_")
    assert around[start:end].rstrip("=") in (text.rstrip("="), encoded(VALUE).rstrip("="), text.removeprefix("0x"))


def test_base64_in_lines_is_one_run():
    packed = encoded("x" * 50 + VALUE + "y" * 60)
    lines = "\n".join(packed[at : at + 76] for at in range(0, len(packed), 76))
    assert any(VALUE in plain for plain, _ in read(lines))


def test_a_hit_in_base64_covers_its_quads_and_no_more():
    packed = encoded("a" * 30 + VALUE + "b" * 30)
    view = next(view for plain, view in read(packed) if VALUE in plain)
    place = view.text.index(VALUE)
    start, end = view.back(place, place + len(VALUE))
    assert VALUE in base64.b64decode(packed[start:end]).decode()
    assert end - start <= 24


@pytest.mark.parametrize(
    "text", ["1 2 3 4 5 6 7 8 9", "1.2.3.4.5.6.7.8.9", "1-2-3-4-5-6-7-8-9", "1 2 3 - 4 5 - 6 7 8 9"]
)
def test_digits_that_stand_apart_are_joined(text):
    every = list(readings(View(text), 0))
    assert {one.view.text for one in every} == ({"123456789", "123-45-6789"} if " - " in text else {"123456789"})
    for reading in every:
        assert reading.joined
        assert reading.view.back(0, len(reading.view.text)) == (0, len(text))


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("five five five one", "5551"),
        ("Four one five, Five five five, two six seven oh", "4155552670"),
        ("one two three dash four five dash six seven eight nine", "123456789"),
        ("zero-nine-hyphen eight two", "0982"),
    ],
)
def test_digits_said_in_words_are_joined(text, digits):
    (one,) = readings(View(f"it is {text}."), 0)
    assert one.joined
    assert one.view.text == f"it is {digits}"
    assert one.view.back(6, len(one.view.text)) == (6, 6 + len(text))


@pytest.mark.parametrize(
    "text", ["one two three", "one of two or three of four", "someone two three four", "two three four fivefold"]
)
def test_words_that_are_no_run_of_digits_are_not_joined(text):
    assert read(text) == []


def test_numbers_of_several_digits_are_not_joined():
    assert read("12 34 56 78 90 12 34") == []


def test_context_is_not_decoded():
    text = "%31%32%33 and %34"
    assert [plain for plain, _ in read(text, 10)] == ["%31%32%33 and 4"]


def test_depth_is_bounded():
    text = VALUE
    for _ in range(DEPTH + 2):
        text = encoded(text)
    assert not any(VALUE in plain for plain, _ in read(text))


@pytest.mark.parametrize("text", ["the patient was seen", "chart 12, room 5", "a=b", "100%", "AT&T", "C:\\dir"])
def test_ordinary_text_has_no_views(text):
    assert read(text) == []


@pytest.mark.parametrize(
    "unit", ["A", "=", "\\", "%41", "&#49;", "A1bcdefghijklmnop.", "1 ", "=3D", "\x00", "\\u0041", "Zm9v"]
)
def test_work_stays_in_proportion(unit):
    def spent(length: int) -> float:
        text = (unit * length)[:length]
        begin = time.process_time()
        for _ in readings(View(text), 0):
            pass
        return time.process_time() - begin

    spent(500)
    assert min(spent(4000) for _ in range(3)) < 0.25


def test_a_text_with_a_view_ends_a_trigger():
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(expressions=[one.encode() for one in TRIGGERS], ids=list(range(len(TRIGGERS))))
    texts = [
        "%31",
        "&#49;",
        "&amp;",
        "=31",
        "=\n",
        "\\u0031",
        "\\n",
        "\x00",
        "1 2 3 4 5 6 7",
        encoded(VALUE),
        encoded("AD5205617"),
        encoded("\u200b".join("AD52")),
        encoded("ＡＤ５２０５６１７"),
        encoded("аbса@ехаmрlе.оrg"),
        base64.b64encode(VALUE.encode("utf-16-be")).decode(),
        VALUE.encode().hex(),
    ]
    for text in texts:
        ends: list[int] = []

        def hit(number, start, end, flags, context, ends=ends):
            ends.append(end)

        assert read(f"so {text} "), text
        database.scan(f"so {text} ".encode(), match_event_handler=hit)
        assert ends, text


def test_a_code_at_random_is_hardly_ever_taken_for_base64():
    draw = random.Random(1)
    letters = string.ascii_letters + string.digits
    engine = Prefilter(TRIGGERS)
    codes = [f"chatcmpl-{''.join(draw.choices(letters, k=29))} " for _ in range(500)]
    assert sum(bool(engine.fired(one.encode())) for one in codes) < 25
