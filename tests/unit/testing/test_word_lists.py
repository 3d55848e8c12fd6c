"""The small world is one that training can read."""

import gzip

from asepsis.scan.train.world import World
from asepsis.testing import word_lists


def test_the_lists_are_written_as_the_data_has_them(tmp_path):
    names = word_lists.written(tmp_path)
    assert {path.name for path in names.iterdir()} == set(word_lists.FILES)
    packed = names / "last_names.txt.gz"
    assert gzip.decompress(packed.read_bytes()).decode() == word_lists.FILES[packed.name]
    World.read(names)
