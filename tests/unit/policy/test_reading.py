"""What of a context policies look at."""

import cedarpy
import msgspec
import pytest

from asepsis.policy.reading import EVERYTHING, looks_at, tells_apart


class _Set(msgspec.Struct):
    staticPolicies: dict[str, msgspec.Raw]  # noqa: N815 Cedar's own name
    templates: dict[str, msgspec.Raw] = {}


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


@pytest.mark.parametrize(
    ("policy", "apart"),
    [
        ("permit (principal, action, resource);", False),
        ('permit (principal == A::"p", action, resource);', False),
        ('permit (principal in A::"p", action, resource) when { context.day > 1 };', False),
        ('permit (principal == ?principal, action, resource) when { resource == A::"p" };', False),
        ("permit (principal is A, action, resource);", True),
        ('permit (principal is A in A::"p", action, resource);', True),
        ('permit (principal, action, resource) when { principal == A::"p" };', True),
        (
            'permit (principal, action, resource) unless { [context.day, 1].contains(1) && principal.tenant == "t" };',
            True,
        ),
        ("forbid (principal, action, resource) when { resource in principal };", True),
        ('forbid (principal, action, resource) when { resource in A::"p" || action in [Action::"a"] };', False),
        ('forbid (principal, action, resource) when { resource is A in A::"p" };', False),
        ('forbid (principal, action, resource) when { A::"q" in A::"p" };', True),
        ('forbid (principal, action, resource) when { A::"q" is A in A::"p" };', True),
    ],
)
def test_principals_are_told_apart_by_what_is_no_plain_scope(policy, apart):
    tree = msgspec.json.decode(cedarpy.policies_to_json_str(policy), type=_Set)
    assert tells_apart([*tree.staticPolicies.values(), *tree.templates.values()]) is apart
