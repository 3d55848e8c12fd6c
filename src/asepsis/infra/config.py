"""The configuration: one TOML tree of frozen Structs, and the only reader of the environment.

Later sources win: defaults < file < environment (`ASEPSIS_GATEWAY__PORT=8080`) < flags (`gateway.port=8080`). An
element of an array of tables is named by its index: `gateway.upstreams.0.url`. What no Struct knows is an error with
its place and the nearest name. Secrets are named by URI (`asepsis.infra.secrets`); their values are never here.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Generic, TypeVar

import msgspec
from msgspec import inspect

from asepsis.core import canonical
from asepsis.core.errors import ConfigError
from asepsis.infra import places, schema, secrets
from asepsis.infra.places import SettingPath

__all__ = ["Loaded", "Origin", "load", "render", "secret"]

T = TypeVar("T", bound=msgspec.Struct)

_PREFIX: Final = "ASEPSIS_"
_FILE: Final = "ASEPSIS_CONFIG"


class Origin(msgspec.Struct, frozen=True):
    """A setting, its value as text, and where the value came from."""

    setting: str
    value: str
    origin: str


class Loaded(msgspec.Struct, Generic[T], frozen=True):
    """A configuration with the origin of each setting and the SHA-256 of the whole.

    `beside` is what stood in the files that it names when it was read, where they are a part of it.
    """

    value: T
    origins: tuple[Origin, ...]
    digest: str
    beside: bytes = b""


class _Source(msgspec.Struct, frozen=True):
    """A tree under construction: its values, and by path where each was written."""

    kind: inspect.Type
    tree: dict[str, object]
    written: dict[SettingPath, str]


def load(
    kind: type[T],
    *,
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Sequence[str] = (),
) -> Loaded[T]:
    """Returns the configuration; raises ConfigError with a place for the first thing that cannot be used.

    Without `file` the one that `ASEPSIS_CONFIG` names is read, without that none. Without `environ` the process's own
    environment is read.
    """
    environ = os.environ if environ is None else environ
    source = _Source(schema.root(kind), {}, {})
    named = environ.get(_FILE)
    if file or named:
        _read_file(source, file or Path(named or ""))
    _read_environment(source, environ, overrides)
    for override in overrides:
        _read_flag(source, override)
    for path, hint in schema.unknown(source.tree, source.kind):
        raise ConfigError(f"`{path[-1]}` is not a setting; {hint}", place=_place(source, path))
    value = _convert(source, kind)
    return Loaded(value, tuple(_origins(source, value)), canonical.digest(value))


def render(loaded: Loaded[T], /, *, origin: bool = True) -> str:
    """Returns one line per setting: `gateway.port = 8080    # file asepsis.toml:12`."""
    rows = [(f"{one.setting} = {one.value}", one.origin) for one in loaded.origins]
    width = max((len(left) for left, _ in rows), default=0)
    return "\n".join(f"{left:<{width}}    # {right}" if origin else left for left, right in rows)


def secret(uri: str, /, *, environ: Mapping[str, str] | None = None) -> str:
    """Returns the secret behind a URI; raises ConfigError when it cannot be had."""
    return secrets.resolve(uri, environ=os.environ if environ is None else environ)


def _read_file(source: _Source, file: Path) -> None:
    text = _text(file)
    try:
        tree: dict[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(file, text, str(error)) from error
    known = places.lines(text)
    source.tree.update(tree)
    for path in _paths(tree, ()):
        line = places.line_of(path, known)
        source.written[path] = f"file {file}:{line}" if line else f"file {file}"


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError("expected text in utf-8", place=str(file)) from error
    except OSError as error:
        raise ConfigError("expected a readable file, got none", place=str(file)) from error


def _syntax_error(file: Path, text: str, reason: str) -> ConfigError:
    what, _, where = reason.partition(" (at ")
    line = re.match(r"line (\d+)", where)
    last = len(text.splitlines())
    return ConfigError(f"expected TOML: {what[:1].lower()}{what[1:]}", place=f"{file}:{line[1] if line else last}")


def _read_environment(source: _Source, environ: Mapping[str, str], overrides: Sequence[str]) -> None:
    ours = {name: value for name, value in environ.items() if name.startswith(_PREFIX) and name != _FILE}
    texts = [*_strings(source.tree), *ours.values(), *(one.partition("=")[2] for one in overrides)]
    secret_names = {text.removeprefix("env:") for text in texts if text.startswith("env:")}
    for name in sorted(ours.keys() - secret_names):
        steps = name.removeprefix(_PREFIX).lower().split("__")
        _write(source, steps, ours[name], origin=f"environment {name}")


def _read_flag(source: _Source, override: str) -> None:
    setting, equals, text = override.partition("=")
    if not equals or not setting:
        raise ConfigError("expected `setting=value`", place="flag")
    steps = re.sub(r"\[(\d+)\]", r".\1", setting).split(".")
    _write(source, steps, text, origin="flag")


def _write(source: _Source, steps: list[str], text: str, *, origin: str) -> None:
    """Puts one value into the tree, making tables on the way; raises ConfigError for what no Struct knows."""
    node: object = source.tree
    kind = source.kind
    path: SettingPath = ()
    for number, step in enumerate(steps, 1):
        key = _key(node, step, kind, place=f"{origin} {places.show((*path, step))}")
        path = (*path, key)
        kind = schema.descend(kind, key) or kind
        if number == len(steps):
            _assign(node, key, schema.parse(text, kind))
        else:
            node = _child(node, key)
    for below in [one for one in source.written if one[: len(path)] == path]:
        del source.written[below]
    source.written[path] = origin


def _key(node: object, step: str, kind: inspect.Type, *, place: str) -> str | int:
    if isinstance(node, list):
        if step.isdecimal() and int(step) < len(node):
            return int(step)
        raise ConfigError(f"expected the index of one of {len(node)} elements, got `{step}`", place=place)
    known = schema.names(kind)
    if known is not None and step not in known:
        raise ConfigError(f"`{step}` is not a setting; {schema.nearest(step, known)}", place=place)
    if schema.descend(kind, step) is None and known is None:
        raise ConfigError(f"`{step}` is not a setting; nothing can be set here", place=place)
    return step


def _assign(node: object, key: str | int, value: object) -> None:
    if isinstance(node, dict | list):
        node[key] = value  # type: ignore[index]  # _key made an index for a list and a name for a table


def _child(node: object, key: str | int) -> object:
    if isinstance(node, list):
        return node[key] if isinstance(key, int) else None
    return node.setdefault(key, {}) if isinstance(node, dict) else None


def _convert(source: _Source, kind: type[T]) -> T:
    try:
        return msgspec.convert(source.tree, kind, strict=True)
    except msgspec.ValidationError as error:
        raise _type_error(source, str(error)) from error


def _type_error(source: _Source, text: str) -> ConfigError:
    what, _, where = text.partition(" - at `$")
    steps = re.findall(r"\.([^.\[\]`]+)|\[(\d+)\]", where)
    path: SettingPath = tuple(int(index) if index else name for name, index in steps)
    kind: inspect.Type | None = source.kind
    for step in path:
        kind = schema.descend(kind, step) if kind else None
    return ConfigError(_expectation(what, kind), place=_place(source, path))


def _expectation(what: str, kind: inspect.Type | None) -> str:
    if kind and schema.is_secret(kind):
        return "expected a secret uri such as `env:NAME` or `file:/path`, got something else"
    if kind and (words := schema.allowed(kind)) and what.startswith("Invalid"):
        return "expected one of " + ", ".join(f"`{word}`" for word in words) + ", got another word"
    if missing := re.fullmatch(r"Object missing required field `(\w+)`", what):
        return f"expected the setting `{missing[1]}`, got none"
    # What the value was is not repeated: it may be a secret at the wrong place.
    return re.sub(r" '.*'$", "", f"{what[:1].lower()}{what[1:]}")


def _place(source: _Source, path: SettingPath) -> str:
    origin = _origin_of(source, path).removeprefix("file ")
    setting = places.show(path)
    return f"{origin} {setting}".strip() if origin != "default" else setting


def _origin_of(source: _Source, path: SettingPath) -> str:
    for size in range(len(path), 0, -1):
        if path[:size] in source.written:
            return source.written[path[:size]]
    return "default"


def _origins(source: _Source, value: object, path: SettingPath = ()) -> Iterator[Origin]:
    if _holds(value):
        for step, inner in _inside(value):
            yield from _origins(source, inner, (*path, step))
    else:
        text = msgspec.json.encode(value, order="deterministic").decode()
        yield Origin(places.show(path), "none" if value is None else text, _leaf_origin(source, path))


def _leaf_origin(source: _Source, path: SettingPath) -> str:
    # A table that is written does not mean that each setting in it is: the rest are defaults.
    exact = source.written.get(path)
    if exact is not None:
        return exact
    origin = _origin_of(source, path)
    return origin if origin != "default" and _is_within_value(source, path) else "default"


def _is_within_value(source: _Source, path: SettingPath) -> bool:
    node: object = source.tree
    for step in path:
        inner = dict(_inside(node))
        if step not in inner:
            return False
        node = inner[step]
    return True


def _inside(value: object) -> Iterator[tuple[str | int, object]]:
    if isinstance(value, msgspec.Struct):
        for field in msgspec.structs.fields(value):
            yield field.encode_name, getattr(value, field.name)
    elif isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, tuple | list):
        yield from enumerate(value)


def _holds(value: object) -> bool:
    """Whether a value is a table or an array of tables, rather than a setting."""
    if isinstance(value, tuple | list):
        return bool(value) and all(_holds(one) for one in value)
    return isinstance(value, msgspec.Struct) or (isinstance(value, dict) and bool(value))


def _paths(tree: object, path: SettingPath) -> Iterator[SettingPath]:
    if path:
        yield path
    for step, value in _inside(tree):
        yield from _paths(value, (*path, step))


def _strings(tree: object) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    for _, value in _inside(tree):
        yield from _strings(value)
