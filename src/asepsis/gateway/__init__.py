"""Model traffic: every request, answer and stream of the model APIs, walked, scanned and decided on."""

from asepsis.gateway.call import Tools
from asepsis.gateway.config import GatewayConfig, Upstream
from asepsis.gateway.live import Kill, Live
from asepsis.gateway.service import Gateway

__all__ = ["Gateway", "GatewayConfig", "Kill", "Live", "Tools", "Upstream"]
