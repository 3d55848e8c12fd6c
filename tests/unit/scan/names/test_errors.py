"""The error of a model that can't be used."""

from asepsis.core.errors import ConfigError
from asepsis.scan.names.errors import ModelError


def test_it_is_an_error_of_the_configuration_with_its_own_code():
    assert issubclass(ModelError, ConfigError)
    assert ModelError.code == "config_model"
