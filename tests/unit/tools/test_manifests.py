import pytest

from asepsis.core.errors import ConfigError
from asepsis.core.labels import Category
from asepsis.tools.draft import draft
from asepsis.tools.manifests import Confirmed, read, write
from asepsis.tools.types import Budget, Effect, Manifest, ResultField, Source


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
        'server = "a"' + '\n[[tools]]\nname = "x"\ndigest = ""\neffects = []' * 2,
        "x" * 5_000_000,
    ],
)
def test_what_is_no_manifest_is_refused_with_its_place(text):
    with pytest.raises(ConfigError) as caught:
        read(text, place="plan.toml")
    assert str(caught.value).startswith("plan.toml: ")
