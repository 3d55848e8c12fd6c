"""Documents of templates, and their twins without identifiers."""

import pytest

from asepsis.scan.train.draw import Draw
from asepsis.scan.train.generate import FILES, Composer


@pytest.fixture
def composer(world):
    return Composer(world, Draw(1))


def test_ranges_lie_inside_sorted_and_apart(composer):
    for one in composer.documents(600):
        edges = [edge for span in one.spans for edge in span[:2]]
        assert edges == sorted(edges)
        assert all(0 <= span.start < span.end <= len(one.text) for span in one.spans)
        assert "{" not in one.text or one.kind == "records"


def test_a_twin_has_no_identifier(composer):
    twins = [composer.document(name, twin=True) for name in FILES for _ in range(60)]
    assert sum(one is not None for one in twins) > 200
    assert all(one is None or not one.spans for one in twins)


def test_clean_templates_have_none_either(composer):
    assert all(not one.spans for one in composer.documents(300, files=["clean"], twins=0))


def test_the_same_seed_makes_the_same(world):
    one, other = (list(Composer(world, Draw(4)).documents(50)) for _ in range(2))
    assert one == other
