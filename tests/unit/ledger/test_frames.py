import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.core.errors import InputError
from asepsis.ledger import frames
from asepsis.ledger.frames import Answer, Failure, Splitter, Submission

MESSAGES = [Submission(1, "acme", [b"a", b"bb"]), Submission(2, "beta", []), Submission(3, "acme", [b"x" * 300])]


@given(st.data())
def test_frames_come_back_however_the_stream_is_cut(data):
    stream = b"".join(map(frames.pack, MESSAGES))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)))))
    splitter = Splitter()
    bodies = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        bodies += splitter.feed(stream[start:end])
    assert [frames.unpack_submission(body) for body in bodies] == MESSAGES


def test_answers_come_back():
    answer = Answer([1, 2], [Failure(3, "code", "why")])
    assert frames.unpack_answer(Splitter().feed(frames.pack(answer))[0]) == answer


def test_a_frame_over_the_limit_is_refused_before_it_is_held():
    with pytest.raises(InputError):
        Splitter().feed((frames.MAX_FRAME + 1).to_bytes(4, "big"))


@given(st.binary(max_size=64))
def test_bytes_at_random_are_refused_or_read(data):
    for unpack in (frames.unpack_submission, frames.unpack_answer):
        with contextlib.suppress(InputError):
            unpack(data)


@pytest.mark.parametrize(
    ("unpack", "data"),
    [
        (frames.unpack_submission, b"\x93\x00\xa3\x00\x00\x80"),
        (frames.unpack_answer, b"\x92\x90\x91\x93\x00\xa1\x80\xa0"),
    ],
)
def test_a_text_that_is_no_utf_8_is_refused(unpack, data):
    with pytest.raises(InputError):
        unpack(data)
