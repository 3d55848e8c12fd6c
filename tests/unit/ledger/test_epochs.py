import subprocess
import sys

import pytest

from asepsis.core.errors import Unavailable
from asepsis.ledger.epochs import Epoch, latest


def names(root):
    return sorted(path.name for path in root.iterdir())


def test_a_number_is_taken_once_and_the_highest_holds(tmp_path):
    assert latest(tmp_path) == (0, b"")
    first = Epoch.begin(tmp_path)
    assert (first.number, latest(tmp_path)[0]) == (1, 1)
    assert Epoch.take(tmp_path, 1) is None
    first.hold()
    second = Epoch.take(tmp_path, 2)
    assert (first.over, second.over) == (True, False)
    with pytest.raises(Unavailable, match="another writer took over"):
        first.hold()
    second.hold()
    assert names(tmp_path) == ["writer.00000000000000000001", "writer.00000000000000000002"]
    first.close()
    second.close()


def test_a_beat_is_seen(tmp_path):
    epoch = Epoch.begin(tmp_path)
    before = latest(tmp_path)
    epoch.beat()
    after = latest(tmp_path)
    assert (before[0], before[1] != after[1]) == (after[0], True)
    epoch.close()
    epoch._file = -1
    epoch.beat()  # a disk that takes nothing is for the writer to find out


def test_epochs_that_ended_are_forgotten_but_never_one_that_a_living_writer_looks_for(tmp_path):
    first = Epoch.begin(tmp_path)
    for _ in range(3):
        Epoch.begin(tmp_path).close()
    assert len(names(tmp_path)) == 4
    assert first.over
    first.close()
    last = Epoch.begin(tmp_path)
    assert names(tmp_path) == ["writer.00000000000000000005"]
    last.close()


def test_of_many_at_once_each_number_is_one_process(tmp_path):
    code = (
        "import sys; from pathlib import Path; from asepsis.ledger.epochs import Epoch\n"
        "taken = Epoch.take(Path(sys.argv[1]), 7); print(taken is not None); sys.stdin.read()"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(6)
    ]
    told = [one.communicate(timeout=60)[0].strip() for one in started]
    assert sorted(told) == ["False"] * 5 + ["True"]
    assert names(tmp_path) == ["writer.00000000000000000007"]
