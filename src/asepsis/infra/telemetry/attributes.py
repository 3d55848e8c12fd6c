"""What is said of a call or an Event in OpenTelemetry's words: GenAI semantic conventions, and `asepsis.` for the rest.

Never content: names, kinds, counts, digests and durations only. Values are integers, booleans, texts or lists of
texts, as in an Event.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from asepsis.core.events import Event, Outcome
from asepsis.core.types import Count, Coverage, Verdict
from asepsis.infra.telemetry.calls import Call

__all__ = [
    "SECONDS",
    "TOKENS",
    "Attributes",
    "Value",
    "error_type",
    "event_attributes",
    "operation",
    "provider",
    "span_attributes",
]

SECONDS: Final = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
TOKENS: Final = (
    1,
    4,
    16,
    64,
    256,
    1_024,
    4_096,
    16_384,
    65_536,
    262_144,
    1_048_576,
    4_194_304,
    16_777_216,
    67_108_864,
)
"""The upper bounds of durations and of counts of tokens, as the GenAI semantic conventions advise."""
Value = str | int | bool | list[str]
Attributes = dict[str, Value]

_OPERATIONS: Final = {
    "openai.completions": "text_completion",
    "openai.embeddings": "embeddings",
    "openai.models": "models",
    "anthropic.models": "models",
}


def operation(surface: str, /) -> str:
    """Returns `gen_ai.operation.name` for a surface; what lists models has no name there and gets its own."""
    return _OPERATIONS.get(surface, "chat")


def provider(surface: str, /) -> str:
    """Returns `gen_ai.provider.name`: whose API was spoken, which is what is known for certain."""
    return surface.partition(".")[0] or "unknown"


def error_type(call: Call, /) -> str:
    """Returns `error.type`, empty for a call that went well."""
    if call.unclosed:
        return "unclosed"
    if call.closed is None or call.closed.outcome is Outcome.COMPLETED:
        return ""
    return call.closed.outcome.value


def span_attributes(call: Call, /) -> Attributes:
    """Returns the attributes of a call's span."""
    opened, closed = call.opened, call.closed
    said: Attributes = {
        "gen_ai.operation.name": operation(opened.surface),
        "gen_ai.provider.name": provider(opened.surface),
        "gen_ai.request.model": opened.model,
        "error.type": error_type(call),
        "asepsis.event.id": call.id,
        "asepsis.tenant": call.tenant,
        "asepsis.application": opened.application,
        "asepsis.surface": opened.surface,
        "asepsis.upstream": opened.upstream,
        "asepsis.mode": opened.mode.value,
        "asepsis.verdict": call.verdict.name.lower(),
        "asepsis.policies": list(opened.decision.policies),
        "asepsis.bundle": opened.decision.bundle,
        **_found("asepsis.findings.request", opened.found),
        **_coverage("asepsis.coverage.request", opened.coverage),
    }
    if closed is not None:
        said |= {
            "gen_ai.usage.input_tokens": closed.tokens_in,
            "gen_ai.usage.output_tokens": closed.tokens_out,
            "http.response.status_code": closed.status,
            "asepsis.outcome": closed.outcome.value,
            "asepsis.rule": closed.rule,
            "asepsis.first_byte_us": closed.first_us,
            **_found("asepsis.findings.answer", closed.found),
            **_coverage("asepsis.coverage.answer", closed.coverage),
        }
    return {name: value for name, value in said.items() if value not in ("", [])}


def event_attributes(event: Event, /, *, index: int) -> Attributes:
    """Returns an Event's attributes as a log record: its head, and its payload with dotted names."""
    said: Attributes = {
        "asepsis.event.id": event.id,
        "asepsis.event.index": index,
        "asepsis.event.version": event.version,
        "asepsis.tenant": event.tenant,
        "asepsis.principal": event.principal,
        "asepsis.verdict": Verdict(event.verdict).name.lower(),
    }
    said |= dict(_flat("asepsis", msgspec.json.decode(event.payload)))
    return {name: value for name, value in said.items() if value not in ("", [])}


def _found(name: str, found: tuple[Count, ...], /) -> Attributes:
    return {f"{name}.{one.kind.value.lower()}": one.count for one in found}


def _coverage(name: str, coverage: Coverage, /) -> Attributes:
    return {
        f"{name}.parts": coverage.parts,
        f"{name}.scanned": coverage.scanned,
        f"{name}.characters": coverage.characters,
        f"{name}.opaque": list(coverage.opaque),
    }


def _flat(name: str, value: object, /) -> Iterator[tuple[str, Value]]:
    """Yields the leaves of plain JSON; counts are named by their kind, lists of texts stay lists."""
    match value:
        case {"kind": str(kind), "count": int(count), **rest} if not rest:
            yield f"{name}.{kind.lower()}", count
        case dict():
            for key, inner in value.items():
                yield from _flat(f"{name}.{key}", inner)
        case list() if all(isinstance(inner, str) for inner in value):
            yield name, [str(inner) for inner in value]
        case list():
            for number, inner in enumerate(value):
                counted = isinstance(inner, dict) and inner.keys() == {"kind", "count"}
                yield from _flat(name if counted else f"{name}.{number}", inner)
        case str() | int():
            yield name, value
        case _:
            return
