"""Conformance suites and simulators for tests and plugin authors; no room imports it."""

__all__ = [
    "authority",
    "calls",
    "certificates",
    "clock",
    "conformance",
    "disguises",
    "fidelity",
    "histories",
    "identifiers",
    "ids",
    "keys",
    "power",
    "providers",
    "published",
    "randomness",
    "records",
    "sealing",
    "upstream",
    "word_lists",
]
