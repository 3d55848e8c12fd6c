"""A token (SoftHSM2 where there is one), and HPKE's own steps against another implementation."""

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from asepsis.core.errors import ConfigError, NotTrusted
from asepsis.infra.hsm import TokenUnwrapper, decapsulated
from asepsis.infra.wrapping import PublicWrapper, public_text

KEY = bytes(range(32))
MODULES = [
    path
    for folder in (
        "/usr/lib/softhsm",
        "/usr/lib/x86_64-linux-gnu/softhsm",
        "/usr/lib64/pkcs11",
        "/usr/local/lib/softhsm",
    )
    if (path := Path(folder) / "libsofthsm2.so").exists()
]


def test_what_hpke_seals_to_a_p256_key_opens_with_its_ecdh_alone():
    private = ec.generate_private_key(ec.SECP256R1())
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    wrapped = PublicWrapper(public_text(private.public_key())).wrap(KEY)

    def shared(sent):
        return private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sent))

    assert decapsulated(wrapped, point, shared) == KEY
    for wrong in (wrapped[:-1] + bytes([wrapped[-1] ^ 1]), wrapped[:60], b"\2" + wrapped[1:]):
        with pytest.raises(NotTrusted):
            decapsulated(wrong, point, shared)


@pytest.mark.parametrize(
    "uri", ["pkcs11:", "pkcs11:token=a;object=b", "pkcs11:token=a;object=b?module-path=/none&pin-source=file:/none"]
)
def test_a_name_that_says_too_little_is_refused(uri):
    with pytest.raises(ConfigError):
        TokenUnwrapper(uri)


def test_it_says_what_it_lacks(monkeypatch):
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(ConfigError, match="extra `hsm`"):
        TokenUnwrapper("pkcs11:")


TOKEN = """
import sys
import pkcs11
from pkcs11 import Attribute
from pkcs11.util.ec import encode_named_curve_parameters
from asepsis.core.errors import ConfigError, NotTrusted, Unavailable
from asepsis.infra.hsm import TokenUnwrapper
from asepsis.infra.wrapping import PublicWrapper

module, pin = sys.argv[1:]
token = pkcs11.lib(module).get_token(token_label="records")
with token.open(rw=True, user_pin="1234") as session:
    curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
    parameters = session.create_domain_parameters(pkcs11.KeyType.EC, curve, local=True)
    parameters.generate_keypair(store=True, label="opener")
uri = f"pkcs11:token=records;object=opener?module-path={module}&pin-source=file:{pin}"
opens = TokenUnwrapper(uri)
wrapped = PublicWrapper(opens.public).wrap(bytes(range(32)))
assert opens.unwrap(wrapped) == bytes(range(32))
for error, wrong in ((NotTrusted, wrapped[:-1] + bytes([wrapped[-1] ^ 1])), (Unavailable, b"\\4" + bytes(112))):
    try:
        opens.unwrap(wrong)
    except error:
        continue
    raise AssertionError(error)

# A rotation from a key in a file to the token.
from pathlib import Path
from asepsis.infra.wrapping import FileUnwrapper, new_key
from asepsis.ledger.sealing.rotation import Rotated, Rotation

file = Path(pin).with_name("old.pem")
file.write_bytes(new_key())
file.chmod(0o600)
old = FileUnwrapper(file)


class Rows(dict):
    def page(self, after, most, /, *, tenant):
        return [one for one in sorted(self.items()) if one[0] > after][:most]

    def rewrap(self, changes, /, *, tenant):
        self.update((key, after) for key, _, after in changes)
        return len(changes)

    def tell(self, told, /, *, tenant):
        assert (told.keys, told.lost) == (1, 0)


rows = Rows({b"1": PublicWrapper(old.public).wrap(bytes(range(32)))})
done = Rotation(rows, old, opens, PublicWrapper(opens.public), names=("a", "b")).run("t")
assert done == Rotated(1, 0, 0) and opens.unwrap(rows[b"1"]) == bytes(range(32))
try:
    TokenUnwrapper(uri.replace("object=opener", "object=other"))
except ConfigError:
    print("holds")
"""


@pytest.mark.skipif(not MODULES, reason="no SoftHSM2 on this machine")
def test_a_key_on_a_token_opens_and_never_leaves_it(tmp_path, monkeypatch):
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tmp_path}/tokens\n")
    pin = tmp_path / "pin"
    pin.write_text("1234\n")
    pin.chmod(0o600)
    # The library reads its settings once in a process, so each has one of its own.
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))
    init = ["softhsm2-util", "--init-token", "--free", "--label", "records", "--pin", "1234", "--so-pin", "5678"]
    subprocess.run(init, check=True, capture_output=True, timeout=30)
    run = [sys.executable, "-c", TOKEN, str(MODULES[0]), str(pin)]
    done = subprocess.run(run, capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.returncode) == ("holds\n", 0), done.stderr
