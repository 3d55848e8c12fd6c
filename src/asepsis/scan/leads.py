"""What stands before codes and is none: `phone`, `e-mail`, `MRN`."""

import re
from typing import Final

__all__ = ["is_lead"]

_LEADS: Final = re.compile(
    r"\W*(?:e-?mail|mail|phone|telephone|tel|fax|cell|mobile|pager|ext|dob|mrn|ssn|mbi|npi|dea|id|no|number|address)\W*",
    re.IGNORECASE,
)


def is_lead(text: str, /) -> bool:
    """Whether a text is one such word, with marks and blanks around it."""
    return _LEADS.fullmatch(text) is not None
