"""What is known about the fields of the model APIs: which names are theirs, who speaks where, what cannot be read.

A field that is missing here loses nothing but its role: the walk scans it as untrusted user input. Field names are
those of the OpenAI and Anthropic APIs as their official clients of November 2026 send and read them.
"""

from typing import Final

from asepsis.core.types import Role

__all__ = [
    "FREE",
    "KNOWN",
    "NUMERIC",
    "OPAQUE_TEXT",
    "READ",
    "ROLES",
    "SCHEMA_URLS",
    "STRUCTURAL",
    "WORDS",
    "content",
    "media_kind",
    "number_list",
    "role",
]

STRUCTURAL: Final = frozenset(
    [
        "background",
        "call_id",
        "cache_control",
        "container_id",
        "conversation",
        "detail",
        "effort",
        "encoding_format",
        "event",
        "finish_reason",
        "format",
        "id",
        "item_id",
        "media_type",
        "modality",
        "model",
        "native_finish_reason",
        "object",
        "phase",
        "previous_response_id",
        "prompt_cache_retention",
        "response_id",
        "retention",
        "role",
        "service_tier",
        "status",
        "stop_reason",
        "strict",
        "system_fingerprint",
        "tool_call_id",
        "tool_choice",
        "tool_use_id",
        "truncation",
        "ttl",
        "type",
        "verbosity",
        "voice",
    ]
)
"""Names whose string values are the protocol's own words or ids: what is found there can't be masked in a request."""

NUMERIC: Final = frozenset(
    [
        "accepted_prediction_tokens",
        "audio_tokens",
        "budget_tokens",
        "cache_creation_input_tokens",
        "cache_read_input_tokens",
        "cached_tokens",
        "completed_at",
        "completion_tokens",
        "content_index",
        "created",
        "created_at",
        "dimensions",
        "ephemeral_1h_input_tokens",
        "ephemeral_5m_input_tokens",
        "expires_at",
        "frequency_penalty",
        "index",
        "input_tokens",
        "logprob",
        "max_completion_tokens",
        "max_output_tokens",
        "max_tokens",
        "max_tokens_to_sample",
        "max_tool_calls",
        "n",
        "output_index",
        "output_tokens",
        "presence_penalty",
        "prompt_tokens",
        "reasoning_tokens",
        "rejected_prediction_tokens",
        "seed",
        "sequence_number",
        "summary_index",
        "temperature",
        "thinking_tokens",
        "top_k",
        "top_logprobs",
        "top_p",
        "total_tokens",
    ]
)
"""Names whose values are the protocol's own numbers."""

KNOWN: Final = (
    STRUCTURAL
    | NUMERIC
    | frozenset(
        [
            "action",
            "annotations",
            "arguments",
            "audio",
            "authorization",
            "best_of",
            "cache_creation",
            "choices",
            "citations",
            "citation",
            "cited_text",
            "code",
            "completion_tokens_details",
            "container",
            "content",
            "content_block",
            "content_filter_results",
            "context_management",
            "custom",
            "data",
            "default",
            "definition",
            "delta",
            "description",
            "display",
            "document",
            "document_title",
            "echo",
            "embedding",
            "enabled",
            "enum",
            "error",
            "file",
            "file_data",
            "file_id",
            "file_url",
            "filename",
            "fragments",
            "function",
            "function_call",
            "functions",
            "grammar",
            "image_url",
            "include",
            "incomplete_details",
            "input",
            "input_audio",
            "input_image",
            "input_json",
            "input_schema",
            "input_tokens_details",
            "instructions",
            "items",
            "json_schema",
            "last_id",
            "first_id",
            "has_more",
            "logit_bias",
            "logprobs",
            "max_tool_calls",
            "mcp_servers",
            "message",
            "messages",
            "metadata",
            "modalities",
            "name",
            "obfuscation",
            "output",
            "output_text",
            "output_tokens_details",
            "parallel_tool_calls",
            "parameters",
            "partial_json",
            "part",
            "pattern",
            "prediction",
            "prompt",
            "prompt_cache_key",
            "prompt_tokens_details",
            "properties",
            "query",
            "reason",
            "reasoning",
            "reasoning_content",
            "refusal",
            "required",
            "response",
            "response_format",
            "result",
            "results",
            "safety_identifier",
            "schema",
            "search_result",
            "server_label",
            "server_tool_use",
            "server_url",
            "signature",
            "source",
            "sources",
            "stop",
            "stop_sequence",
            "stop_sequences",
            "store",
            "stream",
            "stream_options",
            "include_usage",
            "structuredContent",
            "suffix",
            "suggestions",
            "summary",
            "system",
            "text",
            "thinking",
            "title",
            "tool",
            "tool_calls",
            "tools",
            "transcript",
            "url",
            "usage",
            "user",
            "user_id",
            "user_location",
            "variables",
            "web_search_options",
        ]
    )
)
"""Names that a place may show; any other key shows as its position."""

