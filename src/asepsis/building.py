"""What is built of settings: adapters, rooms, and a gateway of them all. With `control` and `app` the composition root.

What only one process needs is imported by that process alone, so that a worker stays small and all start fast.
"""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from asepsis.core.errors import ConfigError, Unavailable
from asepsis.core.events import PolicyActivated
from asepsis.core.types import Elevation
from asepsis.gateway import parts
from asepsis.infra import keys, plugins, snapshot
from asepsis.infra.clock import SystemClock, today
from asepsis.infra.ids import SystemIds
from asepsis.infra.randomness import SystemRandomness
from asepsis.infra.state import Paths
from asepsis.listening import Of, serving
from asepsis.scan.config import ScanConfig
from asepsis.settings import Settings, Snapshot, Start, read_snapshot, wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from asepsis.core.ports import KeyProvider, Policy, Resolver, Sealer
    from asepsis.deid.late import LateVault
    from asepsis.deid.vault import Vault
    from asepsis.gateway import Gateway, Live
    from asepsis.gateway.worker import Worker
    from asepsis.identity import CallerIdentifier
    from asepsis.identity.config import ListenTls
    from asepsis.infra.approvals import ApprovalRows
    from asepsis.infra.budgets import BudgetRows
    from asepsis.infra.custody import CustodyRows
    from asepsis.infra.grants import GrantRows
    from asepsis.ledger.emergency import Emergency, Opening
    from asepsis.policy.approvals import Approvals
    from asepsis.policy.budgets import Leases
    from asepsis.policy.directives import Directives
    from asepsis.tools.conversations import Conversations

__all__ = [
    "accept",
    "approvable",
    "approvals",
    "budgets",
    "conversations",
    "custody",
    "directives",
    "elevations",
    "emergency",
    "gateway_tls",
    "grant_rows",
    "guards",
    "identifier",
    "keep_manifests",
    "live",
    "make_gateway",
    "open_sealer",
    "open_vault",
    "policy",
    "resolver",
    "spends",
    "successor",
    "webhook_key",
    "worker",
]


def guards(current: Snapshot, paths: Paths) -> parts.Parts:
    """Builds what finds things in text, what takes them out, and how upstreams are asked; raises ConfigError."""
    settings = current.settings
    around = parts.Around(keys.HmacDigester(keys.FileKeys(paths.master_key)), settings.tenant, paths.cache)
    return parts.build(wanted(settings), plugins.discover(settings.plugins), around)


def live(current: Snapshot, paths: Paths, *, known: "Resolver | None" = None) -> "Live":
    """Builds all that a gateway works with, but for a roster that is `known` already; raises ConfigError."""
    from asepsis.gateway import Elevated, Kill, Live  # noqa: PLC0415 only a gateway guards
    from asepsis.scan.topics import Topics, read_topics  # noqa: PLC0415 as above

    settings = current.settings
    made = guards(current, paths)
    decides = policy(current, paths)
    observe = (*settings.gateway.observe, *getattr(decides, "observe", ()))  # those of a bundle, which two people sign
    return Live(
        config=msgspec.structs.replace(settings.gateway, observe=observe),
        identifier=identifier(current, paths),
        policy=decides,
        scanner=made.scanner,
        transformer=made.transformer,
        providers=made.providers,
        kills=frozenset(Kill(*one) for one in current.kills),
        elevated=tuple(Elevated(*one) for one in current.elevations),
        transports=made.transports,
        vault=_vault(current, paths),
        resolver=known or resolver(settings.scan),
        labeller=Topics(read_topics(), cache=paths.cache),
        approvals=approvals(settings, paths) if approvable(settings) else None,
        budgets=budgets(settings, paths) if spends(settings) else None,
        directives=directives(settings, paths) if settings.policy.directives else None,
        conversations=conversations(current, paths) if settings.tools.watched else None,
    )


