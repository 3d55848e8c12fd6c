"""Logging: one line of JSON per record on standard error, or a line for people on a terminal.

INVARIANT: of an exception only its type, its code and the place of each frame are written. The message of an exception
that is not ours can hold content, so it is never written; the messages of ours are safe by the rule of `core.errors`.
The same holds for records: a room logs a constant text and safe fields (`extra={"fields": {...}}`).
"""

import json
import logging
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import IO, Final

from asepsis.core.errors import Error

__all__ = ["HumanFormatter", "JsonFormatter", "describe", "set_up"]

_OURS: Final = "asepsis"


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns the line."""
        line: dict[str, object] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
            **_fields(record),
        }
        if record.exc_info and record.exc_info[1]:
            line["exception"] = describe(record.exc_info[1])
        return json.dumps(line, default=lambda value: type(value).__name__, separators=(",", ":"))


class HumanFormatter(logging.Formatter):
    """A record as a line for people; an exception adds one line per cause and frame."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns the lines."""
        fields = "".join(f"  {name}={value}" for name, value in _fields(record).items())
        head = f"{_time(record)[11:23]} {record.levelname.lower():<8}{record.name}: {_message(record)}{fields}"
        if not (record.exc_info and record.exc_info[1]):
            return head
        causes = describe(record.exc_info[1])
        return "\n".join([head, *(_cause(one) for one in causes)])


def describe(error: BaseException) -> list[dict[str, object]]:
    """Returns what may be said of an exception and its causes: type, code, safe message, and places of frames."""
    causes: list[dict[str, object]] = []
    current: BaseException | None = error
    seen: set[int] = set()
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        causes.append(_described(current))
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return causes


def set_up(*, level: str = "info", stream: IO[str] | None = None) -> None:
    """Sends all records to one stream, standard error by default; raises ValueError for an unknown level."""
    target = stream or sys.stderr
    handler = logging.StreamHandler(target)
    handler.setFormatter(HumanFormatter() if target.isatty() else JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel("WARNING")
    logging.getLogger(_OURS).setLevel(level.upper())
    # A record that cannot be written must not bring its values to standard error another way.
    logging.raiseExceptions = False


def _described(error: BaseException) -> dict[str, object]:
    frames = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    said: dict[str, object] = {"type": f"{type(error).__module__}.{type(error).__qualname__}", "frames": frames}
    if isinstance(error, Error):
        said |= {"code": error.code, "message": str(error)}
    if isinstance(error, BaseExceptionGroup):
        said["inner"] = [describe(one) for one in error.exceptions]
    return said


def _cause(cause: Mapping[str, object]) -> str:
    frames = cause["frames"]
    code = f" {cause['code']}: {cause['message']}" if "code" in cause else ""
    places = "".join(f"\n      {place}" for place in frames) if isinstance(frames, list) else ""
    return f"    {cause['type']}{code}{places}"


def _message(record: logging.LogRecord) -> str:
    # Of other libraries only the template is written: its arguments may hold content.
    if record.name.split(".", 1)[0] == _OURS:
        return record.getMessage().replace("\n", " ")
    return str(record.msg).replace("\n", " ") if record.args else f"a message of {record.name}"


def _fields(record: logging.LogRecord) -> dict[str, object]:
    fields = getattr(record, "fields", None)
    return {str(name): value for name, value in fields.items()} if isinstance(fields, Mapping) else {}


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
