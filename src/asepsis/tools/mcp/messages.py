"""JSON-RPC 2.0 as MCP uses it: one message at a time, read under limits, written in one form.

A batch is none (MCP 2025-06-18 took them out), an id is a text or a whole number, and `params` is an object or absent.
"""

from typing import Final

import msgspec

from asepsis.core.errors import InputError
from asepsis.tools.types import Json

__all__ = [
    "INTERNAL",
    "INVALID",
    "MISMATCH",
    "MODERN",
    "NO_METHOD",
    "NO_PARAMS",
    "NO_VERSION",
    "VERSIONS",
    "Answer",
    "Fault",
    "Id",
    "Message",
    "Notice",
    "Request",
    "error",
    "notice",
    "read",
    "request",
    "result",
]

VERSIONS: Final = ("2025-11-25", "2025-06-18", "2025-03-26")
"""The versions with a handshake, newest first."""

MODERN: Final = "2026-07-28"
"""The version without one."""

INVALID: Final = -32600
NO_METHOD: Final = -32601
NO_PARAMS: Final = -32602
INTERNAL: Final = -32603
MISMATCH: Final = -32020
"""A header and the request differ (2026-07-28, transports)."""

NO_VERSION: Final = -32022

Id = str | int


class Fault(msgspec.Struct, frozen=True):
    """Why a request failed."""

    code: int
    message: str = ""
    data: Json = None


class Request(msgspec.Struct, frozen=True):
    """What wants an answer."""

    id: Id
    method: str
    params: dict[str, Json] = {}


class Notice(msgspec.Struct, frozen=True):
    """What wants none."""

    method: str
    params: dict[str, Json] = {}


class Answer(msgspec.Struct, frozen=True):
    """An answer: a result, or a fault."""

    id: Id
    result: dict[str, Json] = {}
    fault: Fault | None = None


Message = Request | Notice | Answer


class _Wire(msgspec.Struct, frozen=True):
    jsonrpc: str = ""
    id: Id | None = None
    method: str = ""
    params: dict[str, Json] | msgspec.UnsetType = msgspec.UNSET
    result: dict[str, Json] | msgspec.UnsetType = msgspec.UNSET
    error: Fault | msgspec.UnsetType = msgspec.UNSET


_DECODER: Final = msgspec.json.Decoder(_Wire)


def read(data: bytes, /, *, most: int) -> Message:
    """Returns the message; raises InputError for what is none, and for more than `most` bytes."""
    if len(data) > most:
        raise InputError(f"expected at most {most} bytes in a message")
    try:
        wire = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError("expected one JSON-RPC message") from error
    if wire.jsonrpc != "2.0":
        raise InputError("expected JSON-RPC 2.0")
    params = {} if wire.params is msgspec.UNSET else wire.params
    if wire.method:
        return Notice(wire.method, params) if wire.id is None else Request(wire.id, wire.method, params)
    if wire.id is None:
        raise InputError("expected a method or an id")
    if wire.error is not msgspec.UNSET:
        return Answer(wire.id, fault=wire.error)
    if wire.result is msgspec.UNSET:
        raise InputError("expected a result or an error")
    return Answer(wire.id, wire.result)


def request(id: Id, method: str, params: dict[str, Json], /) -> bytes:  # noqa: A002 the field's name
    """Returns a request."""
    return msgspec.json.encode({"jsonrpc": "2.0", "id": id, "method": method, "params": params})


def notice(method: str, params: dict[str, Json], /) -> bytes:
    """Returns a notice."""
    return msgspec.json.encode({"jsonrpc": "2.0", "method": method, "params": params})


def result(id: Id, result: dict[str, Json], /) -> bytes:  # noqa: A002 the field's name
    """Returns an answer that is a result."""
    return msgspec.json.encode({"jsonrpc": "2.0", "id": id, "result": result})


def error(id: Id | None, code: int, message: str, /, *, data: Json = None) -> bytes:  # noqa: A002 the field's name
    """Returns an answer that is a fault."""
    fault: dict[str, Json] = {"code": code, "message": message}
    if data is not None:
        fault["data"] = data
    return msgspec.json.encode({"jsonrpc": "2.0", "id": id, "error": fault})
