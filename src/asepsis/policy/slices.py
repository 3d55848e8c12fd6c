"""Slices: the policies that can hold for somebody, and for several who act for one another, as the engine takes them.

INVARIANT: a policy whose scope doesn't fit can't hold, and without its scope one that fits holds as it does with it,
unless a condition looks at who asks; so a slice decides like all policies, and slices together, without their scopes
on who asks, tell what each decides.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

import cedarpy
import msgspec

from asepsis.policy.reading import looks_at, tells_apart
from asepsis.policy.rules import as_set
from asepsis.policy.types import Rule

__all__ = ["Asking", "Slice", "Slices"]

Asking: TypeAlias = tuple[str, frozenset[tuple[str, str]], tuple[str, ...], str]
"""The action, who asks as far as scopes tell, the templates that are linked, and for whom."""

_REMEMBERED: Final = 4096


class Slice(NamedTuple):
    """Policies, their names, and what they look at: of the context, and whether at who it is."""

    policies: cedarpy.PolicySet
    names: frozenset[str]
    only: frozenset[str]
    personal: bool


class Slices:
    """The slices of rules, and of templates by their names."""

    def __init__(self, rules: Sequence[Rule], templates: Mapping[str, Rule]) -> None:
        self._templates = templates
        self._every = tuple(rule for rule in rules if not rule.actions)
        named = {action for rule in rules for action in rule.actions}
        self._about = {
            action: tuple(rule for rule in rules if not rule.actions or action in rule.actions) for action in named
        }
        self.of = lru_cache(_REMEMBERED)(self._of)
        self.together = lru_cache(_REMEMBERED)(self._together)

    def _of(self, asking: Asking) -> Slice:
        """Returns the policies whose scopes fit."""
        _, _, linked, principal = asking
        return _slice(self._named(asking), {name: self._templates[name].cedar for name in linked}, principal)

    def _together(self, asking: tuple[Asking, ...]) -> Slice:
        """Returns the policies whose scopes fit any of those who ask, without their scopes on who asks."""
        named: dict[str, msgspec.Raw] = {}
        for one in asking:
            named |= self._named(one)
        return _slice({name: _for_anybody(cedar) for name, cedar in named.items()}, {}, "")

    def _named(self, asking: Asking) -> dict[str, msgspec.Raw]:
        action, who, _, _ = asking
        rules = self._about.get(action, self._every)
        return {rule.id: rule.cedar for rule in rules if rule.who is None or rule.who in who}


def _slice(named: Mapping[str, msgspec.Raw], templates: Mapping[str, msgspec.Raw], principal: str) -> Slice:
    policies = cedarpy.PolicySet.from_json_str(as_set(named, templates, principal=principal))
    all_of_them = (*named.values(), *templates.values())
    return Slice(policies, frozenset(named), looks_at(all_of_them), tells_apart(all_of_them))


def _for_anybody(cedar: msgspec.Raw) -> msgspec.Raw:
    policy = msgspec.json.decode(cedar, type=dict[str, object])
    return msgspec.Raw(msgspec.json.encode({**policy, "principal": {"op": "All"}}))
