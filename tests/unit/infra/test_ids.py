"""UUIDv7: form, time, and difference under threads and forks."""

import os
import uuid
from concurrent.futures import ThreadPoolExecutor

from asepsis.infra.clock import SystemClock
from asepsis.infra.ids import SystemIds
from asepsis.testing.clock import ManualClock


def test_ids_are_uuids_of_version_seven():
    ids = SystemIds(SystemClock())
    for text in (ids.new() for _ in range(2000)):
        parsed = uuid.UUID(text)
        assert str(parsed) == text
        assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)


def test_the_first_bits_are_the_time():
    clock = ManualClock(now=0x0123_4567_89AB)
    assert SystemIds(clock).new().startswith("01234567-89ab-7")


def test_all_random_bits_are_used():
    ids = SystemIds(ManualClock())
    seen = zero = 0
    for _ in range(400):
        value = uuid.UUID(ids.new()).int
        seen |= value
        zero |= ~value
    tail = (1 << 80) - 1
    fixed = (0xF << 76) | (0x3 << 62)
    assert seen & zero & tail == tail & ~fixed


def test_threads_never_share_an_id():
    ids = SystemIds(ManualClock())
    with ThreadPoolExecutor(4) as pool:
        batches = pool.map(lambda _: [ids.new() for _ in range(2000)], range(8))
    made = [one for batch in batches for one in batch]
    assert len(set(made)) == len(made)


def test_a_child_never_hands_out_its_parents_ids():
    ids = SystemIds(ManualClock())
    ids.new()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, "\n".join(ids.new() for _ in range(300)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        theirs = pipe.read().split()
    assert len(theirs) == 300
    assert not set(theirs) & {ids.new() for _ in range(300)}
