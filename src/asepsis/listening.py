"""The TLS that the gateway's clients meet, by the settings and by the trust bundle in force."""

from pathlib import Path
from typing import TYPE_CHECKING

from asepsis.settings import Snapshot

if TYPE_CHECKING:
    from ssl import SSLContext

__all__ = ["serving"]


def serving(before: Snapshot | None, current: Snapshot) -> "SSLContext | None":
    """Returns the TLS that clients meet, None for none, or where it is what it was `before`; raises ConfigError."""
    tls = current.settings.gateway.tls
    if not tls.certificate or (before is not None and _met(before) == _met(current)):
        return None
    from asepsis.infra import config  # noqa: PLC0415 only who serves TLS needs it
    from asepsis.infra.tls import serving as made  # noqa: PLC0415 as above

    asked = bool(tls.client_ca or tls.trust_domain)
    return made(config.secret(tls.certificate), _authorities(current), asked=asked)


def _met(current: Snapshot) -> tuple[object, ...]:
    return current.settings.gateway.tls, _authorities(current), current.secrets


def _authorities(current: Snapshot) -> tuple[bytes, ...]:
    """Returns whose certificates clients may show, in DER; of a trust domain whose bundle is yet to come, nobody's."""
    tls = current.settings.gateway.tls
    if tls.client_ca:
        from asepsis.infra.tls import authorities  # noqa: PLC0415 as above

        return authorities(Path(tls.client_ca))
    for one in current.settings.identity.trust_domains:
        if one.name == tls.trust_domain and (bundle := current.keys.get(one.source)):
            from asepsis.identity.keysets import trust_bundle  # noqa: PLC0415 as above

            return trust_bundle(bundle.encode()).authorities
    return ()
