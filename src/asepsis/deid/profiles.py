"""Profiles: what is done with each kind of identifier, as data.

The built-in ones are in `tables/profiles.toml`, each with the paragraph that it carries out; a file of one's own has
the same form. What a profile does not name is done as its `other` says, so that nothing passes by being forgotten.
"""

import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from asepsis.core.errors import ConfigError
from asepsis.core.types import Kind, ObligationKind

__all__ = ["BUILT_IN", "Profile", "chosen", "read_profiles"]

_KEEP: Final = "keep"
BUILT_IN: Final = "tables/profiles.toml"

Doing = Literal["keep", "mask", "drop", "token", "surrogate", "generalise"]


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One profile; the head of `tables/profiles.toml` says what its parts mean."""

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{1,40}$")]
    basis: str
    other: Literal["mask", "drop", "token", "surrogate"]
    kinds: dict[Kind, Doing]
    unknown: Literal["scan", "mask"] = "scan"
    places: Literal["zip3", "town"] = "zip3"
    codes: Literal["random", "keyed"] = "random"
    needs: tuple[Literal["agreement", "project", "key"], ...] = ()
    fields: dict[str, Doing] = {}
    unnamed: Literal["", "mask", "drop"] = ""
    sparse: tuple[Annotated[str, Meta(pattern=r"^[0-9]{3}$")], ...] = ()

    def do(self, kind: Kind, /) -> ObligationKind | None:
        """Returns what is done with a kind, None where it stays."""
        doing = self.kinds.get(kind, self.other)
        return None if doing == _KEEP else ObligationKind(doing)

    def field(self, *names: str) -> ObligationKind | str | None:
        """Returns what is done with a field by one of its names: an obligation, `keep`, or None where none is named."""
        for name in names:
            doing = self.fields.get(name)
            if doing is not None:
                return doing if doing == _KEEP else ObligationKind(doing)
        return None

    def column(self, *names: str) -> ObligationKind | str | None:
        """Returns what is done with a column of a table: as `field` says, or `unnamed` where it says nothing."""
        return self.field(*names) or (ObligationKind(self.unnamed) if self.unnamed else None)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    profile: tuple[Profile, ...]


def read_profiles(extra: Sequence[Path] = (), /) -> dict[str, Profile]:
    """Returns all profiles by name; raises ConfigError for a file that can't be used or a name that is there twice."""
    built_in = resources.files("asepsis.deid") / BUILT_IN
    texts = [("profiles.toml", built_in.read_text(encoding="utf-8")), *((str(path), _text(path)) for path in extra)]
    found: dict[str, Profile] = {}
    for place, text in texts:
        for profile in _parse(text, place):
            if profile.name in found:
                raise ConfigError(f"expected each profile once, got `{profile.name}` twice", place=place)
            found[profile.name] = profile
    return found


def chosen(name: str, given: Mapping[str, str], /, *, extra: Sequence[Path] = ()) -> Profile:
    """Returns a profile for which all it needs is given; raises ConfigError where something is missing."""
    profiles = read_profiles(extra)
    profile = profiles.get(name)
    if profile is None:
        known = ", ".join(f"`{one}`" for one in sorted(profiles))
        raise ConfigError(f"expected one of {known}, got `{name}`", place="profile")
    for need in profile.needs:
        if not given.get(need):
            raise ConfigError(f"the profile `{name}` needs `--{need}` ({profile.basis})", place="profile")
    return profile


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("expected a readable file of profiles", place=str(path)) from error


def _parse(text: str, place: str) -> tuple[Profile, ...]:
    try:
        return msgspec.convert(tomllib.loads(text), _File).profile
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"expected profiles: {error}", place=place) from error
