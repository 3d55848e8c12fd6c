import json
from concurrent.futures import Future

import pytest

from asepsis.core.errors import Unavailable
from asepsis.core.ports import Sealed
from asepsis.core.types import Decision, Role, SealedRef, Verdict
from asepsis.scan import ScanConfig, build
from asepsis.tools.keeping import Keeping, Place

REF = SealedRef("s", 0, 1, "", 1, ())
PLACE = Place("t", "e1", "s1", "arguments", Role.ASSISTANT)
YES, OFF = Decision(Verdict.ALLOW, "may"), Decision(Verdict.ALLOW, "may", duties=("seal:off",))


class Sealer:
    """Keeps content in the clear."""

    def __init__(self):
        self.content, self.away = [], False

    def seal(self, content, /):
        if self.away:
            raise Unavailable("away")
        self.content.append(content)
        done = Future()
        done.set_result(None)
        return Sealed(REF, done)


@pytest.fixture(scope="module")
def scanner():
    return build(ScanConfig())


@pytest.fixture
def keeping(scanner):
    return Keeping(Sealer(), scanner, everything=True)


async def test_arguments_are_one_part_about_all_whom_the_session_touched(keeping):
    sealed = await keeping.seal(PLACE, {"to": "ann", "n": [1]}, subjects=["d1", "d2"], decision=YES)
    assert sealed.ref is REF
    (content,) = keeping.sealer.content
    assert (content.tenant, content.event, content.session) == ("t", "e1", "s1")
    (said,) = content.parts
    assert (said.place, said.role, json.loads(said.text)) == ("arguments", "assistant", {"to": "ann", "n": [1]})
    assert said.subjects == ("d1", "d2")


async def test_what_nobody_may_keep_is_taken_out(keeping):
    said = {"card": "4111 1111 1111 1111", "cvv": "737", "key": "sk-proj-" + "a1B2" * 12}
    for more in ("", "word " * 20_000):
        await keeping.seal(PLACE, {**said, "note": more}, subjects=[], decision=YES)
    for content in keeping.sealer.content:
        assert "4111" in content.parts[0].text
        assert "737" not in content.parts[0].text
        assert "a1B2" not in content.parts[0].text


async def test_policies_have_a_say(keeping, scanner):
    assert await keeping.seal(PLACE, {}, subjects=[], decision=OFF) is None
    asked = Keeping(Sealer(), scanner, everything=False)
    assert await asked.seal(PLACE, {}, subjects=[], decision=YES) is None


async def test_what_can_not_be_kept_is_said(keeping):
    keeping.sealer.away = True
    with pytest.raises(Unavailable):
        await keeping.seal(PLACE, {}, subjects=[], decision=YES)


async def test_how_long_it_is_kept_is_the_decisions_to_say(keeping):
    for duties in ((), ("retention:1d",)):
        for more in ("", "word " * 20_000):
            decision = Decision(Verdict.ALLOW, "may", duties=duties)
            await keeping.seal(PLACE, {"note": more}, subjects=[], decision=decision)
    assert [one.record for one in keeping.sealer.content] == ["content"] * 2 + ["content.1d"] * 2
