"""Finding protected health information and secrets in text, however it is written."""

from asepsis.scan.config import ScanConfig
from asepsis.scan.pipeline import Pipeline
from asepsis.scan.service import RuleScanner, build

__all__ = ["Pipeline", "RuleScanner", "ScanConfig", "build"]
