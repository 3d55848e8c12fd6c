"""Tools as servers define them, made up."""

import pytest

from asepsis.tools.types import Tool


def schema(**properties):
    return {"type": "object", "properties": properties}


TEXT = {"type": "string"}
RECORD = schema(id=TEXT, sender=TEXT, subject=TEXT, body=TEXT, received_at={"type": "string", "format": "date-time"})


@pytest.fixture
def send():
    """Sends a message."""
    return Tool(
        "send_message",
        "Sends a message.",
        schema(recipient=TEXT, body=TEXT, copies={"type": "integer"}, cc={"type": "array", "items": TEXT}),
        {"type": "null"},
    )


@pytest.fixture
def inbox():
    """Reads messages."""
    return Tool("list_messages", "Lists messages.", schema(query=TEXT), {"type": "array", "items": RECORD})
