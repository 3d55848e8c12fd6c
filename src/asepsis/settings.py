"""The configuration as one tree, the snapshot of it that processes run on, and how a process finds both.

This file knows the settings of all rooms and nothing that they do: what is built of settings, and in which process, is
the composition root's (`asepsis.app`).
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from asepsis.console.config import ConsoleConfig, check_url
from asepsis.core import canonical
from asepsis.core.errors import ConfigError, InputError
from asepsis.deid.config import DeidConfig
from asepsis.gateway import parts
from asepsis.gateway.config import GatewayConfig, check
from asepsis.identity.config import GrantsConfig, IdentityConfig, ListenTls
from asepsis.infra import config, fetch, plugins, schema, snapshot
from asepsis.infra.clock import SystemClock
from asepsis.infra.peek import Switch
from asepsis.infra.plugins import Pin
from asepsis.infra.secrets import OptionalSecretUri
from asepsis.infra.state import Paths
from asepsis.infra.telemetry_config import TelemetryConfig
from asepsis.lab.config import LabConfig
from asepsis.ledger.config import LedgerConfig
from asepsis.policy.config import Approver, PolicyConfig, Signer
from asepsis.scan.config import ScanConfig
from asepsis.tools.config import ToolsConfig

__all__ = ["Settings", "Snapshot", "Start", "load", "publish", "read_snapshot", "try_out", "wanted"]

_TWO: Final = 2


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole configuration, a table for each room.

    `state` is the folder of everything that lasts; `database` is the secret URI of the control database's URL where
    it is a PostgreSQL elsewhere.
    """

    tenant: str = "local"
    state: str = "state"
    log: str = "info"
    database: OptionalSecretUri = ""
    gateway: GatewayConfig = GatewayConfig()
    identity: IdentityConfig = IdentityConfig()
    policy: PolicyConfig = PolicyConfig()
    scan: ScanConfig = ScanConfig()
    deid: DeidConfig = DeidConfig()
    ledger: LedgerConfig = LedgerConfig()
    console: ConsoleConfig = ConsoleConfig()
    telemetry: TelemetryConfig = TelemetryConfig()
    tools: ToolsConfig = ToolsConfig()
    plugins: tuple[Pin, ...] = ()
    lab: LabConfig = LabConfig()


class Snapshot(msgspec.Struct, frozen=True):
    """What the workers run on: the settings with their digest, and the kill switches that are thrown.

    `bundle` is the digest of the policies in force, empty where the settings' static policy is, and `manifests` that of
    the tools' manifests, empty where there are none; `keys` are the key sets of issuers, by their sources; `secrets` is
    a sign of the files that secrets are in. `elevations` are access for a time: tenant, principal, template, link,
    expires.
    """

    settings: Settings
    digest: str
    kills: tuple[Switch, ...] = ()
    draining: bool = False
    bundle: str = ""
    keys: dict[str, str] = {}
    secrets: str = ""
    elevations: tuple[tuple[str, str, str, str, int], ...] = ()
    manifests: str = ""


class Start(msgspec.Struct, frozen=True):
    """How the system was started: where its state and its database are, and where its configuration comes from."""

    state: Path
    file: Path | None = None
    overrides: tuple[str, ...] = ()
    database: str = ""

    @property
    def paths(self) -> Paths:
        """Where things lie."""
        return Paths(self.state, self.database)

    def load(self) -> config.Loaded[Settings]:
        """Reads the configuration anew; raises ConfigError."""
        return load(self.file, self.overrides)


