"""What goes over the writer's socket: frames of four length bytes (big-endian) and MessagePack.

A submission is one tenant's entries under a sequence number that grows by one per frame; an answer lists the numbers
that are durable and those that are not, with the reason.
"""

from typing import Final

import msgspec

from asepsis.core.errors import InputError
from asepsis.ledger.errors import refused

__all__ = ["MAX_FRAME", "Answer", "Failure", "Splitter", "Submission", "pack", "unpack_answer", "unpack_submission"]

MAX_FRAME: Final = 32 << 20

_ENCODER: Final = msgspec.msgpack.Encoder()


class Submission(msgspec.Struct, frozen=True, array_like=True):
    """Entries for one tenant's log; `patient` ones may wait for others, none at all end all patience."""

    seq: int
    tenant: str
    entries: list[bytes]
    patient: bool = False


class Failure(msgspec.Struct, frozen=True, array_like=True):
    """Why a submission is not durable."""

    seq: int
    code: str
    message: str


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """What became of submissions."""

    done: list[int]
    failed: list[Failure] = []


_SUBMISSIONS: Final = msgspec.msgpack.Decoder(Submission)
_ANSWERS: Final = msgspec.msgpack.Decoder(Answer)


def pack(message: Submission | Answer, /) -> bytes:
    """Returns the frame of a message."""
    buffer = bytearray(4)
    _ENCODER.encode_into(message, buffer, 4)
    buffer[:4] = (len(buffer) - 4).to_bytes(4, "big")
    return bytes(buffer)


def unpack_submission(body: bytes, /) -> Submission:
    """Reads a submission; raises InputError."""
    try:
        return _SUBMISSIONS.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise refused("expected a submission") from error


def unpack_answer(body: bytes, /) -> Answer:
    """Reads an answer; raises InputError."""
    try:
        return _ANSWERS.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise refused("expected an answer") from error


class Splitter:
    """Cuts a stream of bytes into frames' bodies."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes, /) -> list[bytes]:
        """Returns the bodies that are complete now; raises InputError for a frame over the limit."""
        data = self._rest + data if self._rest else data
        bodies: list[bytes] = []
        start = 0
        while len(data) >= start + 4:
            end = start + 4 + int.from_bytes(data[start : start + 4], "big")
            if end - start > MAX_FRAME:
                raise InputError(f"expected a frame of at most {MAX_FRAME} bytes", code="ledger_frame")
            if end > len(data):
                break
            bodies.append(data[start + 4 : end])
            start = end
        self._rest = data[start:]
        return bodies
