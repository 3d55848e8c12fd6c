"""The model: scores are sums over single words, and no vocabulary fills the memory."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from asepsis.scan.engine import model_folder
from asepsis.scan.names.errors import ModelError
from asepsis.scan.names.features import SPAN
from asepsis.scan.names.lists import Lists
from asepsis.scan.names.model import KEPT, Learned, Model
from asepsis.scan.names.tokens import PAD


@pytest.fixture(scope="module")
def model():
    return Model.open(model_folder())


def padded(words):
    return [PAD] * SPAN + words + [PAD] * SPAN


def test_a_score_is_a_sum_over_the_words_around(model):
    nothing = model.scores(padded([PAD] * 3))
    one = model.scores(padded(["Zyxwv ", PAD, PAD])) - nothing
    other = model.scores(padded([PAD, PAD, "metformin "])) - nothing
    both = model.scores(padded(["Zyxwv ", PAD, "metformin "])) - nothing
    assert np.allclose(one + other, both, atol=1e-4)


def test_a_name_is_told_from_a_drug(model):
    words = ["Seen ", "by ", "Dr", ". ", "Gonzalez ", ", ", "takes ", "metformin ", "500 ", "mg ", "daily ", "."]
    scores = model.scores(padded(words))
    best = dict(zip(words, (model.labels[at] for at in scores.argmax(axis=1)), strict=True))
    assert best["Gonzalez "] == "B-NAME"
    assert best["metformin "] == "O"


def test_a_hostile_vocabulary_neither_grows_the_memory_nor_raises_nor_changes_what_is_said(model):
    words = padded(["Dr", ". ", "Gonzalez ", "started ", "metformin"])
    before = model.scores(words)
    size = model._blocks.nbytes
    for at in range(8):
        model.scores(padded([f"word{at}x{number} " for number in range(KEPT // 2)]))
        assert len(model._rows) <= len(model._blocks)
    assert model._blocks.nbytes == size
    assert np.allclose(model.scores(words), before, atol=1e-5)


def test_a_blank_behind_a_word_takes_no_second_row(model):
    for one, other in (("blorpish", "blorpish "), ("Vex ", "Vex"), ("71x ", "71x")):
        first = model.scores(padded([one]))
        used = model._used
        assert np.array_equal(model.scores(padded([other])), first)
        assert model._used == used


def test_a_blank_alone_is_not_the_edge_of_a_text():
    edge = Model.open(model_folder()).scores(padded([PAD]))
    assert not np.array_equal(Model.open(model_folder()).scores(padded([" "])), edge)


def test_labels_begin_and_go_on_in_turn():
    learned = Learned(np.zeros(1, np.uint32), np.zeros((1, 21), np.float16), np.zeros((3, 3), np.float32))
    with pytest.raises(ModelError):
        Model(Lists.of({"a": 1}), learned, ["O", "I-NAME", "B-NAME"])


def test_files_and_arrays_that_do_not_fit(tmp_path):
    with pytest.raises(ModelError):
        Model.open(tmp_path)
    lists = Lists.of({"a": 1})
    learned = Learned(np.zeros(1, np.uint32), np.zeros((1, 3), np.float16), np.zeros((2, 2), np.float32))
    with pytest.raises(ModelError):
        Model(lists, learned, ["O", "B-NAME"])


def test_threads_take_turns_at_the_table_of_other_words(monkeypatch):
    model = Model.open(model_folder())
    one, other = padded(["qwxyzzy "]), padded(["plughqq "])
    alone = Model.open(model_folder()).scores(other)
    learn = model._learn
    with ThreadPoolExecutor(1) as threads:

        def slowly(words):
            if words == one:
                waiting.append(threads.submit(model.scores, other))
                with pytest.raises(TimeoutError):
                    waiting[0].result(0.2)
            return learn(words)

        waiting = []
        monkeypatch.setattr(model, "_learn", slowly)
        model.scores(one)
        assert np.array_equal(waiting[0].result(5), alone)
