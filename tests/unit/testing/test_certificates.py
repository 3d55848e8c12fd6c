"""The authority of tests issues what real verifiers take."""

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from asepsis.testing.certificates import Authority


def leaf(pem):
    return x509.load_pem_x509_certificate(pem[pem.index(b"-----BEGIN CERTIFICATE") :])


def test_a_certificate_is_signed_by_its_authority_and_no_other():
    ours, other = Authority("ours"), Authority("ours")
    made = leaf(ours.issue("127.0.0.1"))
    made.verify_directly_issued_by(leaf(ours.pem))
    with pytest.raises(InvalidSignature):
        made.verify_directly_issued_by(leaf(other.pem))


def test_names_and_addresses_are_told_apart_and_time_runs_out():
    made = leaf(Authority("a").issue("one.example", expired=True))
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["one.example"]
    assert made.not_valid_after_utc < datetime.now(UTC)
