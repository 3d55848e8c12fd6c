"""The firewall's side towards servers, as the client that the conformance suite tests: it lists tools and calls them.

The suite gives the address as the last argument, and may say what to call; else each tool that the firewall would let
be called is, with what its schema names. Which version is spoken is found out as the firewall finds it out.
"""

import asyncio
import json
import os
import sys

from asepsis.infra.http import HttpTransport
from asepsis.tools.mcp.headers import valid
from asepsis.tools.mcp.web import HttpServer

__all__ = ["main"]

_FILLED = {"string": "test-value", "integer": 5, "number": 5, "boolean": True}


def _arguments(schema):
    properties = schema.get("properties", {})
    return {
        name: _FILLED.get(one.get("type"), "test-value") for name, one in properties.items() if isinstance(one, dict)
    }


async def main() -> None:
    """Does what the firewall does with a server."""
    transport = HttpTransport(connect=5, idle=30)
    server = HttpServer(sys.argv[-1], transport, seconds=20)
    listed = [tool for tool in await server.tools() if valid(tool.input_schema)]
    given = json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT") or "{}").get("toolCalls", [])
    calls = [(one["name"], one["arguments"]) for one in given]
    for name, arguments in calls or [(tool.name, _arguments(tool.input_schema)) for tool in listed]:
        try:
            await server.call(name, arguments, token="", heard=lambda *_: None)
        except Exception as error:  # noqa: BLE001 the suite says what was wrong
            sys.stderr.write(f"{os.environ.get('MCP_CONFORMANCE_SCENARIO')}: {error}\n")
    await server.close()
    await transport.close()


if __name__ == "__main__":
    asyncio.run(main())
