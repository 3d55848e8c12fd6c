"""What a server lists, read under limits: the answer to `tools/list`, or just its tools."""

from typing import Final

import msgspec

from asepsis.core.errors import InputError
from asepsis.tools.types import Tool

__all__ = ["MAX_BYTES", "MAX_TOOLS", "converted", "read_tools", "written"]

MAX_BYTES: Final = 8_000_000
MAX_TOOLS: Final = 1_000


class _Listing(msgspec.Struct, frozen=True):
    tools: tuple[Tool, ...]


def read_tools(data: bytes, /) -> tuple[Tool, ...]:
    """Returns the tools in a listing; raises InputError for what is none or too much."""
    if len(data) > MAX_BYTES:
        raise InputError(f"expected at most {MAX_BYTES} bytes of tools")
    tools = _read(data)
    if len(tools) > MAX_TOOLS:
        raise InputError(f"expected at most {MAX_TOOLS} tools")
    return tools


def converted(listed: object, /) -> tuple[Tool, ...]:
    """Returns the tools in a list that was read already; raises InputError for what is none."""
    try:
        return msgspec.convert(listed, tuple[Tool, ...])
    except msgspec.ValidationError as error:
        raise InputError("expected a list of tools") from error


def written(tools: tuple[Tool, ...], /) -> bytes:
    """Returns a listing as lines of JSON that can be read and compared."""
    return msgspec.json.format(msgspec.json.encode(_Listing(tools), order="deterministic"), indent=1) + b"\n"


def _read(data: bytes) -> tuple[Tool, ...]:
    try:
        found = msgspec.json.decode(data)
        if isinstance(found, dict):
            found = found.get("result", found)
        listed = found if isinstance(found, list) else msgspec.convert(found, _Listing).tools
        return converted(listed)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InputError('expected the tools of a server as JSON: `{"tools": [...]}`') from error
