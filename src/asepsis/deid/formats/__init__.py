"""Formats of structured data: each is read with the places of its values, and written back around them."""

__all__ = ["detect", "fhir", "jsontree", "plain", "treatment"]
