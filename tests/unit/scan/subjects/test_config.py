import msgspec
import pytest

from asepsis.scan.subjects.config import SubjectsConfig


def test_a_format_is_one_of_three():
    assert msgspec.convert({"format": "sql"}, SubjectsConfig).format == "sql"
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"format": "xml"}, SubjectsConfig)
