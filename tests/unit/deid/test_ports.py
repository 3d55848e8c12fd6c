"""Both stores fill the port."""

import inspect

import pytest

from asepsis.deid.ports import VaultStore
from asepsis.deid.stores import MemoryStore
from asepsis.infra.vault import VaultRows


@pytest.mark.parametrize("store", [MemoryStore, VaultRows])
def test_each_method_of_the_port_is_there_with_its_parameters(store):
    for name, method in vars(VaultStore).items():
        if not name.startswith("_"):
            assert inspect.signature(getattr(store, name)) == inspect.signature(method), name
