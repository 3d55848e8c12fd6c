"""A reader of doubtful words that runs a token-classification model of the user's own, in ONNX.

Its folder holds what the usual exporters write: `model.onnx` (from `input_ids`, and `attention_mask` and
`token_type_ids` where it takes them, to scores of labels for each token), `tokenizer.json`, and `config.json` with
`id2label`, one of whose labels is `O`. Whatever is not `O` is inside an identifier.

onnxruntime and tokenizers are the extra `onnx`, imported here alone and when a reader is opened. Both raise plain
exceptions, whose messages may quote their input: none of them goes on.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from asepsis.core.errors import ConfigError, Unavailable
from asepsis.scan.names.errors import ModelError

if TYPE_CHECKING:
    import onnxruntime
    import tokenizers

__all__ = ["OnnxReader"]

_PLACE: Final = "scan.reread.model"
_OUTSIDE: Final = "O"
_TOKENS: Final = 512
"""How many tokens of a window are read; most encoders take no more."""

_GIVEN: Final = ("input_ids", "attention_mask", "token_type_ids")
_ERRORS_ONLY: Final = 3


class _Config(msgspec.Struct, frozen=True):
    id2label: dict[str, str]


class OnnxReader:
    """Implements the port `Reader`."""

    def __init__(
        self, tokenizer: "tokenizers.Tokenizer", session: "onnxruntime.InferenceSession", labels: Sequence[str]
    ) -> None:
        self._tokenizer = tokenizer
        self._session = session
        self._inputs = [one.name for one in session.get_inputs()]
        self._size = len(labels)
        self._outside = labels.index(_OUTSIDE)
        # What does not fit each other shows at the start, not in somebody's call.
        try:
            self._probabilities(tokenizer.encode("a"))
        except Exception:  # noqa: BLE001 the runtime's errors have no common class but this
            raise ModelError(
                f"expected {', '.join(_GIVEN)} in and scores of {self._size} labels out", place="model.onnx"
            ) from None

    @classmethod
    def open(cls, folder: Path, /, *, threads: int = 1) -> Self:
        """Returns the reader in a folder; raises ConfigError without the extra, ModelError for a file."""
        try:
            import onnxruntime  # noqa: PLC0415 an extra that few need
            import tokenizers  # noqa: PLC0415 an extra that few need
        except ImportError as error:
            raise ConfigError("expected the extra `onnx`; run `pip install 'asepsis[onnx]'`", place=_PLACE) from error
        labels = _labels(folder / "config.json")
        try:
            tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
            tokenizer.no_padding()
            tokenizer.enable_truncation(_TOKENS)
        except Exception:  # noqa: BLE001 all that the package raises
            raise ModelError("expected a tokenizer", place="tokenizer.json") from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        try:
            session = onnxruntime.InferenceSession(
                str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
        except Exception:  # noqa: BLE001 as above
            raise ModelError("expected a model in ONNX", place="model.onnx") from None
        return cls(tokenizer, session, labels)

    def inside(self, text: str, ranges: Sequence[tuple[int, int]], /) -> list[int | None]:
        """Returns how likely each range is inside an identifier; None behind the last token that is read."""
        try:
            encoding = self._tokenizer.encode(text)
            likely = 1.0 - self._probabilities(encoding)[:, self._outside]
        except Exception:  # noqa: BLE001 as above
            raise Unavailable("expected the reader of doubtful words to read", place=_PLACE) from None
        tokens = [(start, end, one) for (start, end), one in zip(encoding.offsets, likely.tolist(), strict=True)]
        return [
            max((int(1000 * one) for start, end, one in tokens if start < high and end > low), default=None)
            for low, high in ranges
        ]

    def _probabilities(self, encoding: "tokenizers.Encoding") -> NDArray[np.float32]:
        given = dict(zip(_GIVEN, (encoding.ids, encoding.attention_mask, encoding.type_ids), strict=True))
        made = self._session.run(None, {name: np.array([given[name]], np.int64) for name in self._inputs})
        scores = np.asarray(made[0], np.float32)[0]
        if scores.shape != (len(encoding.ids), self._size):
            raise ModelError("expected a score of each label for each token", place="model.onnx")
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
        return shares


def _labels(path: Path) -> list[str]:
    try:
        named = msgspec.json.decode(path.read_bytes(), type=_Config).id2label
        labels = [named[str(at)] for at in range(len(named))]
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, KeyError):
        raise ModelError("expected `id2label` with labels numbered from 0", place=path.name) from None
    if labels.count(_OUTSIDE) != 1:
        raise ModelError("expected one label `O` in `id2label`", place=path.name)
    return labels
