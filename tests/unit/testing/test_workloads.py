"""A trust domain for tests: what it issues is what its bundle is for."""

import ssl

import pytest

from asepsis.identity.keysets import trust_bundle
from asepsis.testing.workloads import TestDomain


def test_its_bundle_has_a_key_and_an_authority():
    domain = TestDomain()
    read = trust_bundle(domain.bundle().encode())
    assert (len(read.keys.keys), read.authorities) == (1, (domain.authority.der,))


@pytest.mark.parametrize("path", ["/a", "/ns/b"])
def test_its_certificates_name_the_workload(path):
    pem = TestDomain("d.example").certificate(path).decode()
    assert ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN CERT") :]).find(f"spiffe://d.example{path}".encode()) > 0
