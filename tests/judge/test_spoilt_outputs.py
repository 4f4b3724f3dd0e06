"""A candidate may write its file of outputs itself: whatever is in it is compared, or refused in words."""

from __future__ import annotations

import copy
import json
import random
from collections import namedtuple
from pathlib import Path
from typing import Any

import torch
from kernelagent.worker.judge import tensorfile
from kernelagent.worker.judge.degenerate import Expected
from kernelagent.worker.tasks.compare import _Known, _one

VALUES = torch.arange(6.0).reshape(2, 3)
NATIVE = {
    "outputs": {1: VALUES, "a": [VALUES + 1, (VALUES, 2.5)], "n": namedtuple("P", "a b")(VALUES, None)},
    "state": {"bn.x": VALUES, "c": VALUES},
}
JUNK: list[Any] = [
    *(None, True, 1, 1.0, "a", -1, 2**70, [], {}, [[]], float("nan"), float("inf"), ["'a'"], ["("]),
    *({"plain": 1}, {"plain": [1]}, {"tensor": 0}, {"dict": []}, {"dict": [["a", {"plain": 1}]]}, {"list": []}),
    *({"tuple": [], "names": ["a"]}, {"float": "x"}, {"dtype_value": "float32"}),
]
TRIES = 1500


def test_whatever_it_holds_is_compared_or_refused(tmp_path: Path) -> None:
    drawn = random.Random(5)
    tensorfile.write(tmp_path / "native", NATIVE)
    written, given = (tmp_path / "native.json").read_text(), tmp_path / tensorfile.outputs_name("module", 0, 0)
    Path(f"{given}.bin").write_bytes((tmp_path / "native.bin").read_bytes())
    expected = Expected(0, 0, NATIVE["outputs"], None, (), "")
    known = _Known(NATIVE["state"], {}, {}, {}, False, True)
    found = []
    for _ in range(TRIES):
        Path(f"{given}.json").write_text(json.dumps(_spoilt(json.loads(written), drawn)))
        run = {"entry": "module", "case": 0, "turn": 0}
        found.append(_one(expected, known, tmp_path, run, frozenset())["failures"])
    told = [text for failures in found for text in failures]
    assert any(text.startswith("outputs cannot be read") for text in told)
    assert any("is a dict with the keys" in text for text in told)


def _spoilt(document: Any, drawn: random.Random) -> Any:
    place = drawn.choice([*_places(document)])
    holder, key = place
    if isinstance(holder, list) and drawn.random() < 0.2:
        holder.append(copy.deepcopy(holder[key]))
    elif drawn.random() < 0.2:
        del holder[key]
    else:
        holder[key] = copy.deepcopy(drawn.choice(JUNK))
    return document


def _places(value: Any) -> Any:
    for key, item in [*value.items()] if isinstance(value, dict) else [*enumerate(value)]:
        yield value, key
        if isinstance(item, (dict, list)):
            yield from _places(item)
