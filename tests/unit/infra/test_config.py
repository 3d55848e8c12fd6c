"""The configuration: order of sources, places of errors, and silence about secrets."""

from enum import StrEnum
from typing import Annotated

import msgspec
import pytest

from asepsis.core.errors import ConfigError
from asepsis.infra import config
from asepsis.infra.secrets import SecretUri


class Mode(StrEnum):
    ENFORCE = "enforce"
    OBSERVE = "observe"


class Upstream(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    url: str
    key: SecretUri | None = None
    tags: tuple[str, ...] = ()


class Gateway(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8080
    mode: Mode = Mode.ENFORCE
    idle: float | None = None
    upstreams: tuple[Upstream, ...] = ()
    named: dict[str, Upstream] = {}


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str = "house"
    gateway: Gateway = Gateway()


FILE = """\
# a comment
name = "hospital"

[gateway]
port = 9000
upstreams = []
"""

UPSTREAMS = """\
[[gateway.upstreams]]
url = "http://one"
tags = [
  "a", # not a key = value
  "b",
]

[[gateway.upstreams]]
url = "http://two"
key = "env:KEY"
"""


def load(text=None, tmp_path=None, environ=None, overrides=()):
    file = None
    if text is not None:
        file = tmp_path / "asepsis.toml"
        file.write_text(text)
    return config.load(Config, file=file, environ=environ or {}, overrides=overrides)


def origin(loaded, setting):
    return next(one for one in loaded.origins if one.setting == setting)


def test_defaults_alone_are_a_configuration():
    assert load().value == Config()


def test_later_sources_win(tmp_path):
    environ = {"ASEPSIS_GATEWAY__PORT": "9001", "ASEPSIS_GATEWAY__HOST": "::1"}
    loaded = load(FILE, tmp_path, environ, ["gateway.port=9002"])
    assert (loaded.value.name, loaded.value.gateway.host, loaded.value.gateway.port) == ("hospital", "::1", 9002)
    assert origin(loaded, "gateway.port").origin == "flag"
    assert origin(loaded, "gateway.host").origin == "environment ASEPSIS_GATEWAY__HOST"
    assert origin(loaded, "name").origin == f"file {tmp_path}/asepsis.toml:2"
    assert origin(loaded, "gateway.mode").origin == "default"


def test_the_environment_names_the_file(tmp_path):
    (tmp_path / "a.toml").write_text('name = "clinic"')
    assert load(environ={"ASEPSIS_CONFIG": str(tmp_path / "a.toml")}).value.name == "clinic"


def test_elements_of_arrays_of_tables_can_be_overridden(tmp_path):
    environ = {"ASEPSIS_GATEWAY__UPSTREAMS__1__URL": "http://three"}
    loaded = load(UPSTREAMS, tmp_path, environ, ["gateway.upstreams[0].url=http://zero"])
    assert [one.url for one in loaded.value.gateway.upstreams] == ["http://zero", "http://three"]
    assert origin(loaded, "gateway.upstreams[0].tags").origin.endswith(":3")
    assert origin(loaded, "gateway.upstreams[1].key").origin.endswith(":10")


def test_text_becomes_the_type_that_is_wanted():
    loaded = load(overrides=["name=true", "gateway.idle=1.5", "gateway.mode=observe", 'gateway.named.x={url="u"}'])
    assert loaded.value.name == "true"
    assert loaded.value.gateway == Gateway(idle=1.5, mode=Mode.OBSERVE, named={"x": Upstream("u")})


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("nmae = 'x'", ":1 nmae", "the nearest name is `name`"),
        ("[gatway]\nport = 1", ":1 gatway", "the nearest name is `gateway`"),
        ("[gateway]\n\nprot = 1", ":3 gateway.prot", "the nearest name is `port`"),
        ("[[gateway.upstreams]]\nurl='a'\n[[gateway.upstreams]]\nurll='b'", ":4 gateway.upstreams[1].urll", "`url`"),
        ("[gateway]\nupstreams = [\n{url = 'a', kye = 'b'}]", ":2 gateway.upstreams[0].kye", "`key`"),
        ("[gateway.named.a]\nurl='x'\nzzz=1", ":3 gateway.named.a.zzz", "known are `key`, `tags`, `url`"),
        ("[gateway]\nport = 'x'", ":2 gateway.port", "expected `int`, got `str`"),
        ("[gateway]\nport = 70000", ":2 gateway.port", "expected `int` <= 65535"),
        ("[gateway]\nmode = 'off'", ":2 gateway.mode", "expected one of `enforce`, `observe`"),
        ("[[gateway.upstreams]]\n", ":1 gateway.upstreams[0]", "expected the setting `url`, got none"),
        ("gateway = 1", ":1 gateway", "expected `object`, got `int`"),
        ("name = ", ":1", "expected TOML: invalid value"),
        ("a = 1\nb = = 2", ":2", "expected TOML"),
        ("name = 'x'\nname = 'y'", ":2", "expected TOML"),
    ],
)
def test_errors_name_the_place(tmp_path, text, place, message):
    with pytest.raises(ConfigError) as error:
        load(text, tmp_path)
    assert error.value.place == f"{tmp_path}/asepsis.toml{place}"
    assert message in error.value.message
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("environ", "overrides", "place", "message"),
    [
        ({"ASEPSIS_GATEWAY__PROT": "1"}, [], "environment ASEPSIS_GATEWAY__PROT gateway.prot", "`port`"),
        ({"ASEPSIS_GATEWAY__PORT": "x"}, [], "environment ASEPSIS_GATEWAY__PORT gateway.port", "got `str`"),
        ({}, ["gateway.port"], "flag", "expected `setting=value`"),
        ({}, ["gateway.upstreams.0.url=x"], "flag gateway.upstreams.0", "not a setting"),
        ({}, ["name.x=1"], "flag name.x", "nothing can be set here"),
        ({}, ["gateway.port.x=1"], "flag gateway.port.x", "nothing can be set here"),
    ],
)
def test_errors_name_the_variable_and_the_flag(environ, overrides, place, message):
    with pytest.raises(ConfigError) as error:
        load(environ=environ, overrides=overrides)
    assert error.value.place == place
    assert message in error.value.message


