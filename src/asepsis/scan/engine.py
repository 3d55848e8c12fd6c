"""The scanners that come with the package: rules, and beside them the model of names."""

from importlib import resources
from pathlib import Path
from typing import Final

from asepsis.core.ports import Digester, Scanner
from asepsis.scan import service
from asepsis.scan.config import ScanConfig
from asepsis.scan.encoded import Encoded
from asepsis.scan.pipeline import Pipeline

__all__ = ["BOTH", "build", "model_folder", "names"]

BOTH: Final = ("rules", "names")
"""The settings' `scanners` for all that comes with the package."""


def model_folder() -> Path:
    """Returns the folder with the weights and word lists that come with the package."""
    return Path(str(resources.files("asepsis.scan.names") / "data"))


def names(
    config: ScanConfig,
    *,
    digester: Digester | None = None,
    tenant: str = "",
    cache: Path | None = None,
) -> Scanner:
    """Returns the scanner of names, in text that is encoded, too; raises ConfigError for a model that can't be used."""
    # The model needs numpy, which a process without it does not load.
    from asepsis.scan.names import Model, NameScanner  # noqa: PLC0415 see above

    model = Model.open(Path(config.model) if config.model else model_folder())
    again = config.reread
    reader = None
    if again.model:
        from asepsis.scan.names.onnx import OnnxReader  # noqa: PLC0415 as above

        reader = OnnxReader.open(Path(again.model), threads=again.threads)
    scanner = NameScanner(model, digester=digester, tenant=tenant, reader=reader, windows=again.windows)
    return Encoded(scanner, cache=cache)


def build(
    config: ScanConfig, *, digester: Digester | None = None, tenant: str = "", cache: Path | None = None
) -> Scanner:
    """Returns those of our own scanners that the settings name; raises ConfigError for what can't be used."""
    ours = {"rules": service.build, "names": names}
    made = [
        ours[name](config, digester=digester, tenant=tenant, cache=cache) for name in config.scanners if name in ours
    ]
    return made[0] if len(made) == 1 else Pipeline(made)
