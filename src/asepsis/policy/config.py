"""The settings of the room `policy`: a static policy, until a bundle takes its place behind the same port."""

from typing import Literal

import msgspec

from asepsis.core.types import Kind

__all__ = ["ApplicationRules", "KindRules", "PolicyConfig"]


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


class PolicyConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The static policy: rules for requests and answers, and the applications, which may have their own."""

    request: KindRules = KindRules()
    answer: KindRules = KindRules()
    applications: tuple[ApplicationRules, ...] = ()