def test_an_unreadable_file_is_named(tmp_path):
    with pytest.raises(ConfigError) as error:
        config.load(Config, file=tmp_path / "none.toml", environ={})
    assert error.value.place.endswith("none.toml")


def test_a_file_that_is_no_text_is_named(tmp_path):
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="utf-8"):
        config.load(Config, file=tmp_path / "a.toml", environ={})


@pytest.mark.parametrize("text", ["hunter2", "http:hunter2", "env:"])
def test_a_secret_in_the_open_is_refused_and_not_repeated(tmp_path, text):
    with pytest.raises(ConfigError) as error:
        load(f"[[gateway.upstreams]]\nurl='x'\nkey='{text}'", tmp_path)
    assert error.value.place.endswith(":3 gateway.upstreams[0].key")
    assert "expected a secret uri" in error.value.message
    assert "hunter2" not in str(error.value)


def test_a_value_of_the_wrong_kind_is_not_repeated(tmp_path):
    with pytest.raises(ConfigError) as error:
        load("[gateway]\nmode = 'hunter2'", tmp_path)
    assert "hunter2" not in str(error.value)


def test_a_variable_that_holds_a_secret_is_no_setting(tmp_path):
    text = "[[gateway.upstreams]]\nurl='x'\nkey='env:ASEPSIS_UPSTREAM_KEY'"
    loaded = load(text, tmp_path, {"ASEPSIS_UPSTREAM_KEY": "hunter2"})
    assert "hunter2" not in config.render(loaded)
    uri = loaded.value.gateway.upstreams[0].key
    assert config.secret(uri, environ={"ASEPSIS_UPSTREAM_KEY": "hunter2"}) == "hunter2"


def test_render_lines_up_and_shows_origins(tmp_path):
    lines = config.render(load(FILE, tmp_path)).splitlines()
    assert len({line.index("    # ") for line in lines}) == 1
    assert any(line.startswith("gateway.port = 9000 ") and line.endswith("asepsis.toml:5") for line in lines)
    assert "gateway.idle = none" in config.render(load(FILE, tmp_path), origin=False).splitlines()


def test_the_digest_follows_the_value_and_not_its_origin(tmp_path):
    assert load("name = 'a'", tmp_path).digest == load(overrides=["name=a"]).digest
    assert load(overrides=["name=b"]).digest != load(overrides=["name=a"]).digest


def test_the_process_environment_is_read_when_none_is_given(monkeypatch):
    monkeypatch.setenv("ASEPSIS_NAME", "ward")
    assert config.load(Config).value.name == "ward"
