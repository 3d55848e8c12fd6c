"""The settings of the room `policy`: a bundle, or a static policy behind the same port."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from asepsis.core.types import Kind

__all__ = [
    "ApplicationRules",
    "Approver",
    "Budget",
    "KindRules",
    "PolicyConfig",
    "Price",
    "Shift",
    "Signer",
    "SignerRole",
    "Unit",
    "Weekday",
]


class KindRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to do with findings, by kind; every kind that is not named here is masked.

    `token` is for requests: the model sees a token, and a reader who may see the value gets it back in the answer.
    """

    deny: tuple[Kind, ...] = (Kind.INJECTION, Kind.EXFIL, Kind.CANARY)
    drop: tuple[Kind, ...] = ()
    allow: tuple[Kind, ...] = ()
    token: tuple[Kind, ...] = ()


Opaque = Literal["image", "audio", "video", "file", "remote", "tokens", "vector", "signature", "binary", "logprobs"]
"""What no scanner reads, by what it holds."""

State = Literal[
    "store",
    "background",
    "previous_response_id",
    "conversation",
    "prompt_template",
    "prompt_cache",
    "container",
    "item_reference",
    "vector_store",
    "connector",
    "audio",
]
"""What lives on at the provider when a call is over."""


class ApplicationRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What holds for one application.

    `admit` names the opaque content it may send and get, `state` the provider-side state it may use; `models` and
    `tools_denied` are globs. `reveal` says whether values come back in the place of their tokens, for callers with a
    stated purpose.
    """

    name: str
    models: tuple[str, ...] = ("*",)
    tools_denied: tuple[str, ...] = ()
    admit: tuple[Opaque, ...] = ()
    state: tuple[State, ...] = ()
    request: KindRules | None = None
    answer: KindRules | None = None
    reveal: bool = False


SignerRole = Literal["author", "approver"]
"""What somebody signs a bundle as."""


class Signer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody whose signature on a bundle counts: `key` is what `asepsis policy key` prints, `ed25519:` and base64.

    `principal` is the id of the person behind it, by which one with two names and keys is one; empty: the name.
    """

    name: str
    key: str
    roles: tuple[SignerRole, ...] = ("author", "approver")
    principal: str = ""


class Approver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody whose answers to what waits for an approval count.

    `key` is what `asepsis policy key` prints, `principal` the id under which they call themselves, so that they do not
    approve what they ask for, and `groups` are those for which they answer.
    """

    name: str
    key: str
    principal: str
    groups: tuple[str, ...] = ()


Unit = Literal["requests", "tokens", "microdollars", "members"]
"""What is counted; members are those that requests are known to be about, each once in a window."""


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much each of some may take in a window: at most `most` of a unit.

    `of` says whose it is: one for each principal, for each user (whom a principal acts for in the end), for each
    application, model or tool, or one for all; `application` is a glob of those whose calls count. With `tool`, a glob,
    it counts calls of such tools, else calls of models. A window begins at a full minute, hour, day or month, UTC.
    """

    name: str
    unit: Unit
    most: Annotated[int, Meta(ge=0, le=10**15)]
    of: Literal["all", "application", "model", "principal", "tool", "user"] = "principal"
    window: Literal["minute", "hour", "day", "month"] = "day"
    application: str = "*"
    tool: str = ""


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a million tokens of the models that fit a glob cost, in millionths of a dollar; the first one counts."""

    model: str
    input: Annotated[int, Meta(ge=0, le=10**12)]
    output: Annotated[int, Meta(ge=0, le=10**12)]


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Shift(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When somebody answers for a group: on duty, or in the place of others who are away. All times are UTC.

    `first` and `last` are days, YYYY-MM-DD, empty for no end; `days` are weekdays, none for all; `hours` such as
    `22:00-06:00`, empty for all day.
    """

    group: str
    principal: str
    first: str = ""
    last: str = ""
    days: tuple[Weekday, ...] = ()
    hours: str = ""


class PolicyConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The policy: a bundle of Cedar policies in the folder `bundle`, or without one the static rules below.

    A bundle has to be signed by two of the `signers`, its author and another as its approver; `unsigned` is for
    trying one out. `approvers` answer to what waits for an approval, which lasts `approval_minutes`; by `rota` others
    answer for a group, too, and after `escalate_minutes` (0 for never) so do those of the group `escalate_to`. More
    asks than `asks_budget` in 200 calls are too many. The static policy
    has rules for requests and answers, and the applications, which may have their own; with a bundle they only name
    the applications that there are. `budgets` limit what calls take, at those `prices`; of a request that does not say
    how many tokens its answer may have `unstated_tokens` are set aside. `directives` is a file of what members
    consented to and refused, and of who stands how to them.
    """

    bundle: str = ""
    unsigned: bool = False
    signers: tuple[Signer, ...] = ()
    approvers: tuple[Approver, ...] = ()
    approval_minutes: Annotated[int, Meta(ge=1, le=10_080)] = 15
    rota: tuple[Shift, ...] = ()
    escalate_minutes: Annotated[int, Meta(ge=0, le=10_080)] = 0
    escalate_to: str = ""
    asks_budget: Annotated[int, Meta(ge=0, le=200)] = 2
    request: KindRules = KindRules()
    answer: KindRules = KindRules()
    applications: tuple[ApplicationRules, ...] = ()
    budgets: tuple[Budget, ...] = ()
    prices: tuple[Price, ...] = ()
    unstated_tokens: Annotated[int, Meta(ge=1, le=10_000_000)] = 4096
    directives: str = ""
