from asepsis.testing.agents import FAXES, TOOLS, confirmed
from asepsis.tools.pins import digest_of


def test_each_tool_has_its_manifest():
    assert [(one.name, one.digest) for one in confirmed()] == [(tool.name, digest_of(tool)) for tool in TOOLS]
    assert len(FAXES) == 2
