"""What stands before codes and is none: `phone`, `e-mail`, `MRN`; and small words left between two findings."""

import re
from typing import Final

__all__ = ["is_lead"]

_LEADS: Final = re.compile(
    r"\W*(?:of|on|in|at|and|or|from|to|until|till|by|for|with|is|was|as|since|last|this|past|next|re|a|an"
    r"|e-?mail|mail|phone|telephone|tel|fax|cell|mobile|pager|ext|dob|mrn|ssn|mbi|npi|dea|id|no|number|address"
    r"|(?:social )?security(?: number)?|iban|(?:license )?plates?|account|policy|claim|member|password)\W*",
    re.IGNORECASE,
)


_TAGS: Final = re.compile(r"(?:</?[A-Za-z][\w:.-]{0,40}/?>\s*)+")


def is_lead(text: str, /) -> bool:
    """Whether a text is one such word, with marks and blanks around it, or the tags between two values."""
    return (_LEADS if text[:1] != "<" else _TAGS).fullmatch(text) is not None
