"""The commands `asepsis policy …`: bundles of policies from the first draft to the explanation of a decision."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

import click

from asepsis.core import canonical
from asepsis.core.errors import ConfigError, InputError, NotTrusted
from asepsis.infra import durable
from asepsis.infra.clock import SystemClock, today
from asepsis.ledger.reader import LogReader, tenants
from asepsis.policy import dsse, signing
from asepsis.policy.bundle import Reading, opened, read
from asepsis.policy.cases import failed, untested
from asepsis.policy.changes import changed, decided, difference
from asepsis.policy.config import PolicyConfig, SignerRole
from asepsis.policy.engine import CedarPolicy
from asepsis.policy.explain import explained
from asepsis.policy.folder import SIGNATURES, digest, read_files
from asepsis.policy.groups import Group, locks, unlocks
from asepsis.policy.kept import accepted, expired, kept, replace, tested
from asepsis.policy.replay import Recorded, outcomes, own, recorded
from asepsis.policy.types import Bundle, Fault

__all__ = ["policy_commands"]

_FOLDER: Final = click.Path(exists=True, file_okay=False, path_type=Path)
_KEY: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_UNSIGNED: Final = "nobody's signature is asked for: `policy.unsigned` is set, which is for trying out"


def policy_commands(
    settings: Callable[[], PolicyConfig], copies: Callable[[], Path], touched: Callable[[], None]
) -> click.Group:
    """Returns the group; `settings` are those of the configuration that the command line names.

    `copies` is the folder where bundles that were in force are kept; `touched` has a running server look at its
    configuration again.
    """

    @click.group("policy", cls=Group)
    def policy() -> None:
        """Policies: write a bundle, test it, sign it, and explain what was decided.

        \b
          asepsis policy new policies           begin with the policies of a health plan
          asepsis policy check policies         what is wrong or untested, with file and line
          asepsis policy diff old policies      what is different, in words
          asepsis policy simulate policies DIR  which decisions in a ledger would change
          asepsis policy sign policies --key ann.pem --name ann --role author
          asepsis policy activate policies --config asepsis.toml
        """  # noqa: D301 click reads the backspace character

    for command in (_new, _schema, _check, _test, _diff, _simulate, _explain, _key, _sign):
        policy.add_command(command)

    @policy.command("verify")
    @click.argument("folder", type=_FOLDER)
    def verify(folder: Path) -> None:
        """Say who signed the bundle in FOLDER; exit 0 only if an author and another approver did.

        Signers are named in the settings, [[policy.signers]], by their public keys. Where `policy.unsigned` is set, a
        bundle is put in force without signatures all the same, and this says so.
        """
        files, config = read_files(folder), settings()
        try:
            signed = signing.verify(files, digest(files), config.signers)
        except NotTrusted as error:
            hint = f"; {_UNSIGNED}" if config.unsigned else ""
            there = signing.found(files, digest(files), config.signers)
            raise NotTrusted(f"{error.message}: {there}{hint}", place=str(folder)) from error
        click.echo(f"{digest(files)}  author {signed.author}, approver {signed.approver}")

    @policy.command("activate")
    @click.argument("folder", type=_FOLDER)
    def activate(folder: Path) -> None:
        """Put the bundle in FOLDER in force: in the place of the one that the settings name, `policy.bundle`.

        It has to be what a server would start with: without a fault, tested, not expired, and signed by two. What is
        different is said; the one before is kept, in `policies` of the state folder, and can be activated again. A
        running server takes it over within seconds and tells so in its ledger, `policy.activated`.
        """
        config = settings()
        if not config.bundle:
            raise ConfigError("expected the folder of the bundle that is in force", place="policy.bundle")
        place = Path(config.bundle)
        one = accepted(folder, config, today=today(SystemClock().now()))
        for line in _changes(place, one.bundle):
            click.echo(f"  {line}")
        before = replace(one, place, copies())
        touched()
        click.echo(f"{one.bundle.digest}  {_size(one.bundle)}: takes the place of {place}")
        if before is not None and before.name != one.bundle.digest:
            signed = "" if config.unsigned else ", where two have signed it"
            click.echo(f"the one before is kept; `asepsis policy activate {before}` goes back{signed}")
        if config.unsigned:
            click.echo(_UNSIGNED, err=True)

    return policy


@click.command("new")
@click.argument("folder", type=click.Path(exists=False, path_type=Path))
def _new(folder: Path) -> None:
    """Write the starter bundle, policies for a health plan, into the new FOLDER."""
    if folder.exists():
        raise ConfigError("expected a new folder; what is there is never written over", place=str(folder))
    _copy(resources.files("asepsis.policy") / "starter", folder)
    click.echo(f"wrote {folder}; read {folder}/README.md, then run `asepsis policy check {folder}`")


@click.command("schema")
def _schema() -> None:
    """Print what policies may speak of: principals, actions, resources, and what is known about a call."""
    click.echo((resources.files("asepsis.policy") / "house" / "asepsis.cedarschema").read_text(encoding="utf-8"))


@click.command("check")
@click.argument("folder", type=_FOLDER)
def _check(folder: Path) -> None:
    """Check the bundle in FOLDER: syntax, schema, names, reasons, obligations, and its tests.

    Every policy needs a case in tests/ that it determines, and one of its action that it does not. Each fault is
    printed with its file and line and a way to mend it; the exit status is then 1.
    """
    files = read_files(folder)
    reading = read(files)
    bundle = reading.bundle
    for fault in expired(reading, files, today(SystemClock().now())):
        click.echo(f"{folder}/{fault}; as it is it can't be put in force", err=True)
    _tell([*reading.faults, *untested(bundle.rules, bundle.cases)] if reading.faults else tested(bundle), folder)
    click.echo(f"{bundle.digest}  {_size(bundle)}: holds")


@click.command("test")
@click.argument("folder", type=_FOLDER)
def _test(folder: Path) -> None:
    """Run the cases of the bundle in FOLDER; the exit status is 1 where one is decided otherwise than expected."""
    bundle = opened(folder)
    faults = list(failed(CedarPolicy(bundle), bundle.cases))
    bad = {fault.place for fault in faults}
    for case in bundle.cases:
        click.echo(f"{'FAIL' if case.place in bad else 'ok':4}  {case.name}")
    _tell(faults, folder)
    click.echo(f"{len(bundle.cases)} cases hold")


@click.command("diff")
@click.argument("old", type=_FOLDER)
@click.argument("new", type=_FOLDER)
def _diff(old: Path, new: Path) -> None:
    """Say in words what is different between two bundles, and which cases of either are decided otherwise."""
    before, after = opened(old), opened(new)
    lines = list(changed(before, after))
    policies = CedarPolicy(before), CedarPolicy(after)
    for case in {case.question: case for case in (*before.cases, *after.cases)}.values():
        both = decided(*policies, case.question)
        if both is not None:
            lines.append(f"decides `{case.name}` otherwise: {difference(*both)}")
    click.echo("\n".join(lines) or "no difference")


@click.command("simulate")
@click.argument("folder", type=_FOLDER)
@click.argument("ledger", type=_FOLDER)
@click.option("--show", type=click.IntRange(0), default=20, show_default=True, help="How many changes to print.")
@click.option("--members", is_flag=True, help="Name, by keyed digest, the members whose data would be exposed.")
def _simulate(folder: Path, ledger: Path, show: int, *, members: bool) -> None:
    """Decide all that is recorded in LEDGER again, by the bundle in FOLDER, and say what would change.

    What it says of exposure: in how many decisions something that was found would leave in a plainer form than it did,
    or leave at all, and how many members' data that is.
    """
    count: Counter[str] = Counter()
    changes = list(outcomes(_decisions(ledger), CedarPolicy(opened(folder)), count))
    for one in changes[:show]:
        mark = "  exposes" if one.exposes else ""
        click.echo(f"{one.recorded.event.id}  {difference(one.recorded.decision, one.now)}{mark}")
    exposed = [one for one in changes if one.exposes]
    subjects = {subject for one in exposed for subject in one.recorded.event.subjects}
    click.echo(
        f"{count.total()} decisions, {len(changes)} would change, {len(exposed)} expose more,"
        f" of {len(subjects)} known members"
    )
    for name, number in sorted(count.items()):
        click.echo(f"  {name}  {number}")
    for subject in sorted(subjects) if members else ():
        click.echo(f"  exposed  {subject}")


@click.command("explain")
@click.argument("event")
@click.argument("folder", type=_FOLDER)
@click.argument("ledger", type=_FOLDER)
def _explain(event: str, folder: Path, ledger: Path) -> None:
    """Explain the decision in the Event of that id, in LEDGER, by the bundle in FOLDER that made it.

    A server keeps every bundle that was in force: FOLDER may be `policies` in its state folder, for any Event.
    The decision is made again from what is recorded; the exit status is 1 where it is not the same, bit for bit. What a
    rule of Asepsis itself decided, such as the flow monitor's over an agent's calls, is only said.
    """
    one = next((one for one in _decisions(ledger) if one.event.id == event), None)
    if one is None:
        click.echo("\n".join(_own(event, ledger)))
        return
    wanted = one.decision.bundle
    bundle = kept(folder, wanted) if (folder / wanted).is_dir() else opened(folder)
    if bundle.digest != wanted:
        hint = "a server keeps all that were in force, in `policies` of its state folder"
        raise ConfigError(f"expected the bundle {wanted}, got {bundle.digest}; {hint}", place=str(folder))
    again = CedarPolicy(bundle).decide(one.question)
    click.echo("\n".join(explained(one.question, again, bundle)))
    if again != one.decision:
        raise click.ClickException("the decision is not the one that is recorded")
    click.echo("the decision is the one that is recorded, bit for bit")


def _own(event: str, ledger: Path) -> Iterator[str]:
    """Explains the decision in the Event of that id that a rule of our own made; raises InputError where none did."""
    for tenant in tenants(ledger):
        if one := own(LogReader(ledger, tenant).entries(0), event):
            yield from explained(one.question, one.decision, None)
            yield "no policy decided it, so that no bundle makes the decision again"
            return
    raise InputError("expected an event with a decision", place=event)


@click.command("key")
@click.argument("path", metavar="FILE", type=click.Path(exists=False, dir_okay=False, path_type=Path))
@locks
def _key(path: Path, passphrase: str) -> None:
    """Make a signing key in the new FILE and print its public key, for [[policy.signers]] in the settings."""
    if path.exists():
        raise ConfigError("expected a new file; a key is never written over", place=str(path))
    pem = dsse.new_key(passphrase.encode())
    durable.write(path, pem)
    click.echo(dsse.public_text(dsse.private_key(pem, passphrase.encode())))


@click.command("sign")
@click.argument("folder", type=_FOLDER)
@click.option("--key", "path", type=_KEY, required=True, help="The private key, PEM.")
@click.option("--name", required=True, help="Who signs, as the settings name them.")
@click.option("--role", type=click.Choice(["author", "approver"]), required=True)
@unlocks
def _sign(folder: Path, path: Path, name: str, role: SignerRole, passphrase: str) -> None:
    """Sign the bundle in FOLDER, as its author or as its approver; it has to hold and to pass its tests."""
    bundle, files = opened(folder), read_files(folder)
    _tell(expired(Reading(bundle, ()), files, today(SystemClock().now())), folder)
    _tell(tested(bundle), folder)
    key = dsse.private_key(path.read_bytes(), passphrase.encode())
    place = folder / SIGNATURES / f"{bundle.digest[:16]}-{role}-{canonical.digest(name)[:8]}.json"
    place.parent.mkdir(exist_ok=True)
    durable.write(place, signing.envelope(bundle.digest, key, signer=name, role=role))
    click.echo(f"signed {bundle.digest} as its {role}: {place}")


def _changes(folder: Path, bundle: Bundle) -> Iterator[str]:
    """Yields in words what is different from the bundle that is in a folder, if one is."""
    if not folder.exists():
        return
    try:
        yield from list(changed(opened(folder), bundle)) or ["no difference"]
    except ConfigError as error:
        yield f"the one before can't be read, so nothing is said of what goes: {error}"


def _tell(faults: list[Fault], folder: Path) -> None:
    """Prints faults, and ends with status 1 where there is one."""
    for fault in faults:
        click.echo(f"{folder}/{fault}", err=True)
    if faults:
        click.echo(f"{len(faults)} {'fault' if len(faults) == 1 else 'faults'}", err=True)
        sys.exit(1)


def _size(bundle: Bundle) -> str:
    return f"{bundle.meta.name} {bundle.meta.version}, {len(bundle.rules)} policies, {len(bundle.cases)} cases"


def _decisions(ledger: Path) -> Iterator[Recorded]:
    for tenant in tenants(ledger):
        yield from recorded(LogReader(ledger, tenant).entries(0))


def _copy(source: Traversable, target: Path) -> None:
    target.mkdir(parents=True)
    for one in source.iterdir():
        if one.is_dir():
            _copy(one, target / one.name)
        else:
            (target / one.name).write_bytes(one.read_bytes())
