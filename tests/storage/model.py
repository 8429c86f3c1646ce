"""A tiny embedding model, made here: words of one group mean the same, every other word means nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace

DIMENSIONS = 16


def make_model(folder: Path, *groups: Sequence[str], pooling: str = "mean", turned: int = 0) -> Path:
    """A folder as sentence-transformers lays it out, with a model that knows these groups of words.

    A model that is `turned` another way says the same in other vectors.
    """
    words = ["[PAD]", "[UNK]", *(word for group in groups for word in group)]
    table = np.zeros((len(words), DIMENSIONS), dtype=np.float32)
    place = 2
    for number, group in enumerate(groups, turned):
        table[place : place + len(group), number] = 1
        place += len(group)
    graph = helper.make_graph(
        [helper.make_node("Gather", ["meanings", "input_ids"], ["last_hidden_state"])],
        "tiny",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["texts", "words"])],
        [
            helper.make_tensor_value_info(
                "last_hidden_state", TensorProto.FLOAT, ["texts", "words", DIMENSIONS]
            )
        ],
        [numpy_helper.from_array(table, "meanings")],
    )
    (folder / "onnx").mkdir(parents=True)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(made, str(folder / "onnx" / "model.onnx"))
    tokenizer = Tokenizer(WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = Lowercase()
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "1_Pooling").mkdir()
    chosen = {"pooling_mode_cls_token": pooling == "cls", "pooling_mode_mean_tokens": pooling == "mean"}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(chosen))
    return folder
