"""Places of templates."""

from asepsis.scan.train import places
from asepsis.scan.train.draw import Draw


def test_every_place_is_some_text_without_blanks_around_it(world):
    draw = Draw(1)
    makers = (
        places.address,
        places.city,
        places.city_state,
        places.county,
        places.employer,
        places.facility,
        places.place,
        places.street,
    )
    for maker in makers:
        found = {maker(draw, world) for _ in range(100)}
        assert all(one and one == one.strip() and "{" not in one for one in found)


def test_a_zip_code():
    assert all(one[:5].isdigit() for one in (places.zip_code(Draw(seed)) for seed in range(30)))
