import inspect

from asepsis.tools.mcp.streams import StdioServer
from asepsis.tools.mcp.web import HttpServer
from asepsis.tools.ports import ToolServer


def test_servers_are_reached_by_the_port():
    for kind in (StdioServer, HttpServer):
        for name in ("tools", "call", "close"):
            assert inspect.signature(getattr(kind, name)) == inspect.signature(getattr(ToolServer, name))
