"""Random bytes that repeat."""

from asepsis.testing.randomness import SeededRandomness


def test_one_seed_gives_one_stream_and_another_seed_another():
    one, same, other = SeededRandomness(seed=1), SeededRandomness(seed=1), SeededRandomness(seed=2)
    drawn = [one.bytes(8), one.bytes(8)]
    assert drawn == [same.bytes(8), same.bytes(8)]
    assert drawn[0] != drawn[1]
    assert other.bytes(8) != drawn[0]