def conversations(current: Snapshot, paths: Paths) -> "Conversations":
    """Returns what watches the tool calls in models' answers, with the manifests in force; raises ConfigError."""
    from fnmatch import fnmatchcase  # noqa: PLC0415 only who has such calls watched needs it

    from asepsis.tools.catalogue import named  # noqa: PLC0415 as above
    from asepsis.tools.conversations import Conversations  # noqa: PLC0415 as above
    from asepsis.tools.manifests import kept  # noqa: PLC0415 as above

    tools = current.settings.tools
    return Conversations(
        named(kept(paths.manifests, current.manifests)),
        watched=lambda application: any(fnmatchcase(application, one) for one in tools.watched),
        speaking=lambda application: application in tools.speaking,
    )


def _observed(decides: "Policy") -> tuple[str, ...]:
    """Returns the applications that a bundle, which two people sign, only observes."""
    from asepsis.policy.engine import CedarPolicy  # noqa: PLC0415 as above

    return decides.observe if isinstance(decides, CedarPolicy) else ()


def spends(settings: Settings) -> bool:
    """Whether there is anything that counts what calls take."""
    return bool(settings.policy.budgets or settings.identity.grants.issuer)


def elevations(current: Snapshot) -> "Callable[[str, Sequence[str], int], tuple[Elevation, ...]]":
    """Returns what tells what some may do for a time that is not over, by tenant, principals and the time."""
    rows = current.elevations

    def opened(tenant: str, principals: "Sequence[str]", now: int) -> "tuple[Elevation, ...]":
        """Returns what is open."""
        mine = [one for one in rows if one[0] == tenant and one[1] in principals and now < one[4]]
        return tuple(sorted(Elevation(principal, template, link) for _, principal, template, link, _ in mine))

    return opened


def _counted(settings: Settings) -> tuple[object, ...]:
    return settings.policy.budgets, settings.policy.prices, settings.policy.unstated_tokens


def budgets(settings: Settings, paths: Paths) -> "Leases":
    """Returns what counts what calls take; the database is opened when the first lease is needed."""
    from asepsis.policy.budgets import Leases  # noqa: PLC0415 only who has budgets needs it

    def rows() -> "BudgetRows":
        from asepsis.infra import database  # noqa: PLC0415 only who uses them needs SQLAlchemy here
        from asepsis.infra.budgets import BudgetRows  # noqa: PLC0415 as above

        return BudgetRows(database.connect(paths.database_url))

    return Leases(settings.policy, rows, clock=SystemClock())


def approvable(settings: Settings) -> bool:
    """Whether there is anybody who can approve: with a key of their own, or signed in to the console."""
    desk = settings.console.sign_in is not None and any(one.may == "approve" for one in settings.console.access)
    return desk or bool(settings.policy.approvers)


def directives(settings: Settings, paths: Paths) -> "Directives":
    """Returns what members consented to and refused, and who stands how to them; raises ConfigError."""
    from asepsis.policy.directives import Directives  # noqa: PLC0415 only who has such a file needs it

    digester = keys.HmacDigester(keys.FileKeys(paths.master_key))
    keyed = lambda tenant, member: digester.digest("member", member, tenant=tenant)  # noqa: E731 it binds the digester
    return Directives(Path(settings.policy.directives), keyed, tenant=settings.tenant, clock=SystemClock())


def gateway_tls(settings: Settings) -> "ListenTls":
    """Returns the gateway's TLS."""
    return settings.gateway.tls


def identifier(current: Snapshot, paths: Paths, *, of: Of = gateway_tls) -> "CallerIdentifier":
    """Returns what tells who calls; the database is opened when the first handle of a grant is shown."""
    from asepsis.identity import CallerIdentifier  # noqa: PLC0415 only a gateway and the control plane ask

    settings, clock, handles = current.settings, SystemClock(), None
    if settings.identity.grants.issuer:
        from asepsis.identity.handles import Handles  # noqa: PLC0415 only who has grants needs it
        from asepsis.infra.replays import Replays  # noqa: PLC0415 as above

        seen = Replays(paths.replays, clock=clock)
        handles = Handles(lambda: grant_rows(paths), keys.FileKeys(paths.master_key), seen, clock=clock)
    return CallerIdentifier(
        settings.identity,
        tenant=settings.tenant,
        clock=clock,
        keys=current.keys,
        handles=handles,
        shown=of(settings).trust_domain,
    )


