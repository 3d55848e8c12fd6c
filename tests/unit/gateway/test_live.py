"""What the gateway knows at a moment: switches and upstreams."""

import msgspec
import pytest

from asepsis.core.types import Elevation
from asepsis.gateway.config import Upstream
from asepsis.gateway.errors import Denied
from asepsis.gateway.live import Elevated, Kill

NAMES = (("application", "demo"), ("principal", "ann"), ("model", "gpt-4o"))


def test_nothing_is_switched_off_by_default(live_of):
    assert live_of().killed("local", NAMES) == ""


@pytest.mark.parametrize(("target", "name"), [("model", "gpt-4o"), ("application", "demo"), ("principal", "ann")])
def test_a_thrown_switch_stops_what_it_names(live_of, target, name):
    live = live_of(kills=frozenset({Kill("local", target, name)}))
    assert live.killed("local", NAMES) == target


def test_a_star_switches_off_all_of_a_target_and_nothing_else(live_of):
    live = live_of(kills=frozenset({Kill("local", "model", "*")}))
    assert live.killed("local", [("model", "any-model")]) == "model"
    assert live.killed("local", [("tool", "any-tool")]) == ""


@pytest.mark.parametrize(
    "kill", [Kill("local", "model", "gpt"), Kill("local", "tool", "gpt-4o"), Kill("other", "model", "*")]
)
def test_a_switch_of_another_name_target_or_tenant_stops_nothing(live_of, kill):
    assert live_of(kills=frozenset({kill})).killed("local", NAMES) == ""


def test_the_first_upstream_of_the_family_with_the_model_is_taken(live_of):
    live = live_of(
        upstreams=(
            Upstream("claude", "http://c", family="anthropic"),
            Upstream("small", "http://s", models=("mini-*",)),
            Upstream("rest", "http://r"),
        )
    )
    assert live.upstream("openai", "mini-1").name == "small"
    assert live.upstream("openai", "large").name == "rest"
    assert live.upstream("anthropic", "mini-1").name == "claude"


def test_globs_of_models_mind_case(live_of):
    live = live_of(upstreams=(Upstream("small", "http://s", models=("mini-*",)),))
    with pytest.raises(Denied) as denied:
        live.upstream("openai", "MINI-1")
    assert denied.value.code == "gateway.model"


def test_a_request_without_a_model_goes_to_the_first_upstream_of_its_family(live_of):
    live = live_of(upstreams=(Upstream("small", "http://s", models=("mini-*",)),))
    assert live.upstream("openai", "").name == "small"
    with pytest.raises(Denied):
        live.upstream("anthropic", "")


def test_fallbacks_follow_in_their_order_whatever_models_they_have(live_of):
    live = live_of(
        upstreams=(
            Upstream("a", "http://a", models=("mini-*",), fallbacks=("c", "b")),
            Upstream("b", "http://b", models=()),
            Upstream("c", "http://c"),
        )
    )
    assert [one.name for one in live.candidates("openai", "mini-1")] == ["a", "c", "b"]
    assert [one.name for one in live.candidates("openai", "large")] == ["c"]


def test_access_for_a_time_is_over_when_it_is(live_of):
    elevated = (Elevated("local", "ann", "cover", "l1", 100), Elevated("local", "bob", "glass", "l2", 200))
    live = msgspec.structs.replace(live_of(), elevated=elevated)
    assert live.elevations("local", ("ann",), 99) == (Elevation("ann", "cover", "l1"),)
    assert live.elevations("local", ("ann",), 100) == ()
    assert [one.link for one in live.elevations("local", ("bob", "ann"), 50)] == ["l1", "l2"]
    assert live.elevations("other", ("ann",), 50) == ()
