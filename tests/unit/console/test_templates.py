"""Every template is used, and none switches escaping off."""

from pathlib import Path

import asepsis.console

FOLDER = Path(asepsis.console.__file__).parent
TEMPLATES = {path.name: path.read_text() for path in (FOLDER / "templates").iterdir()}


def test_every_template_is_used():
    said = "".join(TEMPLATES.values()) + (FOLDER / "pages.py").read_text()
    assert [name for name in TEMPLATES if f'"{name}"' not in said] == []


def test_nothing_is_marked_safe():
    assert [name for name, text in TEMPLATES.items() if "|safe" in text or "autoescape" in text] == []
