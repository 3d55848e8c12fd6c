"""The built-in plugins hold what every plugin has to, as the registry gives them."""

import pytest

from asepsis.infra import plugins
from asepsis.scan import Pipeline, ScanConfig
from asepsis.testing import conformance

REGISTRY = plugins.discover()


def loaded(group):
    return [pytest.param(REGISTRY.load(group, name), id=name) for name in REGISTRY.names(group)]


@pytest.mark.parametrize("build", loaded("asepsis.scanners"))
def test_scanners(build, tmp_path):
    scanner = build(ScanConfig(), digester=None, tenant="t", cache=tmp_path)
    conformance.check_scanner(scanner)
    conformance.check_scanner(Pipeline([scanner, scanner]))


@pytest.mark.parametrize("build", loaded("asepsis.transforms"))
def test_transforms(build):
    conformance.check_transformer(build())


@pytest.mark.parametrize("build", loaded("asepsis.upstreams"))
def test_upstreams(build):
    conformance.check_provider(build)


def test_each_group_has_a_built_in():
    for group, names in {
        "asepsis.scanners": ("names", "rules"),
        "asepsis.transforms": ("mask",),
        "asepsis.upstreams": ("anthropic", "openai"),
    }.items():
        assert REGISTRY.names(group) == names
