"""An operator's own embedding model: a folder with an ONNX model and its tokenizer, run on the CPU.

Needs the extra `embeddings`; import it only where a model is set.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

Vectors = npt.NDArray[np.float32]

#: Where a model may lie within its folder: as sentence-transformers exports it, or by itself.
PLACES = ("onnx/model.onnx", "model.onnx")
_MOST_TOKENS = 512
_INPUTS = {"input_ids", "attention_mask", "token_type_ids"}
# What may stand in a sentence-transformers pipeline; anything else changes the vectors in ways unknown here.
_MODULES = ("Transformer", "Pooling", "Normalize")
_AT_A_TIME = 8
_REMEMBERED = 1024


class ModelUnusable(Exception):
    """A folder does not hold a model that can be used; the text says why."""


class Model:
    """A model that turns texts into vectors of length 1 that are near each other when they mean the same.

    `fingerprint` changes with everything that changes the vectors. Raises `ModelUnusable`.
    """

    def __init__(self, folder: Path) -> None:
        file = next((folder / place for place in PLACES if (folder / place).is_file()), None)
        if file is None:
            raise ModelUnusable(f"{folder} holds neither {' nor '.join(PLACES)}")
        if not (folder / "tokenizer.json").is_file():
            raise ModelUnusable(f"{folder} holds no tokenizer.json")
        self._pooling = _pooling(folder)
        self._query_prefix, self._passage_prefix = _prefixes(folder)
        longest = _settings(folder / "sentence_bert_config.json").get("max_seq_length") or _MOST_TOKENS
        self.fingerprint = _fingerprint(
            [file, *sorted(file.parent.glob(f"{file.name}?data")), folder / "tokenizer.json"],
            [self._pooling, self._query_prefix, self._passage_prefix, longest],
        )
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._tokenizer.enable_truncation(min(int(longest), _MOST_TOKENS))
            self._tokenizer.enable_padding()
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1  # the bot has other things to do meanwhile
            options.log_severity_level = 3
            self._session = onnxruntime.InferenceSession(
                str(file), options, providers=["CPUExecutionProvider"]
            )
            self._inputs = {one.name for one in self._session.get_inputs()}
            self.dimensions = int(self._vectors(["city"]).shape[1])
        except Exception as error:  # both libraries raise classes of their own, straight below Exception
            raise ModelUnusable(f"{folder} holds a model that does not run: {error}") from error
        self.query = lru_cache(_REMEMBERED)(self._query)

    def _query(self, text: str) -> Vectors:
        """The vector of what someone looks for; 10 to 50 ms for a small model, nothing the second time."""
        found: Vectors = self._vectors([self._query_prefix + text])[0]
        return found

    def passages(self, texts: Sequence[str]) -> Vectors:
        """The vectors of texts that are to be found, one row each."""
        prefixed = [self._passage_prefix + text for text in texts]
        parts = [
            self._vectors(prefixed[start : start + _AT_A_TIME])
            for start in range(0, len(prefixed), _AT_A_TIME)
        ]
        return np.concatenate(parts)

    def _vectors(self, texts: list[str]) -> Vectors:
        read = self._tokenizer.encode_batch(texts)
        mask = np.array([one.attention_mask for one in read], dtype=np.int64)
        given = {
            "input_ids": np.array([one.ids for one in read], dtype=np.int64),
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(mask),
        }
        if unknown := self._inputs - _INPUTS:
            raise ValueError(f"it asks for {', '.join(sorted(unknown))}")
        states = self._session.run(None, {name: given[name] for name in self._inputs})[0]
        vectors = _pooled(np.asarray(states, dtype=np.float32), mask, self._pooling)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)


def _pooled(states: Vectors, mask: npt.NDArray[np.int64], pooling: str) -> Vectors:
    """One vector a text, from one a token."""
    if states.ndim == 2:
        return states  # the model does it itself
    if pooling == "cls":
        first: Vectors = states[:, 0]
        return first
    weights = mask[:, :, None].astype(np.float32)
    return np.asarray((states * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9), np.float32)


def _pooling(folder: Path) -> str:
    modules = _settings(folder / "modules.json", default=[])
    kinds = [str(one.get("type", "")).rsplit(".", 1)[-1] for one in modules]
    if other := [kind for kind in kinds if kind not in _MODULES]:
        raise ModelUnusable(f"{folder} has a step {other[0]} in modules.json that is not supported")
    chosen = _settings(folder / "1_Pooling" / "config.json")
    named = {name for name, value in chosen.items() if name.startswith("pooling_mode_") and value is True}
    mode = chosen.get("pooling_mode") or ("cls" if named == {"pooling_mode_cls_token"} else "mean")
    if mode not in ("cls", "mean") or named - {"pooling_mode_cls_token", "pooling_mode_mean_tokens"}:
        raise ModelUnusable(f"{folder} pools in another way than by mean or cls")
    return str(mode)


def _prefixes(folder: Path) -> tuple[str, str]:
    """What queries and passages begin with, for models that were trained so."""
    prompts = _settings(folder / "config_sentence_transformers.json").get("prompts") or {}
    return str(prompts.get("query") or ""), str(prompts.get("document") or prompts.get("passage") or "")


def _settings(file: Path, default: Any = None) -> Any:
    """What a file of JSON says; `default`, by default {}, where there is none."""
    if not file.is_file():
        return {} if default is None else default
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelUnusable(f"{file} is not JSON: {error}") from None


def _fingerprint(files: Sequence[Path], choices: Sequence[object]) -> str:
    found = hashlib.sha256(repr(choices).encode())
    for file in files:
        with file.open("rb") as content:
            found.update(hashlib.file_digest(content, "sha256").digest())
    return found.hexdigest()[:16]
