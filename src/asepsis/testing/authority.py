"""A timestamp authority for tests: OpenSSL's own (`openssl ts`), with certificates that are made on the spot."""

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

__all__ = ["OPENSSL", "TimestampAuthority"]

OPENSSL: Final = shutil.which("openssl")
"""Where OpenSSL is; None where a machine has none."""

_SECTION: Final = """[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
"""
_START: Final = datetime(2020, 1, 1, tzinfo=UTC)
_Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class TimestampAuthority:
    """Stamps with the time of this machine. `roots` is what it leads to, in PEM.

    Its certificates are good for `days` from 2020 on; one without `purpose` is not for timestamps. It signs with
    RSA if told to, by ECDSA otherwise; `between` puts another certificate between it and the root, which `roots` has
    as well.
    """

    def __init__(
        self,
        folder: Path,
        /,
        *,
        name: str = "test",
        days: int = 36_500,
        purpose: bool = True,
        rsa_signer: bool = False,
        between: bool = False,
    ) -> None:
        self._folder = folder
        folder.mkdir(parents=True)
        root: _Key = rsa.generate_private_key(65537, 2048)
        signer = rsa.generate_private_key(65537, 2048) if rsa_signer else ec.generate_private_key(ec.SECP256R1())
        self._end = _START + timedelta(days=days)
        above = _named(f"{name} root")
        self.roots = self._issuer(above, above, root, by=root)
        if between:
            middle, key = _named(f"{name} between"), ec.generate_private_key(ec.SECP256R1())
            self.roots += self._issuer(middle, above, key, by=root)
            above, root = middle, key
        own = self._built(_named(f"{name} authority"), above, signer)
        if purpose:
            own = own.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        (folder / "signer.pem").write_bytes(own.sign(root, hashes.SHA256()).public_bytes(Encoding.PEM))
        private = signer.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "signer.key").write_bytes(private)
        (folder / "ts.cnf").write_text(_SECTION.format(folder=folder))
        (folder / "serial").write_text("01\n")
        (folder / "roots.pem").write_bytes(self.roots)

    def reply(self, query: bytes, /) -> bytes:
        """Returns the answer to a query, as DER; raises CalledProcessError where OpenSSL gives none."""
        (self._folder / "query").write_bytes(query)
        answer = self._folder / "answer"
        self._run("-reply", "-config", self._folder / "ts.cnf", "-queryfile", self._folder / "query", "-out", answer)
        return answer.read_bytes()

    def holds(self, token: bytes, message: bytes, /) -> bool:
        """Returns whether OpenSSL itself takes a token for a message."""
        (self._folder / "message").write_bytes(message)
        (self._folder / "token").write_bytes(token)
        words = (
            "-data",
            self._folder / "message",
            "-in",
            self._folder / "token",
            "-CAfile",
            self._folder / "roots.pem",
        )
        try:
            self._run("-verify", *words)
        except subprocess.CalledProcessError:
            return False
        return True

    def _run(self, *words: str | Path) -> None:
        subprocess.run([OPENSSL or "openssl", "ts", *map(str, words)], check=True, capture_output=True)  # noqa: S603 the words are this file's own

    def _issuer(self, subject: x509.Name, issuer: x509.Name, key: _Key, /, *, by: _Key) -> bytes:
        built = self._built(subject, issuer, key).add_extension(x509.BasicConstraints(True, None), critical=True)  # noqa: FBT003 the library's own
        return built.sign(by, hashes.SHA256()).public_bytes(Encoding.PEM)

    def _built(self, subject: x509.Name, issuer: x509.Name, key: _Key) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        return builder.not_valid_before(_START).not_valid_after(self._end)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
