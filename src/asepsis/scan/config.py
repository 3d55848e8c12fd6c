"""The settings of the room `scan`."""

from typing import Annotated

import msgspec
from msgspec import Meta

from asepsis.scan.subjects.config import SubjectsConfig

__all__ = ["RereadConfig", "ScanConfig"]


class RereadConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A slower reader for words the model of names doubts: a model of one's own, in ONNX (the extra `onnx`).

    `model` is a folder with `model.onnx`, `tokenizer.json` and `config.json`; empty means none. At most `windows`
    pieces of a text are read again, each of about 100 words, in so many `threads`.
    """

    model: str = ""
    windows: Annotated[int, Meta(ge=1, le=1000)] = 8
    threads: Annotated[int, Meta(ge=1, le=64)] = 1


class ScanConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which scanners run, and which rules.

    `scanners` names plugins of the group `asepsis.scanners`; several find side by side. The built-in `rules` runs the
    built-in packs without `disabled` rule ids, and extra `packs` (paths of TOML files). The built-in `names` runs the
    model of names that comes with the package, or the one in the folder `model`. `year` is the year that ages are
    reckoned in; 0 is the year that the clock says. `reread` is who reads again what the model of names doubts.
    """

    scanners: tuple[str, ...] = ("rules",)
    disabled: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    subjects: SubjectsConfig = SubjectsConfig()
    model: str = ""
    year: Annotated[int, Meta(ge=0, le=9999)] = 0
    reread: RereadConfig = RereadConfig()
