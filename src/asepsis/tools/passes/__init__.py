"""Call tokens: one call of one tool with just these arguments, once, within a minute. For owners of tools."""

from asepsis.tools.passes.gate import Gate
from asepsis.tools.passes.replay import Replay
from asepsis.tools.passes.tokens import Pass, Verifier, mint

__all__ = ["Gate", "Pass", "Replay", "Verifier", "mint"]
