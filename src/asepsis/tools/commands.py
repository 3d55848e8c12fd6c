"""The commands `asepsis tools …`: from what a server lists to manifests that people confirmed."""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import click
import msgspec

from asepsis.core.errors import Error
from asepsis.infra import durable
from asepsis.tools import manifests, poison
from asepsis.tools.amending import amended
from asepsis.tools.catalogue import check_name
from asepsis.tools.confidential import Proposed, proposed
from asepsis.tools.draft import draft
from asepsis.tools.listing import read_tools, written
from asepsis.tools.manifests import Confirmed
from asepsis.tools.pins import difference, digest_of
from asepsis.tools.shapes import schema_leaves
from asepsis.tools.types import Manifest, Tool

__all__ = ["tools_commands"]

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_LISTING: Final = click.argument("listing", type=_FILE)
_SECONDS: Final = click.FloatRange(min=0, min_open=True)
_OUTPUT: Final = click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of stdout."
)
_MANIFESTS: Final = click.argument("file", type=_FILE, metavar="MANIFESTS")


class _Group(click.Group):
    """Commands whose errors become messages."""

    def invoke(self, ctx: click.Context) -> object:
        """Runs a command."""
        try:
            return super().invoke(ctx)
        except Error as error:
            raise click.ClickException(str(error)) from error


Asking: TypeAlias = Callable[[str, float, Callable[[float], None]], tuple[Tool, ...]]
"""Asks a server what it offers, for so many seconds, and tells for how many it has not answered."""


def tools_commands(key: Callable[[], bytes], listed: Asking) -> click.Group:
    """Returns the group; `key` is the public key of call tokens as PEM, `listed` asks a server what it offers."""

    @click.group("tools", cls=_Group)
    def tools() -> None:
        """Tools of agents: confirm what a server offers, and see what it changed.

        LISTING is what the server answers to `tools/list`, as JSON. From a server in `[[tools.servers]]` to tools that
        agents see, and later to what it changed:

        \b
          asepsis tools list claims --config asepsis.toml -o LISTING
          asepsis tools draft LISTING --server claims -o claims.toml
          asepsis tools pin LISTING claims.toml       what you read is what is pinned
          asepsis tools check LISTING claims.toml     what is suspicious, unconfirmed or drifted
          asepsis tools diff LISTING claims.toml      what a server changed
          asepsis tools key --config asepsis.toml     what owners of tools verify call tokens with
        """  # noqa: D301 click reads the backspace character

    @tools.command("list")
    @click.argument("server")
    @click.option(
        "--timeout", type=click.FloatRange(min=0, min_open=True), default=20, show_default=True, help="Seconds."
    )
    @_OUTPUT
    def fetch(server: str, timeout: float, output: Path | None) -> None:
        """Ask SERVER which tools it offers, and print them as the JSON that the other commands take.

        SERVER is the `name` of one in `[[tools.servers]]` of the configuration; it is asked as the firewall asks it, by
        its `url` or `command` and with its `credential`. Its file of manifests need not be there yet. What a `command`
        says on standard error is shown.

        \b
          [[tools.servers]]
          name = "claims"
          url = "https://claims.example/mcp"      or command = ["python", "-m", "claims_server"]
          manifests = "claims.toml"               what you will have drafted, read and pinned
        """  # noqa: D301 click reads the backspace character

        def waiting(seconds: float) -> None:
            click.echo(f"{server} has not answered for {seconds:.0f} of {timeout:g} seconds", err=True)

        tools = listed(server, timeout, waiting)
        if _put(written(tools), output):
            click.echo(f"{len(tools)} tools of {server} stand in {output}")

    for command in (_draft, _pin, _check, _diff):
        tools.add_command(command)

    @tools.command("key")
    def show() -> None:
        """Print the public key that call tokens are verified with, for owners of tools."""
        click.echo(key(), nl=False)

    return tools


