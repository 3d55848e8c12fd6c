import msgspec
import pytest

from asepsis.tools.config import ServerConfig, ToolsConfig


def test_without_servers_there_is_nothing_to_guard():
    assert ToolsConfig().servers == ()
    assert ToolsConfig().mode == "enforce"


@pytest.mark.parametrize("settings", [{"port": 70_000}, {"mode": "off"}, {"running": 0}, {"sevrers": []}])
def test_settings_that_can_not_be_are_refused(settings):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(settings, ToolsConfig)


def test_a_server_is_named_with_its_manifests():
    assert ServerConfig("plan", "plan.toml").auth == "bearer"
