"""A search by the index finds what reading every entry finds, however the log grew in between."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from asepsis.core.events import KillCleared, KillSet, ProcessStopped, build
from asepsis.core.types import Verdict
from asepsis.infra.columns import Query
from asepsis.ledger.disk import OsDisk
from asepsis.ledger.log import Log
from asepsis.ledger.publish import Publisher
from asepsis.ledger.reader import LogReader
from asepsis.ledger.search import scan, search
from asepsis.testing.keys import NamedKeys

WORDS = st.sampled_from(["", "a", "b", "é", "a\0b", "'", "%", "_"])
TIMES = st.integers(-3, 5) | st.sampled_from([-(1 << 63), (1 << 63) - 1])
KINDS = st.sampled_from(["kill.set", "kill.cleared", "kill.", "process.stopped", "process.", "k", "."])
PAYLOADS = st.sampled_from([ProcessStopped("x"), KillSet("model", "m", "r"), KillCleared("model", "m")])
EVENTS = st.builds(
    lambda payload, time, principal, verdict, subjects: build(
        payload, id="e", time=time, tenant="acme", principal=principal, verdict=verdict, subjects=tuple(subjects)
    ).encode(),
    PAYLOADS,
    TIMES | st.just((1 << 64) - 1),
    WORDS,
    st.sampled_from(Verdict),
    st.lists(WORDS, max_size=3),
)
QUERIES = st.builds(
    Query,
    st.lists(KINDS, max_size=2).map(tuple),
    st.lists(st.sampled_from(Verdict), max_size=2).map(tuple),
    WORDS,
    WORDS,
    st.none() | TIMES,
    st.none() | TIMES,
    st.integers(0, 20),
    st.integers(1, 20),
)
STEPS = st.lists(st.lists(EVENTS, min_size=1, max_size=6) | QUERIES | st.just("publish"), min_size=2, max_size=8)


@settings(max_examples=30)
@given(STEPS, QUERIES)
def test_a_search_is_a_scan(steps, last):
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "acme"
        log = Log(folder, NamedKeys(), disk=OsDisk(), segment_bytes=2000)
        publisher = Publisher(folder, log.signers, LogReader(Path(root), "acme"))
        for step in [*steps, last]:
            if isinstance(step, list):
                log.append(step)
            elif isinstance(step, Query):
                assert search(folder, step, index=folder / "index") == scan(folder, step)
            elif log.seal.size:
                publisher.catch_up(1000)
                publisher.publish(log.seal, time=1)
        log.close()