@click.command("draft")
@_LISTING
@click.option("--server", required=True, help="The name that agents see the server by.")
@_OUTPUT
@click.option("--force", is_flag=True, help="Write over a file that is there, whatever was corrected in it.")
def _draft(listing: Path, server: str, output: Path | None, *, force: bool) -> None:
    """Draft manifests for all tools of LISTING, to be read, corrected and confirmed.

    Categories of data are proposed as comments: nothing counts of them until you take the `#` away.
    """
    check_name(server, "--server")
    offered = read_tools(listing.read_bytes())
    drafted = tuple(msgspec.structs.replace(draft(tool), digest="") for tool in offered)
    if output is not None and output.exists() and not force:
        raise click.ClickException(f"{output} is there: `pin` adds what is new to it, `--force` drafts all of it anew")
    text = manifests.write(Confirmed(server, drafted), proposals=_proposals(offered), words=_words(offered))
    if _put(text.encode(), output):
        click.echo(f"manifests of {len(drafted)} tools are drafted in {output}: read them before you pin them")
    for line in _suspicious(offered):
        click.echo(line, err=True)


@click.command("pin")
@_LISTING
@_MANIFESTS
def _pin(listing: Path, file: Path) -> None:
    """Pin the tools of LISTING in MANIFESTS, once you have read them; what is new is drafted.

    What you wrote in MANIFESTS stays as it stands there, comments too; what was proposed and not taken goes. The
    definitions are kept beside it, so that a later change can be shown.
    """
    offered = read_tools(listing.read_bytes())
    before = file.read_bytes().decode()
    confirmed = manifests.read(before, place=str(file))
    known = {one.name: one for one in confirmed.tools}
    if wrong := [line for tool in offered if tool.name in known for line in _misnamed(known[tool.name], tool)]:
        raise click.ClickException("\n".join(wrong))
    pinned = tuple(_pinned(known.get(tool.name), tool) for tool in offered)
    new = [tool for tool in offered if tool.name not in known]
    text = _amended(before, Confirmed(confirmed.server, pinned), new)
    durable.rewrite(file, text.encode())
    durable.write(_beside(file), written(offered))
    click.echo(
        f"{len(pinned)} tools are pinned, as they stand in {file}; an `asepsis serve` that runs takes them over within"
        " seconds"
    )
    if new:
        click.echo(f"{len(new)} of them are new: read what was drafted for those")
    for name in sorted(set(known) - {tool.name for tool in offered}):
        click.echo(f"{_plain(name)} is gone, and taken out")
    for line in (*_unspoken(known, offered), *_suspicious(offered)):
        click.echo(line)
    if left := before.count("\n# categories = "):
        click.echo(f"{left} proposals of categories were not taken: `asepsis tools draft` without `-o` shows them")


@click.command("check")
@_LISTING
@_MANIFESTS
def _check(listing: Path, file: Path) -> None:
    """Say what is suspicious, unconfirmed, drifted or gone; exit 0 only if nothing is.

    What is suspicious in a tool that is as it was pinned was read then: it is said again, and is no reason to fail.
    """
    offered = read_tools(listing.read_bytes())
    known = {one.name: one for one in manifests.read(file.read_text(), place=str(file)).tools}
    pinned = {tool.name for tool in offered if tool.name in known and known[tool.name].digest == digest_of(tool)}
    suspected = poison.scan(offered)
    lines = [_suspected(one) for one in suspected if one.tool not in pinned or one.rule == "hidden"]
    for tool in offered:
        if tool.name in pinned:
            lines += _misnamed(known[tool.name], tool)
        else:
            drifted = tool.name in known and known[tool.name].digest
            lines.append(f"{_plain(tool.name)}: {'drifted' if drifted else 'unconfirmed'}")
    lines += [f"{name}: gone" for name in sorted(set(known) - {tool.name for tool in offered})]
    read = [_suspected(one) for one in suspected if one.tool in pinned and one.rule != "hidden"]
    for line in (*lines, *(f"{one}, as it was when it was pinned" for one in read)):
        click.echo(line)
    if lines:
        raise click.exceptions.Exit(1)
    click.echo(f"{len(offered)} tools are as they were confirmed")


