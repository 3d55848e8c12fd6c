"""Records of made-up people as FHIR, HL7 v2 and X12 write them, for tests that need valid documents with values."""

from asepsis.testing.records import fhir, hl7v2, person, x12

__all__ = ["fhir", "hl7v2", "person", "x12"]
