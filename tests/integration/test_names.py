"""The gateway with the model of names: what somebody wrote is masked, the protocol around it comes through as sent."""

import json

import pytest

from asepsis.scan import ScanConfig, build
from asepsis.testing.upstream import sse, whole

CHAT = "/v1/chat/completions"
SAID = "Maria Gonzalez, seen March 3rd by Dr. Fairweather, takes Heparin 12500 units SC q12h, ferritin 11250 ng/mL."
GUARDED = "[NAME], seen [DATE] by Dr. [NAME], takes Heparin 12500 units SC q12h, ferritin 11250 ng/mL."
ASK = {
    "model": "gpt-4o-2024-08-06",
    "temperature": 0.2,
    "seed": 1764126483,
    "max_completion_tokens": 16384,
    "messages": [{"role": "user", "content": "hello"}],
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "find_claims",
                "description": "Finds claims.",
                "parameters": {
                    "type": "object",
                    "properties": {"patient_name": {"type": "string"}, "limit": {"type": "integer", "maximum": 20000}},
                },
            },
        }
    ],
}
ANSWER = {
    "id": "chatcmpl-BxQzT0mJkLrWn4aYvHs",
    "object": "chat.completion",
    "created": 1764126483,
    "model": "gpt-4o-2024-08-06",
    "system_fingerprint": "fp_50cad350e4",
    "service_tier": "default",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "Looking that up.",
                "tool_calls": [
                    {
                        "id": "call_Nf83kTqLw",
                        "type": "function",
                        "function": {
                            "name": "find_claims",
                            "arguments": '{"limit":12500,"code":"E11.9","procedure":"99213","dose_mg":1000}',
                        },
                    }
                ],
            },
            "finish_reason": "tool_calls",
        }
    ],
    "usage": {
        "prompt_tokens": 48211,
        "completion_tokens": 12043,
        "total_tokens": 60254,
        "prompt_tokens_details": {"cached_tokens": 40960},
    },
}


@pytest.fixture(scope="module")
def named():
    return build(ScanConfig(scanners=("rules", "names")))


async def test_the_protocol_comes_through_as_sent(guard, named):
    seen = []

    async def script(exchange):
        seen.append(json.loads(exchange.request.body))
        await exchange.send(whole(json.dumps(ANSWER).encode()))

    async with guard(script, scanner=named) as guarded:
        status, _, body = await guarded.post(CHAT, ASK)
    assert status == 200
    assert json.loads(body) == ANSWER
    assert seen == [ASK]


async def test_what_somebody_wrote_is_masked_in_both_directions(guard, named):
    seen = []
    chunks = [{"id": "c", "choices": [{"index": 0, "delta": {"content": word + " "}}]} for word in SAID.split()]
    stream = sse([*(b"data: " + json.dumps(one).encode() + b"\n\n" for one in chunks), b"data: [DONE]\n\n"])

    async def script(exchange):
        seen.append(json.loads(exchange.request.body))
        await exchange.send(stream)

    async with guard(script, scanner=named) as guarded:
        asked = {**ASK, "stream": True, "messages": [{"role": "user", "content": SAID}]}
        status, _, body = await guarded.post(CHAT, asked)
    assert status == 200
    assert seen[0]["messages"][0]["content"] == GUARDED
    lines = [json.loads(line[6:]) for line in body.decode().splitlines() if line.startswith("data: {")]
    assert "".join(one["choices"][0]["delta"].get("content", "") for one in lines).strip() == GUARDED