@click.command("diff")
@_LISTING
@_MANIFESTS
def _diff(listing: Path, file: Path) -> None:
    """Show what is different in LISTING from what was pinned in MANIFESTS; exit 0 only if nothing is."""
    beside = _beside(file)
    if not beside.exists():
        raise click.ClickException(f"expected the pinned definitions in {beside}: pin them first")
    pinned = {tool.name: tool for tool in read_tools(beside.read_bytes())}
    offered = {tool.name: tool for tool in read_tools(listing.read_bytes())}
    nothing = Tool("")
    pairs = [(pinned.get(name, nothing), offered[name]) for name in sorted(offered)]
    shown = [text for one, other in pairs if (text := difference(one, other))]
    shown += [f"{_plain(name)} is gone" for name in sorted(set(pinned) - set(offered))]
    if shown:
        click.echo("\n\n".join(shown))
        raise click.exceptions.Exit(1)
    click.echo("nothing is different")


def _amended(before: str, pinned: Confirmed, new: Sequence[Tool]) -> str:
    """Returns the text of a file of manifests with what is pinned now, written anew where it can't be amended."""
    names = {tool.name for tool in new}
    drafted = Confirmed(pinned.server, tuple(one for one in pinned.tools if one.name in names))
    proposals, words = _proposals(new), _words(new)
    _, _, drafts = manifests.write(drafted, proposals=proposals, words=words).partition("\n")
    if (text := amended(before, pinned, drafts.lstrip("\n"))) is not None:
        return text
    if "#" in before:
        click.echo("written anew, without comments: expected each tool below a `[[tools]]` of its own", err=True)
    return manifests.write(pinned, proposals=proposals, words=words)


def _put(data: bytes, output: Path | None) -> bool:
    """Writes to a file, and returns True; or to stdout."""
    if output is None:
        click.echo(data, nl=False)
        return False
    try:
        durable.write(output, data)
    except OSError as error:
        raise click.ClickException(f"expected a file that can be written, `{output}`") from error
    return True


def _suspicious(offered: Sequence[Tool]) -> Iterator[str]:
    """Says in which of a server's own words there is something to read twice."""
    for one in poison.scan(offered):
        yield _suspected(one)


def _suspected(one: poison.Suspicion) -> str:
    return f"{_plain(one.tool)}: {one.rule} in {one.place} ({poison.SAYS[one.rule]})"


def _unspoken(known: Mapping[str, Manifest], offered: Iterable[Tool]) -> Iterator[str]:
    """Says which arguments of tools that were pinned before no manifest speaks of."""
    for tool in offered:
        if (manifest := known.get(tool.name)) is None:
            continue
        spoken = {one.path for one in manifest.arguments}
        drafted = {one.path: one.role.value for one in draft(tool).arguments if one.path not in spoken}
        for path, role in drafted.items():
            place = f"{_plain(tool.name)}: its manifest does not speak of `{_plain(path)}`"
            yield f"{place}, which counts as a destination, the strictest part, until it does (a draft says {role})"


def _proposals(offered: Iterable[Tool]) -> dict[str, tuple[Proposed, ...]]:
    return {tool.name: proposed(tool, draft(tool)) for tool in offered}


def _words(offered: Iterable[Tool]) -> dict[str, str]:
    return {tool.name: tool.description for tool in offered}


def _pinned(known: Manifest | None, tool: Tool) -> Manifest:
    return draft(tool) if known is None else msgspec.structs.replace(known, digest=digest_of(tool))


def _misnamed(manifest: Manifest, tool: Tool) -> list[str]:
    """Says which arguments of a manifest its tool does not have, with the nearest that it has."""
    paths = [leaf.path for leaf in schema_leaves(tool.input_schema)] if tool.input_schema.get("properties") else []
    lines = []
    for one in manifest.arguments:
        if one.path not in paths:
            near = difflib.get_close_matches(one.path, paths, 1)
            hint = f"; the nearest name is `{_plain(near[0])}`" if near else ""
            lines.append(f"{_plain(tool.name)}: there is no argument `{_plain(one.path)}`{hint}")
    return lines


def _beside(file: Path) -> Path:
    return file.with_suffix(".pinned.json")


def _plain(name: str) -> str:
    return "".join(c if c.isprintable() and c.isascii() else f"\\u{ord(c):04x}" for c in name)
