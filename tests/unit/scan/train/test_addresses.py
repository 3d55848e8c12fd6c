"""Addresses of templates."""

from asepsis.scan.train import addresses
from asepsis.scan.train.draw import Draw


def test_every_address_is_some_text_without_blanks_around_it(world):
    draw = Draw(1)
    for maker in (addresses.abroad, addresses.address, addresses.block, addresses.corner, addresses.street):
        found = {maker(draw, world) for _ in range(100)}
        assert all(one and one == one.strip() and "{" not in one for one in found)


def test_addresses_of_other_countries_and_on_lines_of_their_own(world):
    draw = Draw(1)
    found = [addresses.address(draw, world) for _ in range(900)]
    assert any("\n" in one for one in found)
    assert any("France" in one for one in found)
    assert any("FPO" in one or "APO" in one for one in found)
    assert any("corner of" in one for one in found)


def test_a_block_has_its_lines_and_may_be_quoted(world):
    draw = Draw(1)
    found = [addresses.block(draw, world) for _ in range(300)]
    assert all(one.count("\n") in (1, 2, 3, 4) for one in found)
    assert any("\n> " in one for one in found)
    assert any(one[0].isdigit() and " Suite " not in one and "\nSuite " in one for one in found)


def test_a_zip_code():
    assert all(one[:5].isdigit() for one in (addresses.zip_code(Draw(seed)) for seed in range(30)))