FREE: Final = frozenset(
    [
        "arguments",
        "input_schema",
        "logit_bias",
        "metadata",
        "parameters",
        "properties",
        "schema",
        "structuredContent",
        "variables",
    ]
)
"""Names under which keys are the caller's own, so that none is structural there."""

ROLES: Final[dict[str, Role]] = {
    "functions": Role.DEFINITION,
    "instructions": Role.SYSTEM,
    "json_schema": Role.DEFINITION,
    "response_format": Role.DEFINITION,
    "system": Role.SYSTEM,
    "tools": Role.DEFINITION,
}

READ: Final = frozenset(
    ["content", "output_text", "reasoning", "reasoning_content", "refusal", "summary", "text", "thinking", "transcript"]
)
"""Names whose string values in a delta of an answer may be for its reader."""

OPAQUE_TEXT: Final[dict[str, str]] = {
    "encrypted_content": "signature",
    "redacted_thinking": "signature",
    "signature": "signature",
    "b64_json": "image",
    "partial_image_b64": "image",
}
"""Names whose string values nobody but the provider can read."""

WORDS: Final = frozenset(
    [
        "assistant",
        "auto",
        "chat.completion",
        "chat.completion.chunk",
        "completed",
        "content_filter",
        "default",
        "developer",
        "document",
        "end_turn",
        "ephemeral",
        "float",
        "function",
        "function_call",
        "function_call_output",
        "image",
        "image_url",
        "input_text",
        "length",
        "list",
        "message",
        "model",
        "none",
        "object",
        "output_text",
        "reasoning",
        "refusal",
        "response",
        "stop",
        "string",
        "system",
        "text",
        "text_completion",
        "thinking",
        "tool",
        "tool_calls",
        "tool_result",
        "tool_use",
        "user",
    ]
)
"""Values of structural fields that the protocol itself fixes; they are seen and need no scan."""

SCHEMA_URLS: Final = frozenset(
    {
        "http://json-schema.org/draft-07/schema#",
        "http://json-schema.org/draft-07/schema",
        "https://json-schema.org/draft/2020-12/schema",
    }
)
"""The words by which a schema names its dialect; they are no one's address."""

_SPEAKERS: Final[dict[str, Role]] = {
    "assistant": Role.ASSISTANT,
    "developer": Role.SYSTEM,
    "function": Role.TOOL,
    "system": Role.SYSTEM,
    "tool": Role.TOOL,
    "user": Role.USER,
}
_TOOL_TYPES: Final = frozenset(
    [
        "computer_call_output",
        "custom_tool_call_output",
        "function_call_output",
        "local_shell_call_output",
        "mcp_tool_result",
        "search_result",
        "tool_result",
        "web_search_tool_result",
    ]
)
_CONTENT: Final = frozenset({"data", "file_data", "file_id", "file_url", "image_url", "url", *OPAQUE_TEXT})
_TEXT_MEDIA: Final = ("text/", "application/json", "application/xml", "application/x-ndjson", "application/yaml")


def role(value: dict[str, object], inherited: Role) -> Role:
    """Returns who speaks in an object: as its `role` or type says, else as where it stands."""
    speaker = value.get("role")
    if isinstance(speaker, str) and speaker in _SPEAKERS:
        return _SPEAKERS[speaker]
    kind = value.get("type")
    return Role.TOOL if isinstance(kind, str) and kind in _TOOL_TYPES else inherited


def content(name: str, parent: dict[str, object], key: str) -> str:
    """Returns what a string field holds that is not plain text, else an empty string.

    `base64:text` is base64 of text; any other answer is a kind of opaque content: `image`, `audio`, `file`, `remote`
    (an address that only the provider reads) or `signature` (sealed by the provider for itself).
    """
    if name not in _CONTENT:
        return ""
    if name in OPAQUE_TEXT:
        return OPAQUE_TEXT[name]
    if name == "data":
        return _data(parent, key)
    if name == "url":
        return "remote" if parent.get("type") == "url" or key == "image_url" else ""
    return {"file_data": "base64:text", "file_id": "file"}.get(name, "remote")


def media_kind(media: str) -> str:
    """Returns `base64:text` for a media type that is text, else the kind of opaque content it is."""
    if media.startswith(_TEXT_MEDIA):
        return "base64:text"
    major = media.partition("/")[0]
    return major if major in ("image", "audio", "video") else "file"


def number_list(value: list[object], key: str) -> str:
    """Returns `tokens` or `vector` for a list of numbers that stands for text, else an empty string."""
    if key == "embedding" and value and all(type(item) in (float, int) for item in value):
        return "vector"
    if key in ("input", "prompt", "tokens", "context") and value and all(type(item) is int for item in value):
        return "tokens"
    return ""


def _data(parent: dict[str, object], key: str) -> str:
    if parent.get("type") == "redacted_thinking":
        return "signature"
    if key in ("input_audio", "audio"):
        return "audio"
    media = parent.get("media_type")
    return media_kind(media) if parent.get("type") == "base64" and isinstance(media, str) else ""
