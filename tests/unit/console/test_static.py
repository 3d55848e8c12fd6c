"""The files that a browser gets: all used, all from here."""

import re
from pathlib import Path

import pytest

import asepsis.console

FOLDER = Path(asepsis.console.__file__).parent
FILES = {path.name: path.read_text() for path in (FOLDER / "static").iterdir()}


@pytest.mark.parametrize("name", FILES)
async def test_it_is_served_and_used(desk, name):
    answer = await desk.client.get(f"/static/{name}")
    assert (answer.status_code, answer.text) == (200, FILES[name])
    assert any(f"/static/{name}" in path.read_text() for path in (FOLDER / "templates").iterdir())


@pytest.mark.parametrize("name", FILES)
def test_nothing_comes_from_elsewhere(name):
    found = re.findall(r"https?://[^\s\"')]+|@import|url\(", FILES[name])
    assert [one for one in found if one != "http://www.w3.org/2000/svg"] == []


def channel(value):
    value /= 255
    return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4


def luminance(colour):
    red, green, blue = (channel(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_can_be_read(scheme):
    """WCAG 2.1 1.4.3: at least 4.5 to 1, on each ground that the text stands on."""
    blocks = re.findall(r":root \{(.*?)\}", FILES["console.css"], re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", blocks[scheme]))
    pairs = [(ink, ground) for ink in ("ink", "quiet") for ground in ("ground", "surface", "hover", "chip")]
    pairs += [(name, f"{name}-ground") for name in ("allow", "transform", "ask", "deny")]
    pairs += [(name, ground) for name in ("accent", "deny", "transform", "allow") for ground in ("surface", "ground")]
    assert [
        (pair, contrast(*(colours[one] for one in pair)))
        for pair in pairs
        if contrast(*(colours[one] for one in pair)) < 4.5
    ] == []