def load(file: Path | None, overrides: Sequence[str] = ()) -> config.Loaded[Settings]:
    """Reads the configuration and tries it: raises ConfigError for whatever could not run.

    With a bundle of policies, or manifests of tools, the digest is that of all, so that another bundle is another
    configuration. The manifests are what is `beside` it, read once.
    """
    loaded = config.load(Settings, file=file, overrides=overrides)
    try_out(loaded.value)
    more: list[str] = []
    beside = b""
    if loaded.value.policy.bundle:
        from asepsis.policy.folder import digest, read_files  # noqa: PLC0415 as below

        more.append(digest(read_files(Path(loaded.value.policy.bundle))))
    if loaded.value.tools.servers:
        from asepsis.tools.catalogue import read_confirmed  # noqa: PLC0415 only who has tools needs it

        beside = canonical.encode(read_confirmed(loaded.value.tools))
        more.append(hashlib.sha256(beside).hexdigest())
    if not more:
        return loaded
    return msgspec.structs.replace(loaded, digest=canonical.digest((loaded.digest, *more)), beside=beside)


def try_out(settings: Settings) -> None:
    """Raises ConfigError for settings that fit their types and yet can't run."""
    from asepsis.identity import CallerIdentifier  # noqa: PLC0415 what is tried here runs elsewhere
    from asepsis.policy import StaticPolicy  # noqa: PLC0415 as above

    CallerIdentifier(settings.identity, tenant=settings.tenant, clock=SystemClock())
    for number, issuer in enumerate(settings.identity.issuers):
        fetch.check_address(issuer.jwks, place=f"identity.issuers[{number}].jwks")
    for number, domain in enumerate(settings.identity.trust_domains):
        fetch.check_address(domain.bundle, place=f"identity.trust_domains[{number}].bundle")
    _tls(settings, "gateway", settings.gateway.tls)
    _tls(settings, "tools", settings.tools.tls)
    _tls(settings, "console", settings.console.tls)
    _addresses(settings.identity.grants)
    StaticPolicy(settings.policy)
    _people(settings.policy)
    _budgets(settings)
    _rota(settings.policy)
    check(settings.gateway.upstreams)
    parts.check(wanted(settings), plugins.discover(settings.plugins))
    _tenant(settings.tenant)
    _webhooks(settings.telemetry)
    _witnesses(settings.ledger)
    _timestamps(settings.ledger)
    _emergency(settings)
    _sealing(settings.ledger)
    _sign_in(settings)
    _ports(settings)
    callers = [settings.identity.anonymous, *(caller.application for caller in settings.identity.callers)]
    callers += [issuer.application for issuer in settings.identity.issuers]
    callers += [rule.application for domain in settings.identity.trust_domains for rule in domain.workloads]
    _known(settings, [name for name in callers if name], place="identity")
    _known(settings, settings.gateway.observe, place="gateway.observe")
    if settings.policy.bundle and not settings.policy.unsigned and settings.gateway.observe:
        said = "expected none: what is only observed stands in the head of the bundle, which two people sign"
        raise ConfigError(said, place="gateway.observe")
    _known(settings, settings.tools.speaking, place="tools.speaking")


def _tls(settings: Settings, room: str, tls: ListenTls) -> None:
    """Raises ConfigError for certificates of clients without one of our own, or of two sorts of authority."""
    if not tls.certificate and (tls.client_ca or tls.trust_domain or tls.required):
        raise ConfigError(f"expected a certificate of the {room}'s own", place=f"{room}.tls.certificate")
    if tls.client_ca and tls.trust_domain:
        raise ConfigError("expected certificates of one sort: `client_ca` or `trust_domain`", place=f"{room}.tls")
    if tls.required and not tls.client_ca and not tls.trust_domain:
        raise ConfigError("expected `client_ca` or `trust_domain`, if certificates are required", place=f"{room}.tls")
    if tls.trust_domain and tls.trust_domain not in [one.name for one in settings.identity.trust_domains]:
        raise ConfigError("expected one of `identity.trust_domains`", place=f"{room}.tls.trust_domain")
    if tls.certificate:
        from asepsis.infra.tls import authorities, serving  # noqa: PLC0415 only who serves TLS needs it

        trusted = authorities(Path(tls.client_ca)) if tls.client_ca else ()
        try:
            serving(config.secret(tls.certificate), trusted, asked=bool(trusted))
        except ConfigError as error:
            raise ConfigError(error.message, place=f"{room}.tls.certificate") from error


