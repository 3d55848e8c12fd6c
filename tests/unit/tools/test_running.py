import asyncio
import json

import pytest

from asepsis.tools.mcp.front import Call, Reply
from asepsis.tools.running import Running

CALL = Call(1, "plan__a", {}, modern=False, progress=7)


class Client:
    """What was sent to a client."""

    def __init__(self):
        self.sent = []

    async def __call__(self, message):
        self.sent.append(message)

    @property
    def body(self):
        return b"".join(one.get("body", b"") for one in self.sent)


async def test_steps_come_before_the_answer_and_no_more_than_some():
    async def work(running):
        for done in range(1_500):
            running.heard(done, None)
        return Reply(b'{"id":1}')

    client = Client()
    await Running(CALL, work, tells=True).answer(client)
    told = [json.loads(line[6:]) for line in client.body.splitlines() if line.startswith(b"data: ")]
    assert (len(told), told[0]["params"], told[-1]) == (1_001, {"progressToken": 7, "progress": 0}, {"id": 1})
    assert client.sent[-1].get("more_body") is None


@pytest.mark.parametrize("steps", [0, 1])
async def test_a_call_that_is_cancelled_is_answered_so(steps):
    async def work(running):
        for done in range(steps):
            running.heard(done, None)
        await asyncio.sleep(60)

    client, ended = Client(), []
    running = Running(CALL, work, tells=True)
    running.ended(lambda: ended.append(True))
    answering = asyncio.ensure_future(running.answer(client))
    await asyncio.sleep(0.01)
    running.cancel()
    await answering
    assert (b"the call was cancelled" in client.body, ended) == (True, [True])


@pytest.mark.parametrize("steps", [0, 1])
async def test_a_call_that_breaks_off_is_answered_and_told_by_the_kind_of_the_fault_alone(steps, caplog):
    async def work(running):
        for done in range(steps):
            running.heard(done, None)
        raise RecursionError("of Ann Lee")

    client = Client()
    await Running(CALL, work, tells=True).answer(client)
    assert b"the call broke off in the firewall" in client.body
    assert b"Ann" not in client.body
    assert [one.getMessage() for one in caplog.records] == ["tools: a call broke off in the firewall: RecursionError"]


async def test_a_client_that_is_gone_ends_its_call():
    async def work(running):
        await asyncio.sleep(60)

    running = Running(CALL, work, tells=True)
    answering = asyncio.ensure_future(running.answer(Client()))
    await asyncio.sleep(0.01)
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering
    with pytest.raises(asyncio.CancelledError):
        await running._task
