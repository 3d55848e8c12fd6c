import re
from pathlib import Path

import msgspec
import pytest

from asepsis.core import canonical
from asepsis.core.errors import ConfigError
from asepsis.core.labels import Category
from asepsis.core.types import Purpose
from asepsis.tools.confidential import Proposed
from asepsis.tools.draft import draft
from asepsis.tools.manifests import Confirmed, keep, kept, read, write
from asepsis.tools.types import ArgumentRole, Budget, Effect, Manifest, ResultField, Source


def test_what_is_written_is_read_back(send, inbox):
    full = Manifest(
        'odd "name"\x7f\n',
        "0",
        frozenset(Effect),
        results=(ResultField("a", Source.FREE, frozenset({Category.PART2})),),
        clears=frozenset({Category.PHI, Category.PART2}),
        budget=Budget(3),
    )
    confirmed = Confirmed("plan", (draft(send), draft(inbox), full))
    assert read(write(confirmed)) == confirmed
    assert write(read(write(confirmed))) == write(confirmed)


@pytest.mark.parametrize(
    "text",
    [
        "server = ",
        'server = "a"\nsevrer = "b"',
        'server = "a"\n[[tools]]\nname = "x"\ndigest = ""\neffects = ["fly"]',
        'server = "a"\n[[tools]]\nname = "x"\ndigest = ""\neffects = []\nbudget = { cals = 1 }',
        'server = "a"' + '\n[[tools]]\nname = "x"\ndigest = ""\neffects = []' * 2,
        "x" * 5_000_000,
    ],
)
def test_what_is_no_manifest_is_refused_with_its_place(text):
    with pytest.raises(ConfigError) as caught:
        read(text, place="plan.toml")
    assert re.match(r"plan\.toml(:\d+)?: ", str(caught.value))


def test_what_is_proposed_is_a_comment_until_somebody_takes_it_out(inbox):
    confirmed = Confirmed("plan", (draft(inbox),))
    proposals = [
        Proposed("[].body", (Category.PHI,), ("text", "diagnosis")),
        Proposed("", (Category.PART2, Category.PHI), ("text", "diagnosis")),
    ]
    text = write(confirmed, proposals={"list_messages": proposals, "other": proposals})
    assert read(text) == confirmed
    assert '  { path = "[].body", source = "free" },  # text, diagnosis' in text.splitlines()
    assert text.endswith('\n# categories = ["part2", "phi"]  # text, diagnosis\n')
    assert text.count("diagnosis") == 2
    taken = read(text.replace("# categories", "categories"))
    assert taken.tools == (msgspec.structs.replace(draft(inbox), categories=frozenset({Category.PHI, Category.PART2})),)


def test_the_reference_has_every_field_effect_role_source_and_category_and_an_example_that_can_be_read():
    text = (Path(__file__).parents[3] / "docs" / "reference" / "manifests.md").read_text()
    rows = {}
    for section in text.split("\n## ")[1:]:
        title, _, rest = section.partition("\n")
        firsts = [line.split("|")[1] for line in rest.splitlines() if line.startswith("| `")]
        rows[title] = {name for first in firsts for name in re.findall("`([a-z0-9_]+)`", first)}
    assert rows == {
        "A tool": set(Manifest.__struct_fields__),
        "Effects": set(Effect),
        "Roles of arguments": set(ArgumentRole),
        "Sources of fields": set(Source),
        "Categories of data": set(Category),
    }
    (example,) = re.findall("```toml\n(.*?)```", text, flags=re.DOTALL)
    (tool,) = read(example).tools
    assert (tool.budget.calls, tool.purposes, tool.clears) == (3, {Purpose.PAYMENT}, {Category.PHI})


def test_what_is_kept_is_what_its_name_is_the_digest_of(send, inbox, tmp_path):
    confirmed = (Confirmed("plan", (draft(send), draft(inbox))),)
    root = tmp_path / "manifests"
    name = keep(canonical.encode(confirmed), root)
    assert name == canonical.digest(confirmed)
    assert kept(root, name) == confirmed
    assert kept(root, "") == ()
    (root / name).write_bytes(b"[]")
    with pytest.raises(ConfigError, match="digest of"):
        kept(root, name)
    for other in (keep(b"{}", root), "0" * 64):
        with pytest.raises(ConfigError, match="in force"):
            kept(root, other)
    assert keep(canonical.encode(confirmed), root) == name
    assert kept(root, name) == confirmed
