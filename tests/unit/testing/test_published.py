"""Published shapes: what counts as a break and what does not."""

import msgspec
import pytest

from asepsis.testing.published import Field, Kind, Shapes, Type, breaks, main, shapes

PUBLISHED = Shapes(
    {"a.b": Kind(1, "P")},
    {"P": Type(fields={"x": Field("int", required=True)}), "E": Type(values=("one",))},
)


def changed(*, kinds=None, p=None, e=("one",)):
    fields = {"x": Field("int", required=True)} if p is None else p
    return Shapes(PUBLISHED.kinds if kinds is None else kinds, {"P": Type(fields=fields), "E": Type(values=e)})


@pytest.mark.parametrize(
    "current",
    [
        changed(),
        changed(kinds={"a.b": Kind(2, "P"), "c.d": Kind(1, "P")}),
        changed(p={"x": Field("int", required=True), "y": Field("str", required=False)}),
        changed(e=("one", "two")),
    ],
)
def test_what_is_added_with_a_default_breaks_nothing(current):
    assert breaks(PUBLISHED, current) == ()


@pytest.mark.parametrize(
    ("current", "broken"),
    [
        (changed(kinds={}), "the kind `a.b` is gone"),
        (changed(kinds={"a.b": Kind(1, "E")}), "the kind `a.b` has another payload"),
        (changed(p={}), "`P.x` is gone or changed"),
        (changed(p={"x": Field("str", required=True)}), "`P.x` is gone or changed"),
        (
            changed(p={"x": Field("int", required=True), "y": Field("str", required=True)}),
            "`P.y` is new and has no default",
        ),
        (changed(e=("two",)), "`E` lost the value `one`"),
        (Shapes(PUBLISHED.kinds, {"E": Type(values=("one",))}), "the type `P` is gone"),
    ],
)
def test_what_is_taken_away_or_changed_breaks(current, broken):
    assert breaks(PUBLISHED, current) == (broken,)


def test_the_shapes_name_every_part_of_a_payload():
    current = shapes()
    assert current.types["CallOpened"].fields["decision"] == Field("Decision", required=True)
    assert current.types["Decision"].fields["obligations"] == Field("array of Obligation", required=False)
    assert current.types["Verdict"].values == (0, 1, 2, 3)
    assert "Event" in current.types


def test_shapes_are_written_unless_something_published_has_changed(tmp_path):
    file = tmp_path / "events.json"
    assert main([str(file)]) == 0
    written = file.read_bytes()
    assert main([str(file)]) == 0
    assert file.read_bytes() == written
    file.write_bytes(msgspec.json.encode(PUBLISHED))
    assert main([str(file)]) == 1
    assert file.read_bytes() == msgspec.json.encode(PUBLISHED)
