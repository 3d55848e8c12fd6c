"""Files of arrays: what is written is read, and nothing else is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.scan.names.errors import ModelError
from asepsis.scan.names.store import read, write


def test_what_is_written_is_read_and_cannot_be_written_to(tmp_path):
    arrays = {"a": np.arange(6, dtype=np.uint32).reshape(2, 3), "b": np.array([1.5], np.float16)}
    one = write(tmp_path / "x.bin", arrays, facts={"labels": ["O"]})
    assert write(tmp_path / "y.bin", arrays, facts={"labels": ["O"]}) == one
    found, head = read(tmp_path / "x.bin")
    assert head.facts == {"labels": ["O"]}
    assert all((found[name] == array).all() and not found[name].flags.writeable for name, array in arrays.items())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.bin", "y.bin"]


def test_a_file_that_is_not_there_or_empty(tmp_path):
    (tmp_path / "empty").touch()
    for name in ("missing", "empty"):
        with pytest.raises(ModelError):
            read(tmp_path / name)


@given(st.data())
def test_a_damaged_file_is_an_error_or_reads_inside_itself(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("store") / "x.bin"
    write(path, {"a": np.arange(8, dtype=np.uint8)}, facts={})
    whole = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] = data.draw(st.integers(0, 255))
    path.write_bytes(whole[: data.draw(st.integers(1, len(whole)))])
    try:
        read(path)
    except ModelError:
        return
