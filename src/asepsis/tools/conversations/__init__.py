"""Conversations with models: what their requests say was read, and the tool calls that their answers want made."""

from asepsis.tools.conversations.service import Conversations

__all__ = ["Conversations"]
