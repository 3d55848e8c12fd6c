import pytest

from asepsis.core.errors import NotTrusted
from asepsis.ledger.disk import OsDisk
from asepsis.ledger.format import segment_name
from asepsis.ledger.log import Log
from asepsis.ledger.places import Places
from asepsis.ledger.publish import Publisher
from asepsis.ledger.reader import LogReader
from asepsis.testing.keys import NamedKeys

ENTRIES = [b"entry %d" % number for number in range(700)]


class CountingReader(LogReader):
    """Says from where the segments were read."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.read = []

    def entries(self, start, /):
        self.read.append(start)
        return super().entries(start)


@pytest.fixture
def reader(tmp_path):
    return CountingReader(tmp_path, "acme")


@pytest.fixture(params=[512, 600])
def folder(tmp_path, request):
    folder = tmp_path / "acme"
    log = Log(folder, NamedKeys(), disk=OsDisk())
    log.append(ENTRIES[: request.param])
    publisher = Publisher(folder, log.signers, LogReader(tmp_path, "acme"))
    publisher.catch_up(1000)
    publisher.publish(log.seal, time=1)
    log.append(ENTRIES[request.param :])
    log.close()
    return folder


def test_what_is_published_is_proven_and_the_rest_is_read(folder, reader):
    places = Places(folder, reader)
    assert [places.entry(at).data for at in range(700)] == ENTRIES
    assert reader.read == list(range(reader.read[0], 700))
    assert reader.read[0] in {512, 600}
    with pytest.raises(NotTrusted, match="700"):
        places.entry(700)


@pytest.mark.parametrize(
    "harm", ["checkpoint", "vkey", "tile/1/000.p/2", "tile/entries/000", "tile/entries/001", "gone"]
)
def test_what_does_not_hold_is_read_from_the_log_itself(folder, reader, harm):
    victim = folder / ("tile/entries/001" if harm == "gone" else harm)
    if harm == "gone":
        victim.unlink()
    else:
        victim.write_bytes(victim.read_bytes()[:-1] + b"!")
    places = Places(folder, reader)
    assert [places.entry(at).data for at in (3, 255, 256, 300)] == [ENTRIES[at] for at in (3, 255, 256, 300)]
    assert reader.read != []


def test_an_entry_that_does_not_hold_anywhere_is_refused(folder, reader):
    for victim in (folder / "tile/entries/000", folder / segment_name(0)):
        victim.write_bytes(victim.read_bytes().replace(b"entry 77", b"entry 78"))
    with pytest.raises(NotTrusted):
        Places(folder, reader).entry(77)
