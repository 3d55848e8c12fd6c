import subprocess
import sys
import time

import pytest

from asepsis.core.errors import ConfigError, NotTrusted
from asepsis.infra.timestamps import MOST_TOKEN, ask, check, read_roots, roots_of
from asepsis.testing.authority import OPENSSL, TimestampAuthority

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="no openssl on this machine")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return TimestampAuthority(tmp_path_factory.mktemp("tsa") / "one")


def test_an_answer_says_when_and_repeats_the_nonce(authority):
    query, roots = ask(b"checkpoint"), roots_of(authority.roots)
    token = authority.reply(query.data)
    found = check(token, b"checkpoint", roots=roots, nonce=query.nonce)
    assert abs(found.time / 1000 - time.time()) < 60
    assert check(token, b"checkpoint", roots=roots) == found
    assert b"checkpoint" not in query.data


def test_any_other_answer_is_refused(authority, tmp_path):
    query, roots = ask(b"x"), roots_of(authority.roots)
    token = authority.reply(query.data)
    other = TimestampAuthority(tmp_path / "other", name="other")
    for wrong in (token[:-1], b"", b"nonsense", token + b"\0" * MOST_TOKEN, other.reply(query.data)):
        with pytest.raises(NotTrusted):
            check(wrong, b"x", roots=roots)
    for message, nonce in ((b"y", None), (b"x", query.nonce + 1)):
        with pytest.raises(NotTrusted):
            check(token, message, roots=roots, nonce=nonce)
    with pytest.raises(NotTrusted):
        check(token, b"x", roots=())


def test_a_certificate_for_something_else_or_of_the_past_stamps_nothing(tmp_path):
    past = TimestampAuthority(tmp_path / "past", days=0)
    with pytest.raises((NotTrusted, subprocess.CalledProcessError)):
        check(past.reply(ask(b"x").data), b"x", roots=roots_of(past.roots))
    server = TimestampAuthority(tmp_path / "server", purpose=False)
    with pytest.raises((NotTrusted, subprocess.CalledProcessError)):
        check(server.reply(ask(b"x").data), b"x", roots=roots_of(server.roots))


def test_a_refusal_is_no_timestamp(authority):
    refusal = authority.reply(b"nonsense")
    with pytest.raises(NotTrusted):
        check(refusal, b"x", roots=roots_of(authority.roots))


def test_roots_are_certificates_in_a_file(authority, tmp_path):
    (tmp_path / "roots").write_bytes(authority.roots)
    assert read_roots(tmp_path / "roots") == roots_of(authority.roots)
    (tmp_path / "roots").write_bytes(b"nonsense")
    for name in ("roots", "none"):
        with pytest.raises(ConfigError):
            read_roots(tmp_path / name)


def test_without_the_extra_it_says_which(monkeypatch, authority):
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    with pytest.raises(ConfigError, match="timestamps"):
        ask(b"x")
    with pytest.raises(ConfigError, match="timestamps"):
        check(b"", b"x", roots=roots_of(authority.roots))
