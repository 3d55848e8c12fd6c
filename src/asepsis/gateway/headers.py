"""Which headers and query parameters pass the gateway, either way: only those listed here, and only in plain form."""

import re
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import parse_qsl, urlencode

from asepsis.core.ports import Scanner
from asepsis.core.types import Part, PartKind, Role
from asepsis.gateway.errors import Denied
from asepsis.gateway.walk import label

__all__ = ["Header", "answer_headers", "query_string", "request_headers"]

Header = tuple[str, str]

_REQUEST: Final = frozenset(
    {"anthropic-beta", "anthropic-version", "idempotency-key", "openai-beta", "openai-organization", "openai-project"}
)
_ANSWER: Final = frozenset({"openai-processing-ms", "openai-version", "request-id", "retry-after", "x-request-id"})
_RATES: Final = re.compile(r"(?:x|anthropic)-ratelimit(?:-[a-z]{1,16}){1,5}")
_PLAIN: Final = re.compile(r"[\x20-\x7e]{0,512}")
_PARAMETERS: Final = 16
_PARAMETER: Final = re.compile(r"[A-Za-z0-9_.:-]{1,128}")


def request_headers(headers: Sequence[Header], scanner: Scanner, /) -> tuple[Header, ...]:
    """Returns the headers that go upstream; raises Denied for one that holds a finding."""
    passing = tuple((name, value) for name, value in headers if name in _REQUEST)
    _check(passing, scanner)
    return passing


def answer_headers(headers: Iterable[Header], scanner: Scanner, /) -> list[Header]:
    """Returns the headers that go to the client; one that holds a finding is left out."""
    passing = []
    for name, value in headers:
        if name in _ANSWER or _RATES.fullmatch(name):
            try:
                _check(((name, value),), scanner)
            except Denied:
                continue
            passing.append((name, value))
    return passing


def query_string(query: str, allowed: frozenset[str], scanner: Scanner, /) -> str:
    """Returns the query to send upstream, `?` included; raises Denied for a parameter that is not allowed."""
    if not query:
        return ""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_PARAMETERS)
    except ValueError as error:
        raise Denied("gateway.query", f"there are more than {_PARAMETERS} query parameters") from error
    if any(name not in allowed or not _PARAMETER.fullmatch(value) for name, value in pairs):
        raise Denied("gateway.query", "a query parameter is not allowed on this route")
    _check(tuple(pairs), scanner)
    return "?" + urlencode(pairs)


def _check(pairs: tuple[Header, ...], scanner: Scanner) -> None:
    if not pairs:
        return
    if any(not _PLAIN.fullmatch(value) for _, value in pairs):
        raise Denied("gateway.header", "a header is too long or has characters that are not plain")
    parts = [
        Part(PartKind.TEXT, f"header.{name}", value, Role.PROTOCOL, label(Role.PROTOCOL), name) for name, value in pairs
    ]
    if any(scanner.scan(parts)):
        raise Denied("gateway.header", "something was found in a header or query parameter")
