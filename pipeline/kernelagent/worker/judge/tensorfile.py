"""Nested values with tensors in a file: JSON that describes, raw bytes that hold. Never a pickle.

``NAME.json`` holds the structure; ``NAME.bin`` one block of bytes for each storage, so that strides, offsets and
aliases arrive as they were. A file may come from code that is not trusted: every extent is checked against the bytes
that are there before a tensor is made.
"""

from __future__ import annotations

import ast
import dataclasses
import json
import math
import mmap
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import torch

from kernelagent.contract.codec import parse_json
from kernelagent.contract.result_structure import key_text, plain_key
from kernelagent.worker.problem.carried import DTYPES, is_carried
from kernelagent.worker.problem.named_tuples import field_names, like, named_tuple_class
from kernelagent.worker.problem.tensors import tensors_in

Allocate = Callable[[int], torch.Tensor]
"""Bytes wanted → a contiguous uint8 tensor of that length, whose start is aligned to 16 bytes."""

MOST_DESCRIPTION_BYTES = 16 << 20
_MAX_DIMENSIONS = 32
_MOST_BITS = 4096
"""Of an integer; JSON and Python read no more than some thousand digits."""
_MOST_OF_A_KEY = 4096
"""Characters of a literal."""
_ALIGNMENT = 64
"""Of each storage in the file: what is mapped from there is aligned as what is allocated."""
MOST_NAMED = 256
"""Kinds of named tuples in one file: a class is made for each."""
MAPPED_BYTES = 1 << 24
"""A storage of so many is mapped by :func:`read_mapped`."""


class BadTensorFile(ValueError):
    """The file does not hold what it claims."""


def dtype_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def extent(shape: Sequence[int], stride: Sequence[int]) -> int:
    """Elements from the first to one past the last that a strided tensor touches."""
    if any(size == 0 for size in shape):
        return 0
    return 1 + sum((size - 1) * step for size, step in zip(shape, stride, strict=True))


def write(path: Path, value: Any) -> None:
    """Write ``value`` to ``path``.json and ``path``.bin. Raises ``TypeError`` for what is neither tensor, container
    nor plain value. What PyTorch only notes, a conjugate or a negation, is carried out."""
    value = _carried_out(value)
    spans: dict[int, tuple[int, int]] = {}
    for _, tensor in tensors_in(value):
        low, high = _span(tensor)
        key = tensor.untyped_storage().data_ptr()
        before = spans.get(key, (low, high))
        spans[key] = (min(low, before[0]), max(high, before[1]))
    numbers = {key: number for number, key in enumerate(spans)}
    starts = {key: low - low % 16 for key, (low, _) in spans.items()}
    storages: dict[int, torch.UntypedStorage] = {}
    for _, tensor in tensors_in(value):
        storages.setdefault(tensor.untyped_storage().data_ptr(), tensor.untyped_storage())
    with open(f"{path}.bin", "wb") as stream:
        blocks = []
        for key, (_, high) in spans.items():
            stream.write(bytes(-stream.tell() % _ALIGNMENT))
            blocks.append({"offset": stream.tell(), "nbytes": high - starts[key]})
            _write_bytes(stream, storages[key], starts[key], high)
    document = {"storages": blocks, "value": _encode(value, numbers, starts)}
    Path(f"{path}.json").write_text(json.dumps(document), encoding="utf-8")


