"""What the format tests share: one call that converts bytes under a profile."""

import io

import pytest

from asepsis.deid.profiles import read_profiles
from asepsis.deid.text import Deidentifier


@pytest.fixture
def through(scanner, memory):
    def run(convert, data, name="safe-harbor", *, profile=None, memory=memory):
        deidentifier = Deidentifier(scanner, profile or read_profiles()[name], memory)
        return b"".join(convert(io.BytesIO(data), scanner, deidentifier))

    return run
