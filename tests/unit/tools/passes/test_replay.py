from asepsis.tools.passes.replay import Replay


def test_a_nonce_passes_once():
    replay = Replay()
    assert replay.first("a", until=60, now=0)
    assert not replay.first("a", until=60, now=59)


def test_what_is_too_old_is_forgotten():
    replay = Replay(most=1)
    assert replay.first("a", until=60, now=0)
    assert not replay.first("b", until=60, now=1)
    assert replay.first("c", until=120, now=60)
