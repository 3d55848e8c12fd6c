"""The commands `asepsis ledger …` for sealed bodies: opener, open, erase, hold, release, holds, retention."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import click
import msgspec

from asepsis.core.errors import ConfigError, InputError
from asepsis.core.ports import Clock, Digester, Unwrapper
from asepsis.core.types import Purpose
from asepsis.infra import durable
from asepsis.infra.records import ALL, Hold
from asepsis.infra.wrapping import new_key, unwrapper, wrapper
from asepsis.ledger.sealing.checking import Checked
from asepsis.ledger.sealing.opener import Answer, Asked, request
from asepsis.ledger.sealing.retention import SCHEDULE, cutoffs
from asepsis.ledger.sealing.rotation import Custodians, Rotation
from asepsis.ledger.sealing.sealer import owner_of_session, owner_of_subject
from asepsis.policy import dsse
from asepsis.policy.custody import Custodian, Held, ask
from asepsis.policy.groups import Command, locks, unlocks

__all__ = ["CustodyDesk", "Stock", "custody_commands"]

_FILE: Final = click.Path(dir_okay=False, path_type=Path)
_KEY: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_PURPOSES: Final = click.Choice([one.value for one in Purpose if one is not Purpose.UNSTATED])


class Stock(Custodians, Protocol):
    """The keys and holds, as far as commands look at them."""

    def count(self, owner: str, /, *, tenant: str) -> tuple[int, int]:
        """Returns how many keys of an owner would be destroyed, and how many are held."""

    def records(self, *, tenant: str) -> Sequence[str]:
        """Returns the types of record of all keys that are left."""

    def due(self, record: str, day: int, /, *, tenant: str) -> tuple[int, int]:
        """Returns how many keys from before a day would be destroyed, and how many are held."""

    def holds(self, *, tenant: str) -> tuple[Hold, ...]:
        """Returns the holds."""


class CustodyDesk(NamedTuple):
    """Where custodians and readers work."""

    tenant: str
    custodian: Callable[[], Custodian]
    stock: Stock
    digester: Digester
    clock: Clock
    socket: Path
    days: int
    check: Callable[[], Checked]


def custody_commands(
    open_desk: Callable[[], CustodyDesk], run_opener: Callable[[tuple[str, ...], bytes, Path | None], None]
) -> tuple[click.Command, ...]:
    """Returns the commands; `open_desk` opens what the configuration names, `run_opener` is the process that opens."""
    return (
        _opener(run_opener),
        _open(open_desk),
        _erase(open_desk),
        _hold(open_desk),
        _release(open_desk),
        _holds(open_desk),
        _retention(open_desk),
        _bodies(open_desk),
        _rotate(open_desk),
        _opener_key(),
    )


def _rotate(open_desk: Callable[[], CustodyDesk]) -> click.Command:
    @click.command("rotate", cls=Command)
    @click.option("--old", required=True, help="The opener's key so far: a PEM file, pkcs11:… or kms:….")
    @click.option("--new", required=True, help="The opener's key from now on.")
    @click.option("--passphrase", default="", help="Unlocks the old key file.")
    @click.option("--new-passphrase", default="", help="Unlocks the new key file.")
    def command(old: str, new: str, passphrase: str, new_passphrase: str) -> None:
        """Wrap the keys of sealed bodies under another key-encrypting key.

        First let `ledger.sealing.to` name the new key and start the server again, and give the opener both keys. Run
        this where both private keys are. It may be cut short at any time and given again. Exit status 0 only if the new
        key opens all; then the opener needs the old one no more, and neither does anybody.

        Example: asepsis ledger rotate --old opener.pem --new opener-2.pem --config asepsis.toml
        """
        desk = open_desk()
        opens, other = (
            unwrapper(old, passphrase=passphrase.encode()),
            unwrapper(new, passphrase=new_passphrase.encode()),
        )
        names = [hashlib.sha256(named(key, one).encode()).hexdigest()[:16] for key, one in ((old, opens), (new, other))]
        rotation = Rotation(desk.stock, opens, other, wrapper(named(new, other)), names=(names[0], names[1]))
        done = rotation.run(desk.tenant)
        click.echo(f"{done.keys} keys wrapped anew, {done.before} had been before, {done.lost} open with neither key")
        if done.lost:
            raise InputError("expected the old key to open all that the new one does not")

    return command


def named(key: str, opens: Unwrapper, /) -> str:
    """Returns a key-encrypting key as `ledger.sealing.to` names it; raises InputError for one without a name."""
    public = key if key.startswith("kms:") else str(getattr(opens, "public", ""))
    if not public:
        raise InputError("expected a key of which there is a public half", place=key)
    return public


def _opener_key() -> click.Command:
    @click.command("opener-key", cls=Command)
    @click.argument("path", metavar="KEY")
    @locks
    def command(path: str, passphrase: str) -> None:
        """Make the private key of an opener, or take one that is there, and print what `ledger.sealing.to` has to be.

        KEY is a file in PEM, or a key on a token: pkcs11:token=…;object=…?module-path=…&pin-source=file:…. Keep the
        file where the gateway can't read it: whoever has it can read all that is kept.

        Example: asepsis ledger opener-key opener.pem
        """
        file = Path(path)
        if not path.startswith("pkcs11:") and not file.exists():
            try:
                durable.write(file, new_key(passphrase.encode()))
            except OSError as error:
                raise ConfigError("expected a folder that a key can be written to", place=path) from error
        public = getattr(unwrapper(path, passphrase=passphrase.encode()), "public", "")
        if not public:
            raise InputError("expected a key of which there is a public half", place=path)
        click.echo(public)

    return command


def _opener(run: Callable[[tuple[str, ...], bytes, Path | None], None]) -> click.Command:
    @click.command("opener", cls=Command)
    @click.option(
        "--key",
        "keys",
        required=True,
        multiple=True,
        help="The private key: a PEM file, pkcs11:… or kms:…. Both keys while one is rotated.",
    )
    @click.option("--passphrase", default="", help="Unlocks the key file.")
    @click.option("--socket", type=_FILE, help="Where it is asked; <state>/opener.sock unless named.")
    def command(keys: tuple[str, ...], passphrase: str, socket: Path | None) -> None:
        """Run the process that opens sealed bodies, until it is interrupted.

        Run it apart from the gateway, as somebody else: it alone has the key. It answers readers, who are the approvers
        of the group that `ledger.sealing.readers` names, up to their quota, and each opening is recorded first.

        Example: asepsis ledger opener --key opener.pem --config asepsis.toml
        """
        run(keys, passphrase.encode(), socket)

    return command


def _open(open_desk: Callable[[], CustodyDesk]) -> click.Command:
    @click.command("open", cls=Command)
    @click.argument("event")
    @click.option("--key", "path", type=_KEY, required=True, help="The reader's private key, PEM.")
    @click.option("--name", required=True, help="Who reads, as [[policy.approvers]] names them.")
    @click.option("--purpose", type=_PURPOSES, required=True, help="What it is read for.")
    @unlocks
    @click.option("--socket", type=_FILE, help="Where the opener is; <state>/opener.sock unless named.")
    @click.option("--output", "-o", type=_FILE, help="A file for what was opened, which evidence can take along.")
    def command(  # noqa: PLR0913 what the command line has
        event: str, *, path: Path, name: str, purpose: str, passphrase: str, socket: Path | None, output: Path | None
    ) -> None:
        """Read what was asked or answered with an EVENT. It is recorded who read it, and for what.

        Example: asepsis ledger open EVENT --key eve.pem --name eve --purpose HOPERAT --config asepsis.toml
        """
        desk = open_desk()
        key = dsse.private_key(path.read_bytes(), passphrase.encode())
        data = ask(Asked(name, event, Purpose(purpose), desk.clock.now()), key, tenant=desk.tenant)
        answer = request(socket or desk.socket, data)
        _show(answer, output)

    return command


def _show(answer: Answer, output: Path | None) -> None:
    opened = answer.opened
    if opened is None:
        recorded = f" (event {answer.recorded})" if answer.recorded else ""
        raise InputError(f"{answer.message}{recorded}", code=answer.code)
    if output is not None:
        durable.write(output, msgspec.json.encode(opened))
    else:
        for one in opened.parts:
            click.echo(one.line)
    erased = f", {opened.erased} can't be opened any more" if opened.erased else ""
    click.echo(f"{len(opened.parts)} parts{erased}; recorded as {answer.recorded}", err=True)


def _owner(function: Callable[..., None]) -> Callable[..., None]:
    """Adds the options that name an owner."""
    for option in (
        click.option("--session", help="A session, by its id in events."),
        click.option("--subject", help="A person, by the keyed digest in events."),
        click.option("--member", help="A person, by the key in the roster."),
    ):
        function = option(function)
    return function


def _named(desk: CustodyDesk, named: dict[str, str | None], *, whole: str = "") -> str:
    """Returns the owner that the options name; raises click.UsageError unless there is exactly one."""
    found = [whole] if whole else []
    if member := named["member"]:
        found.append(owner_of_subject(desk.digester.digest("member", member, tenant=desk.tenant)))
    if subject := named["subject"]:
        found.append(owner_of_subject(subject))
    if session := named["session"]:
        found.append(owner_of_session(session))
    if len(found) != 1:
        raise click.UsageError("expected one of --member, --subject and --session")
    return found[0]


def _erase(open_desk: Callable[[], CustodyDesk]) -> click.Command:
    @click.command("erase", cls=Command)
    @_owner
    @click.option("--basis", required=True, help="Why: what was asked for, or the law.")
    @click.option("--by", required=True, help="Who does it.")
    @click.option("--yes", is_flag=True, help="Do it; without this it is only said what would be done.")
    def command(*, basis: str, by: str, yes: bool, **named: str | None) -> None:
        """Destroy the keys of a person or a session: what only they opened can't be read any more, in any copy.

        Events stay, and the ledger still verifies. Keys under a legal hold stay, too. What is about several people is
        lost to all of them.

        Example: asepsis ledger erase --member 4711 --basis "request of 2026-11-27" --by ann --yes --config asepsis.toml
        """
        desk = open_desk()
        owner = _named(desk, named)
        if yes:
            keys, held = desk.custodian().erase(owner, basis, by=by)
        else:
            keys, held = desk.stock.count(owner, tenant=desk.tenant)
        verb = "were destroyed" if yes else "would be destroyed; say --yes to do it"
        kept = f"; {held} are under a legal hold and stay" if held else ""
        click.echo(f"{owner}: {keys} keys {verb}{kept}")
        if yes:
            click.echo(f"at {_time(desk.clock.now())}, by {by}, because: {basis}. The ledger says so.")

    return command


def _hold(open_desk: Callable[[], CustodyDesk]) -> click.Command:
    @click.command("hold", cls=Command)
    @_owner
    @click.option("--all", "whole", is_flag=True, help="Everything that is kept.")
    @click.option("--reason", required=True, help="Why, such as the name of a case at court.")
    @click.option("--by", required=True, help="Who asks for it.")
    @click.option("--ahead", is_flag=True, help="Also where nothing is kept of them yet.")
    def command(*, whole: bool, reason: str, by: str, ahead: bool, **named: str | None) -> None:
        """Set a legal hold: until it is released nothing destroys these keys, neither a request nor time.

        Two people have to approve it; give the same command again once they have. A name counts as it is written: one
        that nothing is kept of is held only if you say --ahead.

        Example: asepsis ledger hold --member 4711 --reason "Doe v. Plan" --by ann --config asepsis.toml
        """
        desk = open_desk()
        owner = _named(desk, named, whole=ALL if whole else "")
        if not (whole or ahead or any(desk.stock.count(owner, tenant=desk.tenant))):
            raise InputError(
                "nothing is kept of that name; expected another, or --ahead for what may come", place=owner
            )
        _tell(desk.custodian().hold(owner, reason, by=by), "is set", what=owner)

    return command


def _release(open_desk: Callable[[], CustodyDesk]) -> click.Command:
    @click.command("release", cls=Command)
    @click.argument("hold")
    @click.option("--reason", required=True, help="Why.")
    @click.option("--by", required=True, help="Who asks for it.")
    def command(hold: str, reason: str, by: str) -> None:
        """Release a legal HOLD, by its id. Two people have to approve it, as with setting one.

        Example: asepsis ledger release HOLD --reason "settled" --by ann --config asepsis.toml
        """
        _tell(open_desk().custodian().release(hold, reason, by=by), "is released", what=hold)

    return command


def _tell(held: Held, done: str, *, what: str) -> None:
    if held.done:
        click.echo(f"the hold {held.done} {done}")
    elif held.denied:
        raise InputError(f"case {held.case} was denied", place=what)
    else:
        click.echo(f"case {held.case} waits for two people: asepsis approvals approve {held.case}; then say it again")


def _holds(open_desk: Callable[[], CustodyDesk]) -> click.Command:
    @click.command("holds", cls=Command)
    def command() -> None:
        """List the legal holds."""
        desk = open_desk()
        for one in desk.stock.holds(tenant=desk.tenant):
            click.echo(f"{one.hold}  since {_time(one.set_at)}  {one.owner}  {one.reason}")

    return command


def _retention(open_desk: Callable[[], CustodyDesk]) -> click.Command:
    @click.command("retention", cls=Command)
    def command() -> None:
        """Print how long what is kept and why, and what is due now."""
        desk = open_desk()
        for one in SCHEDULE:
            click.echo(f"{one.name:<9} {one.what}\n          kept {one.kept}\n          {one.why}")
        for due in cutoffs(desk.stock.records(tenant=desk.tenant), days=desk.days, clock=desk.clock):
            keys, held = desk.stock.due(due.record, due.first, tenant=desk.tenant)
            what = f"{keys} keys of {due.record} older than {due.days} days"
            click.echo(f"due now: {what}; {held} more are under a legal hold")

    return command


def _bodies(open_desk: Callable[[], CustodyDesk]) -> click.Command:
    @click.command("bodies", cls=Command)
    def command() -> None:
        """Hold every sealed body that should be here against its event; no key is needed for it.

        Exit status 0 only if none is missing before its time, or was changed.
        """
        found = open_desk().check()
        click.echo(f"{found.whole} bodies hold; {found.gone} are gone, for their time was up")

    return command


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC).isoformat(timespec="seconds")
