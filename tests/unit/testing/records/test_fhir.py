"""FHIR about a made-up person: JSON whose references hold."""

import json

from asepsis.testing.records.fhir import bundle, lines
from asepsis.testing.records.person import drawn


def test_references_of_a_bundle_are_to_its_entries():
    entries = json.loads(bundle(drawn(1)))["entry"]
    known = {one["fullUrl"] for one in entries}
    assert {one["resource"]["subject"]["reference"] for one in entries if "subject" in one["resource"]} <= known


def test_lines_are_the_same_resources():
    kinds = [json.loads(line)["resourceType"] for line in lines(drawn(1)).splitlines()]
    assert kinds == [one["resource"]["resourceType"] for one in json.loads(bundle(drawn(1)))["entry"]]
