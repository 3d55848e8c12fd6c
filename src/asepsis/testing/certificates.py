"""A certificate authority for tests: certificates for made-up names, made on the spot and good for nothing else."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

__all__ = ["Authority"]

_START = datetime(2020, 1, 1, tzinfo=UTC)
_END = datetime(2120, 1, 1, tzinfo=UTC)


class Authority:
    """An authority of one certificate, `pem`, that issues others."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        builder = _builder(self._name, self._name, self._key.public_key(), _END)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        builder = builder.add_extension(_usage(signs=True), critical=True)
        identity = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        self.pem = _text(builder.add_extension(identity, critical=False).sign(self._key, hashes.SHA256()))

    @property
    def der(self) -> bytes:
        """The authority's certificate in DER."""
        return x509.load_pem_x509_certificate(self.pem).public_bytes(serialization.Encoding.DER)

    def issue(self, *names: str, expired: bool = False, signs: bool | None = None) -> bytes:
        """Returns a key and its certificate for host names, addresses or URIs, as PEM; an expired one is of the past.

        With `signs` the certificate says what its key is for: to sign other certificates, or to show who one is.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        end = _START + timedelta(days=1) if expired else _END
        builder = _builder(_named(names[0][:64]), self._name, key.public_key(), end)
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_alternative(one) for one in names]), critical=False
        )
        if signs is not None:
            builder = builder.add_extension(_usage(signs=signs, shows=not signs), critical=True)
            builder = builder.add_extension(x509.BasicConstraints(ca=signs, path_length=None), critical=True)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = builder.add_extension(authority, critical=False)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return private + _text(builder.sign(self._key, hashes.SHA256()))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, end: datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    return builder.serial_number(x509.random_serial_number()).not_valid_before(_START).not_valid_after(end)


def _usage(*, signs: bool, shows: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=shows,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _alternative(host: str) -> x509.GeneralName:
    if "://" in host:
        return x509.UniformResourceIdentifier(host)
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _text(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
