import pytest

from asepsis.testing.sealing import SealingKit


@pytest.fixture
def kit(tmp_path):
    made = SealingKit(tmp_path / "bodies")
    made.sealer.start()
    yield made
    made.sealer.close()
