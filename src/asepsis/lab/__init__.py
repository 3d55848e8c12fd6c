"""A synthetic health plan and a scripted assistant: something to guard, and to attack, without anyone's data."""

from asepsis.lab.assistant import Turn, answer
from asepsis.lab.config import LabConfig
from asepsis.lab.plan import HealthPlan, Member, health_plan
from asepsis.lab.server import create

__all__ = ["HealthPlan", "LabConfig", "Member", "Turn", "answer", "create", "health_plan"]
