"""What a gateway works with, built from plugins by the names in the settings.

The groups are `asepsis.scanners` (called with the settings of the room `scan` and, by name, `digester`, `tenant` and
`cache`), `asepsis.transforms` (called without arguments) and `asepsis.upstreams` (called with `ProviderSettings`). An
unknown plugin is found by `check`, which imports none; one that fails is found by `build`.
"""

from pathlib import Path
from typing import Final, NamedTuple, cast

from asepsis.core.errors import ConfigError
from asepsis.core.ports import Digester, Provider, ProviderSettings, Scanner, Transformer, Transport
from asepsis.deid.config import DeidConfig
from asepsis.gateway.config import GatewayConfig, Upstream
from asepsis.infra import config
from asepsis.infra.plugins import Registry
from asepsis.scan.config import ScanConfig

__all__ = ["Around", "Parts", "Wanted", "build", "check"]

_SCANNERS: Final = "asepsis.scanners"
_TRANSFORMS: Final = "asepsis.transforms"
_UPSTREAMS: Final = "asepsis.upstreams"


class Wanted(NamedTuple):
    """The settings that name plugins."""

    gateway: GatewayConfig
    scan: ScanConfig
    deid: DeidConfig


class Around(NamedTuple):
    """What a scanner may use: a digester for the tenant's findings, and a folder for what can be made again."""

    digester: Digester
    tenant: str
    cache: Path


class Parts(NamedTuple):
    """What was built: `providers` has each upstream by name, `transports` those with TLS settings of their own."""

    scanner: Scanner
    transformer: Transformer
    providers: dict[str, Provider]
    transports: dict[str, Transport]


def check(wanted: Wanted, registry: Registry) -> None:
    """Raises ConfigError, at its setting, for a plugin that is not there and for a secret that can't be had."""
    registry.find(_TRANSFORMS, wanted.deid.transform, place="deid.transform")
    for name in wanted.scan.scanners:
        registry.find(_SCANNERS, name, place="scan.scanners")
    for number, one in enumerate(wanted.gateway.upstreams):
        registry.find(_UPSTREAMS, one.plugin or one.family, place=f"gateway.upstreams[{number}].plugin")
        for uri in (one.credential, one.client_certificate):
            _secret(uri)


def build(wanted: Wanted, registry: Registry, around: Around) -> Parts:
    """Returns all parts; raises ConfigError, at its setting, for the first one that can't be built."""
    place, needs = "deid.transform", ("replacement",)
    made = registry.build(_TRANSFORMS, wanted.deid.transform, lambda make: make(), place=place, needs=needs)
    upstreams = wanted.gateway.upstreams
    return Parts(
        scanner=_scanner(wanted, registry, around),
        transformer=cast("Transformer", made),
        providers={one.name: _provider(one, registry, number) for number, one in enumerate(upstreams)},
        transports=_transports(wanted.gateway),
    )


def _scanner(wanted: Wanted, registry: Registry, around: Around) -> Scanner:
    """Returns the scanner that the settings name, several as one, and one for the upstreams' own credentials."""
    settings = wanted.scan
    from asepsis.scan.pipeline import Pipeline  # noqa: PLC0415 `check` is for processes that scan nothing

    keywords = around._asdict()
    place, needs = "scan.scanners", ("scan", "scan_document", "scan_open")
    made = [
        registry.build(_SCANNERS, name, lambda make: make(settings, **keywords), place=place, needs=needs)
        for name in settings.scanners
    ]
    scanners = [cast("Scanner", one) for one in made]
    if held := [_secret(one.credential) for one in wanted.gateway.upstreams if one.credential]:
        from asepsis.scan.known import KnownScanner  # noqa: PLC0415 only who holds credentials needs it

        scanners.append(KnownScanner(held, digester=around.digester, tenant=around.tenant))
    return scanners[0] if len(scanners) == 1 else Pipeline(scanners)


def _provider(upstream: Upstream, registry: Registry, number: int) -> Provider:
    """Returns how an upstream is asked; raises ConfigError for a plugin of another API than the settings say."""
    place, needs = f"gateway.upstreams[{number}].plugin", ("family", "url", "headers")
    name = upstream.plugin or upstream.family
    settings = ProviderSettings(upstream.name, upstream.base_url, upstream.auth, _secret(upstream.credential))
    made = cast("Provider", registry.build(_UPSTREAMS, name, lambda make: make(settings), place=place, needs=needs))
    if made.family != upstream.family:
        raise ConfigError(f"expected a plugin for `{upstream.family}`, got `{name}` for `{made.family}`", place=place)
    return made


def _transports(settings: GatewayConfig) -> dict[str, Transport]:
    """Returns a transport of its own for each upstream with TLS settings of its own."""
    made: dict[str, Transport] = {}
    for number, one in enumerate(settings.upstreams):
        if one.ca_file or one.client_certificate:
            made[one.name] = _transport(settings, one, f"gateway.upstreams[{number}]")
    return made


def _transport(settings: GatewayConfig, upstream: Upstream, place: str) -> Transport:
    from asepsis.infra import tls  # noqa: PLC0415 `check` is for processes that send nothing
    from asepsis.infra.http import HttpTransport  # noqa: PLC0415 as above

    context = tls.context(ca_file=upstream.ca_file, identity=_secret(upstream.client_certificate), place=place)
    limits = settings.call
    return HttpTransport(connect=limits.connect_seconds, idle=limits.idle_seconds, tls=context)


def _secret(uri: str) -> str:
    return config.secret(uri) if uri else ""
