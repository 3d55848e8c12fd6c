"""The upstream of the gateway bench: answers at once, or streams forty events twenty milliseconds apart.

Run with a port. It parses with httptools and does nothing else, so that it is not what is measured.
"""

import asyncio
import json
import sys

import httptools
import uvloop

WORDS = "the plan covers this visit after the copay and the member may call back when needed".split()
ANSWER = {
    "id": "chatcmpl-bench", "object": "chat.completion", "created": 1764000000, "model": "bench",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": ("The plan covers the visit after the copay. " * 24)[:900]}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 500, "completion_tokens": 200, "total_tokens": 700},
}  # fmt: skip
BODY = json.dumps(ANSWER).encode()
WHOLE = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(BODY) + BODY
STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def event(delta: dict, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    head = {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1764000000, "model": "bench"}
    data = b"data: " + json.dumps({**head, "choices": [choice]}).encode() + b"\n\n"
    return b"%x\r\n%b\r\n" % (len(data), data)


DONE = b"data: [DONE]\n\n"
EVENTS = [event({"role": "assistant", "content": ""})]
EVENTS += [event({"content": WORDS[number % len(WORDS)] + " "}) for number in range(38)]
EVENTS += [event({}, "stop"), b"%x\r\n%b\r\n0\r\n\r\n" % (len(DONE), DONE)]


class Upstream(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.parser = httptools.HttpRequestParser(self)
        self.body = b""

    def data_received(self, data):
        self.parser.feed_data(data)

    def on_body(self, body):
        self.body += body

    def on_message_complete(self):
        streams = b'"stream":true' in self.body.replace(b" ", b"")
        self.body = b""
        if streams:
            self.task = asyncio.ensure_future(self.stream())
        else:
            self.transport.write(WHOLE)

    async def stream(self):
        self.transport.write(STREAM)
        for data in EVENTS:
            self.transport.write(data)
            await asyncio.sleep(0.02)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


uvloop.run(main())
