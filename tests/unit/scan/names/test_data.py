"""The weights that come with the package: their size, and that they are what their record says."""

import hashlib
import json

from asepsis.scan.engine import model_folder


def test_the_files_are_those_of_the_record_and_small():
    record = json.loads((model_folder() / "provenance.json").read_bytes())
    for name, digest in record["outputs"].items():
        data = (model_folder() / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == digest
        assert len(data) <= 5_000_000
