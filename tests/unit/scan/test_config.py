"""The settings of the room."""

import msgspec
import pytest

from asepsis.scan import ScanConfig


def test_by_default_all_built_in_rules_run():
    assert ScanConfig() == ScanConfig(disabled=(), packs=())


def test_settings_read_from_plain_data_and_unknown_ones_are_an_error():
    assert msgspec.convert({"disabled": ["net.url"]}, ScanConfig).disabled == ("net.url",)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"disable": ["net.url"]}, ScanConfig)
