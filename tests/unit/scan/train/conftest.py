"""A small world of word lists, so that training can be tested without the shared data."""

import pytest

from asepsis.scan.train.world import World
from asepsis.testing import word_lists


@pytest.fixture(scope="session")
def names(tmp_path_factory):
    return word_lists.written(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def world(names):
    return World.read(names)
