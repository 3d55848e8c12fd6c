"""Plain functions, synchronous or not, as tools that the monitor guards within the agent's own process.

It protects from a model that is hostile, not from code: whoever can run code in the process can call the functions
themselves.
"""

import asyncio
import inspect
from collections.abc import Callable, Iterable, Mapping

from asepsis.core.errors import ConfigError
from asepsis.tools.adapters.signatures import fits, taken, tool_of
from asepsis.tools.adapters.watch import Deciding, Made, Refusal, Watch
from asepsis.tools.draft import draft
from asepsis.tools.flow.types import Rule
from asepsis.tools.types import Json, Manifest

__all__ = ["Functions"]


class Functions:
    """The functions of one session; those without a manifest get the strictest draft of their signature."""

    def __init__(
        self,
        functions: Iterable[Callable[..., object]],
        *,
        manifests: Iterable[Manifest] = (),
        deciding: Deciding | None = None,
    ) -> None:
        """Raises ConfigError for a name that two functions have, or a manifest of none."""
        self._functions: dict[str, Callable[..., object]] = {}
        for one in functions:
            if one.__name__ in self._functions:
                raise ConfigError("expected one function of a name", place=one.__name__)
            self._functions[one.__name__] = one
        given = {one.name: one for one in manifests}
        if strangers := sorted(given.keys() - self._functions.keys()):
            raise ConfigError("expected a function for each manifest", place=strangers[0])
        known = [given.get(name) or draft(tool_of(one)) for name, one in self._functions.items()]
        schemas = {name: taken(one) for name, one in self._functions.items()}
        self._watch = Watch(known, deciding=deciding, schemas=schemas)

    @property
    def watch(self) -> Watch:
        """The session: what it heard, and what it decides on."""
        return self._watch

    def hear(self, text: str, /) -> None:
        """Takes what the user said, where the caller vouches that it was the user."""
        self._watch.hear(text)

    def call(self, tool: str, arguments: Mapping[str, Json], /) -> Json | Refusal:
        """Makes a call and returns its result in plain form, or why there is none; raises what the function raises."""
        if inspect.iscoroutinefunction(self._functions.get(tool)):
            raise ConfigError("expected `acall` for a function that is awaited", place=tool)
        made = self._asked(tool, arguments)
        if isinstance(made, Refusal):
            return made
        try:
            result = self._functions[tool](**made.given())
        except Exception as error:
            self._watch.failed(made, error)
            raise
        return self._answered(made, result)

    async def acall(self, tool: str, arguments: Mapping[str, Json], /) -> Json | Refusal:
        """Does what `call` does, for functions of both kinds; those that are not awaited run in a thread."""
        made = await asyncio.to_thread(self._asked, tool, arguments)
        if isinstance(made, Refusal):
            return made
        function = self._functions[tool]
        try:
            if inspect.iscoroutinefunction(function):
                result = await function(**made.given())
            else:
                result = await asyncio.to_thread(function, **made.given())
        except Exception as error:
            self._watch.failed(made, error)
            raise
        return self._answered(made, result)

    def _answered(self, made: Made, result: object) -> Json | Refusal:
        """Takes a result, unless it is of another type than its function says, which is what its labels come from."""
        if fits(self._functions[made.tool], result):
            return self._watch.answer(made, result)
        self._watch.answer(made, None)
        return Refusal(made.tool, "tools.result", "the result is not of the type that its function says")

    def _asked(self, tool: str, arguments: Mapping[str, Json]) -> Made | Refusal:
        function = self._functions.get(tool)
        if function is not None:
            try:
                inspect.signature(function).bind(**arguments)
            except TypeError:
                return Refusal(tool, Rule.UNREADABLE.value, "the arguments are not those of the tool")
        return self._watch.ask(tool, arguments)
