"""The page of a bundle that checks it in a browser: the verifier in JavaScript, and a copy of what it checks."""

import json
from collections.abc import Mapping
from importlib import resources
from typing import Final

from asepsis.ledger.tlog.encoding import to_base64

__all__ = ["MOST_BYTES", "page"]

MOST_BYTES: Final = 32 << 20
"""How much data a page carries; a browser copies it several times over."""


def page(files: Mapping[str, bytes], /) -> bytes:
    """Returns the page for the files of a bundle's payload."""
    template = (resources.files("asepsis.ledger.evidence") / "templates" / "verify.html").read_text(encoding="utf-8")
    copies = json.dumps({name: to_base64(data) for name, data in sorted(files.items())})
    return template.replace("@files", copies, 1).encode()