def _carried_out(value: Any) -> Any:
    """``value`` itself where nothing is only noted."""
    if not any(tensor.is_conj() or tensor.is_neg() for _, tensor in tensors_in(value)):
        return value
    if isinstance(value, torch.Tensor):
        return value.resolve_conj().resolve_neg()
    if isinstance(value, dict):
        return {key: _carried_out(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [*map(_carried_out, value)]
        return items if isinstance(value, list) else like(value, items)
    return {f.name: _carried_out(getattr(value, f.name)) for f in dataclasses.fields(value)}


def _span(tensor: torch.Tensor) -> tuple[int, int]:
    """First byte and end of what the tensor touches, in its storage: nothing where it has no elements, whose storage
    may end before its offset."""
    if not tensor.numel():
        return 0, 0
    low = int(tensor.storage_offset()) * tensor.element_size()
    return low, low + extent(tensor.shape, tensor.stride()) * tensor.element_size()


def _write_bytes(stream: BinaryIO, storage: torch.UntypedStorage, low: int, high: int) -> None:
    """Straight out of the tensor's memory: weights may be of some gigabytes."""
    whole = torch.empty(0, dtype=torch.uint8, device=storage.device).set_(storage)
    stream.write(whole[low:high].cpu().numpy().data)


def _encode(value: Any, numbers: dict[int, int], starts: dict[int, int]) -> dict[str, Any]:
    if isinstance(value, torch.Tensor):
        if not is_carried(value.layout, value.dtype):
            layout = str(value.layout).removeprefix("torch.")
            raise TypeError(f"a {layout} tensor of {dtype_name(value.dtype)} cannot be carried between processes")
        key = value.untyped_storage().data_ptr()
        return {
            "tensor": numbers[key],
            "dtype": dtype_name(value.dtype),
            "shape": list(value.shape),
            "stride": list(value.stride()),
            "offset": value.storage_offset() - starts[key] // value.element_size() if value.numel() else 0,
        }
    if isinstance(value, dict):
        if (twice := _twice(value)) is not None:
            raise TypeError(f"a dictionary with two keys {twice} cannot be carried between processes")
        return {"dict": [[_key(k), _encode(v, numbers, starts)] for k, v in value.items()]}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _encode({f.name: getattr(value, f.name) for f in dataclasses.fields(value)}, numbers, starts)
    if isinstance(value, torch.Size):
        return {"list": [_encode(v, numbers, starts) for v in value]}
    if isinstance(value, list):
        return {"list": [_encode(v, numbers, starts) for v in value]}
    if isinstance(value, tuple):
        names = field_names(value)
        return {"tuple": [_encode(v, numbers, starts) for v in value], **({"names": list(names)} if names else {})}
    if isinstance(value, torch.dtype):
        return {"dtype_value": dtype_name(value)}
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(value)}
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        raise TypeError(f"an integer of {value.bit_length()} bits cannot be carried between processes")
    if value is None or isinstance(value, (bool, int, float, str)):
        return {"plain": value}
    raise TypeError(f"a value of type {type(value).__name__} cannot be carried between processes")


def allocate_plain(nbytes: int) -> torch.Tensor:
    return torch.empty(max(nbytes, 1), dtype=torch.uint8)


def read(path: Path, allocate: Allocate = allocate_plain, most_bytes: int | None = None) -> Any:
    """Read back what :func:`write` wrote, each storage in memory from ``allocate``. Raises :class:`BadTensorFile`, also
    when the tensors take more than ``most_bytes``: whoever wrote them may want to fill this process's memory."""
    try:
        if most_bytes is not None and os.path.getsize(f"{path}.json") > MOST_DESCRIPTION_BYTES:
            raise BadTensorFile(f"{path.name} is described at more length than any output is")
        document = parse_json(Path(f"{path}.json").read_bytes())
        total = sum(max(0, int(storage["nbytes"])) for storage in document["storages"])
        if most_bytes is not None and total > most_bytes:
            raise BadTensorFile(f"{path.name} holds {total} bytes, where at most {most_bytes} make sense")
        with open(f"{path}.bin", "rb") as stream:
            blocks = [_read_block(stream, int(s["offset"]), int(s["nbytes"]), allocate) for s in document["storages"]]
        return _decode(document["value"], blocks, {}, 0)
    except BadTensorFile:
        raise
    except (OSError, ValueError) as exc:
        raise BadTensorFile(f"{path.name} cannot be read: {exc}") from exc
    except (KeyError, TypeError, IndexError, AttributeError, OverflowError) as exc:
        raise BadTensorFile(f"{path.name} is malformed: {type(exc).__name__}: {exc}") from exc


def read_mapped(path: Path) -> Any:
    """The same for a file of the judge's own, which nobody changes any more: large storages are the file itself, mapped
    privately. They take no memory until they are written to, and then only the pages that are; the file stays."""

    def block(stream: BinaryIO, offset: int, nbytes: int) -> tuple[torch.Tensor, int]:
        if nbytes < MAPPED_BYTES:
            return _read_block(stream, offset, nbytes, allocate_plain)
        mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_COPY)
        return torch.frombuffer(mapped, dtype=torch.uint8, count=nbytes, offset=offset), nbytes

    document = json.loads(Path(f"{path}.json").read_text(encoding="utf-8"))
    with open(f"{path}.bin", "rb") as stream:
        blocks = [block(stream, int(s["offset"]), int(s["nbytes"])) for s in document["storages"]]
    return _decode(document["value"], blocks, {}, 0)


def _read_block(stream: BinaryIO, offset: int, nbytes: int, allocate: Allocate) -> tuple[torch.Tensor, int]:
    if offset < 0 or nbytes < 0 or offset + nbytes > stream.seek(0, os.SEEK_END):
        raise BadTensorFile("a storage lies outside the file")
    block = allocate(nbytes)
    target = block[:nbytes] if block.device.type == "cpu" else torch.empty(nbytes, dtype=torch.uint8)
    stream.seek(offset)
    view = memoryview(target.numpy().data)
    done = 0
    while done < nbytes:  # one read gives at most 2 GiB
        got = stream.readinto(view[done:])  # type: ignore[attr-defined]
        if not got:
            raise BadTensorFile("the file became shorter")
        done += got
    if target is not block and nbytes:
        block[:nbytes].copy_(target)
    return block, nbytes


