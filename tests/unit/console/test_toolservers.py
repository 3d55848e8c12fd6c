"""Servers of tools as lines of a table."""

import msgspec

from asepsis.console.toolservers import KeptRow, ToolServers
from asepsis.tools.standing import Kept, Standing, Told

NAMES = (("plan", "plan.toml"), ("claims", "claims.toml"))


def rows(*told):
    return ToolServers(NAMES, lambda: [msgspec.json.encode(one) for one in told]).rows()


def test_who_answers_and_who_does_not_is_said_with_the_reason():
    plan, claims = rows(
        Told(1_700_000_000_000, (Standing("plan", 1_700_000_000_123, "", 3), Standing("claims", 1, "it is gone")))
    )
    assert (plan.name, plan.manifests, plan.state, plan.admitted, plan.kept) == ("plan", "plan.toml", "answers", 3, ())
    assert (plan.since, plan.asked) == ("2023-11-14T22:13:20.123Z", "22:13:20")
    assert (claims.state, claims.fault) == ("fails", "it is gone")


def test_where_no_worker_told_of_it_nothing_is_known():
    assert [one.state for one in rows()] == ["unknown", "unknown"]
    assert [one.state for one in rows(Told(1, (Standing("other", 1), Standing("claims", 1))))] == ["unknown", "answers"]
    assert ToolServers(NAMES, lambda: [b"nonsense"]).rows()[0].state == "unknown"
    assert ToolServers().rows() == ()


def test_what_is_kept_back_stands_by_reason():
    kept = (Kept("plan", "a", "unconfirmed"), Kept("plan", "b", "drifted"), Kept("plan", "c", "unconfirmed"))
    (plan, _) = rows(Told(1, (Standing("plan", 1, "", 0, kept, ("old",)),)))
    assert plan.kept == (
        KeptRow("unconfirmed", "nobody has confirmed it", ("a", "c")),
        KeptRow("drifted", "the server changed it after it was confirmed", ("b",)),
        KeptRow("gone", "it was confirmed, and the server does not offer it", ("old",)),
    )
