"""What was used up once and for all."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from asepsis.core.errors import Unavailable
from asepsis.infra.spent import Spent


def test_a_name_is_spent_once_for_each_tenant(tmp_path):
    spent = Spent(tmp_path / "spent")
    assert [spent.spend("a-1", tenant=one) for one in ("t", "t", "u")] == [True, False, True]


def test_of_many_at_once_one_gets_it(tmp_path):
    spent = Spent(tmp_path / "spent")
    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(lambda _: spent.spend("a", tenant="t"), range(64))) == 1


@pytest.mark.parametrize("name", ["", "../a", "a/b", "é", "x" * 65])
def test_what_is_no_id_is_never_spent(tmp_path, name):
    assert not Spent(tmp_path).spend(name, tenant="t")


def test_what_is_restored_is_spent_once_more(tmp_path):
    spent = Spent(tmp_path / "spent")
    spent.restore("a-1", tenant="t")
    assert spent.spend("a-1", tenant="t")
    for name in ("a-1", "../t/a-1", "a-1"):
        spent.restore(name, tenant="t")
    assert [spent.spend("a-1", tenant="t") for _ in range(2)] == [True, False]
    (tmp_path / "spent" / "t" / "d").mkdir()
    with pytest.raises(Unavailable):
        spent.restore("d", tenant="t")


def test_a_disk_that_takes_nothing_is_told(tmp_path):
    (tmp_path / "spent").write_text("")
    with pytest.raises(Unavailable):
        Spent(tmp_path / "spent").spend("a", tenant="t")


def test_what_is_old_is_forgotten(tmp_path):
    spent = Spent(tmp_path)
    spent.spend("a", tenant="t")
    spent.spend("b", tenant="t")
    os.utime(tmp_path / "t" / "a", (0, 0))
    assert spent.forget(32 * 86_400_000) == 1
    assert [file.name for file in tmp_path.glob("*/*")] == ["b"]