def grant_rows(paths: Paths) -> "GrantRows":
    """Opens the grants in the control database."""
    from asepsis.infra import database  # noqa: PLC0415 only who uses them needs SQLAlchemy here
    from asepsis.infra.grants import GrantRows  # noqa: PLC0415 as above
    from asepsis.infra.outbox import Outbox  # noqa: PLC0415 as above

    engine, clock = database.connect(paths.database_url), SystemClock()
    return GrantRows(engine, Outbox(engine, clock=clock, ids=SystemIds(clock)))


def webhook_key(provider: "KeyProvider", tenant: str) -> "Ed25519PrivateKey":
    """Returns the key that signs a tenant's webhooks."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 as above

    return Ed25519PrivateKey.from_private_bytes(provider.key("webhooks", tenant=tenant))


def approvals(settings: Settings, paths: Paths) -> "Approvals":
    """Returns what remembers approvals; the database is opened when the first is asked for."""
    from asepsis.infra.spent import Spent  # noqa: PLC0415 only who asks for approvals needs it
    from asepsis.policy.answers import Rules  # noqa: PLC0415 as above
    from asepsis.policy.approvals import Approvals, Tools  # noqa: PLC0415 as above
    from asepsis.policy.rota import Rota  # noqa: PLC0415 as above

    def cases() -> "ApprovalRows":
        from asepsis.infra import database  # noqa: PLC0415 only who uses them needs SQLAlchemy here
        from asepsis.infra.approvals import ApprovalRows  # noqa: PLC0415 as above
        from asepsis.infra.outbox import Outbox  # noqa: PLC0415 as above

        engine = database.connect(paths.database_url)
        return ApprovalRows(engine, Outbox(engine, clock=clock, ids=SystemIds(clock)))

    clock = SystemClock()
    provider = keys.FileKeys(paths.master_key)
    tools = Tools(clock, SystemIds(clock), keys.HmacDigester(provider), provider, Spent(paths.spent))
    policy = settings.policy
    rules = Rules(policy.approvers, Rota(policy.rota), policy.escalate_minutes * 60_000, policy.escalate_to)
    return Approvals(cases, rules, tools, minutes=policy.approval_minutes)


def policy(current: Snapshot, paths: Paths) -> "Policy":
    """Returns what decides: the bundle in force, or the static policy; raises ConfigError."""
    if not current.bundle:
        from asepsis.policy import StaticPolicy  # noqa: PLC0415 only a gateway decides

        return StaticPolicy(current.settings.policy)
    from asepsis.policy.engine import CedarPolicy  # noqa: PLC0415 as above
    from asepsis.policy.kept import kept  # noqa: PLC0415 as above

    return CedarPolicy(kept(paths.policies, current.bundle))


def accept(settings: Settings, paths: Paths, *, bundle: str = "") -> PolicyActivated | None:
    """Copies the settings' bundle into the state, and returns the Event that says so; raises ConfigError.

    With a digest it is the copy of that `bundle`. None where the settings name no bundle.
    """
    if not settings.policy.bundle:
        return None
    from asepsis.policy.kept import accepted, keep  # noqa: PLC0415 only who puts policies in force needs it

    folder = paths.policies / bundle if bundle else Path(settings.policy.bundle)
    one = accepted(folder, settings.policy, today=today(SystemClock().now()))
    try:
        digest = keep(one.files, paths.policies)
    except OSError as error:
        raise ConfigError("expected a folder that policies can be copied to", place=str(paths.policies)) from error
    keyed = partial(keys.HmacDigester(keys.FileKeys(paths.master_key)).digest, "principal", tenant=settings.tenant)
    author, approver = (keyed(name) if name else "" for name in one.signed)
    meta = one.bundle.meta
    return PolicyActivated(digest, meta.name, meta.version, author, approver, meta.observe)


def keep_manifests(beside: bytes, paths: Paths) -> str:
    """Copies the manifests `beside` a configuration into the state; returns their digest; raises ConfigError."""
    if not beside:
        return ""
    from asepsis.tools.manifests import keep  # noqa: PLC0415 only who has tools needs it

    try:
        return keep(beside, paths.manifests)
    except (OSError, Unavailable) as error:
        said = "expected a folder that manifests can be copied to"
        raise ConfigError(said, place=str(paths.manifests)) from error


def resolver(settings: ScanConfig) -> "Resolver | None":
    """Who tells whom data is about, None where there is no roster; raises ConfigError."""
    if not settings.subjects.roster:
        return None
    from asepsis.infra import rows  # noqa: PLC0415 only a gateway with a roster needs it
    from asepsis.scan.subjects import service  # noqa: PLC0415 as above

    return service.build(settings.subjects, SystemRandomness(), query=rows.rows)


def _vault(current: Snapshot, paths: Paths) -> "LateVault | None":
    """The vault of tokens, None where the static policy gives none to any application's requests."""
    from asepsis.deid.late import LateVault  # noqa: PLC0415 only a gateway and the control plane need it

    policy = current.settings.policy
    rules = [one.request or policy.request for one in policy.applications]
    return LateVault(lambda: open_vault(paths)) if current.bundle or any(one.token for one in rules) else None


