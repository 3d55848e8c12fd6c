"""The schemas that a request declares for its tools, which the calls in its answer are held against.

They are read when an answer has a call, and once for all requests that say the same of their tools.
"""

import functools
from typing import Final

import msgspec

from asepsis.tools.conversations.calls import Wanted
from asepsis.tools.fitting import Effort, misfit_of_stranger
from asepsis.tools.types import Json, Tool

__all__ = ["Declared"]

_DECODER: Final = msgspec.json.Decoder(list[Tool])


class Declared:
    """The schemas of one request, by what it says of its tools as JSON: it is changed on its way, and this is not."""

    def __init__(self, form: bytes) -> None:
        self._form = form

    @property
    def size(self) -> int:
        """How many bytes they are."""
        return len(self._form)

    def misfit(self, call: Wanted, effort: Effort, /) -> str:
        """Returns what about a call its schema does not allow, by places; empty for nothing.

        What a request says twice of a tool has to allow it twice. A call that was made already, or whose arguments
        can't be read, is for others to judge.
        """
        if call.ran or call.arguments is None:
            return ""
        schemas = self._schemas.get(call.tool, ())
        return next(filter(None, (misfit_of_stranger(one, call.arguments, effort) for one in schemas)), "")

    @functools.cached_property
    def _schemas(self) -> dict[str, list[dict[str, Json]]]:
        found: dict[str, list[dict[str, Json]]] = {}
        for tool in _DECODER.decode(self._form):
            if tool.input_schema:
                found.setdefault(tool.name, []).append(tool.input_schema)
        return found
