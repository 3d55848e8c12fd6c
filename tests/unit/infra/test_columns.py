import sys

import pytest

from asepsis.core.errors import InputError, Unavailable
from asepsis.core.events import KillCleared, ProcessStopped, build
from asepsis.core.types import Verdict
from asepsis.infra.columns import Query, Row, ask, pack

EVENTS = [
    build(
        (ProcessStopped("x"), KillCleared("model", "m"))[number % 2],
        id=f"e{number}",
        time=10 * number,
        tenant="acme",
        principal=f"p{number % 3}",
        verdict=Verdict(number % 4),
        subjects=tuple("ab"[: number % 3]),
    )
    for number in range(60)
]
ROWS = [Row(at, one.time, one.kind, one.verdict, one.principal, one.subjects) for at, one in enumerate(EVENTS)]


@pytest.fixture
def files(tmp_path):
    names = [tmp_path / "one", tmp_path / "two"]
    names[0].write_bytes(pack(ROWS[20:40], behind=pack(ROWS[:20])))
    names[1].write_bytes(pack(ROWS[40:]))
    return names


@pytest.mark.parametrize(
    "query",
    [
        Query(),
        Query(kinds=("kill.",)),
        Query(kinds=("process.",)),
        Query(kinds=("kill.cleared", "process.stopped")),
        Query(kinds=("kill.clear",)),
        Query(verdicts=(Verdict.ALLOW,)),
        Query(verdicts=(Verdict.ASK, Verdict.DENY), principal="p1"),
        Query(subject="b", since=100, until=400),
        Query(since=0, until=0),
        Query(principal="' OR 1 = 1 --"),
        Query(kinds=("%.", "p_.")),
    ],
)
def test_an_answer_is_what_fits(files, query):
    wanted = [at for at, event in enumerate(EVENTS) if query.fits(event)]
    assert ask(files, query) == wanted
    for start in (1, 30, 60):
        later = Query(query.kinds, query.verdicts, query.principal, query.subject, query.since, query.until, start, 7)
        assert ask(files, later) == [at for at in wanted if at >= start][:7]


def test_no_files_have_no_rows():
    assert ask([], Query()) == []


@pytest.mark.parametrize("data", [b"", b"PAR1", b"x" * 100])
def test_other_files_are_refused(tmp_path, data):
    (tmp_path / "bad").write_bytes(data)
    with pytest.raises(InputError):
        ask([tmp_path / "bad"], Query())
    if data:
        with pytest.raises(InputError):
            pack(ROWS, behind=data)


@pytest.mark.parametrize("module", ["duckdb", "pyarrow"])
def test_without_the_extra_it_says_what_to_install(monkeypatch, tmp_path, module):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(Unavailable, match=r"asepsis\[search\]"):
        ask([tmp_path], Query()) if module == "duckdb" else pack(ROWS)
