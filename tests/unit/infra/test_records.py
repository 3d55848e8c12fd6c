"""Records are values."""

import pytest

from asepsis.infra.records import KillSwitch


def test_a_record_does_not_change():
    record = KillSwitch(tenant="t", target="model", name="n", reason="r", set_by="a")
    with pytest.raises(AttributeError):
        record.name = "other"
