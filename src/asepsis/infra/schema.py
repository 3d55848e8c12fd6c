"""What a tree of Structs allows: which settings there are, of which type, and how text becomes a value of one.

Works on `msgspec.inspect` types, so a room's config Struct is all there is to write.
"""

import difflib
import tomllib
from collections.abc import Iterator

import msgspec
from msgspec import inspect

from asepsis.core.errors import ConfigError
from asepsis.infra.places import SettingPath

__all__ = ["allowed", "descend", "is_secret", "names", "nearest", "parse", "root", "unknown"]


def names(kind: inspect.Type, /) -> tuple[str, ...] | None:
    """Returns the settings that stand directly in a table of this type, None when any name may."""
    structs = [one for one in _alternatives(kind) if isinstance(one, inspect.StructType)]
    if not structs:
        return None
    tags = [one.tag_field for one in structs if one.tag_field]
    return tuple(dict.fromkeys([*tags, *(field.encode_name for one in structs for field in one.fields)]))


def descend(kind: inspect.Type, step: str | int, /) -> inspect.Type | None:
    """Returns the type of what stands at `step` inside a value of `kind`, None when nothing can."""
    for one in _alternatives(kind):
        if isinstance(step, int):
            if isinstance(one, inspect.CollectionType):
                return one.item_type
        elif isinstance(one, inspect.DictType):
            return one.value_type
        elif isinstance(one, inspect.StructType):
            for field in one.fields:
                if field.encode_name == step:
                    return field.type
    return None


def unknown(tree: object, kind: inspect.Type, /, *, path: SettingPath = ()) -> Iterator[tuple[SettingPath, str]]:
    """Yields each name in the tree that no Struct has: its path and the hint that goes with it."""
    if isinstance(tree, dict):
        known = names(kind)
        for name, value in tree.items():
            if known is not None and name not in known:
                yield (*path, name), nearest(name, known)
            elif inner := descend(kind, name):
                yield from unknown(value, inner, path=(*path, name))
    elif isinstance(tree, list) and (inner := descend(kind, 0)):
        for index, value in enumerate(tree):
            yield from unknown(value, inner, path=(*path, index))


def nearest(name: str, known: tuple[str, ...], /) -> str:
    """Returns the hint for an unknown name: the nearest known one, or all of them when none is near."""
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.6)
    if near:
        return f"the nearest name is `{near[0]}`"
    return "known are " + ", ".join(f"`{one}`" for one in sorted(known)) if known else "nothing can be set here"


def parse(text: str, kind: inspect.Type, /) -> object:
    """Returns the value that `text` stands for where a `kind` is wanted: itself for a string, else a TOML value.

    Text that is no TOML value stays text; the conversion then names what it expected.
    """
    if any(isinstance(one, inspect.StrType) or allowed(one) for one in _alternatives(kind)):
        return text
    try:
        read: dict[str, object] = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return read["value"] if len(read) == 1 else text


def allowed(kind: inspect.Type, /) -> tuple[str, ...]:
    """Returns the words that a value of this type can be, empty when it is not one of a few words."""
    words: list[str] = []
    for one in _alternatives(kind):
        if isinstance(one, inspect.EnumType):
            words += [member.value for member in one.cls if isinstance(member.value, str)]
        elif isinstance(one, inspect.LiteralType):
            words += [value for value in one.values if isinstance(value, str)]
    return tuple(words)


def is_secret(kind: inspect.Type, /) -> bool:
    """Whether a setting of this type holds the URI of a secret."""
    if isinstance(kind, inspect.UnionType):
        return any(is_secret(one) for one in kind.types)
    return isinstance(kind, inspect.Metadata) and bool((kind.extra or {}).get("secret"))


def root(kind: type[msgspec.Struct], /) -> inspect.Type:
    """Returns the type of the whole tree; raises ConfigError when a Struct in it cannot be read from TOML."""
    try:
        return inspect.type_info(kind)
    except TypeError as error:
        raise ConfigError("expected settings that can be read from TOML") from error


def _alternatives(kind: inspect.Type) -> Iterator[inspect.Type]:
    if isinstance(kind, inspect.UnionType):
        for one in kind.types:
            yield from _alternatives(one)
    elif isinstance(kind, inspect.Metadata):
        yield from _alternatives(kind.type)
    else:
        yield kind
