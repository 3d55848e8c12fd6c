"""The template files: every slot can be filled, every file is used."""

import re
from pathlib import Path

import asepsis.scan.train
from asepsis.scan.train.draw import Draw
from asepsis.scan.train.fillers import LABELS, Fillers
from asepsis.scan.train.generate import FILES
from asepsis.scan.train.world import toml

FOLDER = Path(asepsis.scan.train.__file__).parent / "templates"
SHARED = ("generic", "lexicon", "phrases")


def test_every_file_is_used():
    assert {path.stem for path in FOLDER.iterdir()} == {*FILES, *SHARED, "anonymous", "forms", "origins"}


def test_every_slot_can_be_filled(world):
    shared = {slot for name in SHARED for slot in toml(name)}
    fillers = Fillers(Draw(1), world)
    for name in (*FILES, *SHARED):
        table = toml(name)
        for values in table.values():
            for slot in re.findall(r"(?<!\{)\{([A-Za-z_0-9]+)\}", " ".join(values) if isinstance(values, list) else ""):
                assert slot in table or slot in shared or slot in LABELS or fillers.value(slot), f"{name}: {slot}"


def test_no_template_is_there_twice():
    for name in FILES:
        texts = toml(name)["text"]
        assert len(texts) == len(set(texts)), name
