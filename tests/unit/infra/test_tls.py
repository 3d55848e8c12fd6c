"""Contexts for upstreams and for clients: what is trusted, and what can't be used. Handshakes are tried elsewhere."""

import ssl

import pytest

from asepsis.core.errors import ConfigError
from asepsis.infra import tls
from asepsis.testing.certificates import Authority


def test_by_default_the_system_is_trusted_names_are_checked_and_old_versions_refused():
    made = tls.context()
    assert (made.verify_mode, made.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert made.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_an_authority_of_ones_own_is_the_only_one_trusted(tmp_path):
    (tmp_path / "ca.pem").write_bytes(Authority("Our Hospital").pem)
    made = tls.context(ca_file=str(tmp_path / "ca.pem"))
    assert [dict(one[0] for one in ca["subject"])["commonName"] for ca in made.get_ca_certs()] == ["Our Hospital"]


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_file_without_certificates_is_refused_at_its_setting(tmp_path, content):
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError) as error:
        tls.context(ca_file=str(file), place="gateway.upstreams[1]")
    assert error.value.place == "gateway.upstreams[1].ca_file"


def test_a_clients_certificate_is_taken_from_text_with_its_key():
    tls.context(identity=Authority("A").issue("client").decode())


@pytest.mark.parametrize("cut", ["PRIVATE KEY", "CERTIFICATE"])
def test_half_of_one_is_refused_and_shows_nothing_of_the_key(cut):
    whole = Authority("A").issue("client").decode()
    half = "".join(f"-----BEGIN {part}" for part in whole.split("-----BEGIN ")[1:] if not part.startswith(cut))
    with pytest.raises(ConfigError) as error:
        tls.context(identity=half, place="p")
    assert str(error.value) == "p.client_certificate: expected a certificate and its key in PEM"


def test_clients_are_asked_for_certificates_of_some_authorities_alone():
    pem, ours = Authority("A").issue("gateway").decode(), Authority("ours")
    asked = tls.serving(pem, [ours.der], asked=True)
    assert (asked.verify_mode, asked.get_ca_certs(binary_form=True)) == (ssl.CERT_OPTIONAL, [ours.der])
    assert tls.serving(pem, [], asked=True).verify_mode is ssl.CERT_OPTIONAL
    assert tls.serving(pem, [], asked=False).verify_mode is ssl.CERT_NONE


@pytest.mark.parametrize(("pem", "authorities"), [("no certificate", []), ("", []), (None, [b"no certificate"])])
def test_what_no_listener_can_show_is_refused(pem, authorities):
    good = Authority("A").issue("gateway").decode()
    with pytest.raises(ConfigError):
        tls.serving(good if pem is None else pem, authorities, asked=True)


def test_authorities_are_read_from_a_file(tmp_path):
    one, other = Authority("one"), Authority("other")
    (tmp_path / "ca.pem").write_bytes(one.pem + other.pem)
    assert set(tls.authorities(tmp_path / "ca.pem")) == {one.der, other.der}


@pytest.mark.parametrize("content", [None, b"", b"no certificate", "leaf"])
def test_a_file_without_authorities_is_refused_at_its_place(tmp_path, content):
    if content is not None:
        (tmp_path / "ca.pem").write_bytes(Authority("A").issue("leaf", signs=False) if content == "leaf" else content)
    with pytest.raises(ConfigError) as error:
        tls.authorities(tmp_path / "ca.pem")
    assert error.value.place == str(tmp_path / "ca.pem")
