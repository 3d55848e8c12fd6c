"""A small bundle of policies for tests: its head, a permit, a forbid that an approval lifts, and a case."""

from typing import Final

__all__ = ["ASK", "CASE", "HEAD", "TOPICS"]

HEAD: Final = """name = "tried"
version = "1"
author = "ann"
created = "2026-11-01"
expires = "2027-11-01"

[[providers]]
upstream = "inside"
internal = true

[[providers]]
upstream = "cloud"
region = "us-east"
baa_until = "2027-01-31"
"""
"""The file `bundle.toml`: one provider on one's own machines, and one under an agreement until January 2027."""

ASK: Final = """@id("staff.ask")
@reason("staff may ask")
@request("mask *; token MRN; clear DATE")
permit (principal in Asepsis::Role::"staff", action == Asepsis::Action::"model.invoke", resource);
"""

TOPICS: Final = """@id("no.topics")
@reason("no such topics")
forbid (principal, action, resource) when { context.labels.contains("hiv") } unless { context.approved };
"""

CASE: Final = """
[[case]]
name = "one"
action = "model.invoke"
roles = ["staff"]
upstream = "inside"
found = ["SSN", "MRN"]
purpose = "TREAT"
expect = "transform"
by = ["staff.ask"]
"""
"""A case that the permit determines."""
