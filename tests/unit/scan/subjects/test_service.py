"""The resolver of a configuration."""

import pytest

from asepsis.core.errors import ConfigError
from asepsis.core.ports import Clue
from asepsis.core.types import Kind
from asepsis.scan.subjects.config import SubjectsConfig
from asepsis.scan.subjects.service import build
from asepsis.testing.randomness import SeededRandomness


def nothing(uri, query):
    raise AssertionError("no database is asked")


def test_without_a_roster_nobody_is_resolved():
    assert build(SubjectsConfig(), SeededRandomness(), query=nothing) is None


def test_each_format_gives_a_roster(tmp_path):
    file = tmp_path / "m.csv"
    file.write_text("member_id,mrn\nm1,7122250\n")
    fhir = tmp_path / "p.json"
    fhir.write_text(
        '{"resourceType":"Patient","id":"m1","identifier":[{"type":{"coding":[{"code":"MR"}]},"value":"7122250"}]}'
    )
    rows = [{"member_id": "m1", "mrn": "7122250"}]
    for config in (
        SubjectsConfig(str(file)),
        SubjectsConfig(str(fhir), "fhir"),
        SubjectsConfig("env:DB", "sql", "select 1"),
    ):
        resolver = build(config, SeededRandomness(), query=lambda uri, query: rows)
        assert resolver.resolve([Clue(Kind.MRN, "7122250")]).members == ("m1",)


def test_a_database_needs_a_query():
    with pytest.raises(ConfigError) as told:
        build(SubjectsConfig("env:DB", "sql"), SeededRandomness(), query=nothing)
    assert told.value.place == "scan.subjects.query"
