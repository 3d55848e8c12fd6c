"""Secrets by URI: found, or refused with the place and never the value."""

import msgspec
import pytest

from asepsis.core.errors import ConfigError
from asepsis.infra.secrets import OptionalSecretUri, resolve, sign


def test_a_variable_is_read():
    assert resolve("env:KEY", environ={"KEY": "hunter2"}) == "hunter2"


@pytest.mark.parametrize("environ", [{}, {"KEY": ""}])
def test_a_missing_variable_is_named(environ):
    with pytest.raises(ConfigError, match="`KEY`"):
        resolve("env:KEY", environ=environ)


def test_a_file_of_its_owner_is_read(tmp_path):
    file = tmp_path / "key"
    file.write_text("hunter2\n")
    file.chmod(0o400)
    assert resolve(f"file:{file}", environ={}) == "hunter2"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o644])
def test_a_file_that_others_can_use_is_refused(tmp_path, mode):
    file = tmp_path / "key"
    file.write_text("hunter2")
    file.chmod(mode)
    with pytest.raises(ConfigError, match=f"got mode {mode:o}") as error:
        resolve(f"file:{file}", environ={})
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(("content", "message"), [(b"", "empty"), (b" \n", "empty"), (b"\xff", "utf-8")])
def test_a_file_without_a_secret_is_refused(tmp_path, content, message):
    file = tmp_path / "key"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(ConfigError, match=message):
        resolve(f"file:{file}", environ={})


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError) as error:
        resolve(f"file:{tmp_path}/none", environ={})
    assert error.value.place == f"file:{tmp_path}/none"


@pytest.mark.parametrize("scheme", ["vault", "kms", "pkcs11"])
def test_a_scheme_without_adapter_says_which_is_missing(scheme):
    with pytest.raises(ConfigError, match=f"adapter for `{scheme}:`"):
        resolve(f"{scheme}:somewhere", environ={})


def test_a_secret_in_place_of_a_uri_is_not_repeated():
    with pytest.raises(ConfigError) as error:
        resolve("hunter2", environ={})
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(("text", "fits"), [("", True), ("env:KEY", True), ("file:/k", True), ("sk-123", False)])
def test_an_optional_secret_is_a_uri_or_nothing(text, fits):
    if fits:
        assert msgspec.convert(text, OptionalSecretUri) == text
    else:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(text, OptionalSecretUri)


class _Settings(msgspec.Struct):
    one: str = ""
    more: tuple[dict[str, str], ...] = ()


def test_a_sign_changes_with_each_file_that_a_secret_is_in(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    settings = _Settings(f"file:{one}", ({"x": f"file:{two}", "y": "env:X"},))
    signs = [sign(settings)]
    for path in (one, two):
        path.write_text("a")
        signs.append(sign(settings))
    assert sign(settings) == signs[-1]
    (tmp_path / "new").write_text("a")
    (tmp_path / "new").replace(two)
    signs.append(sign(settings))
    two.unlink()
    signs.append(sign(settings))
    assert len(set(signs)) == 4
    assert signs[1] == signs[4]
    assert sign(_Settings("env:X")) == ""


def test_what_is_no_path_is_a_file_that_is_not_there():
    assert sign(_Settings("file:a\0b"))
