"""A model of one's own in ONNX: a tiny one, made here, that knows a name; and folders that can't be used."""

import json
import sys

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers

from asepsis.core.errors import ConfigError, Unavailable
from asepsis.scan import ScanConfig
from asepsis.scan.config import RereadConfig
from asepsis.scan.engine import names
from asepsis.scan.intake import scanned
from asepsis.scan.names.errors import ModelError
from asepsis.scan.names.onnx import OnnxReader

LABELS = {"0": "O", "1": "B-PER", "2": "I-PER"}
VOCABULARY = {"[UNK]": 0, "rose": 1, "hope": 2}


def made(folder, *, size=3, given="input_ids"):
    """A model that calls `rose` a person and nothing else."""
    table = np.full((len(VOCABULARY), size), -4.0, np.float32)
    table[:, 0] = 4.0
    table[1] = [-4.0, 4.0, *[-4.0] * (size - 2)]
    node = helper.make_node("Gather", ["table", given], ["logits"])
    ids = helper.make_tensor_value_info(given, TensorProto.INT64, [1, "tokens"])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, "tokens", size])
    graph = helper.make_graph([node], "tiny", [ids], [logits], [numpy_helper.from_array(table, "table")])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(made, folder / "model.onnx")
    tokenizer = Tokenizer(models.WordLevel(VOCABULARY, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps({"id2label": LABELS, "model_type": "any"}))
    return folder


def test_it_says_what_the_model_says_of_each_range(tmp_path):
    reader = OnnxReader.open(made(tmp_path))
    text = "then rose called, hope"
    rose, called, hope = reader.inside(text, [(5, 9), (10, 16), (18, 22)])
    assert rose > 990
    assert called < 10 > hope


def test_behind_the_last_token_that_is_read_it_says_nothing(tmp_path):
    text = "word " * 600 + "rose"
    assert OnnxReader.open(made(tmp_path)).inside(text, [(0, 4), (3000, 3004)])[1] is None


def test_the_settings_bring_it_into_the_scanner(tmp_path):
    made(tmp_path)
    text = "rose called about hope, and hope asked about rose"
    alone = scanned(names(ScanConfig()), text)
    read = scanned(names(ScanConfig(reread=RereadConfig(model=str(tmp_path)))), text)
    assert read != alone
    assert {text[one.start : one.end] for one in read} <= {"rose"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", "{}"),
        ("config.json", '{"id2label": {"0": "B-PER", "1": "I-PER"}}'),
        ("config.json", '{"id2label": {"1": "O", "2": "I-PER"}}'),
        ("tokenizer.json", "{}"),
        ("model.onnx", "no model"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path, name, content):
    (made(tmp_path) / name).write_text(content)
    with pytest.raises(ModelError) as caught:
        OnnxReader.open(tmp_path)
    assert caught.value.place == name
    (tmp_path / name).unlink()
    with pytest.raises(ModelError):
        OnnxReader.open(tmp_path)


@pytest.mark.parametrize("how", [{"size": 4}, {"given": "pixels"}])
def test_a_model_of_another_shape_is_refused_at_the_start(tmp_path, how):
    with pytest.raises(ModelError):
        OnnxReader.open(made(tmp_path, **how))


def test_what_the_runtime_raises_does_not_go_on_with_its_message(tmp_path, monkeypatch):
    reader = OnnxReader.open(made(tmp_path))
    monkeypatch.setattr(reader, "_inputs", ["nobody's"])
    with pytest.raises(Unavailable) as caught:
        reader.inside("rose called", [(0, 4)])
    assert caught.value.__cause__ is None
    assert "rose" not in str(caught.value)


def test_without_the_extra_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ConfigError, match=r"asepsis\[onnx\]"):
        OnnxReader.open(tmp_path)
