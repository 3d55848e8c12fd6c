"""What a pack that cannot be used says."""

from asepsis.core.errors import ConfigError
from asepsis.scan.errors import PackError


def test_a_pack_error_is_a_config_error_with_its_place():
    error = PackError("expected a rule pack", place="own.toml")
    assert isinstance(error, ConfigError)
    assert error.code == "config_pack"
    assert str(error) == "own.toml: expected a rule pack"