def _addresses(settings: GrantsConfig) -> None:
    """Raises ConfigError for the addresses of grants unless there are both or none, without a path."""
    if not settings.issuer and not settings.gateway and not settings.bound:
        return
    for name in ("issuer", "gateway"):
        parts = urlsplit(getattr(settings, name))
        if (
            parts.scheme not in ("http", "https")
            or not parts.netloc
            or parts.geturl() != f"{parts.scheme}://{parts.netloc}"
        ):
            raise ConfigError("expected an address such as `https://asepsis.example`", place=f"identity.grants.{name}")


def _witnesses(settings: LedgerConfig) -> None:
    if settings.policy:
        from asepsis.ledger.anchor import read_policy  # noqa: PLC0415 another process asks them

        read_policy(Path(settings.policy))


def _emergency(settings: Settings) -> None:
    told = settings.ledger.emergency
    if not told.folder:
        return
    if not Path(told.folder).is_dir():
        raise ConfigError("expected a folder, on another disk than `state`", place="ledger.emergency.folder")
    if len({one.name for one in settings.policy.approvers if told.group in one.groups}) < _TWO:
        raise ConfigError(f"expected two people in the group `{told.group}`", place="policy.approvers")


def _timestamps(settings: LedgerConfig) -> None:
    if settings.timestamps.url:
        from asepsis.infra import timestamps  # noqa: PLC0415 another process asks for them

        timestamps.ask(b"-")
        timestamps.read_roots(Path(settings.timestamps.roots))


def _sealing(settings: LedgerConfig) -> None:
    if settings.sealing.to and not settings.sealing.to.startswith("kms:"):
        from asepsis.infra.wrapping import wrapper  # noqa: PLC0415 the gateway's processes wrap

        try:
            wrapper(settings.sealing.to)
        except ConfigError as error:
            raise ConfigError(error.message, place="ledger.sealing.to") from error


def _webhooks(telemetry: TelemetryConfig) -> None:
    for number, hook in enumerate(telemetry.webhooks):
        place = f"telemetry.webhooks[{number}]"
        if urlsplit(hook.url).scheme not in ("http", "https"):
            raise ConfigError("expected an https address, or http on loopback", place=f"{place}.url")
        fetch.check_address(hook.url, place=f"{place}.url")
        if not hook.name or hook.name in [one.name for one in telemetry.webhooks[:number]]:
            raise ConfigError("expected each name once", place=f"{place}.name")


def _sign_in(settings: Settings) -> None:
    """Raises ConfigError for a provider that is not among the issuers, and for an address that is not safe."""
    console, here = settings.console, ("", settings.tenant)
    check_url(console.address)
    if console.sign_in is None:
        return
    if console.sign_in.issuer not in (one.name for one in settings.identity.issuers if one.tenant in here):
        raise ConfigError("expected one of `identity.issuers`, of this tenant", place="console.sign_in.issuer")
    if not console.sign_in.client_id:
        raise ConfigError("expected a value", place="console.sign_in.client_id")
    if not any(one.role for one in console.access):
        raise ConfigError("expected at least one role that may look", place="console.access")


def _people(policy: PolicyConfig) -> None:
    """Raises ConfigError for two signers or two approvers of one name or one key, and for what is no key."""
    if not policy.signers and not policy.approvers:
        return
    from asepsis.policy.dsse import public_bytes  # noqa: PLC0415 its library is for those who name people

    named: dict[str, Sequence[Signer | Approver]] = {"signers": policy.signers, "approvers": policy.approvers}
    for setting, people in named.items():
        names: set[str] = set()
        keys: set[bytes] = set()
        for number, one in enumerate(people):
            place = f"policy.{setting}[{number}]"
            if not one.name or one.name in names:
                raise ConfigError("expected each name once", place=f"{place}.name")
            try:
                key = public_bytes(one.key)
            except ConfigError as error:
                raise ConfigError(error.message, place=f"{place}.key") from error
            if key in keys:
                raise ConfigError("expected each key once; two people have two keys", place=f"{place}.key")
            names.add(one.name)
            keys.add(key)
    for number, approver in enumerate(policy.approvers):
        if not approver.principal:
            raise ConfigError("expected who they are when they call", place=f"policy.approvers[{number}].principal")


