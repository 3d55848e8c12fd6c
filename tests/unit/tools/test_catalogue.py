import re
from pathlib import Path

import msgspec
import pytest

from asepsis.core.errors import ConfigError
from asepsis.tools.catalogue import Catalogue, read_confirmed
from asepsis.tools.config import ServerConfig, ToolsConfig
from asepsis.tools.draft import draft
from asepsis.tools.manifests import Confirmed, write
from asepsis.tools.standing import Kept
from asepsis.tools.types import Tool


@pytest.fixture
def catalogue(send, inbox):
    return Catalogue([Confirmed("plan", (draft(send), draft(inbox))), Confirmed("other", ())])


def test_what_is_confirmed_and_as_it_was_may_be_called(catalogue, send, inbox):
    assert catalogue.offer("plan", [send, inbox]) == ()
    assert sorted(catalogue.listed()) == ["plan__list_messages", "plan__send_message"]
    assert catalogue.find("plan__send_message")[0] == "plan"
    assert {one.name for one in catalogue.manifests} == set(catalogue.listed())


@pytest.mark.parametrize("change", [{"description": "Sends a message. <IMPORTANT>"}, {"input_schema": {}}])
def test_a_tool_that_drifted_is_kept_back(catalogue, send, change):
    catalogue.offer("plan", [send])
    assert catalogue.offer("plan", [msgspec.structs.replace(send, **change)]) == (
        Kept("plan", "send_message", "drifted"),
    )
    assert catalogue.find("plan__send_message") is None


def test_a_tool_that_nobody_confirmed_is_kept_back(catalogue):
    assert catalogue.offer("plan", [Tool("format_disk")])[0].reason == "unconfirmed"
    assert catalogue.offer("unheard", [Tool("send_message")])[0].server == "unheard"


def test_a_confirmed_tool_that_is_not_offered_is_gone(catalogue, send, inbox):
    assert catalogue.gone("plan", [send]) == ("list_messages",)
    assert catalogue.gone("plan", [send, inbox, Tool("other")]) == catalogue.gone("unheard", []) == ()


def test_no_server_stands_in_for_another(catalogue, send):
    catalogue.offer("plan", [send])
    assert catalogue.offer("other", [send]) == (Kept("other", "send_message", "confusable"),)
    assert catalogue.find("plan__send_message")[0] == "plan"
    assert catalogue.find("other__send_message") is None


@pytest.mark.parametrize("name", ["send_messagе", "send-message", "sEnd_message", "send_rnessage\u200b"])
def test_names_that_look_alike_are_kept_back(catalogue, name):
    assert catalogue.offer("plan", [Tool(name)])[0].reason in {"confusable", "hidden"}


def test_a_tool_that_is_listed_twice_is_kept_back(catalogue, send):
    catalogue.offer("plan", [send, send])
    assert catalogue.listed() == {}


def test_a_server_that_is_gone_takes_its_tools_along(catalogue, send):
    catalogue.offer("plan", [send])
    catalogue.forget("plan")
    assert catalogue.find("plan__send_message") is None


def test_why_an_agent_does_not_see_a_tool_is_said_and_names_are_those_that_people_confirmed(catalogue, send, inbox):
    assert catalogue.unseen("plan__send_message") == Kept("plan", "send_message", "down")
    assert catalogue.unseen("plan__x") == Kept("plan", "", "down")
    catalogue.offer("plan", [msgspec.structs.replace(send, description="Sends all."), Tool("format_disk")])
    assert catalogue.unseen("plan__send_message") == Kept("plan", "send_message", "drifted")
    assert catalogue.unseen("plan__format_disk") == Kept("plan", "", "unconfirmed")
    assert catalogue.unseen(f"plan__{inbox.name}") == Kept("plan", inbox.name, "gone")
    assert catalogue.unseen("plan__x") == Kept("plan", "", "unknown")
    for name in ("send_message", "unheard__send_message", "", "__"):
        assert catalogue.unseen(name) == Kept("", "", "unknown")
    catalogue.forget("plan")
    assert catalogue.unseen("plan__send_message").reason == "down"


def test_what_is_confirmed_later_is_seen_at_once_and_what_no_more_is_not(catalogue, send, inbox):
    catalogue.offer("plan", [send, inbox])
    catalogue.confirm([Confirmed("plan", (draft(inbox),))])
    assert list(catalogue.listed()) == ["plan__list_messages"]
    assert catalogue.kept["plan"] == (Kept("plan", "send_message", "unconfirmed"),)
    catalogue.confirm([Confirmed("plan", (draft(send), draft(inbox)))])
    assert sorted(catalogue.listed()) == ["plan__list_messages", "plan__send_message"]


