import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from asepsis.core.errors import ConfigError, NotTrusted
from asepsis.infra.kms import KmsWrapper
from asepsis.infra.wrapping import FileUnwrapper, PublicWrapper, new_key, unwrapper, wrapper

KEY = bytes(range(32))


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.fixture
def put(tmp_path):
    def write(data, mode=0o600):
        path = tmp_path / "key.pem"
        path.write_bytes(data)
        path.chmod(mode)
        return path

    return write


@pytest.mark.parametrize("data", [new_key(), pem(ec.generate_private_key(ec.SECP256R1()))], ids=["x25519", "p256"])
def test_what_one_half_wraps_the_other_unwraps(put, data):
    opens = FileUnwrapper(put(data))
    wraps = wrapper(opens.public)
    one, other = wraps.wrap(KEY), wraps.wrap(KEY)
    assert one != other
    assert opens.unwrap(one) == opens.unwrap(other) == KEY
    for wrong in (one[:-1], one[:-1] + bytes([one[-1] ^ 1]), b"", one[40:]):
        with pytest.raises(NotTrusted):
            opens.unwrap(wrong)


def test_another_key_opens_nothing(put, tmp_path):
    wrapped = PublicWrapper(FileUnwrapper(put(new_key())).public).wrap(KEY)
    with pytest.raises(NotTrusted):
        FileUnwrapper(put(new_key())).unwrap(wrapped)


def test_a_key_may_have_a_passphrase(put):
    path = put(new_key(b"word"))
    assert unwrapper(str(path), passphrase=b"word")
    with pytest.raises(ConfigError):
        unwrapper(str(path))


@pytest.mark.parametrize("text", ["", "x25519:", "x25519:!", "p256:AAAA", "rsa:AAAA", "x25519:AAAA"])
def test_what_is_no_public_key_is_refused(text):
    with pytest.raises(ConfigError):
        wrapper(text)


def test_what_is_no_private_key_is_refused(put, tmp_path):
    with pytest.raises(ConfigError, match="readable"):
        unwrapper(str(tmp_path / "none"))
    with pytest.raises(ConfigError, match="mode 600"):
        unwrapper(str(put(new_key(), 0o644)))
    for data in (b"no key", pem(rsa.generate_private_key(65537, 2048)), pem(ec.generate_private_key(ec.SECP384R1()))):
        with pytest.raises(ConfigError):
            unwrapper(str(put(data)))


def test_other_providers_go_by_their_schemes(monkeypatch):
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    assert isinstance(wrapper("kms:alias/x"), KmsWrapper)
    assert isinstance(unwrapper("kms:alias/x"), KmsWrapper)
    with pytest.raises(ConfigError):
        unwrapper("pkcs11:token=a")
