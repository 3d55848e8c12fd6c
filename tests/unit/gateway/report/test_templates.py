"""The template is used, and does not switch escaping off."""

from pathlib import Path

import asepsis.gateway.report

FOLDER = Path(asepsis.gateway.report.__file__).parent


def test_every_template_is_used():
    said = (FOLDER / "pages.py").read_text()
    assert [path.name for path in (FOLDER / "templates").iterdir() if f'"{path.name}"' not in said] == []


def test_nothing_is_marked_safe():
    for path in (FOLDER / "templates").iterdir():
        assert "|safe" not in path.read_text()
        assert "autoescape" not in path.read_text()
