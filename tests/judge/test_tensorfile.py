"""Tensors cross processes bit for bit, with strides and aliases, and a file that lies is refused."""

from __future__ import annotations

import json
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
import torch
from doors import TORN
from kernelagent.worker.judge import tensorfile
from kernelagent.worker.problem.carried import same_bits
from kernelagent.worker.problem.tensors import tensors_in

NAN = float("nan")
BASE = torch.arange(24.0).reshape(4, 6)
VALUES: dict[str, Any] = {
    "float32": torch.tensor([1.5, -0.0, float("nan"), float("inf")]),
    "bfloat16": torch.randn(3, 5, dtype=torch.bfloat16),
    "float16": torch.randn(7, dtype=torch.float16),
    "float64": torch.randn(2, 2, dtype=torch.float64),
    "bool": torch.tensor([[True, False]]),
    "int64": torch.tensor(2**62),
    "uint8": torch.tensor([0, 255], dtype=torch.uint8),
    "scalar": torch.tensor(3.0),
    "empty": torch.empty(0, 4),
    "transposed": BASE.t(),
    "every second": BASE.reshape(-1)[1::2],
    "expanded": torch.ones(1, 3).expand(5, 3),
    "nested": (BASE, [None, {"a": 1, "b": (2.5, True, "x")}], torch.tensor([1])),
    "plain infinities": (float("inf"), float("-inf")),
    "dtype": (torch.float16,),
    "keys": {1: BASE, "1": BASE, (1, 2): BASE, "(1, 2)": BASE, "a.b": BASE, "a": {"b": BASE}, None: 1, "": BASE},
    "names": {"p": [namedtuple("P", "a def", rename=True)(BASE, 2)], "of PyTorch": BASE.max(1)},
}


@pytest.mark.parametrize("name", VALUES)
def test_round_trip(name: str, tmp_path: Path) -> None:
    value = VALUES[name]
    tensorfile.write(tmp_path / "file", value)
    back = tensorfile.read(tmp_path / "file")
    for (path, one), (other_path, other) in zip(tensors_in(value), tensors_in(back), strict=True):
        assert path == other_path
        assert one.stride() == other.stride() or one.numel() == 0
        assert same_bits(one, other)
    assert str(tensorfile._encode(value, *_tables(value))) == str(tensorfile._encode(back, *_tables(back)))


def _tables(value: Any) -> tuple[dict[int, int], dict[int, int]]:
    """Storages in order of appearance; offsets from the first element used, as a reader sees them."""
    storages: dict[int, int] = {}
    starts: dict[int, int] = {}
    for _, tensor in tensors_in(value):
        key = tensor.untyped_storage().data_ptr()
        storages.setdefault(key, len(storages))
        low = int(tensor.storage_offset()) * tensor.element_size()
        starts[key] = min(low - low % 16, starts.get(key, low))
    return storages, starts


def test_names_arrive_as_attributes(tmp_path: Path) -> None:
    tensorfile.write(tmp_path / "file", VALUES["names"])
    back = tensorfile.read(tmp_path / "file")
    assert torch.equal(back["p"][0].a, BASE)
    assert back["p"][0]._1 == 2
    assert back["of PyTorch"].indices.tolist() == [5, 5, 5, 5]


@pytest.mark.parametrize(
    "kinds", [[["class"]], [["_a"]], [["a.b"]], [["a", "b"]], [[f"n{n}"] for n in range(tensorfile.MOST_NAMED + 1)]]
)
def test_names_that_no_tuple_has_are_refused(kinds: list[list[str]], tmp_path: Path) -> None:
    """``exec`` makes the class of a named tuple, of names that another process wrote."""
    tensorfile.write(tmp_path / "file", [(1,)] * len(kinds))
    document = json.loads((tmp_path / "file.json").read_text())
    for node, names in zip(document["value"]["list"], kinds, strict=True):
        node["names"] = names
    (tmp_path / "file.json").write_text(json.dumps(document))
    with pytest.raises(tensorfile.BadTensorFile):
        tensorfile.read(tmp_path / "file")


def test_aliases_stay_aliases(tmp_path: Path) -> None:
    whole = torch.arange(10.0)
    tensorfile.write(tmp_path / "file", {"whole": whole, "part": whole[3:6]})
    back = tensorfile.read(tmp_path / "file")
    back["whole"][4] = -1.0
    assert back["part"].tolist() == [3.0, -1.0, 5.0]


def test_what_cannot_be_carried_is_named(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="object"):
        tensorfile.write(tmp_path / "file", {"x": object()})


class Written:
    def __str__(self) -> str:
        return "a"

    __repr__ = __str__


@pytest.mark.parametrize("keys", [(Written(), "a"), (Written(), Written()), (float("nan"), float("nan")), ("nan", NAN)])
def test_two_keys_that_are_written_alike_are_not_carried(keys: tuple[Any, Any], tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="two keys"):
        tensorfile.write(tmp_path / "file", {"x": dict(zip(keys, (BASE, BASE), strict=True))})


