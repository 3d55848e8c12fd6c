"""Views: where each character of a rewritten text comes from."""

from asepsis.scan.views import Piece, View, compose


def test_a_view_that_is_the_text_maps_to_itself():
    assert View("abc").back(1, 3) == (1, 3)
    assert View("abc").cut(1, 3).back(0, 2) == (1, 3)


def test_a_piece_stands_for_all_that_it_replaces():
    view = compose(View("a\\u0031b"), [Piece(1, 7, "1")])
    assert view.text == "a1b"
    assert view.back(0, 1) == (0, 1)
    assert view.back(1, 2) == (1, 7)
    assert view.back(1, 3) == (1, 8)


def test_what_is_dropped_is_covered_from_both_sides():
    view = compose(View("1 2"), [Piece(1, 2, "")])
    assert view.text == "12"
    assert view.back(0, 2) == (0, 3)


def test_views_of_views_map_to_the_first_text():
    once = compose(View("xx%2531"), [Piece(2, 5, "%")])
    twice = compose(once, [Piece(2, 5, "1")])
    assert twice.text == "xx1"
    assert twice.back(2, 3) == (2, 7)
    assert twice.cut(2, 3).back(0, 1) == (2, 7)


def test_nothing_to_replace_leaves_the_view_as_it_is():
    view = View("abc")
    assert compose(view, []) is view
