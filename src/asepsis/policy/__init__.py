"""What may be done: decisions and what they oblige to."""

from asepsis.policy.config import ApplicationRules, KindRules, PolicyConfig
from asepsis.policy.service import StaticPolicy

__all__ = ["ApplicationRules", "KindRules", "PolicyConfig", "StaticPolicy"]
