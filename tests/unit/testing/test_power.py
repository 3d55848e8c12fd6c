import random

import pytest

from asepsis.testing.power import CutDisk, PowerCutError


def outcomes(tmp_path, *, synced):
    found = set()
    for seed in range(60):
        path = tmp_path / f"{seed}"
        disk = CutDisk(99)
        descriptor = disk.create(path)
        disk.write(descriptor, b"a" * 1024, offset=0)
        if synced:
            disk.sync(descriptor)
            disk.sync_folder(tmp_path)
        disk.cut(random.Random(seed))
        found.add(path.read_bytes() if path.exists() else None)
    return found


def test_what_was_synced_stays(tmp_path):
    assert outcomes(tmp_path, synced=True) == {b"a" * 1024}


def test_what_was_not_is_whole_gone_or_torn(tmp_path):
    found = outcomes(tmp_path, synced=False)
    assert {None, b"", b"a" * 1024} <= found
    assert len(found) > 5


def test_the_power_goes_when_it_was_said(tmp_path):
    disk = CutDisk(2)
    descriptor = disk.create(tmp_path / "a")
    disk.write(descriptor, b"x", offset=0)
    with pytest.raises(PowerCutError):
        disk.sync(descriptor)
    disk.cut(random.Random(1))
