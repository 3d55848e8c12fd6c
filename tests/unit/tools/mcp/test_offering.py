import pytest

from asepsis.core.errors import InputError, Unavailable
from asepsis.tools.mcp import offering as offerings
from asepsis.tools.mcp.offering import Offering


class Pages:
    """A server that answers with one page after the other; `meanwhile` happens while it does."""

    def __init__(self, *pages, meanwhile=lambda: None):
        self.pages = list(pages)
        self.asked = []
        self.meanwhile = meanwhile

    async def __call__(self, params):
        self.asked.append(params)
        self.meanwhile()
        return self.pages.pop(0)


async def test_pages_are_put_together():
    pages = Pages({"tools": [{"name": "a"}], "nextCursor": "2"}, {"tools": [{"name": "b"}]})
    offering = Offering(pages)
    assert [tool.name for tool in await offering.tools()] == ["a", "b"]
    assert pages.asked == [{}, {"cursor": "2"}]
    assert offering.holds


@pytest.mark.parametrize(
    "pages", [[{"tools": [{}]}], [{"tools": [{"name": "a"}], "nextCursor": "x"}] * 2, [{"tools": [{"name": "a"}] * 3}]]
)
async def test_what_is_no_list_and_what_is_too_much_is_refused_and_holds_nothing(pages, monkeypatch):
    monkeypatch.setattr(offerings, "_PAGES", 2)
    monkeypatch.setattr(offerings, "MAX_TOOLS", 2)
    offering = Offering(Pages({"tools": []}, *pages))
    await offering.tools()
    with pytest.raises(InputError):
        await offering.tools()
    assert not offering.holds


async def test_what_changed_is_asked_for_before_a_call_and_what_changes_meanwhile_again():
    pages = Pages({"tools": []}, {"tools": []}, {"tools": []})
    offering = Offering(pages)
    with pytest.raises(Unavailable) as refused:
        offering.check()
    assert refused.value.code == "tools.unlisted"
    await offering.tools()
    offering.check()
    pages.meanwhile = offering.changed
    await offering.tools()
    assert not offering.holds
    pages.meanwhile = lambda: None
    await offering.tools()
    offering.check()