def open_vault(paths: Paths) -> "Vault":
    """Opens the vault in the control database."""
    from asepsis.deid.vault import Tools, Vault  # noqa: PLC0415 as above
    from asepsis.infra import database  # noqa: PLC0415 only who uses the vault needs SQLAlchemy here
    from asepsis.infra.vault import VaultRows  # noqa: PLC0415 as above

    provider = keys.FileKeys(paths.master_key)
    tools = Tools(provider, keys.HmacDigester(provider), SystemClock(), SystemRandomness())
    return Vault(VaultRows(database.connect(paths.database_url)), tools)


def custody(paths: Paths) -> "CustodyRows":
    """Opens the keys of sealed bodies in the control database; raises Unavailable while there is none."""
    from asepsis.infra import database  # noqa: PLC0415 only who uses them needs SQLAlchemy here
    from asepsis.infra.custody import CustodyRows  # noqa: PLC0415 as above
    from asepsis.infra.outbox import Outbox  # noqa: PLC0415 as above

    if not paths.has_database:
        raise Unavailable("expected the control database of a server", place=str(paths.database), code="sealing_keys")
    engine, clock = database.connect(paths.database_url), SystemClock()
    return CustodyRows(engine, Outbox(engine, clock=clock, ids=SystemIds(clock)))


def emergency(settings: Settings) -> "Emergency | None":
    """Returns what says whether an emergency of the ledger is open, None where settings let there be none."""
    told = settings.ledger.emergency
    if not told.folder:
        return None
    from asepsis.ledger.emergency import Emergency  # noqa: PLC0415 only who records or seals needs it
    from asepsis.policy.emergency import admitted  # noqa: PLC0415 as above

    clock = SystemClock()
    people = tuple(one for one in settings.policy.approvers if told.group in one.groups)

    def admit(data: bytes) -> "Opening":
        return admitted(data, approvers=people, most_ms=60_000 * told.most_minutes, now=clock.now())

    return Emergency(Path(told.folder), admit, clock=clock)


