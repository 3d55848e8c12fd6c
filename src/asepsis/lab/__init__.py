"""A synthetic health plan and a scripted assistant: something to guard, and to attack, without anyone's data.

The server is in `asepsis.lab.server`, imported only by the process that runs it.
"""

from asepsis.lab.config import LabConfig

__all__ = ["LabConfig"]
