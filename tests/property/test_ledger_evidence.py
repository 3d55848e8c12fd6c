"""Any bytes handed to the verifiers of evidence are refused with their one error."""

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from asepsis.core.errors import NotTrusted
from asepsis.ledger.evidence import bag, standalone
from asepsis.ledger.evidence.verify import verify

NAMES = ("data/checkpoint", "data/claim.json", "data/entries", "data/vkey")
TEXT = st.sampled_from([b"o\n1\n", b"\n\n", "— a ".encode(), b"{}", b'{"version":1}', b"[]", b"\xff", b"a+b+", b"AAAA"])
CONTENT = st.binary(max_size=60) | st.lists(TEXT, max_size=6).map(b"".join)


@given(st.binary(max_size=300))
def test_any_bytes_are_no_bundle(data):
    with contextlib.suppress(NotTrusted):
        verify(data)


@given(st.fixed_dictionaries(dict.fromkeys(NAMES, CONTENT), optional={"data/policy": CONTENT}))
def test_any_files_are_refused_by_both(files):
    with contextlib.suppress(NotTrusted):
        verify(bag.pack(files))
    with contextlib.suppress(standalone.Refused):
        standalone.check(files)
    for read in (standalone.read_claim, standalone.read_policy):
        for data in files.values():
            with contextlib.suppress(standalone.Refused):
                read(data)
