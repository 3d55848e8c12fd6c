"""The error tree."""

import pytest

from asepsis.core import errors


@pytest.mark.parametrize("name", sorted(set(errors.__all__) - {"Error"}))
def test_each_error_has_a_code_of_its_own(name):
    kind = getattr(errors, name)
    assert issubclass(kind, errors.Error)
    assert [one for one in errors.__all__ if getattr(errors, one).code == kind.code] == [name]


def test_an_error_says_its_place_first():
    assert str(errors.ConfigError("expected x", place="a:1")) == "a:1: expected x"
    assert str(errors.ConfigError("expected x")) == "expected x"


def test_a_finer_code_is_the_errors_own():
    error = errors.ConfigError("expected x", code="config_schema")
    assert (error.code, errors.ConfigError.code) == ("config_schema", "config")
