"""An operator's embedding model: read from its folder, run, and refused where it can't be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from storage.embedding import Model, ModelUnusable
from tests.storage.model import DIMENSIONS, make_model

BICYCLES = ("bicycle", "fahrrad", "sykkel")
WATER = ("water", "wasser")


def test_words_of_one_meaning_are_near(tmp_path: Path) -> None:
    """In whatever language, and with words around that mean nothing."""
    model = Model(make_model(tmp_path / "m", BICYCLES, WATER))
    assert model.dimensions == DIMENSIONS
    bicycle, water, both = model.passages(["A Fahrrad in town", "wasser", "water by bicycle"])
    asked = model.query("sykkel")
    assert asked @ bicycle == pytest.approx(1, abs=1e-5)
    assert asked @ water < asked @ both < 1
    assert both @ both == pytest.approx(1, abs=1e-5)


def test_the_first_token_counts_where_the_model_says_so(tmp_path: Path) -> None:
    """`cls` pooling of `1_Pooling/config.json`."""
    model = Model(make_model(tmp_path / "m", BICYCLES, WATER, pooling="cls"))
    first, second = model.passages(["water bicycle", "water"])
    assert first @ second == pytest.approx(1, abs=1e-5)


def test_prompts_are_put_before_texts(tmp_path: Path) -> None:
    """As models of the E5 family need it."""
    folder = make_model(tmp_path / "m", BICYCLES, WATER)
    plain = Model(folder)
    prompts = {"prompts": {"query": "water ", "document": "bicycle "}}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    prompted = Model(folder)
    assert prompted.query("x") @ plain.query("water") == pytest.approx(1, abs=1e-5)
    assert prompted.passages(["x"])[0] @ plain.query("fahrrad") == pytest.approx(1, abs=1e-5)
    assert prompted.fingerprint != plain.fingerprint


def test_a_bare_onnx_folder_will_do(tmp_path: Path) -> None:
    """`model.onnx` and `tokenizer.json` side by side; the same model has the same fingerprint anywhere."""
    folder = make_model(tmp_path / "m", BICYCLES)
    before = Model(folder).fingerprint
    (folder / "onnx" / "model.onnx").rename(folder / "model.onnx")
    assert Model(folder).fingerprint == before
    assert Model(make_model(tmp_path / "n", BICYCLES, turned=2)).fingerprint != before


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        ("onnx/model.onnx", "holds a model that does not run"),
        ("tokenizer.json", "holds a model that does not run"),
        ("1_Pooling/config.json", "is not JSON"),
        ("modules.json", "is not JSON"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, spoil: str, told: str) -> None:
    """With the folder or file that it is in."""
    folder = make_model(tmp_path / "m", BICYCLES)
    (folder / spoil).write_text("nonsense")
    with pytest.raises(ModelUnusable, match=told):
        Model(folder)


def test_what_is_missing_or_not_supported_is_named(tmp_path: Path) -> None:
    """Rather than found out by strange results."""
    with pytest.raises(ModelUnusable, match=r"holds neither onnx/model.onnx nor model.onnx"):
        Model(tmp_path)
    folder = make_model(tmp_path / "m", BICYCLES)
    (folder / "modules.json").write_text(json.dumps([{"type": "sentence_transformers.models.Dense"}]))
    with pytest.raises(ModelUnusable, match="a step Dense"):
        Model(folder)
    (folder / "modules.json").unlink()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_max_tokens": True}))
    with pytest.raises(ModelUnusable, match="pools in another way"):
        Model(folder)
    (folder / "tokenizer.json").unlink()
    (folder / "1_Pooling" / "config.json").unlink()
    with pytest.raises(ModelUnusable, match=r"holds no tokenizer.json"):
        Model(folder)
