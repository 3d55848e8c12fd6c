"""Asepsis: an AI security control plane for regulated healthcare."""

__all__ = ["__version__"]

__version__ = "0.1.0"