TWO_KEYS: dict[str, tuple[Any, Any]] = {
    "one key twice": ("a", "a"),
    "equal keys": (1, True),
    "equal numbers": (1, 1.0),
    "NaN twice": (NAN, NAN),
    "a literal that another is": ("a", ["'a'"]),
    "no literal": ("a", ["b("]),
    "no key": ("a", ["[]"]),
    "a key of many digits": ("a", ["0x" + "f" * 4000]),
    "a list for a key": ("a", []),
    "a dictionary for a key": ("a", {"a": 1}),
    "nested parentheses": ("a", ["(" * 1000]),
    "a long one": ("a", ["'" + "a" * 5000 + "'"]),
}


@pytest.mark.parametrize("name", TWO_KEYS)
def test_a_file_with_keys_that_no_dictionary_has_is_refused(name: str, tmp_path: Path) -> None:
    tensorfile.write(tmp_path / "file", {"a": BASE, "b": BASE})
    document = json.loads((tmp_path / "file.json").read_text())
    for entry, key in zip(document["value"]["dict"], TWO_KEYS[name], strict=True):
        entry[0] = key
    (tmp_path / "file.json").write_text(json.dumps(document))
    with pytest.raises(tensorfile.BadTensorFile):
        tensorfile.read(tmp_path / "file")


LIES: dict[str, dict[str, Any]] = {
    "reaches outside": {"shape": [100]},
    "negative stride": {"stride": [-1]},
    "negative offset": {"offset": -1},
    "unknown dtype": {"dtype": "float3"},
    "no such storage": {"tensor": 7},
    "lengths differ": {"stride": [1, 1]},
    "huge stride": {"shape": [2], "stride": [2**60]},
    "sizes beyond counting": {"shape": [0, 2**70], "stride": [1, 1]},
    "infinite offset": {"offset": float("inf")},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lying_file_is_refused(lie: str, tmp_path: Path) -> None:
    tensorfile.write(tmp_path / "file", torch.arange(4.0))
    document = json.loads((tmp_path / "file.json").read_text())
    document["value"] |= LIES[lie]
    (tmp_path / "file.json").write_text(json.dumps(document))
    with pytest.raises(tensorfile.BadTensorFile):
        tensorfile.read(tmp_path / "file")


@pytest.mark.parametrize("text", TORN)
def test_a_description_that_is_none_is_refused(text: bytes, tmp_path: Path) -> None:
    tensorfile.write(tmp_path / "file", torch.arange(4.0))
    (tmp_path / "file.json").write_bytes(text)
    with pytest.raises(tensorfile.BadTensorFile):
        tensorfile.read(tmp_path / "file")


def test_a_storage_outside_the_file_is_refused(tmp_path: Path) -> None:
    tensorfile.write(tmp_path / "file", torch.arange(4.0))
    (tmp_path / "file.bin").write_bytes(b"short")
    with pytest.raises(tensorfile.BadTensorFile):
        tensorfile.read(tmp_path / "file")


def test_a_small_file_cannot_fill_the_memory_of_its_reader(tmp_path: Path) -> None:
    """Many storages that lie on the same bytes, and a description without end."""
    tensorfile.write(tmp_path / "file", torch.zeros(1 << 18))
    document = json.loads((tmp_path / "file.json").read_text())
    document["storages"] *= 1000
    (tmp_path / "file.json").write_text(json.dumps(document))
    with pytest.raises(tensorfile.BadTensorFile, match="bytes, where at most"):
        tensorfile.read(tmp_path / "file", most_bytes=1 << 24)
    (tmp_path / "file.json").write_text('{"storages": [], "value": ' + "[" * (tensorfile.MOST_DESCRIPTION_BYTES + 1))
    with pytest.raises(tensorfile.BadTensorFile, match="more length"):
        tensorfile.read(tmp_path / "file", most_bytes=1 << 24)


def test_what_is_only_noted_is_carried_out(tmp_path: Path) -> None:
    number = torch.randn(4, dtype=torch.complex64)
    tensorfile.write(tmp_path / "file", {"a": [number.conj(), (number.conj().imag,)], "b": number})
    read = tensorfile.read(tmp_path / "file")
    assert torch.equal(torch.view_as_real(read["a"][0]), torch.view_as_real(number.conj().resolve_conj()))
    assert torch.equal(read["a"][1][0], -number.imag)
    assert torch.equal(torch.view_as_real(read["b"]), torch.view_as_real(number))


@pytest.mark.parametrize("width", [1, 11, 12])
def test_a_view_of_nothing_may_start_anywhere(width: int, tmp_path: Path) -> None:
    last = torch.empty(7, 0, width).transpose(0, 1)[:, -1]
    assert last.storage_offset() > last.untyped_storage().nbytes()
    tensorfile.write(tmp_path / "empty", [last])
    (read,) = tensorfile.read(tmp_path / "empty")
    assert read.shape == (0, width)
