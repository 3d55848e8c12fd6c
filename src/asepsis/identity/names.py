"""SPIFFE IDs: the names of workloads (SPIFFE-ID 2)."""

import re
from typing import Final, NamedTuple

from asepsis.core.errors import InputError

__all__ = ["Workload", "is_trust_domain", "spiffe_id"]

_MOST: Final = 2048
_DOMAIN: Final = re.compile(r"[a-z0-9._-]{1,255}")
_PATH: Final = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._-]+)+")
_SCHEME: Final = "spiffe://"


class Workload(NamedTuple):
    """A SPIFFE ID in its parts: the whole text, the trust domain, and the path with its leading slash."""

    text: str
    domain: str
    path: str


def is_trust_domain(name: str, /) -> bool:
    """Whether a text is the name of a trust domain (SPIFFE-ID 2.1)."""
    return _DOMAIN.fullmatch(name) is not None


def spiffe_id(text: str, /) -> Workload:
    """Reads the name of a workload; raises InputError for what is none (SPIFFE-ID 2.1, 2.2)."""
    if len(text) <= _MOST and text.startswith(_SCHEME):
        domain, slash, path = text.removeprefix(_SCHEME).partition("/")
        if is_trust_domain(domain) and _PATH.fullmatch(slash + path):
            return Workload(text, domain, slash + path)
    raise InputError("expected a SPIFFE ID such as `spiffe://plan.example/ns/claims`")
