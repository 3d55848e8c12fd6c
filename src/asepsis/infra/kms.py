"""Wrapping keys with AWS KMS: whoever seals may `kms:Encrypt`, whoever opens `kms:Decrypt`, by their own credentials.

Credentials, region and endpoint come from where the AWS SDK looks for them. The library is the extra `aws`.
"""

from typing import Final, Protocol, cast

from asepsis.core.errors import ConfigError, NotTrusted, Unavailable

__all__ = ["KmsWrapper"]

_CONTEXT: Final = {"asepsis": "sealing v1"}
_REFUSED: Final = ("InvalidCiphertextException", "IncorrectKeyException")
_SECONDS: Final = 5


class _Client(Protocol):
    def encrypt(self, **given: object) -> dict[str, object]:
        """Asks KMS to encrypt."""

    def decrypt(self, **given: object) -> dict[str, object]:
        """Asks KMS to decrypt."""


class KmsWrapper:
    """Both halves; which of them works is what the credentials permit."""

    def __init__(self, key: str) -> None:
        """Makes the client; raises ConfigError without the library, or a region."""
        try:
            import boto3  # noqa: PLC0415 an extra
            from botocore.config import Config  # noqa: PLC0415 as above
            from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 as above
        except ImportError as error:
            raise ConfigError("expected the extra `aws`; install `asepsis[aws]`") from error
        self._failures = (BotoCoreError, ClientError)
        self._key = key
        limits = Config(connect_timeout=_SECONDS, read_timeout=_SECONDS, retries={"total_max_attempts": 2})
        try:
            self._client = cast("_Client", boto3.client("kms", config=limits))  # made from data, of no static type
        except BotoCoreError as error:
            raise ConfigError("expected what the AWS SDK needs: a region and credentials") from error

    def wrap(self, key: bytes, /) -> bytes:
        """Returns a key that KMS wrapped; raises Unavailable."""
        return self._asked(self._client.encrypt, "CiphertextBlob", Plaintext=key)

    def unwrap(self, wrapped: bytes, /) -> bytes:
        """Returns a key that KMS wrapped before; raises NotTrusted and Unavailable."""
        return self._asked(self._client.decrypt, "Plaintext", CiphertextBlob=wrapped)

    def _asked(self, ask: "_Ask", field: str, **given: bytes) -> bytes:
        try:
            found = ask(KeyId=self._key, EncryptionContext=_CONTEXT, **given)[field]
        except self._failures as error:
            response = getattr(error, "response", {})
            code = response.get("Error", {}).get("Code", "") if isinstance(response, dict) else ""
            if code in _REFUSED:
                raise NotTrusted("a wrapped key does not open", code="sealing_wrapped") from error
            raise Unavailable(f"the key service says no: {code or 'no answer'}", code="sealing_keys") from error
        if not isinstance(found, bytes):
            raise Unavailable("expected bytes of the key service", code="sealing_keys")
        return found


class _Ask(Protocol):
    def __call__(self, **given: object) -> dict[str, object]:
        """Asks KMS."""
