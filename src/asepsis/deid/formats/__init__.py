"""Formats of structured data: each is read with the places of its values, and written back around them."""

__all__ = ["detect", "fhir", "hl7text", "hl7v2", "jsontree", "plain", "treatment", "x12"]
