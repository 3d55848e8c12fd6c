from concurrent.futures import Future

import pytest

from asepsis.core.errors import Unavailable
from asepsis.core.ports import Content, Sealed
from asepsis.ledger.sealing.sparing import SparingSealer
from asepsis.testing.clock import ManualClock

CONTENT = Content("t", "e", "s", [])


class Fickle:
    """Fails at once, or later, or not."""

    def __init__(self):
        self.how, self.asked = "well", 0

    def seal(self, content):
        self.asked += 1
        if self.how == "at once":
            raise Unavailable("no key", code="sealing_keys")
        done = Future()
        if self.how == "later":
            done.set_exception(Unavailable("no disk", code="sealing_disk"))
        else:
            done.set_result(None)
        return Sealed("ref", done)


@pytest.fixture
def world():
    class World:
        clock, inner, open = ManualClock(), Fickle(), False

    made = World()
    made.sealer = SparingSealer(made.inner, lambda: made.open, clock=made.clock)
    return made


def test_without_an_emergency_it_is_the_other_sealer(world):
    assert world.sealer.seal(CONTENT).ref == "ref"
    world.inner.how = "at once"
    with pytest.raises(Unavailable):
        world.sealer.seal(CONTENT)
    world.inner.how = "later"
    with pytest.raises(Unavailable):
        world.sealer.seal(CONTENT).done.result()


@pytest.mark.parametrize("how", ["at once", "later"])
def test_while_one_is_open_calls_go_on_without_what_cant_be_kept(world, how):
    world.open, world.inner.how = True, how
    world.sealer.seal(CONTENT)
    asked = world.inner.asked
    sealed = world.sealer.seal(CONTENT)
    assert (sealed.ref, sealed.done.result(), world.inner.asked) == (None, None, asked)
    world.clock.advance(milliseconds=31_000)
    world.inner.how = "well"
    assert world.sealer.seal(CONTENT).ref == "ref"
    assert world.sealer.seal(CONTENT).ref == "ref"


def test_once_it_is_over_calls_are_denied_again(world):
    world.open, world.inner.how = True, "at once"
    assert world.sealer.seal(CONTENT).ref is None
    world.open = False
    with pytest.raises(Unavailable):
        world.sealer.seal(CONTENT)
