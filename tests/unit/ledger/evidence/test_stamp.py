"""Timestamps in bundles, by OpenSSL's authority: both verifiers in Python say the same of good ones and bad ones."""

import contextlib
import datetime as dt
import random
import shutil

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from asepsis.core.errors import InputError, NotTrusted
from asepsis.infra.timestamps import ask, roots_of
from asepsis.ledger.evidence import bag, standalone
from asepsis.ledger.evidence.export import Wanted, export
from asepsis.ledger.evidence.verify import verify
from asepsis.ledger.publish import ANCHORED, CHECKPOINT
from asepsis.ledger.signing import VKEYS, read_vkeys
from asepsis.ledger.stamps import Stamped, keep
from asepsis.testing.authority import OPENSSL, TimestampAuthority

PEM = Encoding.PEM
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="no openssl on this machine")


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tsa")
    return [TimestampAuthority(folder / name, name=name) for name in ("one", "two")]


@pytest.fixture
def stamped(making, tmp_path, authorities):
    """A log of 500 entries that was stamped at 300 and at 400."""
    folder = tmp_path / "acme"
    for count, start in ((300, 0), (100, 300), (100, 400)):
        making(folder, count=count, start=start)
        note = (folder / CHECKPOINT).read_bytes()
        if start < 400:
            keep(folder, Stamped(start + count, note, authorities[0].reply(ask(note).data)))
    return folder


def both(data, tmp_path, *, vkeys, tsa=None):
    """Returns when it was stamped as both say; None where both refuse."""
    ours = theirs = None
    (tmp_path / "x.zip").write_bytes(data)
    with contextlib.suppress(NotTrusted):
        ours = verify(data, keys=read_vkeys(vkeys), authorities=roots_of(tsa) if tsa else ())
    with contextlib.suppress(standalone.Refused):
        theirs = standalone.check(standalone.read_bundle(tmp_path / "x.zip"), vkeys.read_bytes(), None, tsa)
    assert (ours is None) == (theirs is None)
    if ours is None:
        return None
    assert theirs["stamped"] == (ours.stamp and ours.stamp.time)
    return (ours.checkpoint.size, theirs["stamped"])


@pytest.mark.parametrize(("end", "size"), [(10, 300), (300, 300), (301, 400), (None, 400)])
def test_the_first_stamp_that_covers_the_range_goes_along(stamped, authorities, tmp_path, end, size):
    data = export(stamped, Wanted(0, end, authorities=authorities[0].roots))
    found = both(data, tmp_path, vkeys=stamped / VKEYS, tsa=authorities[0].roots)
    assert (found[0], found[1] > 1_700_000_000_000) == (size, True)
    assert both(data, tmp_path, vkeys=stamped / VKEYS) == found
    assert b"timestamp authority says that all of this was there by 20" in bag.unpack(data)["cover.html"]


def test_another_authority_says_nothing(stamped, authorities, tmp_path):
    data = export(stamped, Wanted(0, 10, authorities=authorities[0].roots))
    assert both(data, tmp_path, vkeys=stamped / VKEYS, tsa=authorities[1].roots) is None
    plain = export(stamped, Wanted(0, 10))
    assert both(plain, tmp_path, vkeys=stamped / VKEYS) == (500, None)
    assert both(plain, tmp_path, vkeys=stamped / VKEYS, tsa=authorities[0].roots) is None
    for wanted in (Wanted(0, 10, authorities=authorities[1].roots), Wanted(0, 401, authorities=authorities[0].roots)):
        with pytest.raises(InputError, match="expected a timestamp over this range"):
            export(stamped, wanted)


def test_with_a_policy_what_was_stamped_has_to_meet_it(stamped, authorities, tmp_path):
    shutil.copy(stamped / CHECKPOINT, stamped / ANCHORED)
    data = export(stamped, Wanted(0, 10, policy=b"quorum none\n", authorities=authorities[0].roots))
    assert verify(data).checkpoint.size == 300


