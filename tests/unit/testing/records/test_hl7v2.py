"""HL7 v2 about a made-up person; whether the messages are valid is what `tests/conformance` asks hl7apy."""

import pytest

from asepsis.testing.records.hl7v2 import VERSIONS, admission, result
from asepsis.testing.records.person import drawn


@pytest.mark.parametrize("version", VERSIONS)
def test_messages_name_their_version_and_person(version):
    for made in (admission, result):
        text = made(drawn(1), version)
        assert text.split("\r")[0].endswith(f"|P|{version}")
        assert drawn(1).mrn in text