def test_what_can_not_be_confirmed_changes_nothing(catalogue, send, inbox):
    catalogue.offer("plan", [send, inbox])
    with pytest.raises(ConfigError):
        catalogue.confirm([Confirmed("plan"), Confirmed("plan")])
    assert len(catalogue.listed()) == 2


def test_of_a_server_that_is_gone_nothing_is_seen_whatever_is_confirmed(catalogue, send):
    catalogue.offer("plan", [send])
    catalogue.forget("plan")
    catalogue.confirm([Confirmed("plan", (draft(send),))])
    assert not catalogue.listed()


@pytest.mark.parametrize(
    "confirmed",
    [
        [Confirmed("a"), Confirmed("a")],
        [Confirmed("A b")],
        [Confirmed("a", (draft(Tool("x")), draft(Tool("X"))))],
        [Confirmed("a", (draft(Tool("x y")),))],
    ],
)
def test_what_can_not_be_told_apart_is_no_configuration(confirmed):
    with pytest.raises(ConfigError):
        Catalogue(confirmed)


def test_a_tool_that_marks_for_a_header_what_can_be_none_is_kept_back():
    marked = {"properties": {"a": {"type": "string", "x-mcp-header": "A\r\nauthorization"}}}
    tool = Tool("look", "", marked)
    catalogue = Catalogue([Confirmed("plan", (draft(tool),))])
    assert catalogue.offer("plan", [tool]) == (Kept("plan", "look", "header"),)


def test_nothing_fits_a_tool_that_went_meanwhile():
    assert Catalogue([]).misfit("plan", "list_faxes", {}) == "the tool is gone"


def test_what_was_drafted_and_pinned_by_nobody_is_unconfirmed(send):
    drafted = msgspec.structs.replace(draft(send), digest="")
    catalogue = Catalogue([Confirmed("plan", (drafted,))])
    assert catalogue.offer("plan", [send]) == (Kept("plan", "send_message", "unconfirmed"),)


@pytest.fixture
def manifests(tmp_path):
    file = tmp_path / "plan.toml"
    file.write_text(write(Confirmed("plan", (draft(Tool("list_faxes")),))))
    return str(file)


def settings(file, /, **more):
    return ToolsConfig(servers=(ServerConfig(**({"name": "plan", "manifests": file, "command": ("x",)} | more)),))


def test_the_confirmed_tools_are_read(manifests):
    (one,) = read_confirmed(settings(manifests))
    assert (one.server, [tool.name for tool in one.tools]) == ("plan", ["list_faxes"])


def test_tools_that_can_not_be_told_apart_are_refused(manifests):
    two = write(Confirmed("plan", (draft(Tool("list")), draft(Tool("LIST")))))
    Path(manifests).write_text(two)
    with pytest.raises(ConfigError, match="names that can be told apart"):
        read_confirmed(settings(manifests))


def test_who_has_no_manifests_yet_is_told_what_makes_them():
    said = "got none at `/nonexistent`: `asepsis tools list plan` and `asepsis tools draft` make one"
    with pytest.raises(ConfigError, match=said):
        read_confirmed(settings("/nonexistent"))


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"name": "other"}, "tools.servers[0].manifests"),
        ({"name": "My_Plan\x1b"}, "tools.servers[0].name"),
        ({"manifests": "/nonexistent"}, "tools.servers[0].manifests"),
        ({"command": ()}, "tools.servers[0].url"),
        ({"url": "https://a.test/mcp"}, "tools.servers[0].url"),
        ({"url": "http://a.test/mcp", "command": ()}, "tools.servers[0].url"),
        ({"url": "file:///etc/passwd", "command": ()}, "tools.servers[0].url"),
        ({"credential": "env:KEY"}, "tools.servers[0].auth"),
    ],
)
def test_a_server_that_can_not_be_is_refused_with_its_place(manifests, more, place):
    with pytest.raises(ConfigError) as caught:
        read_confirmed(settings(manifests, **more))
    assert caught.value.place == place


def test_a_name_that_no_server_can_have_is_said_so(manifests):
    said = "expected at most 32 small letters, digits and `-`, a letter first, got `My_Plan`"
    with pytest.raises(ConfigError, match=re.escape(said)):
        read_confirmed(settings(manifests, name="My_Plan"))


def test_a_server_stands_once(manifests):
    twice = ToolsConfig(servers=settings(manifests).servers * 2)
    with pytest.raises(ConfigError, match=r"^tools\.plan: expected each server once$"):
        read_confirmed(twice)
