"""The commands `asepsis approvals …`: what waits for an approval, and the answers to it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import click
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from asepsis.core.errors import InputError
from asepsis.core.types import Decision, Role
from asepsis.policy import dsse
from asepsis.policy.answers import Answer, Answers, Case, Say, case_of, clocks, statement, wanted
from asepsis.policy.approvals import Approvals
from asepsis.policy.docket import Docket
from asepsis.policy.explain import asked
from asepsis.policy.groups import Group, unlocks

__all__ = ["Desk", "approval_commands"]


_KEY: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_WHO: Final = {
    Role.SYSTEM: "the application",
    Role.USER: "the user",
    Role.ASSISTANT: "the model, before",
    Role.TOOL: "a tool's result",
}


class Desk(NamedTuple):
    """Where approvers work: the cases, whose they are, and the public key that webhooks of them are signed by."""

    approvals: Approvals
    tenant: str
    webhook_key: str = ""


def approval_commands(open_desk: Callable[[], Desk]) -> click.Group:
    """Returns the group; `open_desk` opens the cases of the configuration that the command line names."""

    @click.group("approvals", cls=Group)
    def approvals() -> None:
        """Approvals: what waits for a person, and their answers.

        \b
          asepsis approvals list --config asepsis.toml
          asepsis approvals show CASE --key bob.pem --name bob --config asepsis.toml
          asepsis approvals approve CASE --key bob.pem --name bob --config asepsis.toml

        An answer is signed with the approver's key, over the case and the digest of the whole call: it is good for that
        call alone, once, and for a short time. The settings, [[policy.approvers]], name whose answers count.
        """  # noqa: D301 click reads the backspace character

    @approvals.command("list")
    def list_() -> None:
        """List what waits, by its deadline."""
        desk = open_desk()
        waiting = desk.approvals.waiting(tenant=desk.tenant)
        if not waiting:
            click.echo("nothing waits", err=True)
        for row in waiting:
            try:
                one = case_of(row)
                said = f"{one.question.tool or one.question.model or '-'}  {one.decision.reason}"
            except InputError as error:
                said = error.message
            click.echo(f"{row.case}  until {_time(row.expires)}  {row.principal}  {said}")

    @approvals.command("show")
    @click.argument("case")
    @click.option("--key", "path", type=_KEY, help="The private key of an approver, PEM.")
    @click.option("--name", default="", help="Whose key it is, as the settings name them.")
    @unlocks
    def show(case: str, path: Path | None, name: str, passphrase: str) -> None:
        """Say what a case is about: who asks for what, why it has to be asked, and who may answer.

        With the key of somebody who may answer it says what decides the call, too: whom, what and how much. The ledger
        has then that they saw it.
        """
        desk = open_desk()
        key = None if path is None else dsse.private_key(path.read_bytes(), passphrase.encode())
        click.echo("\n".join([*_lines(_case(desk, case), desk.approvals.answers), *_shown(desk, case, name, key)]))

    @approvals.command("webhook-key")
    def webhook_key() -> None:
        """Print the public key of webhooks, as receivers that follow Standard Webhooks take it."""
        click.echo(open_desk().webhook_key)

    said = "Say yes to a case: exactly this call may be made once, before its time is up."
    approvals.add_command(_answer(open_desk, "approve", said))
    approvals.add_command(_answer(open_desk, "deny", "Say no to a case; that settles it."))
    return approvals


def _answer(open_desk: Callable[[], Desk], verb: Say, help_text: str) -> click.Command:
    @click.command(verb, help=help_text)
    @click.argument("case")
    @click.option("--key", "path", type=_KEY, required=True, help="The private key, PEM.")
    @click.option("--name", required=True, help="Who answers, as the settings name them.")
    @click.option("--reason", default="", help="Why, for those who look later; nobody's name or number.")
    @unlocks
    def command(case: str, path: Path, name: str, reason: str, passphrase: str) -> None:
        """Signs the answer and puts it to the case."""
        desk = open_desk()
        key = dsse.private_key(path.read_bytes(), passphrase.encode())
        at = desk.approvals.now()
        data = statement(_case(desk, case), key, approver=name, answer=verb, at=at, reason=reason)
        after = desk.approvals.answer(case, data, tenant=desk.tenant)
        more = "; others have to approve, too" if after.state == "open" else ""
        click.echo(f"{case} is {after.state}{more}")

    return command


def _case(desk: Desk, case: str) -> Case:
    row = desk.approvals.cases.get(case, tenant=desk.tenant)
    if row is None:
        raise InputError("expected the id of a case", place=case)
    return case_of(row)


def _shown(desk: Desk, case: str, name: str, key: Ed25519PrivateKey | None) -> Iterator[str]:
    """Yields what the call consists of; with its values to whoever has the key of an approver who may answer."""
    teller = None if key is None else desk.approvals.answers.holder(name, dsse.public_text(key))
    entry = Docket(desk.approvals, tenant=desk.tenant).entry(case, desk.approvals.now(), teller, sure=True)
    if entry is None:
        return
    for piece in entry.outline.pieces:
        value = f" = `{piece.value}`" if piece.value else ""
        found = ", ".join(f"{one.kind.value} {one.count}" for one in piece.found)
        said = [piece.origin or _WHO.get(piece.role, piece.role.value), f"{piece.characters} characters", found]
        said.append(f"unreadable: {piece.opaque}" if piece.opaque else "")
        yield f"part      {piece.place}{value} ({'; '.join(one for one in said if one)})"
    if entry.outline.more:
        yield f"more      {entry.outline.more} parts, without findings or shorter"
    if teller is None and any(piece.value for piece in _case(desk, case).outline.pieces):
        yield "values    are shown to who may answer: --key … --name …"
    elif teller is not None and entry.barred:
        yield f"answer    not yours: {entry.barred}"


def _lines(one: Case, answers: Answers) -> list[str]:
    need = ", ".join(f"{number} of {group or 'the approvers'}" for group, number in wanted(one.decision.duties))
    due = ", ".join(f"{item.do.value} {item.on.value}" for item in one.decision.obligations)
    lines = [
        f"case      {one.row.case}, {one.row.state}, until {_time(one.row.expires)}",
        f"asked     {asked(msgspec.structs.replace(one.question, arguments=()))}",
        f"why       {one.decision.reason}{_named(one.decision)}",
        f"needs     {need}",
        *(f"clock     {_time(by)} at the latest, {law}" for law, by in clocks(one.decision.duties, one.row.asked)),
        f"action    {one.row.action}",
        *(
            f"answered  {said.answer} by {answers.person(said)}, {_time(said.at)}{_why(said)}"
            for said in answers.counted(one)
        ),
    ]
    return [*lines, f"then      {due}"] if due else lines


def _named(decision: Decision) -> str:
    """The policies and rules that decided, but for those that the reason names itself."""
    names = [name for name in decision.policies if f"({name})" not in decision.reason]
    return f" ({', '.join(names)})" if names else ""


def _why(said: Answer) -> str:
    return f": {said.reason}" if said.reason else ""


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