def _key(key: Any) -> Any:
    """As it is where JSON has such values: 0 is another key than "0". Else as a literal, in a list."""
    key = plain_key(key)
    is_plain = key is None or isinstance(key, (bool, int, str)) or (isinstance(key, float) and math.isfinite(key))
    return key if is_plain else [key_text(key)]


def _decoded_key(key: Any) -> Any:
    if isinstance(key, list):
        text = str(key[0])
        if len(text) > _MOST_OF_A_KEY:
            raise BadTensorFile("a key of a dictionary is too long")
        try:
            return ast.literal_eval(text)
        except (SyntaxError, MemoryError, RecursionError) as exc:
            raise BadTensorFile(f"a key of a dictionary is no literal: {exc}") from exc
    if key is None or isinstance(key, (bool, int, float, str)):
        return key
    raise BadTensorFile("a key of a dictionary is none")


def _twice(keys: Iterable[Any]) -> str | None:
    """The text that two of ``keys`` have in common, by which the paths of what is there would be the same."""
    met: set[str] = set()
    for text in map(key_text, keys):
        if text in met:
            return text
        met.add(text)
    return None


def _decode_dict(
    entries: list[Any], blocks: list[tuple[torch.Tensor, int]], named: dict[tuple[str, ...], Any], depth: int
) -> dict[Any, Any]:
    found = {_decoded_key(key): _decode(item, blocks, named, depth + 1) for key, item in entries}
    if len(found) < len(entries) or _twice(found) is not None:
        raise BadTensorFile("a dictionary has one key twice")
    return found


def _decode(
    node: dict[str, Any], blocks: list[tuple[torch.Tensor, int]], named: dict[tuple[str, ...], Any], depth: int
) -> Any:
    """``named`` has the classes of the named tuples that were met before."""
    if depth > _MAX_DIMENSIONS:
        raise BadTensorFile("nested too deeply")
    if "tensor" in node:
        return _decode_tensor(node, blocks)
    if "dict" in node:
        return _decode_dict(node["dict"], blocks, named, depth)
    if "list" in node:
        return [_decode(v, blocks, named, depth + 1) for v in node["list"]]
    if "tuple" in node:
        items = [_decode(v, blocks, named, depth + 1) for v in node["tuple"]]
        return _class_for(tuple(map(str, node["names"])), named)(*items) if node.get("names") else tuple(items)
    if "dtype_value" in node:
        return DTYPES[node["dtype_value"]]
    plain = float(node["float"]) if "float" in node else node["plain"]
    if isinstance(plain, (list, dict)):
        raise BadTensorFile("a plain value is none")
    return plain


def _class_for(names: tuple[str, ...], named: dict[tuple[str, ...], Any]) -> Any:
    if names not in named:
        if len(named) == MOST_NAMED:
            raise BadTensorFile(f"there are more than {MOST_NAMED} kinds of named tuples")
        named[names] = named_tuple_class(names)
    return named[names]


def _decode_tensor(node: dict[str, Any], blocks: list[tuple[torch.Tensor, int]]) -> torch.Tensor:
    block, nbytes = blocks[int(node["tensor"])]
    dtype = DTYPES[node["dtype"]]
    shape, stride = [int(n) for n in node["shape"]], [int(n) for n in node["stride"]]
    offset = int(node["offset"])
    if len(shape) != len(stride) or len(shape) > _MAX_DIMENSIONS or any(n < 0 for n in (*shape, *stride, offset)):
        raise BadTensorFile("a tensor has an impossible shape")
    if 0 in shape:
        offset = 0  # a view of nothing may start anywhere
    if (offset + extent(shape, stride)) * dtype.itemsize > nbytes:
        raise BadTensorFile("a tensor reaches outside its storage")
    base = block.storage_offset() // dtype.itemsize
    empty = torch.empty(0, dtype=dtype, device=block.device)
    try:
        return empty.set_(block.untyped_storage(), base + offset, shape, stride)
    except RuntimeError as exc:  # sizes beside a 0 that PyTorch can't count
        raise BadTensorFile(f"a tensor has an impossible shape: {exc}") from exc


def outputs_name(entry: str, case: int, turn: int) -> str:
    """The file of one call's outputs: which entry, on which case, with which of an autotuner's configurations first."""
    return f"{entry}{case}" + (f"_{turn}" if turn else "")


def drawn_name(number: int) -> str:
    """The file of the inputs on which results are drawn again and again, and the beginning of those of the results."""
    return f"drawn{number}"