def open_sealer(settings: Settings, paths: Paths) -> "Sealer | None":
    """Starts what keeps content sealed, None where nothing is kept; raises ConfigError."""
    sealing = settings.ledger.sealing
    if not sealing.to:
        return None
    from asepsis.infra.wrapping import wrapper  # noqa: PLC0415 only who seals needs it
    from asepsis.ledger.disk import OsDisk  # noqa: PLC0415 as above
    from asepsis.ledger.sealing.files import BodyFiles  # noqa: PLC0415 as above
    from asepsis.ledger.sealing.keyring import Keyring  # noqa: PLC0415 as above
    from asepsis.ledger.sealing.sealer import BodySealer, LateKeys  # noqa: PLC0415 as above

    clock, randomness = SystemClock(), SystemRandomness()
    files = BodyFiles(paths.bodies, OsDisk(), clock=clock, randomness=randomness)
    keyring = Keyring(wrapper(sealing.to), clock, randomness)
    keys = LateKeys(lambda: custody(paths))
    made = BodySealer(keyring, files, keys, randomness=randomness, most_bytes=sealing.body_bytes)
    made.start()
    if (open_now := emergency(settings)) is None:
        return made
    from asepsis.ledger.emergency import SEALING  # noqa: PLC0415 as above
    from asepsis.ledger.sealing.sparing import SparingSealer  # noqa: PLC0415 as above

    return SparingSealer(made, lambda: open_now.allows(SEALING) is not None, clock=clock)


def make_gateway(first: Snapshot, paths: Paths, *, ready: "Live | None" = None) -> "Gateway":
    """Returns a gateway for one worker, whichever shell it stands behind; `ready` is what was built for it already."""
    from asepsis.gateway import Gateway, Tools  # noqa: PLC0415 only a gateway guards
    from asepsis.infra.http import HttpTransport  # noqa: PLC0415 as above
    from asepsis.ledger.client import SocketLedger  # noqa: PLC0415 as above

    calls = first.settings.gateway.call
    clock = SystemClock()
    digester = keys.HmacDigester(keys.FileKeys(paths.master_key))
    sealer = open_sealer(first.settings, paths)
    tools = Tools(
        clock,
        SystemIds(clock),
        digester,
        first.settings.tenant,
        SystemRandomness(),
        sealer,
        first.settings.ledger.sealing.keep == "all",
    )
    ledger = SocketLedger(paths.socket, timeout=first.settings.ledger.timeout_ms / 1000)
    return Gateway(
        ready or live(first, paths),
        tools,
        ledger=ledger,
        transport=HttpTransport(connect=calls.connect_seconds, idle=calls.idle_seconds),
        missing=lambda: "" if ledger.connected else "ledger",
    )


def successor(before: "Live", old: Snapshot, new: Snapshot, paths: Paths) -> "Live":
    """The next state of things: switches, keys of issuers and access for a time alone need nothing else rebuilt."""
    from asepsis.gateway import Elevated, Kill  # noqa: PLC0415 only a gateway guards

    if (new.settings, new.digest, new.bundle, new.secrets) == (old.settings, old.digest, old.bundle, old.secrets):
        known = before.identifier if new.keys == old.keys else identifier(new, paths)
        kills, elevated = frozenset(Kill(*one) for one in new.kills), tuple(Elevated(*one) for one in new.elevations)
        return msgspec.structs.replace(before, kills=kills, identifier=known, elevated=elevated)
    same = new.settings.scan.subjects == old.settings.scan.subjects
    made = live(new, paths, known=before.resolver if same else None)
    if before.budgets is None:
        return made
    if spends(new.settings) and _counted(new.settings) == _counted(old.settings):
        return msgspec.structs.replace(made, budgets=before.budgets)
    before.budgets.close()
    return made


def worker(start: Start) -> "Worker[Snapshot]":
    """Returns a gateway worker; raises ConfigError for a snapshot that can't run.

    What it works with is built here, before the server forks: a fault ends the start, and the workers share it.
    """
    from asepsis.gateway.worker import Maker, Worker  # noqa: PLC0415 only a gateway guards

    paths = start.paths
    built = read_snapshot(paths)
    ready = live(built, paths)

    def first(current: Snapshot) -> "Gateway":
        return make_gateway(current, paths, ready=successor(ready, built, current, paths))

    watcher = snapshot.Watcher(paths.snapshot, msgspec.json.Decoder(Snapshot).decode)
    after = lambda before, old, new: successor(before, old, new, paths)  # noqa: E731 it binds the paths
    return Worker(watcher, Maker(first, after, lambda current: current.draining, partial(serving, gateway_tls)))
