"""AWS KMS, as moto plays it."""

import sys

import boto3
import pytest
from moto import mock_aws

from asepsis.core.errors import ConfigError, NotTrusted, Unavailable
from asepsis.infra.kms import KmsWrapper

KEY = bytes(range(32))


@pytest.fixture
def service(monkeypatch):
    for name, value in {
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield boto3.client("kms")


@pytest.fixture
def made(service):
    return KmsWrapper(service.create_key()["KeyMetadata"]["KeyId"])


def test_it_unwraps_what_it_wrapped(made):
    wrapped = made.wrap(KEY)
    assert KEY not in wrapped
    assert made.unwrap(wrapped) == KEY


def test_what_was_changed_or_wrapped_by_another_key_does_not_open(made, service):
    other = KmsWrapper(service.create_key()["KeyMetadata"]["KeyId"])
    wrapped = made.wrap(KEY)
    with pytest.raises(NotTrusted):
        made.unwrap(wrapped[:-1] + bytes([wrapped[-1] ^ 1]))
    for wrong in (b"x" * 80, other.wrap(KEY)):  # of these the service may say that access is denied
        with pytest.raises((NotTrusted, Unavailable)):
            made.unwrap(wrong)


def test_a_key_that_is_not_there_is_unavailable(service):
    with pytest.raises(Unavailable, match="NotFoundException"):
        KmsWrapper("11111111-2222-3333-4444-555555555555").wrap(KEY)


def test_an_answer_without_bytes_is_none(made, monkeypatch):
    monkeypatch.setattr(made._client, "encrypt", lambda **_: {"CiphertextBlob": "text"})
    with pytest.raises(Unavailable):
        made.wrap(KEY)


def test_it_says_what_it_lacks(monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(ConfigError, match="region"):
        KmsWrapper("alias/x")
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(ConfigError, match="extra `aws`"):
        KmsWrapper("alias/x")
