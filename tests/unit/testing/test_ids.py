"""Identifiers that count."""

import uuid

from asepsis.testing.ids import SequentialIds


def test_they_are_uuids_of_version_seven_that_count():
    ids = SequentialIds()
    made = [uuid.UUID(ids.new()) for _ in range(3)]
    assert [one.version for one in made] == [7, 7, 7]
    assert [one.int & 0xFF for one in made] == [1, 2, 3]
