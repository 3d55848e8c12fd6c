import io
import zipfile

import pytest

from asepsis.core.errors import NotTrusted
from asepsis.ledger.evidence import bag

FILES = {"data/a": b"one", "data/b": b"two", "cover.html": b"page"}


def zipped(files, **names):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def test_a_bag_comes_back_with_its_manifests():
    found = bag.unpack(bag.pack(FILES))
    assert {name: found[name] for name in FILES} == FILES
    assert found["manifest-sha256.txt"].count(b"\n") == 2
    assert found["bagit.txt"].startswith(b"BagIt-Version: 1.0")
    assert bag.pack(FILES) == bag.pack(dict(reversed(FILES.items())))


def raw(changes=()):
    with zipfile.ZipFile(io.BytesIO(bag.pack(FILES))) as archive:
        return {name: archive.read(name) for name in archive.namelist()} | dict(changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"evidence/data/a": b"One"},
        {"evidence/data/c": b"more"},
        {"evidence/cover.html": b"Page"},
        {"evidence/more": b""},
        {"data/a": b"one"},
        {"evidence/../../x": b"x"},
        {"evidence/bagit.txt": b"other"},
        {"evidence/manifest-sha256.txt": b""},
    ],
    ids=range(8),
)
def test_any_other_file_is_refused(changes):
    bag.unpack(zipped(raw()))
    with pytest.raises(NotTrusted):
        bag.unpack(zipped(raw(changes)))


def test_a_file_that_is_missing_or_there_twice_is_refused():
    for name in raw():
        with pytest.raises(NotTrusted):
            bag.unpack(zipped({one: data for one, data in raw().items() if one != name}))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in raw().items():
            archive.writestr(name, data)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("evidence/data/a", b"one")
    with pytest.raises(NotTrusted):
        bag.unpack(made.getvalue())


def test_what_is_no_zip_or_too_large_is_refused(monkeypatch):
    for data in (b"", b"PK", bag.pack(FILES)[:-30]):
        with pytest.raises(NotTrusted):
            bag.unpack(data)
    many = {f"evidence/data/{number}": b"" for number in range(100)}
    with pytest.raises(NotTrusted, match="at most"):
        bag.unpack(zipped(many))
    monkeypatch.setattr(bag, "MAX_BYTES", 10)
    with pytest.raises(NotTrusted, match="at most"):
        bag.unpack(bag.pack(FILES))
