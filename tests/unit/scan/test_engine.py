"""The scanner of a configuration, with and without the model of names."""

import pytest

from asepsis.core.errors import ConfigError
from asepsis.scan import Pipeline, RuleScanner, ScanConfig
from asepsis.scan.engine import BOTH, build
from asepsis.scan.intake import scanned


def test_without_names_it_is_the_rules_alone():
    assert isinstance(build(ScanConfig()), RuleScanner)


def test_with_names_both_find():
    scanner = build(ScanConfig(scanners=BOTH))
    assert isinstance(scanner, Pipeline)
    found = scanned(scanner, "Pt Maria Gonzalez, MRN 7122250, lives in Tulsa.")
    assert [(one.rule, one.kind) for one in found] == [
        ("names.name", "NAME"),
        ("us.mrn", "MRN"),
        ("names.geo", "GEO"),
    ]


def test_a_model_that_is_not_there(tmp_path):
    with pytest.raises(ConfigError):
        build(ScanConfig(scanners=("names",), model=str(tmp_path)))
