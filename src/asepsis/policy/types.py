"""What a bundle of policies is made of once it is read, and what can be wrong with one."""

from typing import NamedTuple

import msgspec

from asepsis.core.types import DecisionInput, Kind, ObligationKind, Verdict

__all__ = ["Bundle", "Case", "Fault", "Meta", "Provider", "Rule", "Source", "fault_of"]


class Fault(NamedTuple):
    """What is wrong with a bundle: where, what, and a way to mend it."""

    place: str
    what: str
    mend: str = ""

    @property
    def said(self) -> str:
        """What is wrong and a way to mend it."""
        return self.what + (f" ({self.mend})" if self.mend else "")

    def __str__(self) -> str:
        """One line for a person."""
        return f"{self.place}: {self.said}"


class Provider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an upstream's models run and under which promises, as the registry in `bundle.toml` says.

    `upstream` is the name that the gateway knows it by. `baa_until` and `determination_until` are the last days,
    YYYY-MM-DD, on which the business associate agreement (45 CFR 164.504(e)) and the expert's determination
    (164.514(b)(1)) are in force; empty for none.
    """

    upstream: str
    internal: bool = False
    endpoint: str = ""
    region: str = ""
    retention_days: int = 0
    training: bool = False
    subprocessors: tuple[str, ...] = ()
    baa_until: str = ""
    determination_until: str = ""


class Meta(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The head of a bundle, `bundle.toml`: days are YYYY-MM-DD, and after `expires` it is in force no more.

    `observe` names applications for which decisions are recorded and nothing is touched: what two people sign for.
    """

    name: str
    version: str
    author: str
    created: str
    expires: str
    description: str = ""
    providers: tuple[Provider, ...] = ()
    observe: tuple[str, ...] = ()


class Source(NamedTuple):
    """One policy as written: its file, the line it begins on, its text."""

    file: str
    line: int
    text: str

    @property
    def place(self) -> str:
        """Where it stands."""
        return f"{self.file}:{self.line}"


class Rule(msgspec.Struct, frozen=True):
    """One policy as it is used: its Cedar in JSON form, and what its annotations say.

    `request` and `answer` say what is to be done with findings by kind, for kinds that the policy speaks of; `duties`
    are the other obligations as `name:value`. `opaque` and `state` are what it admits. `actions` are those that its
    scope names, empty for all; `who` is the entity, by type and id, that the principal has to be or to be in, None
    where its scope names none. Of a template `minutes` is how long it is linked at most, and `glass` says that it is
    for breaking the glass.
    """

    id: str
    permits: bool
    reason: str
    place: str
    cedar: msgspec.Raw
    actions: tuple[str, ...] = ()
    who: tuple[str, str] | None = None
    request: dict[Kind, ObligationKind | None] = {}
    answer: dict[Kind, ObligationKind | None] = {}
    opaque: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    duties: tuple[str, ...] = ()
    minutes: int = 0
    glass: bool = False


class Case(msgspec.Struct, frozen=True):
    """A question with the decision that the bundle's author expects; `by` are all policies that determine it."""

    name: str
    place: str
    question: DecisionInput
    expect: Verdict
    by: tuple[str, ...]


class Bundle(msgspec.Struct, frozen=True):
    """A bundle that was read whole: `digest` is the SHA-256 over the names and digests of its files, in hex."""

    meta: Meta
    digest: str
    rules: tuple[Rule, ...]
    entities: tuple[msgspec.Raw, ...]
    cases: tuple[Case, ...]


def fault_of(place: str, error: Exception, mend: str, /) -> Fault:
    """Returns the fault that a library's own message tells of, in the form of the house's messages."""
    said = " ".join(str(error).split())
    return Fault(place, said if said[1:2].isupper() else said[:1].lower() + said[1:], mend)
