"""What leaves the system about itself: metrics, traces and Events as logs. Never content.

The ledger is the only source: what is exported was durable before.
"""

from asepsis.infra.telemetry.service import Telemetry

__all__ = ["Telemetry"]
