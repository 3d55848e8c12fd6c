import pytest

from asepsis.core.errors import NotTrusted
from asepsis.ledger.tlog.checkpoints import Checkpoint, parse


def test_a_checkpoint_comes_back():
    for extensions in ((), ("more", "yet more")):
        checkpoint = Checkpoint("example.com/log", 7, bytes(range(32)), extensions)
        assert parse(checkpoint.render()) == checkpoint
    assert Checkpoint("o", 7, bytes(32)).render() == f"o\n7\n{'A' * 43}=\n"


ROOT = "A" * 43 + "="


BAD = (
    "",
    "o\n7\n",
    f"o\n7\n{ROOT}",
    f"\n7\n{ROOT}\n",
    f"o\n07\n{ROOT}\n",
    f"o\n7\n{ROOT}\n\n",
    "o\n7\nAA==\n",
    f"o p\n7\n{ROOT}\n",
)


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_what_is_no_checkpoint(bad):
    with pytest.raises(NotTrusted):
        parse(bad)
