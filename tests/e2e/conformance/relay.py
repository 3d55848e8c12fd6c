"""Puts a namespace before the names of tools and takes it off again, between the conformance suite and the firewall.

The suite calls its tools by their bare names, and the firewall lets no tool have one. All else goes through as it is;
a Host or Origin that is this relay's becomes the firewall's, and any other stays what it is.
"""

import json

import httpx2

__all__ = ["Relay"]

_OWN = frozenset({"host", "content-length", "connection"})


class Relay:
    """An ASGI application in front of `target`, such as `127.0.0.1:8082`; `port` is its own once it listens."""

    def __init__(self, target, namespace):
        self.target, self.port = target, 0
        self._before = f"{namespace}__"

    async def __call__(self, scope, receive, send):
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        given = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        own = f"127.0.0.1:{self.port}"
        headers = {name: value.replace(own, self.target) for name, value in given.items() if name not in _OWN}
        headers["host"] = given["host"].replace(own, self.target)
        if "mcp-name" in headers:
            headers["mcp-name"] = self._named(headers["mcp-name"].strip())
        address = f"http://{self.target}{scope['path']}"
        async with (
            httpx2.AsyncClient(timeout=30) as http,
            http.stream(scope["method"], address, headers=headers, content=self._asked(body)) as answer,
        ):
            kept = [(name.encode(), value.encode()) for name, value in answer.headers.items() if name not in _OWN]
            await send({"type": "http.response.start", "status": answer.status_code, "headers": kept})
            async for chunk in answer.aiter_bytes():
                told = chunk.replace(f'"{self._before}'.encode(), b'"')
                await send({"type": "http.response.body", "body": told, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    def _named(self, name):
        return self._before + name if name else name

    def _asked(self, body):
        try:
            asked = json.loads(body)
        except ValueError:
            return body
        if isinstance(asked, dict) and asked.get("method") == "tools/call":
            params = asked.get("params")
            if isinstance(params, dict) and isinstance(params.get("name"), str):
                params["name"] = self._named(params["name"])
        return json.dumps(asked).encode()
