import base64
import json
import re

from asepsis.ledger.evidence import bag
from asepsis.ledger.evidence import export as exporting
from asepsis.ledger.evidence.export import Wanted, export
from asepsis.ledger.evidence.page import page


def test_the_page_carries_the_payload():
    text = page({"data/b": b"</script>", "data/a": b"\xff"}).decode()
    island = re.search(r'<script type="application/json" id="files">(.*?)</script>', text)[1]
    assert {name: base64.b64decode(data) for name, data in json.loads(island).items()} == {
        "data/a": b"\xff",
        "data/b": b"</script>",
    }


def test_a_bundle_has_one_unless_it_is_too_large(folder, monkeypatch):
    files = bag.unpack(export(folder, Wanted(0, 5)))
    assert files["verify.html"] == page({name: data for name, data in files.items() if name.startswith("data/")})
    monkeypatch.setattr(exporting, "MOST_BYTES", 10)
    assert "verify.html" not in bag.unpack(export(folder, Wanted(0, 5)))
