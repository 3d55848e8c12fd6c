"""The cover of a bundle as PDF, for files and for courts: the same lines as the page, set by ReportLab (extra `pdf`).

The fonts are those that every reader of PDF has, which know Latin letters; any other is written as its number.
"""

import io
from typing import TYPE_CHECKING, Final

from asepsis.core.errors import ConfigError
from asepsis.ledger.evidence.cover import COLUMNS, Facts, marked

if TYPE_CHECKING:
    from reportlab.platypus import Flowable

__all__ = ["paper"]

_SMALL: Final = 7.0
_WIDTHS: Final = (45.0, 120.0, 130.0, 50.0, 170.0)
_LITERAL: Final = ('<font face="Courier">', "</font>")
_REPEATED: Final = 1


def paper(told: Facts, /) -> bytes:
    """Returns the facts as PDF, the same bytes each time; raises ConfigError without the library."""
    try:
        from reportlab.lib.pagesizes import A4  # noqa: PLC0415 an extra
        from reportlab.lib.styles import getSampleStyleSheet  # noqa: PLC0415 as above
        from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate  # noqa: PLC0415 as above
    except ImportError as error:
        raise ConfigError("expected the extra `pdf`; install `asepsis[pdf]`") from error
    styles = getSampleStyleSheet()

    def line(text: str, style: str = "BodyText") -> "Flowable":
        return Paragraph(marked(_latin(text), literal=_LITERAL), styles[style])

    story = [line(told.title, "Title"), *(line(one) for one in told.what)]
    story += [line("How to check it", "Heading2"), *(line(one) for one in told.check)]
    story += [line("What it does not show", "Heading2"), *(line(f"- {one}") for one in told.limits)]
    story.append(line("Events", "Heading2"))
    rows = [COLUMNS, *(tuple(_latin(cell) for cell in row) for row in told.rows)]
    ruled = [("FONTSIZE", (0, 0), (-1, -1), _SMALL), ("LINEBELOW", (0, 0), (-1, -1), 0.25, "#cccccc")]
    story.append(LongTable(rows, colWidths=_WIDTHS, repeatRows=_REPEATED, style=ruled))
    if told.more:
        story.append(line(told.more))
    made = io.BytesIO()
    document = SimpleDocTemplate(made, pagesize=A4, title="Evidence", author="", invariant=1, pageCompression=0)
    document.build(story)
    return made.getvalue()


def _latin(text: str) -> str:
    return "".join(one if one.encode("cp1252", "ignore") else f"U+{ord(one):04X}" for one in text)
