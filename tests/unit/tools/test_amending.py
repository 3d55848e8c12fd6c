"""Pins are changed in the text of a file of manifests; what people wrote there stays."""

import msgspec
import pytest

from asepsis.tools.amending import amended
from asepsis.tools.manifests import Confirmed, read

OURS = """\
# Of the benefits team, ticket 12.
server = "rx"

# Ours: reads only.
# "What the server said."
[[tools]]
name = "fills"  # of pharmacies
digest = "old"  # as of May
effects = ["read"]
results = [
  { path = "drug", source = "name" },  # treatment
  { path = "note", source = "free" },  # written by anybody
]
# categories = ["phi"]  # treatment

# Whom it reaches was asked of Ann.
[[tools]]
  name = 'send'
  digest = ''
effects = ["egress"]
# nothing below

# The end.
"""


def pinned(text, *names, new=()):
    """What a text says, of some tools, with other pins."""
    one = read(text)
    tools = [msgspec.structs.replace(tool, digest=f"{tool.name}1") for tool in one.tools if tool.name in names]
    return Confirmed(one.server, (*tools, *new))


def test_all_that_people_wrote_stays_and_what_was_proposed_goes():
    expected = OURS
    for drafted, then in (
        ('# "What the server said."\n', ""),
        (",  # treatment\n", ",\n"),
        ('# categories = ["phi"]  # treatment\n', ""),
        ('digest = "old"', 'digest = "fills1"'),
        ("digest = ''", 'digest = "send1"'),
    ):
        assert drafted in expected
        expected = expected.replace(drafted, then)
    assert amended(OURS, pinned(OURS, "fills", "send"), "") == expected


def test_a_tool_that_is_gone_takes_its_lines_along_and_no_others():
    left = amended(OURS, pinned(OURS, "send"), "")
    assert "fills" not in left
    assert all(one in left for one in ("ticket 12", "asked of Ann", "The end"))
    left = amended(OURS, pinned(OURS, "fills"), "")
    assert "send" not in left
    assert all(one in left for one in ("ticket 12", "reads only", "The end"))
    assert "asked of Ann" not in left


def test_what_is_new_stands_at_the_end():
    draft = '[[tools]]\nname = "new"\ndigest = "d"\neffects = ["read"]\n'
    new = read(f'server = "rx"\n{draft}').tools
    assert amended(OURS, pinned(OURS, "fills", "send", new=new), draft).endswith(f"# The end.\n\n{draft}")


@pytest.mark.parametrize(
    "text",
    [
        'server = "rx"\ntools = [{ name = "fills", digest = "", effects = ["read"] }]\n',
        'server = "rx"\n[[tools]]\nname = "fills"\n"digest" = ""\neffects = ["read"]\n',
        'server = "rx"\n[[tools]]\nname = "fills"\ndigest = ""\neffects = ["read"]\nnouns = ["""\n[[tools]]\n"""]\n',
        'server = "rx"\n[["tools"]]\nname = "fills"\ndigest = ""\neffects = ["read"]\n',
        "server = 'rx'\n[[tools]]\nname = 'fills'\ndigest = ''\neffects = ['read']\nnouns = ['''\ndigest = 'x'\n''']\n",
    ],
    ids=["inline", "quoted", "a head in a text", "quoted head", "a pin in a text"],
)
def test_a_text_that_can_not_be_changed_line_by_line_is_not(text):
    assert amended(text, pinned(text, "fills"), "") is None


def test_lines_that_end_as_windows_ends_them():
    text = 'server = "rx"\r\n\r\n[[tools]]\r\nname = "fills"\r\ndigest = ""  # mine\r\neffects = ["read"]\r\n'
    assert amended(text, pinned(text, "fills"), "") == text.replace('""', '"fills1"')
