"""The TLS that the clients of a listener meet, by the settings and by the trust bundle in force."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from asepsis.identity.config import ListenTls
from asepsis.settings import Settings, Snapshot

if TYPE_CHECKING:
    from ssl import SSLContext

    from asepsis.infra.serving import Server
    from asepsis.infra.tls import Serving

__all__ = ["Of", "Renewed", "serving"]

Of = Callable[[Settings], ListenTls]
"""Which listener's settings are meant."""


class Renewed:
    """The TLS of a listener that follows the settings; `tls` is None where it speaks none."""

    def __init__(self, of: Of, first: Snapshot) -> None:
        """Raises ConfigError for certificates that can't be used."""
        self._of = of
        self._running = first
        self.tls = _started(serving(of, None, first))

    def look(self, current: Snapshot, server: "Server", /) -> None:
        """Puts in force what a snapshot says; raises ConfigError, and what was in force stays."""
        context = serving(self._of, self._running, current) if self.tls is not None else None
        self._running = current
        if context is not None and self.tls is not None:
            self.tls.current = context
            server.renew()


def serving(of: Of, before: Snapshot | None, current: Snapshot) -> "SSLContext | None":
    """Returns the TLS that clients meet, None for none, or where it is what it was `before`; raises ConfigError."""
    tls = of(current.settings)
    if not tls.certificate or (before is not None and _met(of, before) == _met(of, current)):
        return None
    from asepsis.infra import config  # noqa: PLC0415 only who serves TLS needs it
    from asepsis.infra.tls import serving as made  # noqa: PLC0415 as above

    asked = bool(tls.client_ca or tls.trust_domain)
    return made(config.secret(tls.certificate), _authorities(tls, current), asked=asked)


def _started(context: "SSLContext | None") -> "Serving | None":
    if context is None:
        return None
    from asepsis.infra.tls import Serving  # noqa: PLC0415 as above

    return Serving(context)


def _met(of: Of, current: Snapshot) -> tuple[object, ...]:
    tls = of(current.settings)
    return tls, _authorities(tls, current), current.secrets


def _authorities(tls: ListenTls, current: Snapshot) -> tuple[bytes, ...]:
    """Returns whose certificates clients may show, in DER; of a trust domain whose bundle is yet to come, nobody's."""
    if tls.client_ca:
        from asepsis.infra.tls import authorities  # noqa: PLC0415 as above

        return authorities(Path(tls.client_ca))
    for one in current.settings.identity.trust_domains:
        if one.name == tls.trust_domain and (bundle := current.keys.get(one.source)):
            from asepsis.identity.keysets import trust_bundle  # noqa: PLC0415 as above

            return trust_bundle(bundle.encode()).authorities
    return ()