def files_of(data):
    whole = bag.unpack(data)
    return {name: one for name, one in whole.items() if "manifest" not in name and name != "bagit.txt"}


def test_a_stamp_that_was_changed_is_refused_or_says_the_same(stamped, authorities, tmp_path):
    """Of what a token carries, the status' words and unused certificates are not signed: no flip there tells more."""
    whole, luck = files_of(export(stamped, Wanted(0, 10, authorities=authorities[0].roots))), random.Random(4)
    token = whole["data/timestamp.tsr"]
    good = both(bag.pack(whole), tmp_path, vkeys=stamped / VKEYS, tsa=authorities[0].roots)
    refused = 0
    for place in range(len(token)):
        changed = token[:place] + bytes([token[place] ^ (1 << luck.randrange(8))]) + token[place + 1 :]
        found = []
        with contextlib.suppress(NotTrusted):
            ours = verify(bag.pack(whole | {"data/timestamp.tsr": changed}), authorities=roots_of(authorities[0].roots))
            found.append(ours.stamp.time)
        with contextlib.suppress(standalone.Refused):
            theirs = standalone.check(whole | {"data/timestamp.tsr": changed}, tsa=authorities[0].roots)
            found.append(theirs["stamped"])
        assert set(found) <= {good[1]}, place
        refused += not found
    assert refused > 0.9 * len(token)


def test_a_stamp_of_something_else_is_refused(stamped, authorities, tmp_path):
    whole = files_of(export(stamped, Wanted(0, 10, authorities=authorities[0].roots)))
    other = files_of(export(stamped, Wanted(0, None, authorities=authorities[0].roots)))
    changes = [
        {"data/timestamp.tsr": other["data/timestamp.tsr"]},
        {"data/timestamp.tsr": b""},
        {"data/authorities.pem": authorities[1].roots},
        {"data/authorities.pem": b"nonsense"},
    ]
    for change in changes:
        assert both(bag.pack(whole | change), tmp_path, vkeys=stamped / VKEYS) is None
    for missing in ("data/timestamp.tsr", "data/authorities.pem"):
        less = {name: one for name, one in whole.items() if name != missing}
        assert both(bag.pack(less), tmp_path, vkeys=stamped / VKEYS) is None


def test_both_take_what_other_authorities_sign(stamped, tmp_path):
    """A stamp by a key of another kind, under a chain of two that goes along."""
    note = (stamped / CHECKPOINT).read_bytes()
    for kind in ("rsa", "chain"):
        authority = TimestampAuthority(tmp_path / kind, rsa_signer=True, between=kind == "chain")
        keep(stamped, Stamped(500, note, authority.reply(ask(note).data)))
        data = export(stamped, Wanted(0, 500, authorities=authority.roots))
        assert both(data, tmp_path, vkeys=stamped / VKEYS, tsa=authority.roots)[0] == 500


def test_certificates_for_something_else_of_the_past_or_without_a_root_are_refused(authorities, tmp_path):
    def chain(authority, trusted, moment=dt.datetime(2026, 11, 27, tzinfo=dt.UTC)):
        signer = x509.load_pem_x509_certificate((authority._folder / "signer.pem").read_bytes())
        standalone.check_chain(signer, [], x509.load_pem_x509_certificates(trusted), moment)

    good, other = authorities
    between = TimestampAuthority(tmp_path / "between", between=True)
    server = TimestampAuthority(tmp_path / "server", purpose=False)
    for one in (good, between):
        chain(one, one.roots)
    with pytest.raises((standalone.Refused, x509.ExtensionNotFound)):
        chain(server, server.roots)
    root, middle = x509.load_pem_x509_certificates(between.roots)
    for one, trusted in ((good, other.roots), (between, root.public_bytes(PEM)), (between, middle.public_bytes(PEM))):
        with pytest.raises(standalone.Refused):
            chain(one, trusted)
    for year in (2019, 2130):
        with pytest.raises(standalone.Refused):
            chain(good, good.roots, dt.datetime(year, 1, 1, tzinfo=dt.UTC))
