import hashlib

import pytest

from asepsis.core.errors import NotTrusted
from asepsis.ledger.tlog.proofs import check_inclusion, prove_inclusion
from asepsis.ledger.tlog.tiles import (
    ENTRIES,
    MAX_ENTRY,
    Edge,
    Tile,
    bundle,
    bundle_entries,
    node_reader,
    partial_tiles,
    path,
    row_root,
    split,
)
from asepsis.ledger.tlog.tree import CompactRange

SIZE = 70_000
LEAVES = [hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(SIZE)]


def range_of(size):
    row = CompactRange()
    row.extend(LEAVES[:size])
    return row


def tiled(size, step=1000):
    """Returns a tree's edge and its tiles."""
    edge, tiles, row = Edge(), {}, CompactRange()
    for start in range(0, size, step):
        some = LEAVES[start : min(size, start + step)]
        tiles |= dict(edge.extend(some, row.extend(some)))
    tiles |= {tile: b"".join(edge.rows[tile.level]) for tile in partial_tiles(size)}
    return edge, tiles


def test_paths():
    assert path(Tile(0, 1_234_067)) == "tile/0/x001/x234/067"
    assert path(Tile(63, 0, 1)) == "tile/63/000.p/1"
    assert path(Tile(ENTRIES, 1000, 255)) == "tile/entries/x001/000.p/255"
    assert path(Tile(2, 999)) == "tile/2/999"


def test_a_tree_of_70000_has_the_tiles_of_the_specification():
    edge, tiles = tiled(SIZE)
    assert partial_tiles(SIZE) == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert sorted(tiles) == sorted([*(Tile(0, n) for n in range(273)), Tile(1, 0), *partial_tiles(SIZE)])
    assert all(len(data) == tile.width * 32 for tile, data in tiles.items())
    assert split(tiles[Tile(0, 5)], width=256) == LEAVES[5 * 256 : 6 * 256]
    assert split(tiles[Tile(1, 0)], width=256)[5] == row_root(LEAVES[5 * 256 : 6 * 256])
    assert (edge.range().hashes, edge.range().root()) == (range_of(SIZE).hashes, range_of(SIZE).root())


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512, 65_535, 65_536, 65_537])
def test_an_edge_goes_on_from_its_rows(size):
    edge, _ = tiled(size, step=300)
    again = Edge(size, edge.rows)
    more = LEAVES[size : size + 600]
    roots = range_of(size).extend(more)
    assert again.extend(more, roots) == edge.extend(more, roots)
    assert again.range().root() == edge.range().root() == range_of(size + 600).root()
    assert partial_tiles(256) == [Tile(1, 0, 1)]


def test_an_edge_needs_the_rows_of_its_size():
    for size, rows in ((1, []), (2, [LEAVES[:1]]), (256, [LEAVES[:1]]), (1, [LEAVES[:1], LEAVES[:1]])):
        with pytest.raises(NotTrusted):
            Edge(size, rows)


def test_nodes_come_from_the_tiles():
    _, tiles = tiled(SIZE)
    node = node_reader(SIZE, tiles.__getitem__)
    assert node(0, 69_999) == LEAVES[-1]
    assert node(3, 2) == row_root(LEAVES[16:24])
    assert node(16, 0) == range_of(65_536).root()
    assert node(10, 3) == row_root(LEAVES[3072:4096])
    for index in (0, 255, 256, 65_535, 65_536, 69_999):
        proof = prove_inclusion(index, size=SIZE, node=node)
        check_inclusion(LEAVES[index], index, size=SIZE, root=range_of(SIZE).root(), proof=proof)


def test_a_tile_has_its_width():
    with pytest.raises(NotTrusted):
        split(bytes(33), width=1)
    with pytest.raises(NotTrusted):
        node_reader(2, lambda _: bytes(32))(0, 0)


def test_bundles():
    entries = [b"", b"a", b"b" * MAX_ENTRY]
    data = bundle(entries)
    assert bundle_entries(data, width=3) == entries
    assert bundle([b"ab"]) == b"\x00\x02ab"
    for bad, width in ((data, 2), (data, 4), (data[:-1], 3), (data + b"\x00", 3), (data + b"\x00\x00", 3)):
        with pytest.raises(NotTrusted):
            bundle_entries(bad, width=width)


def test_an_empty_entry_may_be_the_last():
    assert bundle_entries(bundle([b"a", b""]), width=2) == [b"a", b""]


def test_each_tile_is_read_once():
    edge, files = Edge(), {}
    row = CompactRange()
    files.update(edge.extend(LEAVES[:512], row.extend(LEAVES[:512])))
    read = []
    node = node_reader(512, lambda tile: read.append(tile) or files[tile])
    assert node(0, 5) == LEAVES[5]
    assert node(0, 6) == LEAVES[6]
    assert len(read) == 1


def test_one_leaf_may_fill_tiles_of_three_levels():
    edge = Edge(256**3 - 1, [LEAVES[:255]] * 3)
    full = edge.extend(LEAVES[255:256], [row_root(LEAVES[:256])])
    assert [tile for tile, _ in full] == [Tile(0, 65_535), Tile(1, 255), Tile(2, 0)]
    assert edge.size == 256**3
