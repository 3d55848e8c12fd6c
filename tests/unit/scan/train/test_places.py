"""Places of templates."""

from asepsis.scan.train import places
from asepsis.scan.train.draw import Draw


def test_every_place_is_some_text_without_blanks_around_it(world):
    draw = Draw(1)
    makers = (
        places.city,
        places.city_state,
        places.county,
        places.employer,
        places.facility,
        places.place,
        places.town_abroad,
    )
    for maker in makers:
        found = {maker(draw, world) for _ in range(100)}
        assert all(one and one == one.strip() and "{" not in one for one in found)
