"""Plugins: real distributions, made here, on a path of their own."""

import sys

import pytest

from asepsis.core.errors import ConfigError
from asepsis.infra import plugins
from asepsis.infra.plugins import Pin


def install(folder, *, name, version="1.0", entries=(), code="offer = 'offered'\n"):
    module = name.replace("-", "_")
    (folder / f"{module}.py").write_text(code)
    info = folder / f"{module}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    groups = "".join(f"[{group}]\n{entry} = {module}:offer\n" for group, entry in entries)
    (info / "entry_points.txt").write_text(groups)
    return module


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def discover(folder, *pins):
    return plugins.discover([Pin(*pin) for pin in pins], path=[str(folder)])


def test_a_pinned_plugin_is_loaded_when_named_and_not_before(folder):
    module = install(folder, name="acme-scan", entries=[("asepsis.scanners", "acme")])
    registry = discover(folder, ("Acme_Scan", "1.0"))
    assert registry.names("asepsis.scanners") == ("acme",)
    assert module not in sys.modules
    assert registry.load("asepsis.scanners", "acme") == "offered"


def test_an_unpinned_plugin_stops_the_start(folder):
    install(folder, name="acme-scan", entries=[("asepsis.scanners", "acme")])
    with pytest.raises(ConfigError, match=r"`acme-scan` 1.0 offers plugins and is not on the allow-list"):
        discover(folder)


def test_another_version_stops_the_start(folder):
    install(folder, name="acme-scan", version="1.1", entries=[("asepsis.scanners", "acme")])
    with pytest.raises(ConfigError, match=r"expected `acme-scan` 1.0, got 1.1"):
        discover(folder, ("acme-scan", "1.0"))


def test_a_pin_of_nothing_stops_the_start(folder):
    with pytest.raises(ConfigError, match="to be installed, got none"):
        discover(folder, ("acme-scan", "1.0"))


def test_two_plugins_of_one_name_stop_the_start(folder):
    install(folder, name="acme", entries=[("asepsis.scanners", "same")])
    install(folder, name="bolt", entries=[("asepsis.scanners", "same")])
    with pytest.raises(ConfigError, match="expected one plugin `same`, got one each of `acme` and `bolt`"):
        discover(folder, ("acme", "1.0"), ("bolt", "1.0"))


def test_one_name_in_two_groups_is_fine(folder):
    install(folder, name="acme", entries=[("asepsis.scanners", "same"), ("asepsis.sinks", "same")])
    registry = discover(folder, ("acme", "1.0"))
    assert (registry.names("asepsis.scanners"), registry.names("asepsis.sinks")) == (("same",), ("same",))


def test_a_failing_plugin_stops_the_start_and_keeps_its_message_to_itself(folder):
    code = "raise RuntimeError('hunter2')\n"
    install(folder, name="acme", entries=[("asepsis.scanners", "acme")], code=code)
    registry = discover(folder, ("acme", "1.0"))
    with pytest.raises(ConfigError, match=r"`acme` of `acme` 1.0 fails to load") as error:
        registry.load("asepsis.scanners", "acme")
    assert "hunter2" not in str(error.value)


def test_an_unknown_plugin_is_answered_with_the_known(folder):
    install(folder, name="acme", entries=[("asepsis.scanners", "acme")])
    with pytest.raises(ConfigError, match="got `acne`; the nearest name is `acme`"):
        discover(folder, ("acme", "1.0")).load("asepsis.scanners", "acne")


def test_distributions_that_offer_us_nothing_are_left_alone(folder):
    install(folder, name="other", entries=[("pytest11", "other")])
    assert discover(folder).names("pytest11") == ()


def test_the_first_on_the_path_hides_the_second(folder, tmp_path_factory):
    behind = tmp_path_factory.mktemp("behind")
    install(folder, name="acme", version="1.0", entries=[("asepsis.scanners", "acme")])
    install(behind, name="acme", version="2.0", entries=[("asepsis.scanners", "acme")])
    registry = plugins.discover([Pin("acme", "1.0")], path=[str(folder), str(behind)])
    assert registry.names("asepsis.scanners") == ("acme",)


def test_the_built_in_ones_need_no_pin():
    registry = plugins.discover()
    for group in ("asepsis.scanners", "asepsis.transforms", "asepsis.upstreams"):
        for name in registry.names(group):
            assert registry.load(group, name) is not None
