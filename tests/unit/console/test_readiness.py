"""Readiness tells the truth."""

import asyncio

from asepsis.console.readiness import Check, Readiness


async def test_each_check_speaks_for_itself_in_order():
    async def good():
        return True

    async def bad():
        return False

    async def broken():
        raise OSError

    async def hanging():
        await asyncio.sleep(60)
        return True

    readiness = Readiness({"good": good, "bad": bad, "broken": broken, "hanging": hanging}, seconds=0.05)
    assert await readiness.ask() == (
        Check("good", ready=True),
        Check("bad", ready=False),
        Check("broken", ready=False),
        Check("hanging", ready=False),
    )


async def test_many_who_ask_at_once_cost_one_check():
    asked = []

    async def check():
        asked.append(1)
        await asyncio.sleep(0)
        return True

    readiness = Readiness({"one": check})
    await asyncio.gather(*(readiness.ask() for _ in range(20)))
    assert len(asked) == 1


async def test_an_answer_grows_old():
    said = iter([True, False])

    async def check():
        return next(said)

    readiness = Readiness({"one": check})
    first = await readiness.ask()
    await asyncio.sleep(1.05)
    assert (first[0].ready, (await readiness.ask())[0].ready) == (True, False)


async def test_without_checks_there_is_nothing_to_say():
    assert await Readiness({}).ask() == ()
