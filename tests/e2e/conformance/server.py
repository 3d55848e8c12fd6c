"""The tools that the conformance suite of MCP asks for by name, over stdio, for the test that has the firewall tested.

Only tools: what else of MCP the suite asks for is refused by the firewall, whatever a server has.
"""

import asyncio
import base64

from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp_types import (
    AudioContent,
    CallToolRequestParams,
    CallToolResult,
    EmbeddedResource,
    ImageContent,
    ListToolsResult,
    TextContent,
    TextResourceContents,
    Tool,
)

__all__ = ["TOOLS", "main"]

_BYTES = base64.b64encode(b"not a picture, not a sound").decode()
_SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}
_HEADER = {
    "type": "object",
    "properties": {"region": {"type": "string", "x-mcp-header": "Region"}, "query": {"type": "string"}},
    "required": ["region"],
}
_TEXT = TextContent(type="text", text="This is a simple text response for testing.")
_IMAGE = ImageContent(type="image", data=_BYTES, mime_type="image/png")
_RESOURCE = EmbeddedResource(
    type="resource",
    resource=TextResourceContents(uri="test://embedded-resource", mime_type="text/plain", text="embedded"),
)
_ANSWERS = {
    "test_simple_text": [_TEXT],
    "test_image_content": [_IMAGE],
    "test_audio_content": [AudioContent(type="audio", data=_BYTES, mime_type="audio/wav")],
    "test_embedded_resource": [_RESOURCE],
    "test_multiple_content_types": [_TEXT, _IMAGE, _RESOURCE],
    "test_tool_with_logging": [_TEXT],
    "test_tool_with_progress": [_TEXT],
    "test_error_handling": [TextContent(type="text", text="This tool intentionally returns an error for testing")],
    "test_custom_headers": [_TEXT],
    "json_schema_2020_12_tool": [_TEXT],
}
_SCHEMAS = {"test_custom_headers": _HEADER, "json_schema_2020_12_tool": _SCHEMA}
TOOLS = [
    Tool(name=name, description=f"For `{name}`.", input_schema=_SCHEMAS.get(name, {"type": "object"}))
    for name in _ANSWERS
]


async def _listed(context, params):
    return ListToolsResult(tools=TOOLS)


async def _called(context, params: CallToolRequestParams):
    if params.name == "test_tool_with_progress":
        for done in (0, 50, 100):
            await context.session.report_progress(float(done), 100.0)
            await asyncio.sleep(0.05)
    return CallToolResult(content=_ANSWERS[params.name], is_error=params.name == "test_error_handling")


async def main() -> None:
    """Serves until its input ends."""
    server = Server("conformance", on_list_tools=_listed, on_call_tool=_called)
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


if __name__ == "__main__":
    asyncio.run(main())
