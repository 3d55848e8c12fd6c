"""The operating system's random numbers."""

from asepsis.infra.randomness import SystemRandomness


def test_bytes_come_in_the_wanted_number_and_differ():
    randomness = SystemRandomness()
    assert len(randomness.bytes(0)) == 0
    assert len({randomness.bytes(16) for _ in range(100)}) == 100
