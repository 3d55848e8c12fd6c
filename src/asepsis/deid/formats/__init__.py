"""Formats of structured data: each is read with the places of its values, and written back around them."""

__all__ = [
    "columns",
    "delimited",
    "detect",
    "elements",
    "fhir",
    "hl7text",
    "hl7v2",
    "jsontree",
    "parquet",
    "plain",
    "reading",
    "treatment",
    "x12",
]
