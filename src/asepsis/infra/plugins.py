"""Plugins: entry points of the groups `asepsis.*`, held to an allow-list.

1. Every installed distribution that offers something in our groups is looked at, none of its code is run.
2. Those of the distribution `asepsis` are always allowed; all others have to be pinned by name and version.
3. Unknown, wrongly versioned and duplicate ones stop the start.
4. A plugin is imported only when the configuration names it, and one that fails stops the start.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import Final

import msgspec

from asepsis.core.errors import ConfigError
from asepsis.infra import schema

__all__ = ["Pin", "Plugin", "Registry", "discover"]

_OURS: Final = "asepsis"
_GROUPS: Final = "asepsis."


class Pin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A distribution whose plugins may be used, and its one allowed version."""

    distribution: str
    version: str


class Plugin(msgspec.Struct, frozen=True):
    """An entry point that may be used, not yet imported."""

    group: str
    name: str
    value: str
    distribution: str
    version: str


class Registry:
    """The plugins that may be used."""

    def __init__(self, plugins: Iterable[Plugin]) -> None:
        """Takes plugins; raises ConfigError when two of one group have the same name."""
        self._plugins: dict[tuple[str, str], Plugin] = {}
        for plugin in plugins:
            first = self._plugins.setdefault((plugin.group, plugin.name), plugin)
            if first is not plugin:
                both = " and ".join(f"`{one}`" for one in sorted((first.distribution, plugin.distribution)))
                raise ConfigError(f"expected one plugin `{plugin.name}`, got one each of {both}", place=plugin.group)

    def names(self, group: str, /) -> tuple[str, ...]:
        """Returns the names of a group, sorted."""
        return tuple(sorted(name for one, name in self._plugins if one == group))

    def find(self, group: str, name: str, *, place: str = "") -> Plugin:
        """Returns a plugin without importing it; raises ConfigError, at the setting `place`, when it is unknown."""
        plugin = self._plugins.get((group, name))
        if plugin is None:
            known = self.names(group)
            told = schema.nearest(name, known) if known else "none is installed"
            raise ConfigError(f"expected a plugin of `{group}`, got `{name}`; {told}", place=place or group)
        return plugin

    def load(self, group: str, name: str, *, place: str = "") -> object:
        """Imports a plugin and returns what it offers; raises ConfigError when it is unknown or fails."""
        plugin = self.find(group, name, place=place)
        try:
            return EntryPoint(name, plugin.value, group).load()
        except Exception as error:
            raise ConfigError(f"{_said(plugin)} fails to load", place=place or group) from error

    def build(
        self,
        group: str,
        name: str,
        make: Callable[[Callable[..., object]], object],
        *,
        place: str,
        needs: Sequence[str] = (),
    ) -> object:
        """Returns what `make` gets from a plugin's factory, which has to have the attributes that `needs` names.

        Raises ConfigError, at the setting `place`, for one that fails; what a factory says against its settings by a
        ConfigError is passed on.
        """
        factory = self.load(group, name, place=place)
        plugin = self.find(group, name, place=place)
        if not callable(factory):
            raise ConfigError(f"expected {_said(plugin)} to offer something to call, got none", place=place)
        try:
            made = make(factory)
        except ConfigError:
            raise
        except Exception as error:
            raise ConfigError(f"{_said(plugin)} fails to build: `{type(error).__name__}`", place=place) from error
        for attribute in needs:
            if not hasattr(made, attribute):
                raise ConfigError(f"expected {_said(plugin)} to have `{attribute}`, got none", place=place)
        return made


def discover(pins: Iterable[Pin] = (), *, path: Iterable[str] | None = None) -> Registry:
    """Returns the plugins installed on `path`, by default where Python imports from; raises ConfigError.

    Tests hand in a path or nothing of their own: nothing is ever loaded here.
    """
    allowed = {_normal(pin.distribution): pin.version for pin in pins}
    where = list(sys.path if path is None else path)
    # Reading what a distribution is called costs far more than what it offers, so only those are asked that matter.
    offering = {_normal(one.name) for one in distributions(path=where) if _offered(one)}
    plugins: list[Plugin] = []
    for name in sorted(offering):
        first = next(iter(distributions(name=name, path=where)))  # it is the one that imports get
        if offered := _offered(first):
            _admit(first, allowed)
            plugins += [Plugin(e.group, e.name, e.value, first.name, first.version) for e in offered]
    for name, version in allowed.items():
        if next(iter(distributions(name=name, path=where)), None) is None:
            raise ConfigError(f"expected `{name}` {version} to be installed, got none", place="plugins.allow")
    return Registry(plugins)


def _offered(distribution: Distribution) -> list[EntryPoint]:
    return [entry for entry in distribution.entry_points if entry.group.startswith(_GROUPS)]


def _said(plugin: Plugin) -> str:
    return f"plugin `{plugin.name}` of `{plugin.distribution}` {plugin.version}"


def _admit(distribution: Distribution, allowed: dict[str, str]) -> None:
    name, version = distribution.name, distribution.version
    if _normal(name) == _OURS:
        return
    pinned = allowed.get(_normal(name))
    if pinned is None:
        raise ConfigError(f"`{name}` {version} offers plugins and is not on the allow-list", place="plugins.allow")
    if pinned != version:
        raise ConfigError(f"expected `{name}` {pinned}, got {version}", place="plugins.allow")


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
