import pytest

from asepsis.infra.timestamps import ask
from asepsis.testing.authority import OPENSSL, TimestampAuthority


@pytest.mark.skipif(OPENSSL is None, reason="no openssl on this machine")
def test_openssl_stamps_and_takes_its_own_stamp(tmp_path):
    authority = TimestampAuthority(tmp_path / "tsa")
    token = authority.reply(ask(b"x").data)
    assert authority.holds(token, b"x")
    assert not authority.holds(token, b"y")