def _budgets(settings: Settings) -> None:
    """Raises ConfigError for budgets of one name, of a name that is no rule's, or of what nobody can tell."""
    names: set[str] = set()
    for number, one in enumerate(settings.policy.budgets):
        place = f"policy.budgets[{number}]"
        if one.name in names or one.name == "grant" or not re.fullmatch(r"[a-z][a-z0-9-]{0,63}", one.name):
            raise ConfigError("expected a name of its own such as `tokens-a-day`, not `grant`", place=f"{place}.name")
        names.add(one.name)
        if one.unit == "members" and not settings.scan.subjects.roster:
            raise ConfigError("expected `scan.subjects.roster`, by which members are told", place=f"{place}.unit")
        if one.tool and (one.unit not in ("requests", "members") or one.of == "model"):
            raise ConfigError(
                "expected requests or members of tools, which have neither tokens nor models", place=place
            )
        if one.of == "tool" and not one.tool:
            raise ConfigError("expected the tools whose calls count, such as `*`", place=f"{place}.tool")


def _rota(policy: PolicyConfig) -> None:
    if policy.rota:
        from asepsis.policy.rota import check_shifts  # noqa: PLC0415 only who has a rota needs it

        check_shifts(policy.rota)
    if bool(policy.escalate_minutes) != bool(policy.escalate_to):
        raise ConfigError("expected both or neither of when to escalate and to whom", place="policy.escalate_to")


def _tenant(name: str) -> None:
    from asepsis.ledger.format import check_tenant  # noqa: PLC0415 its folder is made elsewhere

    try:
        check_tenant(name)
    except InputError as error:
        raise ConfigError(error.message, place="tenant") from error


def _ports(settings: Settings) -> None:
    """Raises ConfigError when two would listen at one place; port 0 is any that is free."""
    gateway, console = settings.gateway, settings.console
    if gateway.port and (gateway.host, gateway.port) == (console.host, console.port):
        raise ConfigError(f"expected another port than the gateway's {gateway.port}", place="console.port")
    tools = settings.tools
    if (
        tools.servers
        and tools.port
        and (tools.host, tools.port) in [(one.host, one.port) for one in (gateway, console)]
    ):
        raise ConfigError("expected another port than the gateway's and the console's", place="tools.port")


def _known(settings: Settings, applications: Sequence[str], *, place: str) -> None:
    names = tuple(rules.name for rules in settings.policy.applications)
    for name in sorted(set(applications).difference(names)):
        hint = schema.nearest(name, names) if names else "there is none"
        raise ConfigError(f"expected `{name}` among policy.applications; {hint}", place=place)


def wanted(settings: Settings) -> parts.Wanted:
    """Returns the settings that name plugins."""
    return parts.Wanted(settings.gateway, settings.scan, settings.deid)


def read_snapshot(paths: Paths) -> Snapshot:
    """Returns the snapshot in force; raises ConfigError when there is none."""
    try:
        return msgspec.json.decode(paths.snapshot.read_bytes(), type=Snapshot)
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError("expected a snapshot that the supervisor published", place=str(paths.snapshot)) from error


def publish(paths: Paths, current: Snapshot) -> None:
    """Puts a snapshot in force; raises Unavailable when the disk does not take it."""
    snapshot.publish(paths.snapshot, msgspec.json.encode(current))
