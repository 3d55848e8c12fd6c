"""What of a context policies look at."""

import cedarpy
import msgspec
import pytest

from asepsis.policy.reading import EVERYTHING, looks_at


class _Set(msgspec.Struct):
    staticPolicies: dict[str, msgspec.Raw]  # noqa: N815 Cedar's own name


def read(condition):
    text = cedarpy.policies_to_json_str(f"permit (principal, action, resource) when {{ {condition} }};")
    return looks_at(msgspec.json.decode(text, type=_Set).staticPolicies.values())


@pytest.mark.parametrize(
    ("condition", "paths"),
    [
        ("true", set()),
        ('context.purpose == "TREAT"', {"purpose"}),
        ("context has labels", {"labels"}),
        ("context.provider.baa && !context.provider.internal", {"provider.baa", "provider.internal"}),
        ("context has provider.baa", {"provider", "provider.baa"}),
        ('context.labels.contains("hiv") || context.found.isEmpty()', {"labels", "found"}),
        (
            'if context.members < 5 then context.approved else context.surface like "a*"',
            {"members", "approved", "surface"},
        ),
        ('["a", context.purpose].contains(context["region"])', {"purpose", "region"}),
        ("{ a: context.day }.a > 1", {"day"}),
        ("principal.tenant == context.surface", {"surface"}),
    ],
)
def test_each_attribute_that_is_named_is_looked_at(condition, paths):
    assert read(condition) == paths


@pytest.mark.parametrize(
    "condition",
    [
        "context == { a: 1 }",
        "[context].contains(context)",
        "{ a: context }.a.purpose == 1",
        "(if true then context else context).day > 1",
    ],
)
def test_who_uses_it_as_a_whole_looks_at_everything(condition):
    assert read(condition) == EVERYTHING


def test_what_several_look_at_is_taken_together():
    permit, forbid = "permit (principal, action, resource)", "forbid (principal, action, resource)"
    both = f"{permit} when {{ context.day > 1 }}; {forbid} unless {{ context.approved }};"
    policies = msgspec.json.decode(cedarpy.policies_to_json_str(both), type=_Set).staticPolicies.values()
    assert looks_at(policies) == {"day", "approved"}
